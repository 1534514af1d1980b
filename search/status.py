"""What a watcher of a search knows: kept as plain values, drawn by :mod:`search.display`."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from time import monotonic

from neumf.evaluation.metrics import OBJECTIVE
from neumf.hyperparameters import Value
from studies.ledger.job import EpochResult, Job
from studies.results.study_result import is_better

RECENT_EPOCHS = 50


@dataclass
class Best:
    """The best complete trial so far."""

    number: int
    value: float
    configuration: str


@dataclass
class SearchStatus:
    """The state of a search as its events tell it."""

    searched: tuple[str, ...]  # the configuration a configuration is shown by
    total: int
    done: int
    best: Best | None = None
    counts: Counter[str] = field(default_factory=Counter)
    doing: dict[int, str] = field(default_factory=dict)  # by worker
    _began: float = field(default_factory=monotonic)
    _done_before: int | None = None
    _epoch_times: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT_EPOCHS))

    def configuration(self, job: Job) -> str:
        """The searched configuration of a trial in one line."""
        configurations = job.configuration.asdict()
        return one_line({name: configurations[name] for name in self.searched})

    def started(self, slot: int, job: Job) -> None:
        self.doing[slot] = f"trial {job.number:3d}  starting  {self.configuration(job)}"

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        self._epoch_times.append(monotonic())
        self.doing[slot] = (
            f"trial {job.number:3d}  epoch {epoch.number:2d}/{job.configuration.epochs}"
            f"  best {epoch.best_value:.4f}  {self.configuration(job)}"
        )

    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> str:
        """Take in a finished trial; returns its line."""
        self.counts[verdict.partition(":")[0]] += 1
        line = f"trial {job.number:3d}  {verdict:<8}"
        if epochs:
            last = epochs[-1]
            seconds = sum(epoch.seconds for epoch in epochs)
            if verdict == "complete":
                told = f"{last.best_value:.4f} in epoch {last.best_epoch:2d}/{last.number:<2d}"
            else:
                told = f"{last.metrics[OBJECTIVE.name]:.4f} after epoch {last.number:<2d}"
            line += f"  {OBJECTIVE.name} {told} {seconds:6.1f} s"
            best = None if self.best is None else (self.best.value, self.best.number)
            if verdict == "complete" and is_better(last.best_value, job.number, best):
                self.best = Best(job.number, last.best_value, self.configuration(job))
                line += " *"
            else:
                line += "  "
        name = f"  ({job.label})" if job.label else ""
        return f"{line} {self.configuration(job)}{name}"

    def tick(self, done: int, total: int) -> None:
        if self._done_before is None:
            self._done_before = self.done
        self.done, self.total = done, total

    @property
    def epochs_per_second(self) -> float:
        times = self._epoch_times
        return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """By the pace of this session; None before its first finished trial."""
        finished = self.done - (self.done if self._done_before is None else self._done_before)
        if finished <= 0:
            return None
        return (monotonic() - self._began) / finished * (self.total - self.done)


def one_line(configuration: dict[str, Value]) -> str:
    """``predictive_factors=64 mlp_layers=1 lr=0.0005``: names in full, three digits."""
    return " ".join(f"{name}={_short(value)}" for name, value in configuration.items())


def _short(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
