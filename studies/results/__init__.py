"""A stored study read back as plain values."""
