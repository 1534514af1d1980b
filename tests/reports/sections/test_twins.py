"""What each half of the best trial's model does."""

from __future__ import annotations

import pytest

from reports.page import render
from reports.sections import twins
from studies.results.twins import Comparison, compare
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.made_up import plausible
from tests.reports.reader import Reader


@pytest.fixture
def comparison() -> Comparison:
    found = compare(AWKWARD["twins"])
    assert found is not None
    return found


def test_each_model_is_a_row_with_what_its_missing_half_adds(comparison: Comparison) -> None:
    whole, gmf, mlp = twins.rows(comparison)
    assert (whole.name, whole.seeds, whole.ahead, whole.sentence) == ("NeuMF", 4, None, "")
    assert whole.mean == pytest.approx(0.4125)
    told = "the MLP adds +0.0025 [−0.0023, +0.0073], which 4 seeds cannot tell from nothing"
    assert gmf.sentence == told
    assert gmf.ahead == pytest.approx(0.0025)
    assert gmf.interval is not None
    assert gmf.interval[0] < 0 < gmf.interval[1]
    assert (mlp.sentence, mlp.seeds) == ("the GMF half adds +0.0950 [+0.0409, +0.1491]", 3)
    assert mlp.failed == f"1 failed: {HOSTILE}"


def test_a_line_joins_the_values_of_one_seed(comparison: Comparison) -> None:
    """With a gap where the seed failed, and between seeds; the means lie over them."""
    figure = twins.draw(comparison, "nDCG@10")
    assert figure is not None
    seeds, means = figure.data
    names = ("NeuMF", "GMF alone", "MLP alone")
    assert seeds.x == (*names, None) * 4
    assert seeds.y[:4] == (0.41, 0.409, 0.3, None)
    assert seeds.y[8:12] == (0.405, 0.4, None, None)
    assert seeds.hovertext[9] == "<b>GMF alone</b><br>fresh seed 3: nDCG@10 0.4000"
    assert means.x == names
    assert means.y == tuple(model.mean for model in comparison.models)


def test_the_page_says_it_in_words() -> None:
    said = " ".join(" ".join(Reader(render(AWKWARD["twins"])).texts).split())
    assert "The MLP adds +0.0025 [" in said
    assert "The GMF half adds +0.0950 [" in said
    assert "The search saw 0.4300 for this configuration" in said


def test_a_study_without_twins_has_no_such_section() -> None:
    assert twins.section(plausible(5)) is None
