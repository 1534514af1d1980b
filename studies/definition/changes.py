"""Whether a stored study may be gone on with: the same question asked of the same data."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS
from studies.definition.schema import Definition
from studies.storage import record

MAY_CHANGE = ("description", "search.trials", "starting_points", "data")
"""Changes that corrupt nothing. A new starting point is tried next; data are known by their
fingerprint, wherever it lies."""

MAY_GROW: dict[str, Any] = {"fixed.epochs": HYPERPARAMETERS["epochs"].default}
"""A longer budget repeats the same epochs and goes on; a shorter one would not be comparable.
With what each is when absent."""


def refuse_other_study(
    name: str, stored: dict[str, Any], definition: dict[str, Any], data: dict[str, Any]
) -> None:
    """Compare with what is ``stored``.

    Raises:
        UserError: it shows every difference that would mix results of two questions.
    """
    before = _flat(_whole(stored[record.DEFINITION]))
    now = _flat(definition)
    differences = [
        f"{key} was {_show(before.get(key))}, is {_show(now.get(key))}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key) and not _allowed(key, before.get(key), now.get(key))
    ]
    if stored[record.DATA]["fingerprint"] != data["fingerprint"]:
        differences.append(
            f"data was {_data(stored[record.DATA])}, is {_data(data)} with other contents"
        )
    if differences:
        raise UserError(
            f"study {name!r} is already stored with another definition: {'; '.join(differences)};"
            " name it differently, or use another --storage"
        )


def _whole(definition: dict[str, Any]) -> dict[str, Any]:
    """With the defaults of keys that were not known when it was stored."""
    try:
        return Definition.model_validate(definition).model_dump(mode="json")
    except ValidationError:  # it has keys that are no longer known: they are differences
        return definition


def _allowed(key: str, before: Any, now: Any) -> bool:
    if key in MAY_GROW:
        absent = MAY_GROW[key]
        return bool((absent if now is None else now) >= (absent if before is None else before))
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
