"""The command-line options that every command on stored studies has."""

from __future__ import annotations

import click

DEFAULT_STORAGE = "sqlite:///studies/neumf.db"
"""Where results are kept unless a person says otherwise. Relative: to the folder one works in."""

storage_option = click.option(
    "--storage", default=DEFAULT_STORAGE, show_default=True, help="where results are kept"
)
