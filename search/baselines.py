"""Simple models beside NeuMF: tuned on the lists that confirm it, and refitted to open the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neumf.baselines.baseline import Baseline
from neumf.baselines.catalogue import BASELINES
from neumf.baselines.console import describe_tuned, tune_with_bar
from neumf.baselines.tuning import Tried, Tuned
from neumf.evaluation.measurement import measure_model
from neumf.evaluation.scoring import Scorer
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from neumf.seeds import fresh_seed
from neumf.waiting import waiting
from search.work import Work
from studies.results.measured import MeasuredModel, TunedBaseline, sizes_of
from studies.storage.baselines import read_tried, store_refusal, store_tried, store_tuned


class _Interrupted(Exception):  # noqa: N818 - a wish, not an error
    """The session is over."""


def tune_baselines(work: Work) -> None:
    """Tune what has not been tuned yet, until the session is over."""
    problem, study = work.data.problem, work.definition.name
    known = {one.name for one in work.read().baselines}
    todo = [one for one in BASELINES.values() if one.name not in known]

    if todo and not work.is_over:
        labels = ", ".join(one.label for one in todo)
        work.begin("tuning simple models", f"tuning simple models: {labels}")
    for baseline in todo:
        refusal = baseline.refusal(problem.n_users, problem.n_items, len(problem.users))
        if work.is_over:
            return
        if refusal is not None:
            work.say(f"{baseline.label} {refusal}")
            store_refusal(work.storage, study, baseline, refusal)
            continue
        try:
            tuned = _tune(work, baseline)
        except _Interrupted:
            return
        store_tuned(work.storage, study, baseline, tuned)
        work.say(describe_tuned(tuned))


def _tune(work: Work, baseline: Baseline) -> Tuned:
    """Each point of the grid is kept as soon as it has been tried: one may take minutes.

    Raises:
        _Interrupted: the session is over.
    """
    study = work.definition.name
    tried = list(read_tried(work.storage, study, baseline))

    def keep(point: Tried) -> None:
        tried.append(point)
        store_tried(work.storage, study, baseline, tried)
        if work.is_over:
            raise _Interrupted

    return tune_with_bar(
        baseline,
        work.data.problem,
        work.validation,
        work.seed,
        work.console,
        threads=work.threads,
        known=tuple(tried),
        progress=keep,
    )


def refit(
    work: Work,
    problem: Problem,
    lists: MeasuredLists,
    tuned: Sequence[TunedBaseline],
    seeds: int,
    look: Callable[[str, Scorer], None],
) -> dict[str, MeasuredModel] | None:
    """Each as it was tuned, fitted to ``problem`` and measured on ``lists``; one that draws is
    fitted with as many fresh ``seeds``. ``look`` is shown each by its name, with the first seed,
    and need not keep it. None if the session is over before."""
    found, sizes = {}, sizes_of(lists)
    users = lists.catalogue.users.astype(np.int64)
    for one in (t for t in tuned if t.refusal is None):
        baseline, measurements = BASELINES[one.name], {}
        for number in range(1, (seeds if baseline.draws else 1) + 1):
            if work.is_over:
                return None
            seed = fresh_seed(work.seed, number)
            with waiting(work.console, f"measuring {one.label} on the test split"):
                scorer = baseline.fit(problem, one.hyperparameters, seed, work.threads)
                measurements[number] = measure_model(scorer, lists)
            if number == 1:
                with waiting(work.console, f"looking at what {one.label} recommends"):
                    look(one.name, scorer)
        found[one.name] = MeasuredModel(one.label, measurements, sizes, users)
    return found
