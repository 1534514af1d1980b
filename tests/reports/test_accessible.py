"""What a keyboard, a screen reader and a page without scripts need of every page."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest

from reports.page import render, render_several
from studies.results.study_result import StudyResult
from tests.reports.confirmed import plausible_opened
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import plausible
from tests.reports.reader import Reader

PAGES = ("plausible", "everything", "several", *AWKWARD)


@cache
def drawn(name: str) -> Reader:
    """When it is first asked for, not when tests are collected."""
    if name == "several":
        return Reader(render_several(list(AWKWARD.values()), "several", compare=True))
    others = {"plausible": plausible, "everything": plausible_opened}
    return Reader(render(others[name](60) if name in others else AWKWARD[name]))


@pytest.fixture(params=PAGES, scope="module")
def page(request: pytest.FixtureRequest) -> Reader:
    return drawn(str(request.param))


def test_headings_do_not_skip_a_level(page: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_head_of_a_table_says_what_it_is_the_head_of(page: Reader) -> None:
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert all(head.get("scope") in ("row", "col") for head in heads)


def test_what_scrolls_is_reached_by_keyboard_and_has_a_name(page: Reader) -> None:
    scrolling = [
        a for _, a in page.elements if {"scroll", "trials"} & set((a.get("class") or "").split())
    ]
    for one in scrolling:
        assert one.get("tabindex") == "0"
        assert one.get("role") == "group"
        assert one.get("aria-label") or one.get("aria-labelledby")


def test_pictures_have_words_or_are_hidden_from_a_reader(page: Reader) -> None:
    for tag, attributes in page.elements:
        if attributes.get("role") == "img":
            assert attributes.get("aria-label")
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true"


def test_what_needs_scripts_is_hidden_until_they_run(page: Reader) -> None:
    """But for the buttons that sort, whose words are a column's head anyway."""
    for tag, attributes in page.elements:
        kinds = set((attributes.get("class") or "").split())
        if kinds & {"copy", "filters"} and "actions" not in kinds:
            within_actions = tag == "button" and "aria-label" in attributes
            assert "hidden" in attributes or within_actions


def test_nothing_takes_the_keyboards_order_into_its_own_hands(page: Reader) -> None:
    assert {a["tabindex"] for _, a in page.elements if "tabindex" in a} <= {"0", "-1"}


def test_a_thousand_trials_stay_within_20_megabytes_and_a_hundred_within_8() -> None:
    def size(study: StudyResult) -> float:
        return len(render(study).encode()) / 1e6

    assert size(plausible_opened(100)) < 8
    assert size(plausible(1000)) < 20
