"""Study definitions from TOML files: found, read, and refused in one line if anything is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from neumf.data.source import DataSource
from neumf.errors import UserError, did_you_mean
from neumf.files import read_small
from neumf.protocol.evaluation_protocol import EvaluationProtocol
from studies.definition.branches import Branch
from studies.definition.schema import (
    Definition,
    Limits,
    Pruner,
    Sampler,
    Search,
    StartingPoint,
)
from studies.definition.space import Choices, Range

FOLDER = Path(__file__).parents[1]
"""Where the definitions that come with the program are."""

MOST = 1 << 16
"""Bytes of a definition. The parser's time grows with the square of a dotted key's length."""


def find(study: str) -> Path:
    """The file of a study: a path to a TOML file, or the name of one in ``studies/``.

    Raises:
        UserError: there is none.
    """
    is_path = study.endswith(".toml") or "/" in study
    path = Path(study) if is_path else FOLDER / f"{study}.toml"
    if not _is_file(path):
        names = [p.stem for p in FOLDER.glob("*.toml")]
        if path.parent == FOLDER:
            raise UserError(f"unknown study {study!r}{did_you_mean(study, names)}")
        raise UserError(
            f"study {study!r}: no such file; known studies are {', '.join(sorted(names))}"
        )
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is too long, or its folder closed
        return False


def load(study: str) -> Definition:
    """Read and validate a study by name or path.

    Raises:
        UserError: no such study, broken TOML, unknown or misspelt key, illegal value.
    """
    path = find(study)
    try:
        raw = tomllib.loads(read_small(path, MOST).decode())
    except (ValueError, RecursionError) as error:  # also of its encoding, or an absurd number
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
    except RecursionError:
        raise UserError(f"{where}: its tables are nested too deeply") from None
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
    if tables[-2:-1] == ["space"]:
        entry: Any = raw
        for table in tables:
            entry = entry[table]
        if "choices" in entry:
            return list(Choices.model_fields)
        return [*Range.model_fields, *Choices.model_fields]
    model: type[BaseModel] = Definition
    models: dict[str, type[BaseModel]] = {
        "data": DataSource,
        "protocol": EvaluationProtocol,
        "branches": Branch,
        "limits": Limits,
        "search": Search,
        "sampler": Sampler,
        "pruner": Pruner,
        "starting_points": StartingPoint,
    }
    for table in tables:
        model = models.get(table, model)
    return list(model.model_fields)
