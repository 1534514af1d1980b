"""What holds for every figure of every page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

import pytest

from reports.figures.kinds import LINES, MARKS
from reports.figures.plot import Plot
from reports.figures.style import plain, scored
from reports.sections.contents import sections
from reports.sections.slices import SlicePlot
from studies.results.study_result import StudyResult
from tests.reports.gallery import AWKWARD, HOSTILE


def plots(study: StudyResult) -> dict[str, object]:
    """Each figure's JSON by its name, None for those with nothing to show."""
    found: dict[str, object] = {}
    for section in sections(study, None):
        for field in fields(section.content):
            value = getattr(section.content, field.name)
            for one in value if isinstance(value, tuple) else (value,):
                plot = one.plot if isinstance(one, SlicePlot) else one
                if isinstance(plot, Plot):
                    found[plot.name] = None if plot.json is None else json.loads(plot.json)
    return found


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD.keys())
def test_a_figure_is_drawn_whenever_there_is_a_number(study: StudyResult) -> None:
    found = plots(study)
    scores = [trial.score for trial in study.of("complete", "pruned") if trial.score is not None]
    assert (found["history-plot"] is not None) == bool(scores)
    assert (found["curves-plot"] is not None) == any(trial.curve for trial in study.trials)
    assert (found["importance-plot"] is not None) == bool(study.importances.found)
    assert ("audit-plot" in found) == bool(study.audit)
    assert ("twins-plot" in found) == bool(study.twins)


def test_kinds_differ_by_shape_and_by_line_not_by_colour_alone() -> None:
    assert len({mark["symbol"] for mark in MARKS.values()}) == len(MARKS)
    lines = [(line.get("dash", "solid"), line["width"]) for line in LINES.values()]
    assert len(set(lines)) == len(LINES)


def test_the_score_axis_names_the_metric() -> None:
    assert scored("HR@5").layout.yaxis.title.text == "HR@5, higher is better"


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from (str(key), *texts(entry))
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from texts(entry)


def test_plotly_is_never_given_markup_that_a_person_wrote() -> None:
    """Plotly reads tags in its texts, so a label's must come escaped."""
    drawn = {name: json for name, json in plots(AWKWARD["hostile"]).items() if json is not None}
    assert len(drawn) > 5
    for name, figure in drawn.items():
        found = list(texts(figure))
        assert not [text for text in found if HOSTILE in text or "<script" in text], name
        assert [text for text in found if plain(HOSTILE) in text], name
