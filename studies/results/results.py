"""A study's results as plain values: what reports draw and commands print. Knows no storage."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from neumf.hyperparameters import Value


@dataclass(frozen=True)
class TrialResult:
    """One trial as stored.

    ``state`` is one of ``complete``, ``pruned``, ``failed``, ``interrupted`` (lost to a killed
    process or Ctrl-C and queued again; not counted in a study's total), ``running``, ``waiting``.
    """

    number: int
    state: str
    params: dict[str, Value]  # the searched configuration
    value: float | None = None  # the objective at the best epoch; None unless complete
    configuration: dict[str, Value] = field(default_factory=dict)  # the whole configuration
    label: str | None = (
        None  # the name of a configuration the definition tries first, e.g. "notebook"
    )
    curve: tuple[tuple[int, float], ...] = ()  # (epoch, objective), epochs from 1
    losses: tuple[float, ...] = ()  # mean training loss of each epoch
    metrics: dict[str, float] = field(default_factory=dict)  # every metric at the best epoch
    best_epoch: int | None = None
    seconds: float | None = None
    samples_per_second: float | None = None
    parameters: int | None = None
    seed: int | None = None
    engine: str | None = None
    update: str | None = None  # which embedding rows a step updated: dense (all) or lazy
    reason: str | None = None  # why it failed, was interrupted or pruned
    duplicate_of: int | None = None
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def epochs(self) -> int:
        return len(self.curve)

    @property
    def best_seen(self) -> float | None:
        """The best objective of any epoch, also of a pruned trial."""
        return max((value for _, value in self.curve), default=self.value)


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


TOP = 5
"""A pruned trial that would have been among so many best is one the search should not have lost."""


@dataclass(frozen=True)
class StudyResult:
    """One study as stored."""

    name: str
    description: str
    definition: dict[str, Any]  # the TOML definition, validated
    data: dict[str, Any]  # name, users, items, interactions, description (two lines), fingerprint
    versions: dict[str, str]  # package to version, and the host's system and processor
    objective: str  # a metric's name, e.g. "nDCG@10"
    trials: tuple[TrialResult, ...]  # by number
    command: str = ""  # arguments of search.run that make this study, ready for a shell
    importances: dict[str, float] = field(default_factory=dict)  # largest first; empty if unknown
    sessions: tuple[dict[str, Any], ...] = ()  # each run: started, seconds, workers, busy
    audit: tuple[AuditedTrial, ...] = ()

    def of(self, *states: str) -> tuple[TrialResult, ...]:
        return tuple(trial for trial in self.trials if trial.state in states)

    @property
    def counts(self) -> Counter[str]:
        return Counter(trial.state for trial in self.trials)

    @property
    def best(self) -> TrialResult | None:
        """The complete trial with the highest value; the earlier one of two equals."""
        complete = [t for t in self.of("complete") if t.value is not None]
        return max(complete, key=lambda t: (t.value or 0.0, -t.number), default=None)

    @property
    def bar(self) -> float:
        """The value of the last of the top five complete trials; 0 while there are fewer."""
        values = sorted((t.value or 0.0 for t in self.of("complete")), reverse=True)
        return values[:TOP][-1] if len(values) >= TOP else 0.0

    @property
    def lost(self) -> tuple[AuditedTrial, ...]:
        """Audited trials that would have reached the top five of the complete ones."""
        bar = self.bar
        return tuple(trial for trial in self.audit if trial.value > bar)

    def labelled(self, label: str) -> TrialResult | None:
        """The complete trial of a configuration that the definition names, e.g. ``notebook``."""
        named = [t for t in self.of("complete") if t.label == label]
        return named[-1] if named else None
