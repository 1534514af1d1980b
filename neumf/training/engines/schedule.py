"""The learning rate over a run, one formula for both engines."""

from __future__ import annotations

import math

from neumf.compiled import jit
from neumf.hyperparameters import HYPERPARAMETERS
from neumf.training.engines.workspace import StepConstants

SCHEDULES = HYPERPARAMETERS["schedule"].choices
CONSTANT, LINEAR, COSINE = (SCHEDULES.index(name) for name in ("constant", "linear", "cosine"))


@jit
def learning_rate(constants: StepConstants, seen: int) -> float:
    """The rate of a step after ``seen`` samples of the run: it falls with samples, not epochs, so
    that a run of few epochs falls as smoothly as one of many."""
    if constants.schedule == CONSTANT:
        return constants.lr
    progress = min(seen / constants.budget, 1.0)
    if constants.schedule == LINEAR:
        return constants.lr * (1.0 - progress)
    return constants.lr * 0.5 * (1.0 + math.cos(math.pi * progress))
