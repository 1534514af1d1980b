"""The state of a search as plain values, gathered from its events; drawn by `search.display`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neumf.declaration import Value
from neumf.metrics import OBJECTIVE
from search.pace import Pace
from studies.ledger.job import EpochResult, Job
from studies.results.study_result import is_better

RECENT_EPOCHS = 50


@dataclass
class BestTrial:
    """The best complete trial so far."""

    number: int
    value: float
    configuration: str  # the searched hyperparameters, in one line


@dataclass
class SearchStatus:
    """See the module."""

    searched: Callable[[Mapping[str, Value]], dict[str, Value]]
    """The part of a whole configuration that is shown: what was searched, by Optuna's names."""
    total: int
    done: int
    best: BestTrial | None = None
    doing: dict[int, str] = field(default_factory=dict)  # by worker
    unit: str = "trial"  # what is counted: a study's trials have numbers that are stored
    phase: str = ""  # of the session
    pace: Pace = field(default_factory=Pace)
    _done_before: int = field(init=False)  # in earlier sessions
    _epoch_times: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT_EPOCHS))

    def __post_init__(self) -> None:
        self._done_before = self.done

    def started(self, slot: int, job: Job) -> None:
        self.pace.began(job.number)
        self.doing[slot] = f"{self.unit} {job.number:3d}  starting  {self._searched(job)}"

    def pretraining(self, slot: int, job: Job, epoch: int, epochs: int) -> None:
        """The GMF that the job's model joins is trained first."""
        self.doing[slot] = (
            f"{self.unit} {job.number:3d}  pretraining the GMF, epoch {epoch:2d}/{epochs}"
            f"  {self._searched(job)}"
        )

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        if not epoch.again:  # nobody trained it now
            self._epoch_times.append(self.pace.clock())
        best = f"  best {epoch.best_value:.4f}" if epoch.metrics else ""
        self.doing[slot] = (
            f"{self.unit} {job.number:3d}  epoch {epoch.number:2d}/{job.epochs}"
            f"{best}{_speed(epoch)}  {self._searched(job)}"
        )

    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> str:
        """Take in a finished trial; returns its line."""
        self.pace.ended(job.number, sum(each.seconds for each in epochs if each.again))
        words = [f"{self.unit} {job.number:3d}", f"{verdict:<8}"]
        if epochs:
            words.append(f"{_score(verdict, epochs)} {sum(e.seconds for e in epochs):6.1f} s")
            value = epochs[-1].best_value
            before = None if self.best is None else (self.best.value, self.best.number)
            is_measured = verdict == "complete" and bool(epochs[-1].metrics)
            is_best = is_measured and is_better(value, job.number, before)
            if is_best:
                self.best = BestTrial(job.number, value, self._searched(job))
            words[-1] += " *" if is_best else "  "
        words.append(self._searched(job))
        return "  ".join(words + ([f"({job.label})"] if job.label else []))

    def died(self, job: Job, reason: str) -> str:
        """Take in a trial whose worker died; returns its line."""
        self.pace.lost(job.number)
        return self.remark(job, reason)

    def remark(self, job: Job, text: str) -> str:
        """The line of something that a worker has to say of a trial."""
        return f"{self.unit} {job.number}: {text}"

    def tick(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    @property
    def seconds(self) -> float:
        """Since the workers were called."""
        return self.pace.seconds

    @property
    def epochs_per_second(self) -> float:
        times = self._epoch_times
        passed = times[-1] - times[0] if times else 0.0  # a coarse clock may not have moved
        return (len(times) - 1) / passed if passed else 0.0

    @property
    def seconds_left(self) -> float | None:
        """By the pace of this session; None before its first finished trial."""
        return self.pace.seconds_left(self.done - self._done_before, self.total - self._done_before)

    def _searched(self, job: Job) -> str:
        """The searched part of a configuration, in one line."""
        return one_line(self.searched(job.configuration.asdict()))


def _score(verdict: str, epochs: list[EpochResult]) -> str:
    """A pruned trial is told by its last epoch, for which it was pruned; others by their best."""
    last = epochs[-1]
    if not last.metrics:
        return f"trained for {last.number} epoch{'s' if last.number != 1 else ''}"
    if verdict == "pruned":
        value = last.metrics[OBJECTIVE.name]
        return f"{OBJECTIVE.name} {value:.4f} after epoch {last.number:<2d}"
    return f"{OBJECTIVE.name} {last.best_value:.4f} in epoch {last.best_epoch:2d}/{last.number:<2d}"


def _speed(epoch: EpochResult) -> str:
    """Of training and evaluation together: ``  1.21M samples/s``."""
    if not (epoch.samples and epoch.seconds):
        return ""
    speed = epoch.samples / epoch.seconds
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if speed >= size:
            return f"  {speed / size:.3g}{unit} samples/s"
    return f"  {speed:.0f} samples/s"


def one_line(configuration: dict[str, Value]) -> str:
    """``predictive_factors=64 mlp_layers=1 lr=0.0005``: names in full, three digits."""
    return " ".join(f"{name}={_short(value)}" for name, value in configuration.items())


def _short(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
