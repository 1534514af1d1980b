"""Notes in a storage, as Optuna's dashboard keeps them: in system attributes of the study."""

from __future__ import annotations

from collections.abc import Collection

import optuna
from optuna.storages import BaseStorage

_VERSION = "note_ver"
_PIECE = "note_str"

MOST_LETTERS = 2045
"""Of a piece of a note: what the dashboard itself cuts its notes into."""

MOST_NOTES = 500
"""Trials of a study that have a note, beside those that took the lead: the dashboard compares each
note's name with each trial when it lists them, so 3,000 notes would take it half a minute."""

WRITTEN = "neumf:note"
"""The version of a study's note that this program wrote last: a later one is a person's."""


def store_study_note(study: optuna.Study, note: str) -> None:
    """Replace the study's note, unless a person has written or changed it. Only its owner does."""
    storage, number = _place(study)
    before = storage.get_study_system_attrs(number)
    version = before.get(_key(_VERSION, None), 0)
    if version != before.get(WRITTEN, 0):
        return
    pieces = _pieces(note, None)
    old = sum(name.startswith(_key(_PIECE, None)) for name in before)
    pieces |= {f"{_key(_PIECE, None)}:{n}": "" for n in range(len(pieces), old)}
    changed = {name: piece for name, piece in pieces.items() if before.get(name) != piece}
    if changed:
        written = {WRITTEN: version + 1, _key(_VERSION, None): version + 1}
        for name, value in {**changed, **written}.items():
            storage.set_study_system_attr(number, name, value)


def store_trial_note(study: optuna.Study, trial: int, note: str) -> None:
    """Write the note of a trial that has none; ``trial`` is its identifier in the storage.

    This looks nothing up, so its cost does not grow with the study.
    """
    storage, number = _place(study)
    for name, piece in _pieces(note, trial).items():
        storage.set_study_system_attr(number, name, piece)
    storage.set_study_system_attr(number, _key(_VERSION, trial), 1)


def without_note(study: optuna.Study, trials: Collection[int]) -> list[int]:
    """Those of ``trials``, identifiers in the storage, that have no note."""
    storage, number = _place(study)
    known = storage.get_study_system_attrs(number).keys()
    return [trial for trial in trials if _key(_VERSION, trial) not in known]


def _pieces(note: str, trial: int | None) -> dict[str, str]:
    cuts = range(0, len(note), MOST_LETTERS)
    return {
        f"{_key(_PIECE, trial)}:{n}": note[cut : cut + MOST_LETTERS] for n, cut in enumerate(cuts)
    }


def _key(what: str, trial: int | None) -> str:
    return f"dashboard:{what}" if trial is None else f"dashboard:{trial}:{what}"


def _place(study: optuna.Study) -> tuple[BaseStorage, int]:
    return study._storage, study._study_id  # noqa: SLF001 - Optuna offers no other way
