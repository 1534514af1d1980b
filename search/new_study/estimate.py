"""How long a trial takes here, by training a little of a few configurations."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from statistics import fmean, median
from time import perf_counter

from neumf.declaration import Value
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, Problem
from neumf.seeds import generator
from neumf.training.divergence import Diverged
from neumf.training.loop import train
from neumf.training.trainer import POLL_EVERY
from neumf.training.warm_up import warm_up
from studies.definition.schema import Definition
from studies.definition.space import Choices, Range

EPOCHS_SHARE = 0.45
"""Of the epochs allowed, those trained: patience and the pruner end the others. In the default
study it was 1,269 of 3,000."""

_SHARES = (1 / 6, 1 / 2, 5 / 6)
"""Where in the range of the factors it is measured; all else is taken from the middle."""

_SECONDS = 0.6
"""Training time for each."""

_LISTS = 256


class _Enough(Exception):  # noqa: N818 - a signal, not an error
    """It has been trained for long enough."""


def seconds_a_trial(problem: Problem, definition: Definition) -> float:
    """What a trial of ``definition`` on ``problem`` takes on average, on one worker."""
    warm_up()
    middling = [middle(definition, share) for share in _SHARES]
    an_epoch = fmean(seconds_an_epoch(problem, configuration) for configuration in middling)
    return an_epoch * max(1.0, EPOCHS_SHARE * middling[0].epochs)


def seconds_an_epoch(problem: Problem, configuration: Configuration) -> float:
    """Training and evaluation, of whole epochs if they are short, else from a part of one."""
    ticks: list[float] = []
    epochs: list[float] = []

    def poll() -> None:
        ticks.append(perf_counter())
        if len(ticks) > 1 and ticks[-1] - ticks[0] > _SECONDS:
            raise _Enough

    endless = replace(configuration, epochs=10_000, patience=10_000)
    with suppress(_Enough, Diverged):
        for epoch in train(problem, endless, seed=0, poll=poll):
            epochs.append(epoch.train_seconds + epoch.evaluate_seconds)  # noqa: PERF401 - it ends early
    if epochs:
        return float(median(epochs))
    steps = POLL_EVERY // configuration.batch_size * configuration.batch_size
    a_sample = (ticks[-1] - ticks[0]) / (len(ticks) - 1) / steps
    samples = len(problem.users) * (1 + configuration.negative_ratio)
    return samples * a_sample + _seconds_an_evaluation(problem, configuration)


def _seconds_an_evaluation(problem: Problem, configuration: Configuration) -> float:
    shape = Architecture.of(problem, configuration)
    scorer = NeuMFScorer(initialise(shape, generator(0, "estimate")))
    lists = problem.validation
    some = Candidates(lists.users[:_LISTS], lists.items[:_LISTS], lists.seen)
    began = perf_counter()
    rank(scorer, some)
    return (perf_counter() - began) * len(lists) / len(some)


def middle(definition: Definition, factors: float) -> Configuration:
    """The middle of the space, with factors at a share of their range."""
    params = {
        name: _at(entry, factors if name == "predictive_factors" else 0.5)
        for name, entry in definition.space.items()
    }
    return definition.configuration(definition.within_limits(params))


def _at(entry: Range | Choices, share: float) -> Value:
    if isinstance(entry, Choices):
        return entry.choices[int(share * len(entry.choices))]
    if isinstance(entry.low, int) and isinstance(entry.high, int):
        values = entry.whole()
        return values[int(share * len(values))]
    if entry.log:
        return math.exp((1 - share) * math.log(entry.low) + share * math.log(entry.high))
    return (1 - share) * entry.low + share * entry.high
