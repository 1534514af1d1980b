"""Lists that are too short to rank are left out, by one rule, and that is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.metrics import METRICS
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    describe_candidates,
    make_problem,
    split_interactions,
)
from neumf.protocol.list_lengths import ListLengths
from neumf.protocol.problem import NO_ITEM, Candidates, Problem
from neumf.seeds import generator
from tests.worlds import problem_of, world

Counts = npt.NDArray[np.int64]

LENGTHS = st.lists(st.integers(0, 150), min_size=1).map(lambda ns: np.array(ns, np.int64))


def with_unseen(*unseen: int, n_items: int = 120) -> Interactions:
    """A user each, who has met all but so many of the items; three items train at least."""
    pairs = [(user, item) for user, n in enumerate(unseen) for item in range(n_items - n)]
    return world(pairs, n_items=n_items)


def ranked_at_random(lists: Candidates) -> float:
    """Expected HR@10 of a model whose scores are noise, from the lists as they are."""
    lengths = (lists.items != NO_ITEM).sum(axis=1)
    return float(np.minimum(1, 10 / lengths).mean())


@given(LENGTHS, st.integers(1, 200))
def test_a_list_with_half_of_the_candidates_counts(unseen: Counts, k: int) -> None:
    """Half is enough, less is not; never an empty one."""
    lengths = ListLengths.of("validation", unseen, k, 1000)
    assert lengths.kept.tolist() == [2 * min(n, k) >= k for n in unseen.tolist()]


@given(LENGTHS)
def test_of_the_whole_catalogue_any_candidate_counts(unseen: Counts) -> None:
    """No number is asked for; but a list of the held-out item alone is won by any model."""
    assert ListLengths.of("validation", unseen, "all", 1000).kept.tolist() == (unseen > 0).tolist()


@given(st.lists(st.integers(1, 117), min_size=1, max_size=9), st.integers(10, 110))
def test_chance_stays_low(unseen: list[int], k: int) -> None:
    """Whatever users have met, noise gets no more on the lists that are ranked than on lists of
    half as many candidates as asked for, or the data is refused."""
    data = with_unseen(*unseen)
    if sum(2 * n < k for n in unseen) > len(unseen) / 2:
        with pytest.raises(UserError, match="validation lists would have fewer than"):
            problem_of(data, candidates=k)
        return
    problem = problem_of(data, candidates=k)
    assert problem.validation.users.tolist() == [u for u, n in enumerate(unseen) if 2 * n >= k]
    assert ranked_at_random(problem.validation) <= 10 / (1 + k / 2)


@given(st.lists(st.integers(50, 117), min_size=1, max_size=9))
def test_the_chance_that_is_told(unseen: list[int]) -> None:
    """Is the expectation on the lists as they are drawn."""
    lists = problem_of(with_unseen(*unseen), candidates=99).validation
    lengths = ListLengths.of("validation", np.array(unseen), 99, 120)
    assert lengths.chance == pytest.approx(ranked_at_random(lists))


def test_a_random_model_on_short_lists() -> None:
    """Of 110 items users have met 90%: ranked at random, the held-out item of a list of 12 is among
    the first 10 in more than four of five cases. Such a study is refused."""
    data = with_unseen(*[11] * 40, n_items=110)
    with pytest.raises(
        UserError,
        match="^40 of 40 validation lists would have fewer than 50 of 99 candidates"
        r' \(median 11, least 11\): their users .*; use candidates = 11 or "all"$',
    ):
        problem_of(data, candidates=99)
    protocol = EvaluationProtocol(candidates=11)
    told = describe_candidates(data, split_interactions(data, protocol, 0), protocol)
    assert told == "ranking at random has HR@10 0.83 on such lists"
    hits = [METRICS["HR@10"](noise_ranks(problem_of(data, 11), seed)) for seed in range(20)]
    assert np.mean(hits) == pytest.approx(10 / 12, abs=0.06)


def noise_ranks(problem: Problem, seed: int) -> Counts:
    scores = generator(seed, "noise").random(problem.validation.items.shape)
    scores[problem.validation.items == NO_ITEM] = -1
    ranks: Counts = 1 + (scores[:, 1:] >= scores[:, :1]).sum(axis=1)
    return ranks


@pytest.mark.parametrize(
    ("unseen", "line"),
    [
        ((99, 99, 117), None),
        (
            (98, 99, 99),
            "1 of 3 validation lists have fewer than 99 candidates (median of these 98, least 98)",
        ),
        (
            (12, 60, 80, 99, 99),
            (
                "3 of 5 validation lists have fewer than 99 candidates (median of these 60, least"
                " 12); 1 with fewer than 50 left out"
            ),
        ),
    ],
)
def test_what_is_told(unseen: tuple[int, ...], line: str | None) -> None:
    """How many are short, their median and least, and how many are left out; nothing where all
    are as asked for."""
    data, protocol = with_unseen(*unseen), EvaluationProtocol()
    parts = split_interactions(data, protocol, 0)
    assert describe_candidates(data, parts, protocol) == line
    kept = len(make_problem(data, parts, protocol, 0).validation)
    assert kept == sum(n >= 50 for n in unseen)


def test_what_is_told_of_the_catalogue() -> None:
    """Nothing is left out, short is what has less than half of it. The sealed test item is one of
    the candidates: each list has one more than the user has unseen items."""
    data, protocol = with_unseen(10, 58, 59), EvaluationProtocol(candidates="all")
    parts = split_interactions(data, protocol, 0)
    assert describe_candidates(data, parts, protocol) == (
        "2 of 3 validation lists have fewer than 60 candidates (median of these 35, least 11);"
        " ranking at random has HR@10 0.39 on such lists"
    )
    assert len(make_problem(data, parts, protocol, 0).validation) == 3


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_half_of_the_lists_must_be_left(kept: int) -> None:
    """Of four lists, two will do."""
    data = with_unseen(*[100] * kept, *[3] * (4 - kept))
    if kept == 2:
        assert len(problem_of(data, candidates=99).validation) == 2
        return
    with pytest.raises(UserError, match=f"^{4 - kept} of 4 validation lists would have fewer"):
        problem_of(data, candidates=99)
