"""What another 50 trials may be expected to bring.

The next trials are taken to be like the latest ones: as many of them complete, and the best of
these spread as theirs did. Above the upper quarter of the latest values the tail is taken for an
exponential one, whose scale is the mean excess. Then the number of trials that beat the best is
Poisson, and the expected rise of the best has a closed form. A sampler that is still learning does
better than its past, and a space that is exhausted does worse than an exponential tail.

Part of that rise is luck: a value has its seed's noise in it. If noise alone would spread the
upper quarter as it is spread, the rise is all luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from studies.results.study_result import StudyResult, TrialResult, rebuild

MORE = 50
"""Trials that the outlook is for."""

LATEST = 50
"""Trials with a result of their own from which the next ones are told."""

LEAST = 20
"""Complete ones among the latest, below which nothing can be said."""

UPPER = 0.25
"""The share of the latest values that shows the tail."""

SEEDS = 3
"""Fresh seeds of one configuration that tell their noise."""

LATE = 0.5
"""The share of a trial's epochs whose jitter stands for the noise of a seed, while no configuration
has been trained with fresh ones."""

IN_A_ROW = 10
"""A search is settled once so many outlooks, one after each trial, have said so: one alone, looked
at so often, would be wrong too early."""

_NORMAL = NormalDist()
_CUT = _NORMAL.inv_cdf(1 - UPPER)
NOISE_EXCESS = _NORMAL.pdf(_CUT) / UPPER - _CUT
"""Mean excess over its upper quarter of a normal distribution of standard deviation 1."""


@dataclass(frozen=True)
class Noise:
    """The standard deviation of a configuration's value over seeds, and how it is known."""

    deviation: float
    basis: Literal["seeds", "epochs"]

    @property
    def source(self) -> str:
        if self.basis == "seeds":
            return "over fresh seeds"
        return "guessed from the jitter between late epochs"


@dataclass(frozen=True)
class Outlook:
    """What :data:`MORE` more trials may be expected to bring."""

    gain: float  # expected rise of the best value
    luck: float  # the part of it that is the seeds' noise
    noise: Noise

    @property
    def is_small(self) -> bool:
        """Whether going on brings less than another seed would."""
        return self.gain < self.noise.deviation

    def as_json(self) -> dict[str, Any]:
        return {
            "trials": MORE,
            "gain": self.gain,
            "luck": self.luck,
            "noise": self.noise.deviation,
            "noise_basis": self.noise.basis,
        }


def outlook(trials: Sequence[TrialResult], noise: Noise | None) -> Outlook | None:
    """The outlook of a study's ``trials``, in any order; None while too little is known."""
    own = _own(trials)
    latest = sorted(own, key=lambda t: t.number)[-LATEST:]
    values = np.sort([t.value for t in latest if t.state == "complete" and t.value is not None])
    if noise is None or len(values) < LEAST:
        return None
    best = max(t.value for t in own if t.state == "complete" and t.value is not None)
    upper = math.ceil(UPPER * len(values))
    threshold = float(values[-upper - 1])
    excess = float((values[-upper:] - threshold).mean())
    if excess <= 0:  # one value for all of them
        return Outlook(0.0, 0.0, noise)
    beat_it = MORE * upper / len(latest) * math.exp(-(best - threshold) / excess)
    gain = excess * _ein(beat_it)
    by_noise = min(1.0, (NOISE_EXCESS * noise.deviation / excess) ** 2)
    return Outlook(gain, gain * by_noise, noise)


def of_study(study: StudyResult) -> Outlook | None:
    """The outlook of a study, by the noise that is known of it."""
    return outlook(study.trials, noise_of(study))


def is_settled(study: StudyResult) -> bool:
    """Whether going on would have brought little for :data:`IN_A_ROW` trials."""
    own, noise = sorted(_own(study.trials), key=lambda t: t.number), noise_of(study)
    outlooks = (outlook(own[: len(own) - ago], noise) for ago in range(IN_A_ROW))
    return all(one is not None and one.is_small for one in outlooks)


def noise_of(study: StudyResult) -> Noise | None:
    """From the runs of configurations with fresh seeds, if there are enough; else guessed from the
    complete trials' curves; None if they are too short."""
    return _between_seeds(study) or jitter(study.trials)


def _between_seeds(study: StudyResult) -> Noise | None:
    """Of the values that a search would have seen: pooled over the confirmed configurations, or of
    the best trial and its twins."""
    if study.confirmed is not None:
        found = [v for v in study.confirmed.search_values if len(v) >= SEEDS]
        if found:
            return Noise(math.sqrt(float(np.mean([np.var(v, ddof=1) for v in found]))), "seeds")
    best = study.best
    if best is not None and study.twins:
        configuration = rebuild(best.configuration)
        values = [r.value for r in study.twins if r.value is not None and r.is_of(configuration)]
        if len(values) >= SEEDS:
            return Noise(float(np.std(values, ddof=1)), "seeds")
    return None


def jitter(trials: Sequence[TrialResult]) -> Noise | None:
    """The median, over complete trials, of the standard deviation of late epochs about their trend:
    of second differences, which a straight trend has none of. Trials of too few epochs tell
    nothing."""
    found = []
    for trial in (t for t in trials if t.state == "complete" and t.duplicate_of is None):
        curve = np.array([value for _, value in trial.curve])
        late = curve[int(len(curve) * (1 - LATE)) :]
        if len(late) >= 4:
            found.append(math.sqrt(float((np.diff(late, n=2) ** 2).mean()) / 6))
    return Noise(float(np.median(found)), "epochs") if found else None


def _own(trials: Sequence[TrialResult]) -> list[TrialResult]:
    """Those with a result, and not another's."""
    return [t for t in trials if t.duplicate_of is None and t.state in ("complete", "pruned")]


def _ein(x: float) -> float:
    """The integral of (1 - exp(-t)) / t from 0 to ``x``: the expected largest of Poisson(``x``)
    many exponential excesses, in units of their scale."""
    t = (np.arange(400) + 0.5) * (x / 400)
    return float((-np.expm1(-t) / t).sum() * (x / 400)) if x > 0 else 0.0
