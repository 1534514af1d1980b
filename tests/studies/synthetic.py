"""Studies as tests make them: definitions, made-up learning curves, and a loop that obeys a ledger
as the coordinator does, without processes and without training."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Callable
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from neumf.hyperparameters import Configuration
from neumf.metrics import METRICS, OBJECTIVE
from neumf.training.stopping import BestEpoch
from studies.definition.loading import parse
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, Job
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.facts import of_study

GOOD = """
name = "mine"
[data]
source = "ml-100k"
[space]
lr = { low = 1e-4, high = 1e-2, log = true }
batch_size = { choices = [256, 512] }
[fixed]
epochs = 20
[[starting_points]]
name = "notebook"
configuration = { lr = 1e-3, batch_size = 256 }
[search]
trials = 10
"""
"""A whole definition; tests put one mistake in it."""

BRANCHED = """
name = "mine"
[data]
source = "ml-100k"
[space]
optimizer = { choices = ["adam", "sgd"] }
predictive_factors = { low = 8, high = 64, step = 8 }
[fixed]
epochs = 20
[[branches]]
name = "sgd"
when = { optimizer = "sgd" }
[branches.space]
lr = { low = 0.01, high = 0.1, log = true }
l2 = { low = 0.003, high = 0.015, log = true }
[branches.fixed]
mlp_layers = 0
[[branches]]
name = "adam"
when = { optimizer = "adam" }
[branches.space]
lr = { low = 2e-4, high = 5e-3, log = true }
weight_decay = { low = 1e-8, high = 5e-6, log = true }
[[starting_points]]
name = "GMF"
configuration = { optimizer = "sgd", predictive_factors = 64, lr = 0.03, l2 = 0.008 }
[search]
trials = 10
"""
"""A whole definition whose two optimizers search what is theirs."""

DATA = {
    "name": "ml-100k",
    "users": 943,
    "items": 1682,
    "interactions": 100_000,
    "fingerprint": "7d0d34b1c5a2e8f0",
    "description": ["two", "lines"],
}

STARTING_POINTS = [
    {"name": "notebook", "configuration": {"lr": 1e-3, "dropout": 0.3}},
    {"name": "He et al.", "configuration": {"lr": 5e-4, "dropout": 0.0}},
]
NO_PRUNER = {"pruner": {"kind": "none"}}

Curve = Callable[[Configuration], list[float]]


def read(text: str) -> Definition:
    return parse(tomllib.loads(text), "mine.toml")


def define(trials: int, *, space: dict[str, Any] | None = None, **tables: Any) -> Definition:
    """A study of ``trials`` trials over ``space``, or over the learning rate and dropout."""
    either = {"lr": {"low": 1e-4, "high": 1e-2, "log": True}, "dropout": {"low": 0.0, "high": 0.6}}
    search = {"trials": trials, **tables.pop("search", {})}
    raw = {"name": "made", "data": {"source": "ml-100k"}, "space": space or either, **tables}
    return parse({**raw, "search": search}, "made")


def peak(configuration: Configuration) -> list[float]:
    """Five epochs that rise and fall; the higher, the nearer the learning rate is to 1e-3."""
    best = 0.4 - 0.1 * abs(math.log10(configuration.lr) + 3) - 0.05 * configuration.dropout
    return [best * share for share in (0.5, 0.8, 0.9, 1.0, 0.95)]


def results(curve: list[float]) -> list[EpochResult]:
    """As a worker would report ``curve``."""
    best, heard = BestEpoch(), []
    for number, value in enumerate(curve, 1):
        best = best.after(value)
        metrics = {**dict.fromkeys(METRICS, value / 2), OBJECTIVE.name: value}
        heard.append(
            EpochResult(
                number, 1 / number, metrics, best.number, best.value, 1000, 0.5, 1234, "made-up"
            )
        )
    return heard


def train(ledger: Ledger, job: Job, curve: Curve = peak) -> None:
    """One trial, epoch by epoch, until it is pruned or complete."""
    for epoch in results(curve(job.configuration)):
        if ledger.record(job.number, epoch):
            ledger.prune(job.number)
            return
    ledger.complete(job.number)


def finish(ledger: Ledger, curve: Curve = peak) -> None:
    """All trials, one after another."""
    while job := ledger.ask():
        train(ledger, job, curve)
    assert ledger.done == ledger.total


def stored(storage: BaseStorage, study: str = "made") -> list[FrozenTrial]:
    """Every trial, by number."""
    return storage.get_all_trials(storage.get_study_id_from_name(study))


def facts_of(storage: BaseStorage, study: str = "made") -> dict[str, Any]:
    """All that is stored with a study, by name."""
    return of_study(optuna.load_study(study_name=study, storage=storage))


def counted(storage: BaseStorage) -> list[FrozenTrial]:
    """Those with a verdict of their own, the study's total."""
    return [
        trial
        for trial in stored(storage)
        if trial.state.is_finished() and not trial.user_attrs.get(record.INTERRUPTED)
    ]


def ask(ledger: Ledger) -> Job:
    """The next trial, of which there is one."""
    job = ledger.ask()
    assert job is not None
    return job


def states(storage: BaseStorage) -> Counter[TrialState]:
    """How many trials are in each of Optuna's states."""
    return Counter(trial.state for trial in stored(storage))


def once_each(storage: BaseStorage) -> bool:
    """Whether no configuration was given two verdicts of its own."""
    own = [t for t in counted(storage) if record.DUPLICATE_OF not in t.user_attrs]
    return len({tuple(sorted(t.params.items())) for t in own}) == len(own)
