"""Studies that were confirmed and opened, from ranks that were made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from neumf.baselines.catalogue import BASELINES
from neumf.evaluation.measurement import Measurement, all_metrics, headline
from neumf.hyperparameters import Configuration
from neumf.seeds import generator
from studies.results.measured import (
    ListSizes,
    MeasuredModel,
    MeasuredRun,
    MeasuredRuns,
    TunedBaseline,
)
from studies.results.opening import NEUMF, Contestant, Opening, tested
from studies.results.spans import Span
from studies.results.study_result import StudyResult, TrialResult
from tests.reports import behaving
from tests.reports.made_up import VERSIONS, complete, failed, plausible, tiny

USERS, ITEMS, CANDIDATES = 200, 1000, 99
SIMPLE = {"popularity": 0.35, "itemknn": 0.8, "ease": 1.0, "ials": 0.9}
"""How good baselines are, beside which a NeuMF's quality stands."""


def sizes(candidates: int | None = CANDIDATES) -> ListSizes:
    return ListSizes(np.full(USERS, ITEMS - 1, dtype=np.int64), candidates)


def measurement(quality: float, seed: int, candidates: int | None = CANDIDATES) -> Measurement:
    """Ranks of a model; the same users are hard for every model."""
    hard = generator(0, "users").exponential(1.0, USERS)
    luck = generator(seed, "model").normal(0.0, 0.25, USERS)
    share = np.clip(0.09 * hard * np.exp(luck) / quality, 0.0, 1.0)
    catalogue = 1 + np.floor(share * (ITEMS - 1)).astype(np.int64)
    if candidates is None:
        return Measurement(None, catalogue)
    drawn = generator(seed, "candidates").binomial(candidates, share)
    return Measurement((1 + drawn).astype(np.int64), catalogue)


def confirmed(
    study: StudyResult,
    qualities: Mapping[int, float],
    seeds: int = 3,
    candidates: int | None = CANDIDATES,
) -> StudyResult:
    """The study with the runs over fresh seeds of its trials with these qualities."""
    of_size = sizes(candidates)
    runs = [
        _run(study.trial(number), seed, quality, of_size)
        for number, quality in qualities.items()
        for seed in range(1, seeds + 1)
    ]
    users = np.arange(USERS, dtype=np.int64)
    return replace(
        study, confirmed=MeasuredRuns(tuple(runs), of_size, users, tuple(qualities), seeds)
    )


def _run(trial: TrialResult, seed: int, quality: float, of_size: ListSizes) -> MeasuredRun:
    found = measurement(quality, 100 * trial.number + seed, of_size.candidates)
    by_way = all_metrics(found, of_size)
    return MeasuredRun(
        trial.number,
        trial.label,
        trial.configuration,
        seed,
        None,
        found,
        {str(way): each for way, each in by_way.items()},
        best_epoch=2,
        curve=((1, 0.1), (2, by_way[headline(of_size)]["nDCG@10"])),
        seconds=4.0 + trial.number,
        parameters=trial.parameters or 20_000 + 1000 * trial.number,
        seed=seed,
        engine="fused",
    )


def with_baselines(
    study: StudyResult, qualities: Mapping[str, float], refused: Mapping[str, str] | None = None
) -> StudyResult:
    """The study with tuned baselines, and with those that were refused for a reason."""
    assert study.confirmed is not None
    measured, found = study.confirmed, []
    for place, (name, baseline) in enumerate(BASELINES.items()):
        refusal = (refused or {}).get(name)
        ranks = measurement(qualities.get(name, 1.0), 7000 + place, measured.sizes.candidates)
        model = MeasuredModel(
            baseline.label, {} if refusal else {1: ranks}, measured.sizes, measured.users
        )
        chosen = dict(baseline.grid[0])
        found.append(
            TunedBaseline(name, baseline.label, chosen, len(baseline.grid), 1.5, model, refusal)
        )
    return replace(study, baselines=tuple(found))


def opened(
    study: StudyResult, chosen: int, models: Mapping[str, float], seeds: int = 3
) -> StudyResult:
    """The study with its test split opened for ``chosen``; ``models`` are qualities by name."""
    assert study.confirmed is not None
    of_size, users = study.confirmed.sizes, study.confirmed.users
    made = {
        name: MeasuredModel(
            "NeuMF" if name == NEUMF else BASELINES[name].label if name in BASELINES else name,
            {
                seed: measurement(quality, 9000 + 10 * place + seed, of_size.candidates)
                for seed in range(1, 2 if name in BASELINES else seeds + 1)
            },
            of_size,
            users,
        )
        for place, (name, quality) in enumerate(models.items())
    }
    compared = {name: one for name, one in made.items() if name == NEUMF or name in BASELINES}
    record = Opening(
        opened="2026-03-14T12:00:00+00:00",
        command="ml-100k --trials 100",
        versions=VERSIONS,
        searched=dict(study.counts),
        trials=len(study.finished),
        engine="fused",
        device="cpu",
        contestants=(Contestant(NEUMF, "NeuMF", chosen, Configuration().asdict(), last_epoch=9),),
        seeds=seeds,
        way=headline(of_size),
        models=tuple(tested(name, m.name, m, made[NEUMF]) for name, m in made.items()),
        behaviour=behaving.behaviour(compared, headline(of_size), ITEMS),
    )
    recommended = behaving.recommended(USERS, ITEMS)
    return replace(study, opening=record, opening_plan=record, recommended=recommended)


