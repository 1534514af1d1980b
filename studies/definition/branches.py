"""Branches of a search space: what is searched or fixed only where other choices ask for it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import Field, field_validator

from neumf.declaration import Value
from neumf.errors import UserError, did_you_mean
from neumf.hyperparameters import HYPERPARAMETERS
from neumf.tables import Table
from studies.definition.param_names import on_branch
from studies.definition.space import Entry, Range, Space, check_fixed, distributions

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

MOST_CASES = 100
"""Combinations of the values that branches depend on: each is checked."""


class Branch(Table):
    """A part of the space that exists where ``when`` holds: where each hyperparameter that it names
    has that value, or one of those values. Branches do not nest."""

    name: str
    when: dict[str, list[int | float | str]]
    space: dict[str, Entry] = Field(default_factory=dict)
    fixed: dict[str, int | float | str] = Field(default_factory=dict)

    @field_validator("when", mode="before")
    @classmethod
    def _one_value_is_a_list_of_one(cls, when: Any) -> Any:
        if not isinstance(when, dict):
            return when
        return {name: v if isinstance(v, list) else [v] for name, v in when.items()}

    @property
    def title(self) -> str:
        return f"branch {self.name!r}"

    @property
    def params(self) -> Space:
        """What is searched here, by Optuna's names."""
        return {on_branch(self.name, name): entry for name, entry in self.space.items()}

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether a configuration is on this branch. What [space] gives of it suffices."""
        return all(name in values and values[name] in of for name, of in self.when.items())

    def check(self, space: Space) -> None:
        """Raises UserError: what this branch says makes no sense beside [space]."""
        if not NAME.fullmatch(self.name):
            raise UserError(
                f"[[branches]] name = {self.name!r}: use up to 40 letters, digits, - and _"
            )
        try:
            self._check_conditions(space)
            distributions(self.space)
            check_fixed(self.fixed)
        except UserError as error:
            raise UserError(f"{self.title}: {error}") from None
        if not self.space and not self.fixed:
            raise UserError(f"{self.title} gives nothing: add [branches.space] or [branches.fixed]")

    def _check_conditions(self, space: Space) -> None:
        if not self.when:
            raise UserError("when is empty; say where it holds, or use [space]")
        for name, values in self.when.items():
            if name not in HYPERPARAMETERS:
                raise UserError(f"when: unknown hyperparameter {name!r}{did_you_mean(name, space)}")
            if name not in space:
                raise UserError(
                    f"when: {name} is not in [space]; a branch depends on what is searched there"
                )
            if isinstance(space[name], Range) and HYPERPARAMETERS[name].type is not int:
                raise UserError(
                    f"when: {name} is a range of fractions; a branch depends on choices or on"
                    " whole numbers"
                )
            if not values:
                raise UserError(f"when: {name} = []; name at least one value")
            for value in values:
                if not space[name].contains(HYPERPARAMETERS[name].check(value)):
                    raise UserError(f"when: {name} = {value!r} is not one of [space] {space[name]}")


def cases(space: Space, branches: Sequence[Branch]) -> list[dict[str, Value]]:
    """Every combination of the values that ``branches`` depend on; without branches, one empty one.

    Raises:
        UserError: there are too many to check.
    """
    parents = dict.fromkeys(name for branch in branches for name in branch.when)
    values = {name: space[name].values() for name in parents}
    count = math.prod(map(len, values.values()))
    if count > MOST_CASES:
        raise UserError(
            f"[[branches]] depend on {', '.join(parents)}, which have {count} combinations, more"
            f" than {MOST_CASES}; search them in larger steps, or depend on fewer"
        )
    return [dict(zip(parents, case, strict=True)) for case in product(*values.values())]


def check_branches(space: Space, fixed: Mapping[str, Value], branches: Sequence[Branch]) -> None:
    """Refuse branches that make no sense, or that give a hyperparameter twice.

    Raises:
        UserError: the first of them.
    """
    names = [branch.name for branch in branches]
    for branch in branches:
        branch.check(space)
        if names.count(branch.name) > 1:
            raise UserError(f"two [[branches]] are called {branch.name!r}; rename one")
    for case in cases(space, branches):
        given = dict.fromkeys(space, "[space]")
        tables: list[tuple[str, Mapping[str, Any]]] = [("[fixed]", fixed)]
        for branch in branches:
            if branch.holds(case):
                tables += [(branch.title, branch.space), (branch.title, branch.fixed)]
        for title, table in tables:
            for name in table:
                if name in given:
                    raise UserError(_given_twice(name, given[name], title, case))
                given[name] = title


def describe(case: Mapping[str, Value]) -> str:
    """``optimizer = 'sgd', mlp_layers = 2``."""
    return ", ".join(f"{name} = {value!r}" for name, value in case.items())


def _given_twice(name: str, one: str, other: str, case: Mapping[str, Value]) -> str:
    if one == other:
        return f"{one}: {name} is both searched and fixed; keep one"
    where = f" where {describe(case)}" if case else ""
    return f"{name} is in both {one} and {other}{where}; keep one"
