"""Several studies as a list that leads to their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from reports import text
from reports.output import page_name
from reports.sections.section import Section
from studies.results.answer import answer
from studies.results.confirmation import confirm
from studies.results.intervals import Estimate
from studies.results.opening import verdict_of
from studies.results.standings import standings
from studies.results.study_result import StudyResult

_WORDS = {"ahead": "ahead of", "behind": "behind", "level": "cannot be told apart from"}


class StudyRow(NamedTuple):
    """One study."""

    name: str
    page: str  # its address, beside this one
    description: str
    answer: str
    trials: int
    searched: float | None  # the best value of the search
    validation: Estimate | None
    test: Estimate | None
    verdict: str  # how it stands to the best simple model


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    rows: tuple[StudyRow, ...]
    left_out: tuple[str, ...]


def section(studies: Sequence[StudyResult], left_out: Sequence[str]) -> Section:
    content = Content(tuple(row(study) for study in studies), tuple(left_out))
    heading = text.count(len(studies), "study", "studies")
    return Section("several", "Studies", heading, content)


def row(study: StudyResult) -> StudyRow:
    confirmation = confirm(study)
    found = standings(study, confirmation)
    chosen = None if found is None else found.chosen
    best = None if found is None else found.best_baseline
    return StudyRow(
        study.name,
        quote(page_name(study.name)),
        study.description,
        text.sentence(answer(study, confirmation, found).sentence),
        len(study.finished),
        study.best.value if study.best else None,
        None if chosen is None else chosen.validation,
        None if chosen is None else chosen.test,
        "" if best is None or best.ahead is None else _stands(best.ahead, best.name),
    )


def _stands(ahead: Estimate, other: str) -> str:
    return f"{_WORDS[verdict_of(ahead)]} {other}"