def three() -> StudyResult:
    """Two starting points and a trial of the search."""
    trials: Sequence[TrialResult] = (
        complete(0, 0.30, label="notebook"),
        complete(1, 0.33, label="He et al."),
        complete(2, 0.43),
        failed(3),
    )
    whole = Configuration().asdict()
    return tiny(
        *(
            t if t.state == "failed" else replace(t, configuration={**whole, **t.params})
            for t in trials
        )
    )


def unopened(quality: float = 1.3) -> StudyResult:
    """Confirmed, its baselines tuned, its test split sealed."""
    return with_baselines(confirmed(three(), {2: quality, 0: 0.7, 1: 0.8}), SIMPLE)


def wins() -> StudyResult:
    return opened(unopened(), 2, {NEUMF: 1.35, "notebook": 0.7, "He et al.": 0.8, **SIMPLE})


def loses() -> StudyResult:
    return opened(unopened(), 2, {NEUMF: 0.75, "notebook": 0.5, "He et al.": 0.6, **SIMPLE})


def draws() -> StudyResult:
    return opened(unopened(), 2, {NEUMF: 0.95, "notebook": 0.7, "He et al.": 0.8, **SIMPLE})


def refused() -> StudyResult:
    """Every baseline found the data too large."""
    why = dict.fromkeys(BASELINES, "needs 90 GB for its item matrix, and is left out")
    study = with_baselines(confirmed(three(), {2: 1.3, 0: 0.7}), {}, why)
    return opened(study, 2, {NEUMF: 1.3, "notebook": 0.7})


def extended() -> StudyResult:
    """A trial was added after the test split was opened."""
    study = wins()
    return replace(study, trials=(*study.trials, complete(4, 0.45)))


def level() -> StudyResult:
    """Two configurations that cannot be told apart; the smaller one is not the first."""
    study = confirmed(three(), {2: 1.2, 0: 0.6, 1: 1.17})
    assert study.confirmed is not None
    cheap = [replace(r, parameters=5) if r.of_trial == 1 else r for r in study.confirmed.runs]
    return with_baselines(
        replace(study, confirmed=replace(study.confirmed, runs=tuple(cheap))), SIMPLE
    )


def half_confirmed() -> StudyResult:
    """One run is still to be made, another failed."""
    study = confirmed(three(), {2: 1.2, 0: 0.6})
    assert study.confirmed is not None
    first, *rest, _ = study.confirmed.runs
    broken = replace(first, measurement=None, metrics={}, reason="loss is not a number at epoch 1")
    return replace(study, confirmed=replace(study.confirmed, runs=(broken, *rest)))


def catalogue_only() -> StudyResult:
    """The protocol ranks the whole catalogue: there is one way of measuring."""
    study = confirmed(three(), {2: 1.3, 0: 0.7}, candidates=None)
    return opened(with_baselines(study, SIMPLE), 2, {NEUMF: 1.3, "notebook": 0.7, **SIMPLE})


def one_seed() -> StudyResult:
    return opened(
        with_baselines(confirmed(three(), {2: 1.3, 0: 0.7}, seeds=1), SIMPLE),
        2,
        {NEUMF: 1.3, "notebook": 0.7, **SIMPLE},
        seeds=1,
    )


def plausible_opened(n: int = 100) -> StudyResult:
    """A study as people have them, all the way."""
    study = plausible(n)
    top = [trial.number for trial in study.ranking[:3]]
    qualities = {0: 0.75, 1: 0.9} | dict(zip(top, (1.25, 1.27, 1.22), strict=False))
    models = {NEUMF: 1.22, "notebook": 0.7, "He et al.": 0.85, **SIMPLE}
    done = opened(with_baselines(confirmed(study, qualities, seeds=5), SIMPLE), top[0], models, 5)
    return replace(done, beside=beside(done))


def beside(study: StudyResult) -> tuple[Span, ...]:
    """Two workers confirm, one after the search; then the simple models are tuned, and one worker
    trains for the opening."""
    assert study.confirmed is not None
    now = max(trial.finished for trial in study.trials if trial.finished is not None)
    found = []
    for place, run in enumerate(study.confirmed.runs):
        name = f"trial {run.of_trial}, fresh seed {run.seed_number}"
        begin = now + timedelta(seconds=3 + place // 2 * 20)
        times = begin, begin + timedelta(seconds=19)
        found.append(Span("confirming", name, "complete", *times, place % 2, None, run.of_trial))
    for baseline in study.baselines:
        now = found[-1].finished
        times = now, now + timedelta(seconds=baseline.seconds)
        found.append(Span("simple models", baseline.label, "complete", *times))
    begin = found[-1].finished
    times = begin, begin + timedelta(seconds=25)
    return (*found, Span("opening", "trial 0, fresh seed 1", "complete", *times, 0, None, 0))


def unsaved() -> StudyResult:
    """A session was killed before it saved the model."""
    return replace(wins(), recommended=None)


def opened_before() -> StudyResult:
    """By a version that did not look at what models do."""
    study = wins()
    assert study.opening is not None
    return replace(study, opening=replace(study.opening, behaviour=None), recommended=None)


def half_opened() -> StudyResult:
    """Opening the test split was interrupted."""
    return replace(wins(), opening=None, recommended=None)
