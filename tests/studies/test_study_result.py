"""What is derived from a study's trials: its best, its score, and what was mixed in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.results.study_result import StudyResult, TrialResult, is_better, place

MADE = StudyResult("made", "", {}, {}, "nDCG@10", ())


def complete(number: int, value: float = 0.3, **facts: Any) -> TrialResult:
    return TrialResult(
        number, "complete", {"lr": 1e-3}, value, curve=((1, value), (2, 0.1)), **facts
    )


def study(*trials: TrialResult, sessions: tuple[dict[str, Any], ...] = ()) -> StudyResult:
    return replace(MADE, trials=trials, sessions=sessions)


def test_the_best_is_the_earlier_of_two_equals() -> None:
    """Whatever order they ended in; what is not complete never is."""
    lost = replace(complete(0, 0.9), state="pruned", value=None)
    made = study(lost, complete(1, 0.2), complete(2, 0.4), complete(3, 0.4))
    assert [trial.number for trial in made.ranking] == [2, 3, 1]
    assert made.best == made.trials[2]
    assert study(lost).best is None
    assert study(complete(0, 0.0)).best == complete(0, 0.0)


@given(st.permutations([(0.1, 0), (0.4, 1), (0.4, 2), (0.4, 3), (0.0, 4)]))
def test_the_lead_as_trials_end_is_the_best_in_the_end(ended: list[tuple[float, int]]) -> None:
    """The live line names the trial that the summary will name."""
    best: tuple[float, int] | None = None
    for value, number in ended:
        if is_better(value, number, best):
            best = value, number
    assert best == (0.4, 1) == min(ended, key=lambda trial: place(*trial))


@pytest.mark.parametrize(
    ("state", "curve", "score"),
    [
        ("complete", ((1, 0.5), (2, 0.4)), 0.5),
        ("pruned", ((1, 0.5), (2, 0.4)), 0.4),
        ("interrupted", ((1, 0.5),), 0.5),
        ("failed", (), None),
        ("waiting", (), None),
    ],
)
def test_a_trials_score(
    state: str, curve: tuple[tuple[int, float], ...], score: float | None
) -> None:
    value = 0.5 if state == "complete" else None
    assert TrialResult(0, state, {}, value, curve=curve).score == score


def test_finished_trials_count() -> None:
    states = ("complete", "pruned", "failed", "interrupted", "running", "waiting")
    made = study(*(TrialResult(n, state, {}) for n, state in enumerate(states)))
    assert [trial.state for trial in made.finished] == ["complete", "pruned", "failed"]


def session_of(numpy: str, system: str) -> dict[str, Any]:
    return {"versions": {"numpy": numpy, "torch": "2.9", "system": system}, "device": "cpu"}


ONE, OTHER = session_of("2.1.0", "Linux 6.1"), session_of("2.2.0", "Linux 6.2")


def test_one_way_of_computing_is_no_mixture() -> None:
    """Nor is another kernel, a copy of an earlier trial, or a session that computed nothing."""
    made = study(
        complete(0, engine="fused", session=0),
        complete(1, engine="fused", session=2),
        complete(2, engine="torch", session=1, duplicate_of=0),
        TrialResult(3, "failed", {}, session=1),
        TrialResult(4, "running", {}, curve=((1, 0.1),), session=1),
        sessions=(ONE, OTHER, session_of("2.1.0", "Linux 6.3")),
    )
    assert made.mixtures == ()
    assert made.versions == {"numpy": "2.1.0", "torch": "2.9", "system": "Linux 6.1, Linux 6.3"}


def test_engines_devices_and_versions_are_told_apart() -> None:
    made = study(
        complete(0, engine="fused", session=0),
        complete(1, engine="fused", session=1),
        complete(2, engine="torch", session=2),
        sessions=(ONE, OTHER, {**OTHER, "device": "cuda"}),
    )
    assert made.mixtures == (
        "engine: fused (2 trials), torch (1 trial)",
        "device: cpu (2 trials), cuda (1 trial)",
        "numpy: 2.1.0 (1 trial), 2.2.0 (2 trials)",
    )
    assert made.versions["numpy"] == "2.1.0, 2.2.0"


def test_trials_of_a_version_that_recorded_no_session() -> None:
    """They are told apart from those that have one, and from nothing where none has."""
    old, new = complete(0, engine="fused"), complete(1, engine="fused", session=0)
    assert study(old, replace(old, number=1)).mixtures == ()
    assert study(old, new, sessions=(ONE,)).mixtures == (
        "device: not recorded (1 trial), cpu (1 trial)",
        "numpy: not recorded (1 trial), 2.1.0 (1 trial)",
        "torch: not recorded (1 trial), 2.9 (1 trial)",
    )
