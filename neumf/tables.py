"""The base of everything that is read from a TOML table."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """Strict: a key that nobody reads is refused, not ignored, and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
