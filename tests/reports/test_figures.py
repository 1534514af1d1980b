"""Figures show the numbers they are given, and states differ by more than colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from neumf.evaluation.metrics import METRICS
from reports import figures, numbers, overview
from reports.axes import axis
from reports.numbers import Importance, Slice, SlicePoint
from reports.style import LINES, MARKS, plain
from studies.results.study_result import StudyResult
from tests.reports.gallery import AWKWARD, HOSTILE, complete, plausible, pruned, tiny

METRIC = METRICS["nDCG@10"]


def drawn(study: StudyResult) -> dict[str, Any]:
    """Every figure of a study by name, None for those with nothing to show."""
    best = study.best.number if study.best else None
    return {
        "history": figures.history(numbers.history(study), METRIC, {}),
        "curves": figures.curves(numbers.curves(study), METRIC),
        "audited": figures.audit(overview.audit(study), METRIC, study.bar),
        "importances": figures.importances(numbers.importances(study)),
        "costs": figures.score_by(numbers.costs(study), METRIC, best),
        **{s.name: figures.score_by(s, METRIC, best) for s in numbers.slices(study)},
    }


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD.keys())
def test_a_figure_is_drawn_whenever_there_is_a_number(study: StudyResult) -> None:
    scored = bool(numbers.history(study))
    found = drawn(study)
    assert (found["history"] is not None) == scored
    assert (found["curves"] is not None) == any(trial.curve for trial in study.trials)
    assert (found["importances"] is not None) == bool(study.importances.found)


def test_audited_curves_say_what_was_seen_and_what_was_lost() -> None:
    """Thin up to the verdict, from there on as it went on; a trial without a curve is left out."""
    figure = drawn(AWKWARD["audited"])["audited"]
    lines = [(t.name, t.x, t.y) for t in figure.data if t.mode == "lines"]
    assert lines == [
        ("pruned rightly", (1, None), (0.0, None)),
        ("pruned rightly", (1, 2, None), (0.0, 0.0, None)),
        ("lost to the search", (1, None), (0.2, None)),
        ("lost to the search", (1, 2, 3, None), (0.2, 0.3, 0.5, None)),
    ]
    assert drawn(plausible(20))["audited"] is None


def test_history_separates_states_and_the_best() -> None:
    study = tiny(
        complete(0, 0.3, label="notebook"), pruned(1, 0.2), complete(2, 0.5), complete(3, 0.4)
    )
    figure = drawn(study)["history"]
    assert {trace.name: (trace.x, trace.y) for trace in figure.data} == {
        "best so far": ((0, 1, 2, 3), (0.3, 0.3, 0.5, 0.5)),
        "pruned": ((1,), (0.2,)),
        "complete": ((3,), (0.4,)),
        "tried first": ((0,), (0.3,)),
        "best": ((2,), (0.5,)),
    }


def test_kinds_differ_by_shape_and_by_line_not_by_colour_alone() -> None:
    assert len({mark["symbol"] for mark in MARKS.values()}) == len(MARKS)
    lines = [(line.get("dash", "solid"), line["width"]) for line in LINES.values()]
    assert len(set(lines)) == len(LINES)


def test_axis_titles_come_from_the_metric() -> None:
    study = tiny(complete(0, 0.3))
    figure = figures.history(numbers.history(study), METRICS["HR@5"], {})
    assert figure is not None
    assert figure.layout.yaxis.title.text == "HR@5, higher is better"


def test_curves_mark_where_pruned_ones_ended_and_complete_ones_peaked() -> None:
    figure = drawn(tiny(complete(0, 0.5), pruned(1, 0.1, 0.3, 0.2)))["curves"]
    ends = {t.legendgroup: (t.x, t.y, t.marker.symbol) for t in figure.data if t.mode == "markers"}
    assert ends == {
        "best": ((2,), (0.5,), "circle"),
        "pruned": ((3,), (0.2,), "x-thin-open"),
    }
    lines = {t.name: (t.x, t.y) for t in figure.data if t.mode == "lines"}
    assert lines["pruned"] == ((1, 2, 3, None), (0.1, 0.3, 0.2, None))


def test_a_thousand_curves_are_a_handful_of_traces() -> None:
    assert len(drawn(plausible(1000))["curves"].data) <= 2 * len(LINES)


def test_importance_bars_read_from_the_top() -> None:
    figure = figures.importances((Importance("lr", 0.75), Importance("dropout", 0.004)))
    assert figure is not None
    bars = figure.data[0]
    assert (bars.y, bars.x, bars.text) == (("lr", "dropout"), (0.75, 0.004), ("75 %", "< 1 %"))
    low, high = figure.layout.yaxis.range
    assert low > high


def points(*values: float | str) -> tuple[SlicePoint, ...]:
    return tuple(SlicePoint(n, value, 0.1, "complete", None) for n, value in enumerate(values))


def test_zero_has_a_place_on_a_log_axis() -> None:
    """The notebook's weight decay is 0: it stands at the left, labelled 0."""
    found = axis(Slice("weight_decay", "log", points(1e-8, 0.0, 1e-4)))
    assert found.layout["type"] == "log"
    assert 0 < float(found.places[0.0]) < float(found.places[1e-8]) == 1e-8
    first = (found.layout["tickvals"][0], found.layout["ticktext"][0])
    assert first == (found.places[0.0], "0")


def test_log_axis_of_nothing_but_zeros_is_linear() -> None:
    found = axis(Slice("weight_decay", "log", points(0.0)))
    assert found.layout == {"title_text": "weight_decay"}


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((1e-4, 1e-2), ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03"]),
        ((1e-8, 1e-4), ["1e-8", "1e-7", "1e-6", "1e-5", "0.0001"]),
        ((8, 64), ["8", "16", "32", "64"]),
    ],
)
def test_log_ticks_are_round(values: tuple[float, ...], ticks: list[str]) -> None:
    assert axis(Slice("x", "log", points(*values))).layout["ticktext"] == ticks


def test_choices_stand_in_the_order_of_their_size() -> None:
    found = axis(Slice("batch_size", "category", points(1024, 256, 512, "auto")))
    assert found.layout["categoryarray"] == ["256", "512", "1024", "auto"]
    assert found.places[256] == "256"


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
    drawings = [figure for figure in drawn(AWKWARD["hostile"]).values() if figure]
    found = [text for figure in drawings for text in texts(figure.to_plotly_json())]
    assert not [text for text in found if HOSTILE in text or "<script" in text]
    assert [text for text in found if plain(HOSTILE) in text]
