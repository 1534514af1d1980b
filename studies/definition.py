"""Study definitions: a TOML file, validated whole before anything is done with it."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from optuna.distributions import BaseDistribution
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neumf.errors import UserError, did_you_mean
from neumf.hyperparameters import SETTINGS, Hyperparameters, Value
from neumf.parameters import Architecture
from studies.space import Choices, Entry, Range, check_point, distributions

FOLDER = Path(__file__).parent

NARROWED = ("mlp_layers", "predictive_factors")
"""What gives way to a limit, in this order."""


class Table(BaseModel):
    """Strict: a key that nobody reads is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Data(Table):
    """Where the interactions come from; columns by header or position where they are not usual."""

    source: str = Field(min_length=1)
    user: str | int | None = None
    item: str | int | None = None
    time: str | int | None = None
    rating: str | int | None = None
    min_rating: float | None = None


class Measure(Table):
    """How models are measured; see :class:`neumf.protocol.Protocol`."""

    split: Literal["leave-one-out", "ratio"] = "leave-one-out"
    candidates: int | Literal["all"] = 99


class Sampler(Table):
    """How settings are chosen: seeded TPE, or at random."""

    kind: Literal["tpe", "random"] = "tpe"
    startup_trials: int = Field(default=10, ge=1, le=100_000)


class Pruner(Table):
    """When a trial is given up: its best so far is below the median of the others at that epoch."""

    kind: Literal["median", "percentile", "none"] = "median"
    percentile: float = Field(default=50.0, gt=0, lt=100)
    startup_trials: int = Field(default=10, ge=0, le=100_000)
    warmup_epochs: int = Field(default=5, ge=0, le=100_000)


class Limits(Table):
    """What no setting may exceed: a corner of the space that costs more than it brings."""

    mlp_width: int | None = Field(default=None, ge=1)
    """Of an MLP embedding: predictive_factors * 2**mlp_layers / 4. The work of a step grows with
    its square."""


class Search(Table):
    """Budget and search strategy."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    trials: int = Field(default=100, ge=1, le=1_000_000)
    sampler: Sampler = Sampler()
    pruner: Pruner = Pruner()


class First(Table):
    """A setting to try before the sampler chooses, with a name to compare by."""

    name: str = Field(min_length=1)
    setting: dict[str, int | float | str]


class Definition(Table):
    """One study: data, protocol, search space and its limits, what is fixed, what is tried first,
    budget."""

    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    data: Data
    protocol: Measure = Measure()
    space: dict[str, Entry]
    limits: Limits = Limits()
    fixed: dict[str, int | float | str] = {}
    first: list[First] = []
    search: Search = Search()

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The search space as Optuna hears it."""
        return distributions(self.space)

    def hyperparameters(self, params: dict[str, Value]) -> Hyperparameters:
        """The whole setting of a trial: searched, fixed and default values."""
        settings: dict[str, Any] = {**self.fixed, **params}
        return Hyperparameters(**settings)

    def mlp_width(self, params: dict[str, Value]) -> int:
        """Width of an MLP embedding in a setting."""
        h = self.hyperparameters(params)
        return Architecture(1, 1, h.predictive_factors, h.mlp_layers).mlp_width

    def fits(self, params: dict[str, Value]) -> bool:
        """Whether a setting keeps within the limits."""
        return self.limits.mlp_width is None or self.mlp_width(params) <= self.limits.mlp_width

    def within_limits(self, params: dict[str, Value]) -> dict[str, Value]:
        """The setting itself, or with less depth, and then less width, as far as the limits ask."""
        for name in NARROWED:
            if name in self.space:
                lower = [v for v in self.space[name].whole() if v < int(params[name])]
                while lower and not self.fits(params):
                    params = {**params, name: lower.pop()}
        return params

    def check(self) -> None:
        """Everything that the tables cannot say of themselves.

        Raises:
            UserError: the first thing that is wrong.
        """
        if isinstance(self.protocol.candidates, int) and self.protocol.candidates < 1:
            raise UserError(
                f'[protocol] candidates = {self.protocol.candidates}: must be at least 1, or "all"'
            )
        if not self.space:
            raise UserError("[space] is empty: name at least one hyperparameter to search")
        both = sorted(self.space.keys() & self.fixed.keys())
        if both:
            raise UserError(f"{both[0]} is in both [space] and [fixed]; keep one")
        distributions(self.space)  # refuses an illegal range
        for name, value in self.fixed.items():
            if name not in SETTINGS:
                raise UserError(
                    f"[fixed]: unknown hyperparameter {name!r}{did_you_mean(name, SETTINGS)}"
                )
            SETTINGS[name].check(value)
        labels = [first.name for first in self.first]
        for label in labels:
            if labels.count(label) > 1:
                raise UserError(f"two [[first]] are called {label!r}; rename one")
        for first in self.first:
            check_point(first.setting, self.space, f"[[first]] {first.name!r}")
        self._check_limits()

    def _check_limits(self) -> None:
        limit = f"[limits] mlp_width = {self.limits.mlp_width}"
        narrowest: dict[str, Value] = {
            name: self.space[name].whole()[0] for name in NARROWED if name in self.space
        }
        if not self.fits(narrowest):
            raise UserError(
                f"{limit}: the narrowest setting of [space] has {self.mlp_width(narrowest)};"
                " raise it, or lower predictive_factors or mlp_layers"
            )
        for first in self.first:
            if not self.fits(first.setting):
                raise UserError(
                    f"[[first]] {first.name!r} has an MLP width of"
                    f" {self.mlp_width(first.setting)}, beyond {limit}"
                )


