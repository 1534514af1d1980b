"""Studies whose runs over fresh seeds are made up: ranks with a known order, and no training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neumf.arrays import Ints
from neumf.evaluation.measurement import Measurement
from neumf.hyperparameters import Configuration
from studies.results.confirmation import Confirmation, confirm
from studies.results.measured import (
    ListSizes,
    MeasuredModel,
    MeasuredRun,
    MeasuredRuns,
    TunedBaseline,
)
from studies.results.opening import Contestant, Opening, Plan, tested
from studies.results.study_result import StudyResult, TrialResult

USERS = 60
POOL = 100

CATALOGUE = ListSizes(np.full(USERS, POOL), None)
"""The whole catalogue is ranked: a list's gain is a function of its rank alone."""

SAMPLED = ListSizes(np.full(USERS, POOL), 20)

VARIED = np.arange(USERS) % 8 + 1
"""Ranks 1 to 8: users differ much more from one another than models do."""

Ranks = Ints
Seeds = Sequence["Ranks | str"]
"""Of each fresh seed, from 1, the ranks, or why it failed."""


def alike(rank: int) -> Ranks:
    return np.full(USERS, rank)


def jittered(ranks: Ranks, seed: int) -> Ranks:
    """About as good: half of the users one rank better, the other half one worse."""
    signs = np.where((np.arange(USERS) + seed) % 2, 1, -1)
    return np.maximum(1, ranks + signs)


def measurement(ranks: Ranks, sizes: ListSizes = CATALOGUE) -> Measurement:
    """The sampled rank is the lowest that the catalogue's allows."""
    sampled = None if sizes.candidates is None else np.minimum(ranks, sizes.candidates + 1)
    return Measurement(sampled, ranks)


def run(
    trial: int,
    seed_number: int,
    found: Ranks | str,
    *,
    sizes: ListSizes = CATALOGUE,
    configuration: Configuration | None = None,
    **facts: Any,
) -> MeasuredRun:
    """One run, or one that failed for the reason given."""
    return MeasuredRun(
        trial,
        None,
        (configuration or Configuration()).asdict(),
        seed_number,
        None,
        None if isinstance(found, str) else measurement(found, sizes),
        reason=found if isinstance(found, str) else None,
        **facts,
    )


def measured(
    world: Mapping[int, Seeds],
    parameters: Mapping[int, int] | None = None,
    *,
    sizes: ListSizes = CATALOGUE,
    seeds: int | None = None,
) -> MeasuredRuns:
    """``world``: of each trial its seeds. ``seeds`` were planned; by default all that there are."""
    runs = [
        run(trial, number, each, sizes=sizes, parameters=(parameters or {}).get(trial, 100))
        for trial, several in world.items()
        for number, each in enumerate(several, 1)
    ]
    wanted = max(map(len, world.values()), default=0) if seeds is None else seeds
    return MeasuredRuns(tuple(runs), sizes, np.arange(USERS), tuple(world), wanted)


def study(
    confirmed: MeasuredRuns | None = None, labels: Mapping[int, str] | None = None, **facts: Any
) -> StudyResult:
    """Ten complete trials, the first ones the best."""
    trials = [
        TrialResult(
            n,
            "complete",
            {},
            0.5 - 0.01 * n,
            configuration=Configuration().asdict(),
            label=(labels or {}).get(n),
        )
        for n in range(10)
    ]
    definition = {"description": "", "search": {"seed": 0}}
    return StudyResult(
        "mine", "", definition, {}, "nDCG@10", tuple(trials), confirmed=confirmed, **facts
    )


def confirmation(*arguments: Any, **options: Any) -> Confirmation:
    """What is made of the world of :func:`measured`."""
    found = confirm(study(measured(*arguments, **options)))
    assert found is not None
    return found


def neumf(several: Seeds, name: str = "NeuMF", sizes: ListSizes = CATALOGUE) -> MeasuredModel:
    """A model measured with each seed that did not fail."""
    found = {
        number: measurement(ranks, sizes)
        for number, ranks in enumerate(several, 1)
        if not isinstance(ranks, str)
    }
    return MeasuredModel(name, found, sizes, np.arange(USERS))


def baseline(name: str, ranks: Ranks, sizes: ListSizes = CATALOGUE) -> TunedBaseline:
    label = name.upper()
    return TunedBaseline(name, label, {"l2": 300.0}, 7, 1.5, neumf([ranks], label, sizes))


def plan(trial: int = 1, sizes: ListSizes = CATALOGUE, **facts: Any) -> Plan:
    """What is decided before the test split is opened for the configuration of ``trial``."""
    chosen = Contestant("neumf", "NeuMF", trial, Configuration().asdict(), 3)
    made: dict[str, Any] = {
        "opened": "2026-01-02T03:04:05+00:00",
        "command": "mine",
        "versions": {"numpy": "2"},
        "engine": "fused",
        "device": "cpu",
        "searched": {"complete": 10},
        "trials": 10,
        "seeds": 5,
        "way": "catalogue" if sizes.candidates is None else "expected",
        "contestants": (chosen,),
    }
    return Plan(**{**made, **facts})


def opening(chosen: MeasuredModel, others: Mapping[str, MeasuredModel]) -> Opening:
    """The record of ``chosen`` beside ``others``."""
    models = {"neumf": chosen, **others}
    return Opening.of(
        plan(sizes=chosen.sizes),
        tuple(tested(name, one.name, one, chosen) for name, one in models.items()),
    )
