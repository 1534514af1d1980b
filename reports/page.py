"""The page: sections from one list in one self-contained file that opens offline.

Two pages of the same study are the same to the last byte: nothing in them comes from the clock,
the machine or chance.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from neumf.errors import UserError
from neumf.files import replacing
from reports import text
from reports.figures.style import PALETTE
from reports.output import FOLDER, INDEX, comparison_name, page_name
from reports.sections.contents import sections, sections_of_several
from reports.sections.section import Section
from reports.states import STATES
from studies.results.study_result import StudyResult

_HERE = Path(__file__).parent
_FILTERS: tuple[Callable[..., str], ...] = (
    text.count,
    text.difference,
    text.duration,
    text.interval,
    text.large,
    text.moment,
    text.reach,
    text.score,
    text.seconds,
    text.sentence,
    text.short,
    text.share,
    text.thousands,
)


def render(study: StudyResult, storage: str | None = None) -> str:
    """The study's page; its command lines name ``storage`` if given."""
    return _page(
        title=study.name,
        kicker="NeuMF hyperparameter search",
        description=study.description,
        counts=[(state, study.counts[state]) for state in STATES if study.counts[state]],
        found=sections(study, storage),
    )


def render_several(
    studies: Sequence[StudyResult], title: str, left_out: Sequence[str] = (), *, compare: bool
) -> str:
    """One page of several studies: a list of them, and if they are to be compared, their models
    and configurations side by side."""
    return _page(
        title=title,
        kicker="NeuMF hyperparameter searches",
        description="",
        counts=None,
        found=sections_of_several(studies, left_out, compare=compare),
    )


def write(study: StudyResult, folder: Path = FOLDER, storage: str | None = None) -> Path:
    """Write ``<study>.html`` into ``folder``, whole or not at all, and return its path.

    Raises:
        UserError: the folder cannot be written.
    """
    return put(folder / page_name(study.name), render(study, storage))


def write_comparison(studies: Sequence[StudyResult], folder: Path = FOLDER) -> Path:
    """As :func:`write`, the comparing page of ``studies``, which have pages of their own there."""
    names = [study.name for study in studies]
    page = render_several(studies, " and ".join(names), compare=True)
    return put(folder / comparison_name(names), page)


def write_index(
    studies: Sequence[StudyResult], left_out: Sequence[str] = (), folder: Path = FOLDER
) -> Path:
    """As :func:`write`, a page that leads to the pages of all ``studies``."""
    page = render_several(studies, "All studies", left_out, compare=False)
    return put(folder / INDEX, page)


def put(path: Path, page: str) -> Path:
    """As :func:`write`, a page that is drawn already."""
    try:
        with replacing(path) as part:
            part.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot write {path}: {reason}; choose another folder") from None
    return path


def _page(
    title: str,
    kicker: str,
    description: str,
    counts: Sequence[tuple[str, int]] | None,
    found: Sequence[Section],
) -> str:
    """Without ``counts``, no word on trials."""
    scripts = (Markup(get_plotlyjs()), _own("page.js"))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            kicker=kicker,
            description=description,
            counts=counts,
            sections=[(one, _body(one)) for one in found],
            palette=PALETTE,
            style=_own("page.css"),
            scripts=scripts,
            policy=_policy(scripts),
        )
    )


def _body(section: Section) -> Markup:
    names = {field.name: getattr(section.content, field.name) for field in fields(section.content)}
    template = _environment().get_template(f"sections/{section.name}.html.j2")
    try:
        return Markup(template.render(names))
    except UndefinedError as error:  # a metric, say, that the stored record lacks
        raise LookupError(f"{section.name}: {error.message}") from error


def _own(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def _policy(scripts: tuple[Markup, ...]) -> str:
    """Content security: these scripts and no others, and no request to anywhere."""
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline';"
        " img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {as_text.__name__: as_text for as_text in _FILTERS}
    return environment
