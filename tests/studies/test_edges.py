"""Ranges that end where the best trials are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from neumf.seeds import generator
from studies.results.edges import Edge, edges
from studies.results.study_result import StudyResult
from tests.reports.made_up import DEFINITION, complete, tiny


def study(values: Sequence[float], name: str, entry: Mapping[str, object]) -> StudyResult:
    """The higher the value, the higher the score."""
    trials = [replace(complete(n, 0.1 + 0.001 * v), params={name: v}) for n, v in enumerate(values)]
    return replace(tiny(*trials), definition={**DEFINITION, "space": {name: entry}})


RATIOS = {"low": 1, "high": 10, "step": None, "log": False}


def test_a_range_that_ends_too_early_is_named_with_its_bound() -> None:
    found = edges(study([1 + n % 10 for n in range(60)], "negative_ratio", RATIOS))
    assert found == (Edge("negative_ratio", "high", 10, 6, 6, can_widen=True),)
    assert found[0].beyond == "above"


def test_the_best_in_the_middle_are_no_edge() -> None:
    values = [1 + n % 10 for n in range(60)]
    trials = [complete(n, 0.3 - 0.01 * abs(v - 5), negative_ratio=v) for n, v in enumerate(values)]
    made = replace(tiny(*trials), definition={**DEFINITION, "space": {"negative_ratio": RATIOS}})
    assert edges(made) == ()


def test_what_the_model_does_not_take_is_not_advised() -> None:
    """No dropout below 0."""
    entry = {"low": 0.0, "high": 0.6, "step": None, "log": False}
    trials = [complete(n, 0.3 - 0.01 * n, dropout=0.005 * n) for n in range(40)]
    made = replace(tiny(*trials), definition={**DEFINITION, "space": {"dropout": entry}})
    assert [(edge.side, edge.can_widen) for edge in edges(made)] == [("low", False)]


def test_an_edge_of_a_log_scale_is_a_tenth_of_it() -> None:
    """A tenth of 1e-4 to 1e-2 on its scale ends at 6.3e-3."""
    entry = {"low": 1e-4, "high": 1e-2, "step": None, "log": True}
    near = study([0.001] * 30 + [0.0064] * 6, "lr", entry)
    assert [edge.bound for edge in edges(near)] == [1e-2]
    assert edges(study([0.001] * 30 + [0.0062] * 6, "lr", entry)) == ()


def test_of_three_values_half_the_best_at_one_may_be_chance() -> None:
    entry = {"low": 1, "high": 3, "step": None, "log": False}
    trials = [complete(n, 0.9 - 0.01 * n, mlp_layers=1 + n % 3) for n in range(30)]
    trials[3:5] = [
        replace(trials[3], params={"mlp_layers": 1}),
        replace(trials[4], params={"mlp_layers": 1}),
    ]
    made = replace(tiny(*trials), definition={**DEFINITION, "space": {"mlp_layers": entry}})
    assert edges(made) == ()


def test_few_trials_tell_nothing() -> None:
    assert edges(study([10] * 19, "negative_ratio", RATIOS)) == ()
    assert edges(study([10] * 20, "negative_ratio", RATIOS)) != ()


@given(st.integers(0, 2**32 - 1))
def test_even_spread_is_rarely_called_an_edge(seed: int) -> None:
    """Where scores depend on nothing: both ends of one range, each by chance less than 5 %."""
    rng = generator(seed, "edges")
    told = 0
    for _ in range(20):
        trials = [
            complete(n, float(rng.random()), dropout=float(rng.uniform(0, 0.6))) for n in range(60)
        ]
        entry = {"low": 0.0, "high": 0.6, "step": None, "log": False}
        made = replace(tiny(*trials), definition={**DEFINITION, "space": {"dropout": entry}})
        told += bool(edges(made))
    assert told <= 6