def find(study: str) -> Path:
    """The file of a study: a path to a TOML file, or the name of one in ``studies/``.

    Raises:
        UserError: there is none.
    """
    is_path = study.endswith(".toml") or "/" in study
    path = Path(study) if is_path else FOLDER / f"{study}.toml"
    if not path.is_file():
        names = [p.stem for p in FOLDER.glob("*.toml")]
        if path.parent == FOLDER:
            raise UserError(f"unknown study {study!r}{did_you_mean(study, names)}")
        raise UserError(
            f"study {study!r}: no such file; known studies are {', '.join(sorted(names))}"
        )
    return path


def load(study: str) -> Definition:
    """Read and validate a study by name or path.

    Raises:
        UserError: no such study, broken TOML, unknown or misspelt key, illegal value.
    """
    path = find(study)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # also of its encoding, or of an absurdly long number
        raise UserError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    raw.setdefault("name", path.stem)
    return parse(raw, str(path))


def parse(raw: dict[str, Any], where: str) -> Definition:
    """Validate a definition. Raises UserError, its message led by ``where``."""
    try:
        definition = Definition.model_validate(raw)
        definition.check()
    except ValidationError as error:
        line = " ".join(_first_error(error, raw).split())  # a key may hold a line break
        raise UserError(f"{where}: {line}") from None
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return definition


def _first_error(error: ValidationError, raw: dict[str, Any]) -> str:
    """One line for the worst of Pydantic's errors, with a hint for a misspelt key."""
    errors = error.errors()
    worst = min(errors, key=lambda e: e["type"] != "extra_forbidden")  # it explains a missing key
    path = _written(worst["loc"], raw)
    *tables, key = [*path, worst["loc"][-1]] if worst["type"] == "missing" else path
    table = f"[{'.'.join(map(str, tables))}]" if tables else "the top level"
    if worst["type"] == "extra_forbidden":
        return f"unknown key {key!r} in {table}{did_you_mean(str(key), _known_keys(tables, raw))}"
    if worst["type"] == "missing":
        return f"{table}: {key!r} is missing"
    if worst["type"] == "model_type":
        return f"{table} {key} = {worst['input']!r}: must be a table, {{ key = value, ... }}"
    wanted = dict.fromkeys(e["msg"].lower() for e in errors if _written(e["loc"], raw) == path)
    either = " or ".join(wanted).replace(" or input should be ", " or ")
    return f"{table} {key} = {worst['input']!r}: {either}"


def _written(place: tuple[Any, ...], raw: Any) -> list[Any]:
    """The part of a Pydantic place that is in the file; it also names members of unions."""
    path = []
    for part in place:
        inside = range(len(raw)) if isinstance(raw, list) else raw if isinstance(raw, dict) else ()
        if part in inside:
            path.append(part)
            raw = raw[part]
    return path


def _known_keys(tables: list[Any], raw: dict[str, Any]) -> list[str]:
    """The keys that the table at this path may hold."""
    if tables[:1] == ["space"]:
        if "choices" in raw["space"][tables[1]]:
            return list(Choices.model_fields)
        return [*Range.model_fields, *Choices.model_fields]
    model: type[BaseModel] = Definition
    models: dict[str, type[BaseModel]] = {
        "data": Data,
        "protocol": Measure,
        "limits": Limits,
        "search": Search,
        "sampler": Sampler,
        "pruner": Pruner,
        "first": First,
    }
    for table in tables:
        model = models.get(table, model)
    return list(model.model_fields)
