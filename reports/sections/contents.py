"""The sections of a page, in their order. One that has nothing to say is left out."""

from __future__ import annotations

from reports.sections import (
    audit,
    curves,
    history,
    importance,
    provenance,
    result,
    searched,
    slices,
    time,
    trials,
    twins,
)
from reports.sections.section import Section
from studies.results.study_result import StudyResult


def sections(study: StudyResult, storage: str | None) -> tuple[Section, ...]:
    """``storage`` is named in command lines if given."""
    found = (
        result.section(study),
        searched.section(study),
        history.section(study),
        curves.section(study),
        importance.section(study),
        slices.section(study),
        twins.section(study),
        audit.section(study),
        time.section(study),
        trials.section(study),
        provenance.section(study, storage),
    )
    return tuple(section for section in found if section is not None)
