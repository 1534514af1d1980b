"""What a section of the page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Section:
    """A part of the page that the menu leads to."""

    name: str  # of its template; also the id of its element
    menu: str
    heading: str
    content: DataclassInstance  # its fields are the names that the template may use
