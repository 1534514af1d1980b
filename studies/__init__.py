"""Study definitions (``*.toml``), their search spaces, their storage, and results read back."""

DEFAULT_STORAGE = "sqlite:///studies/neumf.db"
"""Where results are kept unless a person says otherwise. Relative: to the folder one works in."""
