"""How a hyperparameter is declared: type, default, help and legal values."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

from neumf.errors import UserError

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


def declare(default: Value, text: str, **legality: Any) -> Any:
    """A field of a dataclass of hyperparameters; ``legality`` is of :class:`Hyperparameter`."""
    return field(default=default, metadata={"help": text, **legality})
