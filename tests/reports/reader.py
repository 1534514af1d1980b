"""A page as its reader gets it."""

from __future__ import annotations

import json
from html.parser import HTMLParser


class Reader(HTMLParser):
    """Elements, their attributes and the text inside them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if self.cdata_elem == "script":
            assert tag == "script"
            self.scripts.append((attributes.get("type"), data))
        elif self.cdata_elem is None:
            self.texts.append(data.strip())

    def figures(self) -> list[dict[str, object]]:
        return [json.loads(data) for kind, data in self.scripts if kind == "application/json"]


def said(page: str) -> str:
    """The text of a page on one line."""
    return " ".join(" ".join(Reader(page).texts).split())
