"""Notes and graphs in a storage, as Optuna's dashboard keeps them: in system attributes of the
study."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import optuna
from optuna.storages import BaseStorage

_VERSION = "note_ver"
_PIECE = "note_str"
_GRAPH = "dashboard:plot_data"

_OF_TRIAL = re.compile(r"dashboard:(?P<trial>\d+):(?P<what>note_.*)")

MOST_LETTERS = 2045
"""Of a piece: what the dashboard itself cuts into."""

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
    if version > before.get(WRITTEN, 0):  # one behind is ours: killed between the two writes below
        return
    if changed := _changed(before, _key(_PIECE, None), note):
        written = {WRITTEN: version + 1, _key(_VERSION, None): version + 1}
        for name, value in {**changed, **written}.items():
            storage.set_study_system_attr(number, name, value)


def store_trial_note(study: optuna.Study, trial: int, note: str) -> None:
    """Write the note of a trial that has none; ``trial`` is its identifier in the storage.

    This looks nothing up, so its cost does not grow with the study.
    """
    storage, number = _place(study)
    for name, piece in _pieces(_key(_PIECE, trial), note).items():
        storage.set_study_system_attr(number, name, piece)
    storage.set_study_system_attr(number, _key(_VERSION, trial), 1)


def without_note(study: optuna.Study, trials: Collection[int]) -> list[int]:
    """Those of ``trials``, identifiers in the storage, that have no note."""
    storage, number = _place(study)
    known = storage.get_study_system_attrs(number).keys()
    return [trial for trial in trials if _key(_VERSION, trial) not in known]


def moved(attribute: str, trials: Mapping[int, int]) -> str:
    """What a study's attribute is called where its trials have other identifiers: ``trials`` has
    the old ones and the new ones. Only those of notes on trials change."""
    found = _OF_TRIAL.fullmatch(attribute)
    if found is None or int(found["trial"]) not in trials:
        return attribute
    return _key(found["what"], trials[int(found["trial"])])


def store_graph(study: optuna.Study, name: str, figure: str) -> None:
    """Replace the graph called ``name`` by ``figure``, in Plotly's JSON. Only its owner does.

    What is the same already is not written: a server may be far away.
    """
    storage, number = _place(study)
    before = storage.get_study_system_attrs(number)
    for piece, value in _changed(before, f"{_GRAPH}:{name}", figure).items():
        storage.set_study_system_attr(number, piece, value)


def _changed(before: Mapping[str, Any], key: str, whole: str) -> dict[str, str]:
    """What is to be stored so that the pieces of ``key`` make up ``whole``: the dashboard joins
    all that there are, so what is left of a longer one is emptied."""
    pieces = _pieces(key, whole)
    old = sum(name.startswith(f"{key}:") for name in before)
    pieces |= {f"{key}:{n}": "" for n in range(len(pieces), old)}
    return {name: piece for name, piece in pieces.items() if before.get(name) != piece}


def _pieces(key: str, whole: str) -> dict[str, str]:
    cuts = range(0, len(whole), MOST_LETTERS)
    return {f"{key}:{n}": whole[cut : cut + MOST_LETTERS] for n, cut in enumerate(cuts)}


def _key(what: str, trial: int | None) -> str:
    return f"dashboard:{what}" if trial is None else f"dashboard:{trial}:{what}"


def _place(study: optuna.Study) -> tuple[BaseStorage, int]:
    return study._storage, study._study_id  # noqa: SLF001 - Optuna offers no other way
