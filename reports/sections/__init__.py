"""The sections of the page: each a module here and a template of the same name."""
