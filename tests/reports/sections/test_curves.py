"""Learning curves, and how early pruned trials were stopped."""

from __future__ import annotations

from dataclasses import replace

from reports.figures.kinds import LINES
from reports.sections import curves
from reports.sections.curves import Curve, Pruning
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, plausible, pruned, tiny


def test_curves_carry_rank_and_best_epoch() -> None:
    """Ranks count complete trials only; a copy of an earlier trial is not drawn twice."""
    copy = replace(complete(3, 0.5), duplicate_of=2)
    study = tiny(complete(0, 0.3, label="notebook"), pruned(1, 0.2), complete(2, 0.5), copy)
    assert curves.curves(study) == (
        Curve(0, "complete", (1, 2), (0.3 - 0.1, 0.3), 2, 3, "notebook"),
        Curve(1, "pruned", (1,), (0.2,), None, None, None),
        Curve(2, "complete", (1, 2), (0.4, 0.5), 2, 1, None),
    )


def test_curves_mark_where_pruned_ones_ended_and_complete_ones_peaked() -> None:
    study = tiny(complete(0, 0.5), pruned(1, 0.1, 0.3, 0.2))
    figure = curves.draw(curves.curves(study), "nDCG@10")
    assert figure is not None
    ends = {t.legendgroup: (t.x, t.y, t.marker.symbol) for t in figure.data if t.mode == "markers"}
    assert ends == {
        "best": ((2,), (0.5,), "circle"),
        "pruned": ((3,), (0.2,), "x-thin-open"),
    }
    lines = {t.name: (t.x, t.y) for t in figure.data if t.mode == "lines"}
    assert lines["pruned"] == ((1, 2, 3, None), (0.1, 0.3, 0.2, None))


def test_a_thousand_curves_are_a_handful_of_traces() -> None:
    figure = curves.draw(curves.curves(plausible(1000)), "nDCG@10")
    assert figure is not None
    assert len(figure.data) <= 2 * len(LINES)


def test_pruning_is_told_next_to_complete_trials() -> None:
    study = tiny(pruned(0, 0.1), pruned(1, 0.1, 0.2, 0.3), complete(2, 0.3))
    assert curves.pruning(study) == Pruning(2, 2.0, 2)
    assert curves.pruning(AWKWARD["one"]) is None
