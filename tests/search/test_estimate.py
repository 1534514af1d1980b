"""What a new study says a trial takes here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from neumf.training.trainer import POLL_EVERY
from search.new_study import estimate
from search.new_study.writing import write_study
from studies.definition.loading import load

pytestmark = pytest.mark.usefixtures("folder")


class Clock:
    """Stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestMeasuring:
    """An epoch of small data is measured whole; of one that outlasts the time, a part is."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> Clock:
        clock = Clock()
        monkeypatch.setattr(estimate, "perf_counter", clock)
        monkeypatch.setattr(estimate, "_seconds_an_evaluation", lambda *_: 7.0)
        return clock

    def test_whole_epochs(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        def train(*_: object, poll: Callable[[], None], **__: object) -> Iterator[Any]:
            for seconds in (0.125, 0.0, 0.0, 0.0, 9.0):
                poll()
                clock.now += seconds + 0.125
                yield SimpleNamespace(train_seconds=seconds, evaluate_seconds=0.125)

        monkeypatch.setattr(estimate, "train", train)
        problem, definition = problem_and_study()
        assert estimate.seconds_an_epoch(problem, estimate.middle(definition, 0.5)) == 0.125

    def test_a_part_of_one(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        """A sample's time, for all samples, and an evaluation."""

        def train(*_: object, poll: Callable[[], None], **__: object) -> Iterator[Any]:
            while True:
                poll()
                clock.now += 0.25
            yield

        monkeypatch.setattr(estimate, "train", train)
        problem, definition = problem_and_study()
        configuration = estimate.middle(definition, 0.5)
        samples = len(problem.users) * (1 + configuration.negative_ratio)
        expected = 7 + 0.25 * samples / POLL_EVERY
        assert estimate.seconds_an_epoch(problem, configuration) == pytest.approx(expected)

    @pytest.mark.slow
    def test_for_real(self) -> None:
        """With the engine itself; what it says is for the person to judge."""
        problem, definition = problem_and_study()
        assert 0 < estimate.seconds_a_trial(problem, definition) < math.inf


def problem_and_study() -> tuple[Any, Any]:
    from neumf.data.loading import load as load_data
    from neumf.protocol.evaluation_protocol import make_problem, split_interactions

    write_study("plays.csv", {}, None, measure=False)
    definition = load("./plays.toml")
    data = load_data(definition.data)
    parts = split_interactions(data, definition.protocol, 0)
    return make_problem(data, parts, definition.protocol, 0), definition
