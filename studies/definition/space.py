"""Search spaces: a study's ``[space]`` table, and the Optuna distributions it stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import Discriminator, Tag

from neumf.declaration import Hyperparameter, Value
from neumf.errors import UserError, did_you_mean
from neumf.hyperparameters import HYPERPARAMETERS, hyperparameter_named
from neumf.tables import Table

MOST_STEPS = 10**9
"""Beyond them a step means nothing, and Optuna's decimals cannot count them."""


class Range(Table):
    """``{ low = 1e-4, high = 1e-2, log = true }`` or ``{ low = 8, high = 64, step = 8 }``."""

    low: int | float
    high: int | float
    step: int | float | None = None
    log: bool = False

    def distribution(self, hyperparameter: Hyperparameter) -> BaseDistribution:
        """Raises UserError: an empty range, or an illegal point of it."""
        name = hyperparameter.name
        if hyperparameter.choices:
            raise UserError(f"[space] {name}: takes choices = [...], not a range")
        low, high = hyperparameter.check(self.low), hyperparameter.check(self.high)
        assert not isinstance(low, str)
        assert not isinstance(high, str)
        if low > high:
            raise UserError(f"[space] {name}: low = {low} lies above high = {high}; swap them")
        if low == high:
            raise UserError(
                f"[space] {name}: low = high = {low} leaves nothing to search; use [fixed]"
            )
        if self.log and self.step is not None:
            raise UserError(f"[space] {name}: log and step exclude each other; drop one")
        if self.log and low <= 0:
            raise UserError(f"[space] {name}: low = {low} on a log scale; it must be above 0")
        if self.step is not None:
            self._check_step(hyperparameter, self.step, low, high)
        if hyperparameter.even and (self.log or (self.step or 1) % 2):
            raise UserError(
                f"[space] {name}: every value must be even; use an even step and no log,"
                " for example step = 8"
            )
        if hyperparameter.type is int:
            step = 1 if self.step is None else int(self.step)
            return IntDistribution(int(low), int(high), log=self.log, step=step)
        return FloatDistribution(low, high, log=self.log, step=self.step)

    def whole(self) -> list[int]:
        """The values of a range of whole numbers, ascending."""
        return list(range(int(self.low), int(self.high) + 1, int(self.step or 1)))

    def values(self) -> list[Value]:
        """Every value, ascending, of a range of whole numbers."""
        return list(self.whole())

    def corners(self, hyperparameter: Hyperparameter) -> list[Value]:
        """The bounds, and beside them 0 and something below 0: where rules that look at several
        hyperparameters, or take one number for a word, begin to bite."""
        inner = [self.low / 2, 0] if self.low < 0 else []
        values = [hyperparameter.type(value) for value in (self.low, *inner, self.high)]
        return [value for value in dict.fromkeys(values) if self.contains(value)]

    def contains(self, value: Value) -> bool:
        if isinstance(value, str) or not self.low <= value <= self.high:
            return False
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return math.isclose(steps, round(steps), abs_tol=1e-9)

    def __str__(self) -> str:
        step = f" in steps of {self.step}" if self.step is not None else ""
        return f"{self.low} to {self.high}{step}{', log scale' if self.log else ''}"

    def _check_step(
        self, hyperparameter: Hyperparameter, step: float, low: float, high: float
    ) -> None:
        if not 0 < step < math.inf:
            raise UserError(f"[space] {hyperparameter.name}: step = {step}; it must be above 0")
        if hyperparameter.type is int and step != int(step):
            raise UserError(
                f"[space] {hyperparameter.name}: step = {step}; it must be a whole number"
            )
        if (high - low) / step > MOST_STEPS:
            raise UserError(
                f"[space] {hyperparameter.name}: step = {step} is too small; leave it out"
            )
        if not self.contains(high):
            last = low + (high - low) // step * step
            raise UserError(
                f"[space] {hyperparameter.name}: step = {step} does not lead from {low} to {high};"
                f" the last value would be {last:g}"
            )


class Choices(Table):
    """``{ choices = [256, 512, 1024] }``."""

    choices: list[int | float | str]

    def distribution(self, hyperparameter: Hyperparameter) -> BaseDistribution:
        """Raises UserError: fewer than two choices, a repeated one, or one that is illegal."""
        values = [hyperparameter.check(choice) for choice in self.choices]
        if len(values) < 2:
            raise UserError(
                f"[space] {hyperparameter.name}: choices = {self.choices}; name two, or use [fixed]"
            )
        if len(set(values)) < len(values):
            raise UserError(
                f"[space] {hyperparameter.name}: choices = {self.choices} repeats a value"
            )
        return CategoricalDistribution(values)

    def whole(self) -> list[int]:
        """The values of choices among whole numbers, ascending."""
        return sorted(int(choice) for choice in self.choices)

    def values(self) -> list[Value]:
        """Every choice."""
        return list(self.choices)

    def corners(self, hyperparameter: Hyperparameter) -> list[Value]:
        """Every word; of numbers the least, the greatest, and 0 if it is a choice."""
        if hyperparameter.choices:
            return list(self.choices)
        numbers = sorted(choice for choice in self.choices if not isinstance(choice, str))
        return [number for number in numbers if number in (0, numbers[0], numbers[-1])]

    def contains(self, value: Value) -> bool:
        return value in self.choices

    def __str__(self) -> str:
        return ", ".join(map(str, self.choices))


def _kind(entry: Any) -> str:
    """Which of the two an entry is, read from TOML or already validated."""
    given = entry if isinstance(entry, dict) else getattr(type(entry), "model_fields", ())
    return "Choices" if "choices" in given else "Range"


Entry = Annotated[
    Annotated[Range, Tag("Range")] | Annotated[Choices, Tag("Choices")], Discriminator(_kind)
]


Space = dict[str, Range | Choices]


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Name to Optuna distribution, each value of it legal.

    Raises:
        UserError: an unknown hyperparameter, an empty range, an illegal value.
    """
    return {name: entry.distribution(hyperparameter_named(name)) for name, entry in space.items()}


def check_fixed(fixed: Mapping[str, Value]) -> None:
    """Raises UserError: an unknown hyperparameter or an illegal value."""
    for name, value in fixed.items():
        if name not in HYPERPARAMETERS:
            raise UserError(
                f"[fixed]: unknown hyperparameter {name!r}{did_you_mean(name, HYPERPARAMETERS)}"
            )
        HYPERPARAMETERS[name].check(value)


def check_point(point: Mapping[str, Value], space: Space, what: str, where: str = "") -> None:
    """Refuse a configuration that is not one of ``space``: Optuna would take it and break later.

    ``where`` says on which branches the configuration is.

    Raises:
        UserError: a hyperparameter missing, not searched, or out of its range.
    """
    checked = {name: hyperparameter_named(name).check(value) for name, value in point.items()}
    missing = sorted(space.keys() - point.keys())
    if missing:
        raise UserError(
            f"{what}: {', '.join(missing)} missing{where}; give every searched hyperparameter"
        )
    for name, value in point.items():
        if name not in space:
            remedy = (
                f"searched{where}; leave it out" if where else "in [space]; leave it to [fixed]"
            )
            raise UserError(f"{what}: {name} is not {remedy}")
        if not space[name].contains(checked[name]):
            raise UserError(
                f"{what}: {name} = {value!r} is not one of [space] {space[name]}{where}"
            )
