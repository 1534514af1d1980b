"""A study of a hundred trials that was confirmed and opened, made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neumf.baselines.catalogue import BASELINES
from neumf.evaluation.measurement import WAYS, Measurement, Way
from neumf.metrics import METRICS
from studies.results.intervals import Estimate
from studies.results.measured import ListSizes, MeasuredRun, MeasuredRuns
from studies.results.opening import NEUMF, Contestant, Opening, Tested
from studies.results.study_result import StudyResult
from tests.reports.made_up import plausible

USERS = 200


def confirmed(trials: int = 100) -> StudyResult:
    """Its five best and its starting points over five seeds; the test split is sealed."""
    study = plausible(trials)
    rng = np.random.default_rng(5)
    labelled = [t for t in study.trials if t.label is not None and t.state == "complete"]
    compared = list({t.number: t for t in [*study.ranking[:5], *labelled]}.values())
    runs = []
    for place, trial in enumerate(compared):
        for seed in range(1, 6):
            catalogue = rng.geometric(0.02 / (1 + place**3 / 100), USERS).clip(1, 1000)
            measurement = Measurement(1 + catalogue // 10, catalogue)
            runs.append(
                MeasuredRun(
                    trial.number,
                    trial.label,
                    trial.configuration,
                    seed,
                    None,
                    measurement,
                    parameters=1000 - place,
                    best_epoch=3,
                )
            )
    sizes = ListSizes(np.full(USERS, 1000), 99)
    numbers = tuple(trial.number for trial in compared)
    measured = MeasuredRuns(tuple(runs), sizes, np.arange(USERS), numbers, 5)
    return replace(study, confirmed=measured)


def opened(trials: int = 100) -> StudyResult:
    """And the test split was opened."""
    study = confirmed(trials)
    best = study.best
    assert best is not None

    def every(mean: float, reach: float) -> dict[Way, dict[str, Estimate]]:
        one = Estimate(mean, mean - reach, mean + reach, 5)
        return {way: dict.fromkeys(METRICS, one) for way in WAYS}

    ahead: dict[Way, Estimate] = dict.fromkeys(WAYS, Estimate(-0.0123, -0.0234, 0.0345, 5))
    labels = {NEUMF: "NeuMF", "notebook": "notebook", "he-et-al-2017": "he-et-al-2017"}
    labels |= {name: one.label for name, one in BASELINES.items()}
    models = tuple(
        Tested(name, label, every(0.3961, 0.01), None if name == NEUMF else ahead)
        for name, label in labels.items()
    )
    opening = Opening(
        opened="2026-01-01T00:00:00+00:00",
        command="ml-100k",
        versions={},
        searched=dict(study.counts),
        trials=len(study.finished),
        engine="fused",
        device="cpu",
        seeds=5,
        way="expected",
        contestants=(Contestant(NEUMF, "NeuMF", best.number, best.configuration, 12),),
        models=models,
    )
    return replace(study, opening=opening, opening_plan=opening)
