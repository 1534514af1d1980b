"""``model.json``: what the folder is, what made it, and what the tensors must be."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field, JsonValue, ValidationError

from neumf.errors import UserError
from neumf.hyperparameters import HALF
from neumf.model.parameters import Architecture
from neumf.tables import Table

FORMAT = "neumf-search model"
VERSION = 1
"""Raise it when an older program would misread what this one writes."""


class Shape(Table):
    """:class:`neumf.model.parameters.Architecture`, within bounds that no formula overflows."""

    n_users: int = Field(ge=1, lt=2**31)
    n_items: int = Field(ge=1, lt=2**31)
    predictive_factors: int = Field(ge=2, le=2**20, multiple_of=2)
    mlp_layers: int = Field(ge=0, le=32)
    gmf_factors: int = Field(ge=HALF, le=2**20)


class Manifest(Table):
    """``checksum`` is that of all other fields, ``tensors`` the SHA-256 of the other file."""

    format: str
    version: int
    name: str  # of the data
    architecture: Shape
    tensors: str
    facts: dict[str, JsonValue]
    checksum: str

    @classmethod
    def of(
        cls, name: str, architecture: Architecture, facts: dict[str, Any], tensors: str
    ) -> Manifest:
        shape = {field: getattr(architecture, field) for field in Shape.model_fields}
        content = {
            "format": FORMAT,
            "version": VERSION,
            "name": name,
            "architecture": shape,
            "tensors": tensors,
            "facts": facts,
        }
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
        # a file's name may hold bytes that are no text
        content = json.loads(text.encode("utf-8", "replace"))
        return cls.model_validate(content | {"checksum": _checksum(content)})

    @classmethod
    def parse(cls, text: bytes) -> Manifest:
        """From the bytes of the file.

        Raises:
            UserError: not JSON, foreign, of another version, damaged, or changed by hand.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            raise UserError("is not JSON") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError("is not that of a model of neumf-search")
        if content.get("version") != VERSION:
            raise UserError(
                f"has format version {content.get('version')!r}, and this neumf-search reads"
                f" version {VERSION}; save the model again with this one, or use the one that"
                " saved it"
            )
        try:
            manifest = cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UserError(f"is damaged ({where}: {first['msg']})") from None
        if _checksum({k: v for k, v in content.items() if k != "checksum"}) != manifest.checksum:
            raise UserError("was changed after it was saved (its checksum differs)")
        return manifest

    def text(self) -> bytes:
        """The bytes of the file."""
        content = json.dumps(self.model_dump(), indent=1, ensure_ascii=False, allow_nan=False)
        return f"{content}\n".encode()

    def make_architecture(self) -> Architecture:
        return Architecture(**self.architecture.model_dump())


def _checksum(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
