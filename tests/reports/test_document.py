"""Markdown files of which a section is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.errors import UserError
from reports.document import write_section


def test_a_section_is_written_anew_in_its_place(tmp_path: Path) -> None:
    """The others stay as they are, and so does what stands between them."""
    path = tmp_path / "a.md"
    for name, told in (("one", "first"), ("two", "second"), ("one", "third")):
        write_section(path, "# All\n", name, told)
    head, one, two = path.read_text().split("<!-- begin")
    assert head == "# All\n\n"
    assert "third" in one
    assert "first" not in one
    assert "second" in two


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff", "is not UTF-8 text"), (None, "cannot write")]
)
def test_what_is_no_document_is_left_alone(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    """A file of something else; a folder."""
    path = tmp_path / "a.md"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(UserError, match=said) as refused:
        write_section(path, "# All\n", "one", "first")
    assert str(path) in str(refused.value)
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]
    assert path.is_dir() or path.read_bytes() == content
