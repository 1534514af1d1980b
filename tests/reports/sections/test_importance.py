"""What matters, as far as that stands out from noise."""

from __future__ import annotations

from neumf.hyperparameters import HYPERPARAMETERS
from reports.page import render
from reports.sections import importance
from studies.results.study_result import Importance, Importances
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, SHARES, plausible
from tests.reports.reader import said

FOUND = (
    Importance("lr", 0.75, 0.2, distinct=True),
    Importance("mlp_layers", 0.2, 0.25, distinct=False),
    Importance("dropout", 0.004, 0.1, distinct=False),
)


def test_bars_read_from_the_top_and_say_their_share() -> None:
    figure = importance.draw(Importances(FOUND, "30 trials"))
    assert figure is not None
    rows = ["lr  75%", "mlp_layers  20%", "dropout  < 1%"]
    assert list(figure.layout.yaxis.categoryarray) == rows
    low, high = figure.layout.yaxis.range
    assert low > high


def test_what_is_distinct_from_noise_stands_out_and_each_has_its_line() -> None:
    """By fill and not by colour alone."""
    figure = importance.draw(Importances(FOUND, "30 trials"))
    assert figure is not None
    distinct, others, noise = figure.data
    assert (distinct.name, distinct.x) == ("distinct from noise", (0.75,))
    assert (others.name, others.x) == ("not distinct from noise", (0.2, 0.004))
    assert others.marker.color == "rgba(0,0,0,0)"
    assert others.marker.line.width > 0
    assert (noise.x, noise.y) == ((0.2, 0.25, 0.1), distinct.y + others.y)


def test_a_noise_line_beyond_every_bar_is_within_the_figure() -> None:
    figure = importance.draw(Importances(FOUND[1:], "30 trials"))
    assert figure is not None
    assert figure.layout.xaxis.range[1] > 0.25


def test_the_page_says_what_it_is_computed_on_and_what_not_to_conclude() -> None:
    page = said(render(plausible(40)))
    assert f"Computed on {SHARES.basis}." in page
    assert "may still matter" in page
    assert "need not add up to 100%" in page


def test_too_few_trials_say_how_many_are_needed() -> None:
    for study in (EMPTY, AWKWARD["one"]):
        page = said(render(study))
        assert f"Not enough to tell yet: {study.importances.basis}." in page
        assert "30 needed" in page


def test_each_slice_says_whether_it_is_distinct_from_noise() -> None:
    page = said(render(plausible(40)))
    decay, ratio = (HYPERPARAMETERS[name].help for name in ("weight_decay", "negative_ratio"))
    assert f"{decay}; importance 41%" in page
    assert f"{ratio}; importance 8%, not distinct from noise" in page
