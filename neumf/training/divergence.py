"""When a run cannot go on."""

from __future__ import annotations

import math
import re

EXPLODED = 20.0
"""A mean loss from which no run recovers (a model that knows nothing has 0.69)."""


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not a bug
    """The loss is NaN, infinite or exploding: this configuration cannot be trained."""


def check_loss(loss: float, epoch: int, of: str = "") -> None:
    """Raises Diverged if no run recovers from ``loss``, the mean of an epoch; the message starts
    with ``of``."""
    if not math.isfinite(loss) or loss > EXPLODED:
        raise Diverged(f"{of}loss {loss:.4g} in epoch {epoch}")


def is_divergence(reason: str) -> bool:
    """Whether a failure's ``reason`` is a :class:`Diverged`'s, and not the machine's."""
    return re.search(r"\bloss \S+ in epoch \d+$", reason) is not None
