"""What a configuration costs beside how good it is, and the time that a search did not spend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from studies.results.confirmation import Confirmation, Confirmed
from studies.results.study_result import StudyResult, TrialResult, rebuild


@dataclass(frozen=True, eq=False)
class Costed:
    """A confirmed configuration and what it costs."""

    entry: Confirmed
    seconds: float | None  # of training, the median of its runs
    parameters: int


def costed(confirmation: Confirmation) -> tuple[Costed, ...]:
    """The confirmed configurations, the best first."""
    return tuple(
        Costed(
            entry,
            median(known) if (known := [r.seconds for r in entry.runs if r.seconds]) else None,
            entry.parameters,
        )
        for entry in confirmation.entries
    )


def front(found: Sequence[Costed], cost: Callable[[Costed], float | None]) -> tuple[Costed, ...]:
    """Those that none is as cheap as and better than, the cheapest first; of equals, one."""
    known = [(c, -one.entry.mean.mean, n, one) for n, one in enumerate(found) if (c := cost(one))]
    kept: list[Costed] = []
    for *_, one in sorted(known, key=lambda each: each[:3]):
        if not kept or one.entry.mean.mean > kept[-1].entry.mean.mean:
            kept.append(one)
    return tuple(kept)


@dataclass(frozen=True)
class Saved:
    """Seconds of training that were not spent, and the trials that spared them."""

    by: str
    trials: int
    seconds: float


def saved(study: StudyResult) -> tuple[Saved, ...]:
    """By early stopping, up to the epochs that a configuration may run; by pruning, up to the
    median length of complete trials; by duplicates, what the trial took whose result they were
    given. Estimates: the epochs that were not run are taken to be as long as those that were."""
    own = [t for t in study.of("complete", "pruned") if t.duplicate_of is None and t.curve]
    complete = [t for t in own if t.state == "complete"]
    usual = median(t.epochs for t in complete) if complete else 0.0
    pruned = [t for t in own if t.state == "pruned"]
    copied = [t.duplicate_of for t in study.finished if t.duplicate_of is not None]
    found = (
        _saved("pruning", [_rest(t, usual) for t in pruned]),
        _saved("early stopping", [_rest(t, _most(t)) for t in complete]),
        _saved(
            "duplicates, which are not trained again",
            [study.trial(number).seconds or 0.0 for number in copied],
        ),
    )
    return tuple(one for one in found if one.trials)


def _saved(by: str, seconds: Sequence[float]) -> Saved:
    spared = [each for each in seconds if each > 0]
    return Saved(by, len(spared), sum(spared))


def _rest(trial: TrialResult, epochs: float) -> float:
    return max(0.0, epochs - trial.epochs) * (trial.seconds or 0.0) / trial.epochs


def _most(trial: TrialResult) -> int:
    """Epochs that its configuration may run; those it ran, of a trial stored without one."""
    return rebuild(trial.configuration).total_epochs if trial.configuration else trial.epochs
