"""Whether a stored study may be continued: the same question asked of the same data.

The rule: everything that a trial's number depends on stays as it is, the budget of a trial
(``epochs``, ``patience``) included. A longer budget in the same study would compare trials that
trained long with trials that did not, among them the starting points; it is another study, under
another name. What may change is how many trials there are, what is tried next, and words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError

from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS
from studies.definition.schema import Definition

MAY_CHANGE = ("description", "search.trials", "search.stop", "starting_points", "data")
"""New starting points are tried next, and those no longer named are left as they are
(:func:`refuse_changed_starting_points`); data are known by their fingerprint, wherever they lie."""


class Question(NamedTuple):
    """What a study asks: everything that its trials' numbers depend on."""

    definition: dict[str, Any]  # as JSON
    data: dict[str, Any]  # see record.describe_data
    objective: str  # a metric's name


def refuse_other_study(name: str, stored: Question, now: Question) -> None:
    """Compare the study called ``name`` with what is ``stored`` under that name.

    Raises:
        UserError: it shows every difference that would mix results of two questions.
    """
    before, after = _comparable(stored.definition), _comparable(now.definition)
    differences = [
        f"{key} was {_show(before.get(key))}, is {_show(after.get(key))}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and not _may_change(key)
    ]
    if stored.objective != now.objective:
        differences.append(f"the objective was {stored.objective}, is {now.objective}")
    if stored.data["fingerprint"] != now.data["fingerprint"]:
        differences.append(
            f"data was {_data(stored.data)}, is {_data(now.data)} with other contents"
        )
    if differences:
        raise UserError(
            f"study {name!r} is already stored with another definition: {'; '.join(differences)};"
            " store it under another name with --name, or use another --storage"
        )


def refuse_changed_starting_points(
    name: str, stored: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]
) -> None:
    """Compare starting points, name to configuration, with all that were ever queued.

    Its name would stand for two configurations, and the new one would never be tried.

    Raises:
        UserError: a stored name has another configuration now.
    """
    for label, configuration in now.items():
        before = stored.get(label, configuration)
        differences = [
            f"{key} was {_show(before.get(key))}, is {_show(configuration.get(key))}"
            for key in sorted(before.keys() | configuration.keys())
            if before.get(key) != configuration.get(key)
        ]
        if differences:
            raise UserError(
                f"study {name!r} is already stored with another starting point {label!r}:"
                f" {'; '.join(differences)}; give the changed starting point a new name"
            )


def _comparable(definition: dict[str, Any]) -> dict[str, Any]:
    """Flat, with the defaults of what was left out or was not known when it was stored."""
    try:
        whole = Definition.model_validate(definition).model_dump(mode="json")
    except ValidationError:  # it has keys that are no longer known: they are differences
        whole = definition
    space, fixed = whole.get("space", {}), whole.get("fixed", {})
    defaults = {name: h.default for name, h in HYPERPARAMETERS.items() if name not in space}
    branches = {branch["name"]: branch for branch in whole.get("branches", [])}
    return _flat({**whole, "fixed": defaults | fixed, "branches": branches})


def _may_change(key: str) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in MAY_CHANGE)


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _show(value: Any) -> str:
    return "absent" if value is None else repr(value)


def _data(data: dict[str, Any]) -> str:
    return f"{data['name']} ({data['interactions']:,} interactions, {data['fingerprint'][:8]})"
