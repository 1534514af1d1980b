"""Heat maps that are tables."""

from __future__ import annotations

from reports.page import render
from reports.sections import interactions
from reports.sections.interactions import heat_map
from studies.results.interactions import interactions as find
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import plausible
from tests.reports.reader import Reader


def test_heat_rises_with_the_score_and_fills_the_scale() -> None:
    for found in find(plausible(100).trials, 0):
        cells = [cell for _, row in heat_map(found).rows for cell in row if cell.trials]
        ordered = sorted(cells, key=lambda cell: cell.score or 0.0)
        heats = [cell.heat for cell in ordered]
        assert heats == sorted(heats)
        assert (heats[0], heats[-1]) == (0.0, 1.0)


def test_every_cell_says_its_number_so_that_colour_is_not_needed() -> None:
    page = render(plausible(100))
    found = Reader(page)
    tables = [a for tag, a in found.elements if tag == "table" and a.get("class") == "heat"]
    assert 1 <= len(tables) <= 3
    first = find(plausible(100).trials, 0)[0]
    cell = next(cell for row in first.cells for cell in row if cell.score is not None)
    assert f"{cell.score:.4f}" in page


def test_a_study_too_small_to_tell_has_no_such_section() -> None:
    assert interactions.section(AWKWARD["one"]) is None
