"""Accuracy against cost."""

from __future__ import annotations

from reports.page import render
from reports.sections import cost
from studies.results.confirmation import confirm
from studies.results.cost import costed
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD
from tests.reports.reader import said


def test_only_confirmed_configurations_are_weighed() -> None:
    assert cost.section(AWKWARD["one"]) is None
    page = said(render(confirmed.wins()))
    assert "those that nothing cheaper equals: trial 0 , trial 1 , trial 2" in page


def test_the_front_is_drawn_through_what_nothing_cheaper_equals() -> None:
    found = confirm(confirmed.wins())
    assert found is not None
    figure = cost.draw(costed(found), lambda one: one.seconds, "seconds of training", "nDCG@10")
    assert figure is not None
    line, marks = figure.data
    assert line.x == (4.0, 5.0, 6.0)
    assert set(marks.x) == {4.0, 5.0, 6.0}
    assert figure.layout.xaxis.type == "linear"
    assert cost.draw(costed(found), lambda _: None, "seconds", "nDCG@10") is None
