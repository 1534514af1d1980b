"""Pages of several studies: one that compares, and one that leads to all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from reports.output import INDEX, comparison_name, page_name
from reports.page import render_several, write, write_comparison, write_index
from reports.sections import alongside
from reports.sections.alongside import Differing
from reports.sections.several import row
from studies.results.study_result import StudyResult
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.made_up import EMPTY, complete, tiny
from tests.reports.reader import Reader, said


def named(study: StudyResult, name: str) -> StudyResult:
    return replace(study, name=name)


def test_each_study_has_its_answer_and_a_link_to_its_page(tmp_path: Path) -> None:
    """Names that no address may hold included."""
    studies = [named(confirmed.wins(), "a b#?%"), named(confirmed.loses(), "übung"), EMPTY]
    for study in studies:
        write(study, tmp_path)
    for path in (write_index(studies, folder=tmp_path), write_comparison(studies, tmp_path)):
        found = Reader(path.read_text(encoding="utf-8"))
        links = [a["href"] or "" for tag, a in found.elements if tag == "a"]
        pages = [link for link in links if not link.startswith("#")]
        assert len(pages) == 3
        assert all((tmp_path / unquote(page)).is_file() for page in pages)
        assert "NeuMF is behind" in "".join(found.texts)
        assert "There is no answer yet: this study has no trials." in found.texts


def test_a_row_stands_for_the_study_as_its_own_page_does() -> None:
    study = confirmed.wins()
    assert study.opening is not None
    found = row(study)
    assert found.test == study.opening.neumf.estimates["expected"]["nDCG@10"]
    assert found.verdict == "ahead of EASE^R"
    assert row(EMPTY)[3:] == (
        *("There is no answer yet: this study has no trials.", 0),
        *(None, None, None, ""),
    )


def test_scores_that_do_not_compare_are_told() -> None:
    one = tiny(complete(0, 0.4))
    other = replace(one, data={**one.data, "fingerprint": "other"})
    assert alongside.differences([one, one]) == ()
    assert alongside.differences([one, other]) == ("data",)
    page = said(render_several([one, other], "two", compare=True))
    assert "Scores of these studies do not compare" in page


def test_configurations_stand_side_by_side_and_what_differs_is_marked() -> None:
    studies = [
        tiny(complete(0, 0.4, lr=0.1, dropout=0.3)),
        tiny(complete(0, 0.4, lr=0.2, dropout=0.3)),
        EMPTY,
    ]
    assert alongside.configurations(studies[:2]) == (
        Differing("dropout", (0.3, 0.3), differs=False),
        Differing("lr", (0.1, 0.2), differs=True),
    )
    assert alongside.configurations(studies)[1].values == (0.1, 0.2, None)


def test_the_models_of_each_study_are_drawn_with_the_best_simple_one() -> None:
    figure = alongside.draw_extent([confirmed.wins(), confirmed.unopened(), EMPTY], "nDCG@10")
    assert figure is not None
    assert [len(trace.x) for trace in figure.data] == [4, 2]
    assert alongside.draw_extent([EMPTY], "nDCG@10") is None
    assert alongside.draw_paths([EMPTY], "nDCG@10") is None


@pytest.mark.parametrize("compare", [True, False])
def test_any_studies_make_a_page_and_none_may_write_markup(*, compare: bool) -> None:
    studies = [named(s, f"{HOSTILE}{n}") for n, s in enumerate(AWKWARD.values())]
    found = Reader(render_several(studies, HOSTILE, [HOSTILE], compare=compare))
    assert not [tag for tag, _ in found.elements if tag == "b"]
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_no_study_can_overwrite_the_index_or_a_comparison() -> None:
    for name in (INDEX, INDEX.removesuffix(".html"), "compared~a-b", "all-studies", "a+b"):
        assert page_name(name) not in (INDEX, comparison_name(["a", "b"]))
    assert comparison_name(["a", "b"]) != comparison_name(["b", "a"])
