"""A trial trained again, beside what was stored of it: what is equal, what differs, and why it may.

Training has one result on one machine (see :func:`neumf.training.loop.train`), so what is compared
are bits. Another processor rounds differently, and another engine draws other dropout masks: what
was computed there is compared with a tolerance, and only where it is known to have been.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from neumf.errors import UserError
from neumf.metrics import OBJECTIVE
from neumf.training.divergence import is_divergence
from studies.ledger.job import EpochResult
from studies.results.study_result import HOST, StudyResult, TrialResult

NO_MATTER = (*HOST, "optuna")
"""What takes no part in training."""


class Tolerance(NamedTuple):
    """How far a number may be from the stored one where the bits cannot be the same."""

    objective: float  # of an epoch's objective, and of the trial's value
    loss: float  # of an epoch's loss, as a share of the stored one


SPREAD = 0.35
"""Standard deviation of nDCG@10 over validation lists, near enough for any model (MovieLens-100K:
0.353). Divided by the root of their number it is the standard error of their mean."""

ROUNDING = Tolerance(objective=1.0, loss=0.005)
"""Where only the rounding differs: another processor, or other versions. The objective's is in
standard errors. Training lets a last bit grow: with OpenBLAS and Numba told to compute as on older
processors, epochs of MovieLens-100K differ by up to 0.6 of them, and losses by 0.0007."""

DRAWS = Tolerance(objective=3.0, loss=0.05)
"""Where the random draws differ too: another engine, whose dropout masks are others, or a GPU,
whose samples are. As far apart as two seeds."""


class Difference(NamedTuple):
    """One fact that is not what was stored."""

    what: str
    stored: Any
    replayed: Any
    of: str = ""  # "objective" or "loss" where a tolerance is stated for it; "": for bits only

    def sentence(self) -> str:
        return f"{self.what}: stored {self.stored!r}, replayed {self.replayed!r}"

    @property
    def size(self) -> float:
        """How far apart, as :class:`Tolerance` counts it."""
        apart = float(abs(self.replayed - self.stored))
        return apart / abs(float(self.stored)) if self.of == "loss" and self.stored else apart

    def within(self, tolerance: Tolerance) -> bool:
        """Whether the tolerance allows for it: of facts that are no numbers (which epoch is the
        best, how many there are), it allows for any, since they turn on the last bit."""
        return not self.of or self.size <= getattr(tolerance, self.of)


class Subject(NamedTuple):
    """The trial to be trained again."""

    trial: TrialResult
    note: str = ""  # what a person should know who asked for another, or expects more


def subject(study: StudyResult, number: int) -> Subject:
    """The trial called ``number``, or the earlier one whose result it was given.

    Raises:
        UserError: there is no such trial, or none of its epochs is stored.
    """
    if not study.trials:
        raise UserError(f"trial {number}: study {study.name!r} has no trials yet")
    known = {trial.number: trial for trial in study.trials}
    if number not in known:
        raise UserError(
            f"trial {number}: study {study.name!r} has trials {min(known)} to {max(known)}"
        )
    trial, note = known[number], ""
    if trial.duplicate_of is not None:
        note = (
            f"trial {number} has the configuration of trial {trial.duplicate_of} and was given its"
            f" result: trial {trial.duplicate_of} is replayed"
        )
        trial = known[trial.duplicate_of]
    if trial.state == "waiting":
        raise UserError(f"trial {number} is waiting: it has not been trained yet")
    if trial.state == "running":
        raise UserError(
            f"trial {number} is running, or its search was killed; run the search to its end first"
        )
    if trial.curve or ends_in_divergence(trial):
        return Subject(trial, note or _rest(trial))
    ended = f"{trial.state}: {trial.reason}" if trial.reason else trial.state
    raise UserError(f"trial {number} ended before its first epoch ({ended}): nothing to compare")


def ends_in_divergence(trial: TrialResult) -> bool:
    """Whether the trial failed through its own training, which a replay repeats."""
    return trial.state == "failed" and is_divergence(trial.reason or "")


def _rest(trial: TrialResult) -> str:
    """What of the trial is not replayed."""
    if trial.state in ("complete", "pruned") or ends_in_divergence(trial):
        return ""
    return f"trial {trial.number} was {trial.state} ({trial.reason}): only its epochs are replayed"


def causes(
    study: StudyResult, trial: TrialResult, engine: str, device: str, versions: Mapping[str, str]
) -> tuple[str, ...]:
    """Why the bits may differ: what computed the trial, where it is not what computes now."""
    known = trial.session is not None and trial.session < len(study.sessions)
    session = study.sessions[trial.session or 0] if known else {}
    was = {"engine": trial.engine, "device": session.get("device"), **session.get("versions", {})}
    now = {"engine": engine, "device": device, **versions}
    unused = NO_MATTER if "torch" in (engine, was["engine"]) else (*NO_MATTER, "torch")
    found = [
        f"{name} was {was.get(name) or 'not recorded'}, is {now[name]}"
        for name in now
        if name not in unused and was.get(name) != now[name]
    ]
    if device != "cpu" and not found:
        found.append(f"device {device} does not add in the same order twice")
    return tuple(found)


def tolerance(found: Sequence[str], lists: int) -> Tolerance | None:
    """What may differ for these causes, on so many validation lists; None: nothing."""
    if not found:
        return None
    is_redrawn = any(cause.startswith(("engine ", "device ")) for cause in found)
    errors, loss = DRAWS if is_redrawn else ROUNDING
    return Tolerance(errors * SPREAD / math.sqrt(lists), loss)


def compare_epoch(trial: TrialResult, epoch: EpochResult) -> tuple[Difference, ...]:
    """One epoch beside the stored one. An epoch that is not stored has nothing to differ from."""
    found = []
    value = dict(trial.curve).get(epoch.number)
    if value is not None and value != epoch.metrics[OBJECTIVE.name]:
        what = f"{OBJECTIVE.name} of epoch {epoch.number}"
        found.append(Difference(what, value, epoch.metrics[OBJECTIVE.name], "objective"))
    if epoch.number <= len(trial.losses) and trial.losses[epoch.number - 1] != epoch.loss:
        what = f"loss of epoch {epoch.number}"
        found.append(Difference(what, trial.losses[epoch.number - 1], epoch.loss, "loss"))
    return tuple(found)


def compare_end(
    trial: TrialResult, epochs: Sequence[EpochResult], failure: str | None
) -> tuple[Difference, ...]:
    """How the run ended, and what counts of it, beside what was stored.

    ``failure`` says why training could not go on, if it could not.
    """
    there = [Difference("number of epochs", trial.epochs, len(epochs))]
    there.append(
        Difference("failure", trial.reason if ends_in_divergence(trial) else None, failure)
    )
    if epochs:
        last, counts = epochs[-1], epochs[-1]
        if trial.state == "complete":
            counts = epochs[last.best_epoch - 1]
            there.append(Difference("best epoch", trial.best_epoch, last.best_epoch))
            there.append(Difference("value", trial.value, last.best_value, "objective"))
        for name, value in trial.metrics.items():
            what = f"{name} of the epoch that counts"
            there.append(Difference(what, value, counts.metrics.get(name)))
        if trial.alpha is not None:
            there.append(Difference("alpha", trial.alpha, counts.alpha))
        if trial.update is not None:
            there.append(Difference("update", trial.update, last.update))
        if trial.parameters is not None:
            there.append(Difference("number of parameters", trial.parameters, last.parameters))
    return tuple(one for one in there if one.stored != one.replayed)


@dataclass(frozen=True)
class Comparison:
    """A trial and its replay, with everything that differs, in the order in which it was found."""

    trial: TrialResult
    epochs: int  # that were trained and have a stored one to be compared with
    equal_epochs: int  # to the last bit
    differences: tuple[Difference, ...] = ()
    causes: tuple[str, ...] = ()
    tolerance: Tolerance | None = None
    failure: str | None = None

    @property
    def is_exact(self) -> bool:
        return not self.differences

    @property
    def first(self) -> Difference | None:
        """The first difference that nothing excuses."""
        allowed = self.tolerance
        grave = (d for d in self.differences if allowed is None or not d.within(allowed))
        return next(grave, None)

    @property
    def is_equal(self) -> bool:
        """To the last bit, or within the tolerance where there is a cause."""
        return self.first is None

    def largest(self, of: str) -> float:
        """The largest difference of this kind."""
        return max((d.size for d in self.differences if d.of == of), default=0.0)

    def sentence(self) -> str:
        """What came of it."""
        count = f"{self.equal_epochs} of {self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        because = "; ".join(self.causes)
        if self.is_exact:
            failure = f", and the same failure: {self.failure}" if self.failure else ""
            though = f", though {because}" if because else ""
            return f"{count} equal to the last bit{failure}{though}"
        sizes = (
            f"{OBJECTIVE.name} differs by up to {self.largest('objective'):.2g} and the loss by"
            f" {self.largest('loss'):.2g} of itself"
        )
        if self.tolerance is None:
            assert self.first is not None
            return f"{count} equal to the last bit; first difference: {self.first.sentence()}"
        objective, loss = self.tolerance
        allowed = f"{objective:.2g} and {loss:g} are allowed, since {because}"
        if self.first is None:
            return f"{count} equal to the last bit, the rest within tolerance: {sizes} ({allowed})"
        return f"beyond the tolerance: {self.first.sentence()}; {sizes} ({allowed})"

    def as_json(self) -> dict[str, Any]:
        first = self.first or next(iter(self.differences), None)
        return {
            "replayed": self.trial.number,
            "state": self.trial.state,
            "equal": self.is_equal,
            "exact": self.is_exact,
            "epochs": self.epochs,
            "equal_epochs": self.equal_epochs,
            "first_difference": None if first is None else first._asdict(),
            "differences": {of: self.largest(of) for of in Tolerance._fields},
            "tolerance": None if self.tolerance is None else self.tolerance._asdict(),
            "causes": list(self.causes),
            "failure": self.failure,
        }
