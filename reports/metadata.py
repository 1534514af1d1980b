"""What was searched and how to go on, as lines of text, whatever a definition holds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from neumf.hyperparameters import HYPERPARAMETERS
from reports import text
from reports.numbers import in_order
from studies.results.study_result import StudyResult

_ELSEWHERE = ("name", "description", "space")  # keys of a definition that stand elsewhere


class Domain(NamedTuple):
    """One searched hyperparameter and where its values came from."""

    name: str
    help: str
    values: str


class Line(NamedTuple):
    """A key and its value."""

    key: str
    value: str


def domains(study: StudyResult) -> tuple[Domain, ...]:
    """The search space, in the order of the configuration."""
    space = study.definition.get("space", {})
    return tuple(Domain(name, help_of(name), _domain(space[name])) for name in in_order(space))


def definition(study: StudyResult) -> tuple[Line, ...]:
    """The rest of the definition, one line a value; tables within it get dotted keys."""
    rest = {key: value for key, value in study.definition.items() if key not in _ELSEWHERE}
    return tuple(_lines(rest))


def provenance(study: StudyResult) -> tuple[Line, ...]:
    """What a repetition needs besides the definition."""
    fingerprint = study.data.get("fingerprint")
    data = [Line("data fingerprint", str(fingerprint))] if fingerprint else []
    return (*data, *(Line(name, version) for name, version in study.versions.items()))


def commands(study: StudyResult, storage: str | None) -> tuple[Line, ...]:
    """Command lines to go on with, and what they do; a storage with a password is not named."""
    name = shlex.quote(study.name)
    url = shlex.quote(storage if "@" not in storage else "URL") if storage else None
    option = f" --storage {url}" if url else ""
    more = len(study.finished) + 100
    found = [
        Line(
            f"python -m search.run {study.command or name} --trials {more}{option}",
            f"go on to a total of {text.thousands(more)} trials",
        ),
        Line(f"python -m reports.build {name}{option}", "draw this page again"),
        Line(f"python -m search.dashboard {name}{option}", "browse the study"),
    ]
    if url:
        found.append(Line(f"optuna-dashboard {url}", "browse every study of this storage"))
    return tuple(found)


def data(study: StudyResult) -> tuple[str, ...]:
    """The lines that describe the data."""
    found = study.data.get("description") or study.data.get("name") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def help_of(name: str) -> str:
    """A hyperparameter's help; empty for one that the model no longer has."""
    return HYPERPARAMETERS[name].help if name in HYPERPARAMETERS else ""


def _domain(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return _text(entry)
    if entry.get("choices") is not None:
        return _text(entry["choices"])
    text = f"{_text(entry.get('low'))} to {_text(entry.get('high'))}"
    if entry.get("step") not in (None, 1):
        text += f" in steps of {_text(entry['step'])}"
    return text + (", log scale" if entry.get("log") else "")


def _lines(table: Mapping[str, Any], prefix: str = "") -> Iterator[Line]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            for place, entry in enumerate(value, 1):
                rest = {k: _text(v) for k, v in entry.items() if k != "name"}
                yield Line(f"{prefix}{key}.{entry.get('name', place)}", "; ".join(rest.values()))
        elif value is not None:
            yield Line(f"{prefix}{key}", _text(value))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text.short(value) if isinstance(value, int | float) else str(value)
