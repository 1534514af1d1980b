"""Runs over fresh seeds beside a small searched study, made up to the last rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from neumf.evaluation.measurement import Measurement
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    split_interactions,
    validation_lists,
)
from neumf.protocol.measured_lists import MeasuredLists
from studies.ledger.contenders import contenders
from studies.ledger.job import FinishedModel, Job
from studies.ledger.measured_runs import Contender, MeasuredRuns
from studies.storage import record
from tests.studies.synthetic import STARTING_POINTS, define, peak, results, stored
from tests.worlds import blocks

NAME = "made/confirm"
SEED = 5
DEFINITION = define(5, search={"seed": SEED}, starting_points=STARTING_POINTS)


def lists_of(candidates: int | str = 10) -> MeasuredLists:
    interactions = blocks()
    protocol = EvaluationProtocol.model_validate({"candidates": candidates})
    parts = split_interactions(interactions, protocol, SEED)
    return validation_lists(interactions, parts, protocol, SEED)


LISTS = lists_of()


def model(rank: int = 3) -> FinishedModel:
    """One that ranks every held-out item alike."""
    ranks = np.full(len(LISTS), rank, np.int64)
    return FinishedModel(Measurement(np.minimum(ranks, 11), ranks), None)


def begin(
    storage: BaseStorage,
    *,
    top: int = 2,
    seeds: int = 2,
    several: Sequence[Contender] | None = None,
    lists: MeasuredLists = LISTS,
) -> MeasuredRuns:
    chosen = contenders(storage, DEFINITION, top) if several is None else several
    return MeasuredRuns(storage, "made", NAME, chosen, lists, study_seed=SEED, seeds=seeds)


def ask(runs: MeasuredRuns) -> Job:
    job = runs.ask()
    assert job is not None
    return job


def train(runs: MeasuredRuns, job: Job) -> None:
    """One run to its end."""
    for epoch in results(peak(job.configuration)):
        assert not runs.record(job.number, epoch), "nothing is pruned"
    runs.complete(job.number, model())


def hold(runs: MeasuredRuns) -> list[Job]:
    """All runs that are due, one after another."""
    jobs = []
    while job := runs.ask():
        train(runs, job)
        jobs.append(job)
    assert runs.done == runs.total
    return jobs


def told(jobs: Sequence[Job]) -> list[str | None]:
    return [job.label for job in jobs]


def kept(storage: BaseStorage) -> list[FrozenTrial]:
    return stored(storage, NAME)


def reason_of(trial: FrozenTrial) -> Any:
    return trial.user_attrs.get(record.REASON)
