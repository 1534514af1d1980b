"""What was searched: the data, the search space and the rest of the definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports import text
from reports.configurations import help_of, in_order, space
from reports.sections.section import Section
from studies.results.study_result import StudyResult

_ELSEWHERE = ("name", "description", "space")  # keys of a definition that stand elsewhere


class Domain(NamedTuple):
    """One searched hyperparameter and where its values came from."""

    name: str
    help: str
    values: str


class Line(NamedTuple):
    """A key of the definition and its value."""

    key: str
    value: str


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    data: tuple[str, ...]
    domains: tuple[Domain, ...]
    definition: tuple[Line, ...]


def section(study: StudyResult) -> Section:
    content = Content(data(study), domains(study), definition(study))
    return Section("searched", "Protocol", "What was searched", content)


def data(study: StudyResult) -> tuple[str, ...]:
    """The lines that describe the data."""
    found = study.data.get("description") or study.data.get("name") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def domains(study: StudyResult) -> tuple[Domain, ...]:
    """The search space, in the model's order."""
    entries = space(study)
    return tuple(Domain(name, help_of(name), _domain(entries[name])) for name in in_order(entries))


def definition(study: StudyResult) -> tuple[Line, ...]:
    """The rest of the definition, one line a value; tables within it get dotted keys."""
    rest = {key: value for key, value in study.definition.items() if key not in _ELSEWHERE}
    branches = {
        branch["name"]: {"when": branch["when"], "fixed": branch["fixed"]}
        for branch in study.definition.get("branches", ())
    }
    return tuple(_lines({**rest, **({"branches": branches} if branches else {})}))


def _domain(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return _text(entry)
    if entry.get("choices") is not None:
        return _text(entry["choices"])
    told = f"{_text(entry.get('low'))} to {_text(entry.get('high'))}"
    if entry.get("step") not in (None, 1):
        told += f" in steps of {_text(entry['step'])}"
    return told + (", log scale" if entry.get("log") else "")


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
