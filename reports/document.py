"""A Markdown file of sections, each of which is written anew by itself, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from neumf.errors import UserError
from neumf.files import read_small, replacing
from studies.notes.markdown import readable_text


def write_section(path: Path, head: str, name: str, told: str) -> None:
    """Have ``told`` in ``path`` as the section called ``name``; a new file begins with ``head``.

    Raises:
        UserError: the file is no text, or cannot be read or written.
    """
    try:
        before = read_small(path).decode() if path.exists() else head
        with replacing(path) as part:
            document = with_section(before, name, told)
            part.write_text(document, encoding="utf-8", newline="\n")
    except UnicodeDecodeError:
        raise _no_text(path) from None
    except OSError as error:
        raise UserError(f"cannot write {error.filename}: {error.strerror}") from None


def check_section(path: Path) -> None:
    """To be asked before the work that a section tells of.

    Raises:
        UserError: :func:`write_section` would fail.
    """
    try:
        if path.exists():
            read_small(path).decode()
        with TemporaryFile(dir=path.parent):
            pass
    except UnicodeDecodeError:
        raise _no_text(path) from None
    except OSError as error:
        raise UserError(f"--output {path}: cannot be written ({error.strerror})") from None


def with_section(document: str, name: str, told: str) -> str:
    """``document`` with the section called ``name`` in place of its older one, or at the end."""
    named = readable_text(name)  # which does not end the comment
    begin, end = f"<!-- begin {named} -->\n", f"<!-- end {named} -->\n"
    marked = f"{begin}\n{told}\n{end}"
    if begin not in document or end not in document:
        return f"{document.rstrip()}\n\n{marked}"
    before, _, rest = document.partition(begin)
    return before + marked + rest.partition(end)[2]


def as_table(rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of a head and rows, whose cells may have markup; nothing without a head."""
    found = list(rows)
    if not found:
        return ""
    head, *body = (f"| {' | '.join(row)} |" for row in found)
    return "\n".join([head, f"|{'---|' * len(found[0])}", *body])


def _no_text(path: Path) -> UserError:
    return UserError(f"{path}: is not UTF-8 text; name another --output")
