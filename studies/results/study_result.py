"""A study's results as plain values: what reports draw and commands print. Knows no storage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from neumf.baselines.catalogue import BASELINES
from neumf.declaration import Value
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from studies.results.behaviour import Recommended
from studies.results.measured import MeasuredRuns, TunedBaseline
from studies.results.opening import Opening, Plan
from studies.results.spans import Span

FINISHED = ("complete", "pruned", "failed")
"""The states that count towards a study's total."""

TOP = 5
"""A pruned trial that would have been among so many best is one the search should not have lost."""

HOST = ("system",)
"""What a session keeps among its versions though no number depends on it."""


@dataclass(frozen=True)
class TrialResult:
    """One trial as stored.

    ``state`` is one of ``complete``, ``pruned``, ``failed``, ``interrupted`` (lost to a killed
    process or Ctrl-C and queued again; not counted in a study's total), ``running``, ``waiting``.
    """

    number: int
    state: str
    params: dict[str, Value]  # the searched part of the configuration
    value: float | None = None  # the objective at the best epoch; None unless complete
    configuration: dict[str, Value] = field(default_factory=dict)  # the whole configuration
    label: str | None = None  # the name of a starting point, e.g. "notebook"
    curve: tuple[tuple[int, float], ...] = ()  # (epoch, objective), epochs from 1
    losses: tuple[float, ...] = ()  # mean training loss of each epoch
    metrics: dict[str, float] = field(default_factory=dict)  # every metric, of score's epoch
    best_epoch: int | None = None  # None unless complete
    seconds: float | None = None
    resumed_epochs: int = 0  # those of an interrupted trial, that this one went on after
    resumed_seconds: float = 0.0  # of theirs: they are in both trials' seconds
    samples_per_second: float | None = None
    parameters: int | None = None
    seed: int | None = None
    engine: str | None = None
    update: str | None = None  # which embedding rows a step updated: dense (all) or lazy
    alpha: float | None = None  # the weight of the GMF joined, given or chosen; None: none is
    pretrained: str | None = None  # that GMF was "trained" for this trial, or "reused"
    reason: str | None = None  # why it failed, was interrupted or pruned
    duplicate_of: int | None = None
    session: int | None = None  # which of the study's sessions computed it
    worker: int | None = None  # which of that session's workers, from 0
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def epochs(self) -> int:
        return len(self.curve)

    @property
    def spent(self) -> float | None:
        """Seconds, without those that an interrupted trial has too."""
        return None if self.seconds is None else self.seconds - self.resumed_seconds

    @property
    def score(self) -> float | None:
        """The trial's one number, the same in storage, on screen and in reports: the objective at
        the best epoch of a complete trial, and at the last epoch of any other."""
        if self.state == "complete" or not self.curve:
            return self.value
        return self.curve[-1][1]


@dataclass(frozen=True)
class AuditedTrial:
    """What a pruned trial would have been, had it been trained to its end."""

    number: int
    value: float
    best_epoch: int
    epochs: int
    seconds: float
    repeats: bool  # its first epochs were those stored, to the last digit
    curve: tuple[float, ...] = ()  # the objective of each epoch; () if stored by an older version


@dataclass(frozen=True)
class TwinRun:
    """One training run with a fresh seed: of the configuration that was then the best trial's, or
    of one of its twins."""

    configuration: dict[str, Value]  # the whole configuration
    seed_number: int  # from 1; models are compared under the same one
    seed: int  # of this training, as a trial's
    value: float | None  # the objective at the best epoch; None if it failed
    best_epoch: int | None
    epochs: int
    seconds: float
    reason: str | None = None  # why it failed

    def is_of(self, configuration: Configuration) -> bool:
        """Whether it trained ``configuration``. A hyperparameter added since then had its
        default."""
        defaults = {name: each.default for name, each in HYPERPARAMETERS.items()}
        return {**defaults, **self.configuration} == configuration.asdict()


class Importance(NamedTuple):
    """One hyperparameter's share of the scores' variation, from 0 to 1."""

    name: str
    share: float
    noise: float  # what scores without any cause stay below, for all hyperparameters at once
    distinct: bool  # above the noise


class Importances(NamedTuple):
    """Largest first; none while there is too little to tell by. ``basis`` says why, or on what."""

    found: tuple[Importance, ...] = ()
    basis: str = ""


