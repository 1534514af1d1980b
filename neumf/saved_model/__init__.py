"""A model on disk and in use: one folder that is whole or absent, and who should see what."""
