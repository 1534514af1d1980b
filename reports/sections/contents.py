"""The sections of pages, in their order. One that has nothing to say is left out."""

from __future__ import annotations

from collections.abc import Sequence

from reports.sections import (
    alongside,
    answer,
    audit,
    behaviour,
    best,
    certainty,
    cost,
    curves,
    history,
    importance,
    interactions,
    provenance,
    searched,
    several,
    slices,
    time,
    timeline,
    trials,
    twins,
)
from reports.sections.section import Section
from studies.results.study_result import StudyResult


def sections(study: StudyResult, storage: str | None) -> tuple[Section, ...]:
    """``storage`` is named in command lines if given."""
    found = (
        answer.section(study, storage),
        certainty.section(study),
        behaviour.section(study),
        importance.section(study),
        slices.section(study),
        interactions.section(study),
        twins.section(study),
        best.section(study),
        history.section(study),
        curves.section(study),
        audit.section(study),
        timeline.section(study),
        time.section(study),
        cost.section(study),
        trials.section(study, storage),
        searched.section(study),
        provenance.section(study, storage),
    )
    return tuple(section for section in found if section is not None)


def sections_of_several(
    studies: Sequence[StudyResult], left_out: Sequence[str], *, compare: bool
) -> tuple[Section, ...]:
    """Of a page of several studies; ``compare`` them, or only list them."""
    found = [several.section(studies, left_out)]
    if compare:
        found.append(alongside.section(studies))
    return tuple(found)