@dataclass(frozen=True)
class StudyResult:
    """One study as stored.

    A session is one run of the search: ``started``, ``seconds``, ``workers``, ``busy`` (the share
    of the workers' time spent on trials; None if it was killed), ``trials`` (finished in it),
    ``command``, ``versions`` (of packages, and the host), ``engine`` (as asked for), ``device``,
    ``audit`` and ``twins`` (as asked for). Those of older versions lack the last six.
    """

    name: str
    description: str
    definition: dict[str, Any]  # the TOML definition, validated
    data: dict[str, Any]  # name, users, items, interactions, description (lines), fingerprint
    objective: str  # the name of the metric that was maximised, e.g. "nDCG@10"
    trials: tuple[TrialResult, ...]  # by number
    command: str = ""  # arguments of search.run that make this study, ready for a shell
    importances: Importances = field(default_factory=Importances)
    sessions: tuple[dict[str, Any], ...] = ()
    audit: tuple[AuditedTrial, ...] = ()
    twins: tuple[TwinRun, ...] = ()  # in the order in which they ended
    confirmed: MeasuredRuns | None = None  # fresh seeds on validation; None: not yet begun
    baselines: tuple[TunedBaseline, ...] = ()  # on validation
    opening_plan: Plan | None = None  # what the test split is opened for; None: it is sealed
    opening: Opening | None = None  # what it said; None: it has not been opened to the end
    recommended: Recommended | None = None  # None: no model was saved, or by an older version
    beside: tuple[Span, ...] = ()  # when all but the trials was done

    def of(self, *states: str) -> tuple[TrialResult, ...]:
        return tuple(trial for trial in self.trials if trial.state in states)

    @property
    def finished(self) -> tuple[TrialResult, ...]:
        """The trials that count towards the total."""
        return self.of(*FINISHED)

    @property
    def counts(self) -> Counter[str]:
        return Counter(trial.state for trial in self.trials)

    @property
    def ranking(self) -> tuple[TrialResult, ...]:
        """Complete trials, the best first."""
        complete = [t for t in self.of("complete") if t.value is not None]
        return tuple(sorted(complete, key=lambda t: place(t.value or 0.0, t.number)))

    @property
    def best(self) -> TrialResult | None:
        return next(iter(self.ranking), None)

    @property
    def bar(self) -> float:
        """The value of the last of the top five complete trials; 0 while there are fewer."""
        top = self.ranking[:TOP]
        return top[-1].value or 0.0 if len(top) == TOP else 0.0

    @property
    def lost(self) -> tuple[AuditedTrial, ...]:
        """Audited trials that would have reached the top five of the complete ones."""
        bar = self.bar
        return tuple(trial for trial in self.audit if trial.value > bar)

    def trial(self, number: int) -> TrialResult:
        return self.trials[number]

    @property
    def has_all_baselines(self) -> bool:
        """Whether each was tuned, or refused."""
        return {one.name for one in self.baselines} >= BASELINES.keys()

    @property
    def extended(self) -> int:
        """Trials that were added after the test split was opened: they may have been made in the
        knowledge of it."""
        return 0 if self.opening_plan is None else len(self.finished) - self.opening_plan.trials

    def labelled(self, label: str) -> TrialResult | None:
        """The complete trial of a starting point, e.g. ``notebook``."""
        named = [t for t in self.of("complete") if t.label == label]
        return named[-1] if named else None

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what computed the trials, and the hosts: several where sessions differ."""
        found: dict[str, set[str]] = {}
        for trial in self._computed():
            for name, version in self._session(trial).get("versions", {}).items():
                found.setdefault(name, set()).add(version)
        return {name: ", ".join(sorted(several)) for name, several in found.items()}

    @property
    def mixtures(self) -> tuple[str, ...]:
        """What differs among the trials' engines, devices and versions, so that their numbers may
        too: ``engine: fused (90 trials), torch (10 trials)``. Empty if nothing does."""
        sources = [self._source(trial) for trial in self._computed()]
        names = dict.fromkeys(name for source in sources for name in source)
        counts = {name: Counter(s.get(name, "not recorded") for s in sources) for name in names}
        told = [
            f"{name}: {', '.join(map(_trials, found.keys(), found.values()))}"
            for name, found in counts.items()
            if len(found) > 1
        ]
        runs = () if self.confirmed is None else self.confirmed.runs
        engines = Counter(run.engine for run in runs if run.engine is not None)
        if len(engines) > 1:
            several = ", ".join(f"{engine} ({n})" for engine, n in sorted(engines.items()))
            told.append(f"engine of the runs over fresh seeds: {several}")
        return tuple(told)

    def _computed(self) -> list[TrialResult]:
        """Trials with a verdict and an epoch of their own, not copied from an earlier one."""
        return [t for t in self.finished if t.curve and t.duplicate_of is None]

    def _session(self, trial: TrialResult) -> dict[str, Any]:
        known = trial.session is not None and trial.session < len(self.sessions)
        return self.sessions[trial.session or 0] if known else {}

    def _source(self, trial: TrialResult) -> dict[str, str]:
        """What the trial's numbers depend on beside its configuration and seed."""
        session = self._session(trial)
        versions = session.get("versions", {}).items()
        facts = {"engine": trial.engine, "device": session.get("device")}
        said = {name: fact for name, fact in facts.items() if fact is not None}
        return said | {name: version for name, version in versions if name not in HOST}


def rebuild(configuration: Mapping[str, Value]) -> Configuration:
    """A stored configuration. What is no hyperparameter any more is left out."""
    known: dict[str, Any] = {n: v for n, v in configuration.items() if n in HYPERPARAMETERS}
    return Configuration(**known)


def place(value: float, number: int) -> tuple[float, int]:
    """Sorts trials: the highest value first, and of two equals the earlier trial."""
    return -value, number


def is_better(value: float, number: int, best: tuple[float, int] | None) -> bool:
    """Whether a complete trial takes the lead from ``best``, a value and a number."""
    return best is None or place(value, number) < place(*best)


def _trials(kind: str, count: int) -> str:
    return f"{kind} ({count} trial{'s' if count != 1 else ''})"
