"""Every hyperparameter of one training run, named once: type, default, help and legality.

Command-line flags, Optuna's parameter names, report columns and the README's table all derive
from :class:`Configuration`.
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_type_hints

from neumf.errors import UserError, did_you_mean

Value = int | float | str


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter: its type, default, help and legal values."""

    name: str
    type: type
    default: Value
    help: str
    low: float = -math.inf
    high: float = math.inf
    even: bool = False
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> Value:
        """Return ``value`` in the hyperparameter's own type.

        Raises:
            UserError: not of the type, not one of the choices, or out of bounds.
        """
        if self.choices:
            if value not in self.choices:
                raise UserError(
                    f"{self.name} = {value!r}: must be one of {', '.join(self.choices)}"
                )
            return str(value)
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise UserError(f"{self.name} = {number}: must lie between {self.low} and {self.high}")
        if self.even and number % 2:
            raise UserError(f"{self.name} = {number}: must be even (half is GMF, half is MLP)")
        return number

    def _number(self, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise UserError(f"{self.name} = {value!r}: must be a number")
        if not abs(value) <= sys.float_info.max:  # NaN is not, nor is 10**400
            raise UserError(f"{self.name} = {value!r}: must be a number")
        if self.type is int:
            if value != int(value):
                raise UserError(f"{self.name} = {value!r}: must be a whole number")
            return int(value)
        return float(value)


def _declare(default: Value, text: str, **legality: Any) -> Any:
    return field(default=default, metadata={"help": text, **legality})


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One value for every hyperparameter. Defaults are the notebook's; ranges belong to a study.

    Raises:
        UserError: a value of the wrong type or out of its legal bounds.
    """

    predictive_factors: int = _declare(
        8, "width of the last layer: half GMF, half MLP", low=2, high=1024, even=True
    )
    mlp_layers: int = _declare(3, "depth of the MLP; each layer halves the width", low=1, high=8)
    dropout: float = _declare(
        0.3, "share of each MLP layer's input that is dropped", low=0.0, high=0.95
    )
    lr: float = _declare(1e-3, "Adam's learning rate", low=1e-8, high=1.0)
    negative_ratio: int = _declare(4, "unseen items drawn per positive", low=1, high=1000)
    batch_size: int = _declare(256, "samples per step", low=1, high=1_000_000)
    weight_decay: float = _declare(0.0, "L2 penalty in Adam's gradient", low=0.0, high=1.0)
    epochs: int = _declare(30, "maximum number of epochs", low=1, high=10_000)
    patience: int = _declare(
        5, "epochs without a new best before training stops", low=1, high=10_000
    )
    negatives: str = _declare(
        "every-epoch",
        "when negatives are drawn: per positive every epoch, per positive once, per user once",
        choices=("every-epoch", "once", "per-user"),
    )
    update: str = _declare(
        "auto",
        "which embedding rows a step updates: all (dense) or those of its batch (lazy);"
        " auto is lazy for data sets of many users and items",
        choices=("auto", "dense", "lazy"),
    )

    def __post_init__(self) -> None:
        for hyperparameter in HYPERPARAMETERS.values():
            object.__setattr__(
                self, hyperparameter.name, hyperparameter.check(getattr(self, hyperparameter.name))
            )

    def asdict(self) -> dict[str, Value]:
        """Name to value, in the order of declaration."""
        return asdict(self)


def _read_declarations() -> dict[str, Hyperparameter]:
    types = get_type_hints(Configuration)
    return {
        f.name: Hyperparameter(f.name, types[f.name], f.default, **f.metadata)  # type: ignore[arg-type]
        for f in fields(Configuration)
    }


HYPERPARAMETERS: dict[str, Hyperparameter] = _read_declarations()

STOPPING = ("epochs", "patience")
"""Hyperparameters that say when training stops, not what it computes. The seed does not depend on
them, so a longer budget repeats the same epochs and continues."""


def hyperparameter_named(name: str) -> Hyperparameter:
    """The hyperparameter called ``name``.

    Raises:
        UserError: no such hyperparameter.
    """
    if name not in HYPERPARAMETERS:
        raise UserError(f"unknown hyperparameter {name!r}{did_you_mean(name, HYPERPARAMETERS)}")
    return HYPERPARAMETERS[name]
