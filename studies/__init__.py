"""Study definitions (``*.toml``), their search spaces, their storage, and results read back."""
