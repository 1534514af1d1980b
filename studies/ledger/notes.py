"""The notes that a study's owner writes while its trials end."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from studies.notes.artifacts import announce_page
from studies.notes.storing import (
    MOST_NOTES,
    store_study_note,
    store_trial_note,
    without_note,
)
from studies.notes.study_attributes import store_study_attributes, study_attributes
from studies.notes.study_note import confirmation_note, opening_note, study_note
from studies.notes.trial_note import run_note, trial_note
from studies.results.measured_readback import run_of
from studies.results.readback import read_stored, trial_of
from studies.results.study_result import TrialResult, is_better
from studies.storage.names import confirmation_of, opening_of
from studies.storage.owned import OwnedStorage
from studies.storage.url import masked

PATIENCE = 5
"""Seconds after which a person may have found a trial that runs, and written a note on it."""


class TrialNotes:
    """Of one searched study."""

    def __init__(self, study: optuna.Study, storage: BaseStorage) -> None:
        """Write the notes that an older version, or one that was killed, left unwritten."""
        self._study = study
        self._storage = storage
        self._best: tuple[float, int] | None = None
        ended = {
            trial._trial_id: trial  # noqa: SLF001 - notes are kept by it
            for trial in study.get_trials(deepcopy=False)
            if trial.state.is_finished() and trial.number < MOST_NOTES
        }
        for identifier in without_note(study, ended):
            self._write(ended[identifier])
        for trial in study.get_trials(deepcopy=False):
            self._take(trial_of(trial))
        write_study_notes(storage, study.study_name)

    def ended(self, trial: optuna.Trial) -> None:
        """Write the trial's note, unless a person did while it ran, and the study's if this is its
        best one now."""
        stored = self._storage.get_trial(trial._trial_id)  # noqa: SLF001 - notes are kept by it
        takes_lead = self._take(trial_of(stored))
        if (takes_lead or stored.number < MOST_NOTES) and not self._is_noted(stored):
            self._write(stored)
        if takes_lead:
            write_study_notes(self._storage, self._study.study_name)

    def _is_noted(self, trial: FrozenTrial) -> bool:
        """All notes are read to know, so short trials, which are many, are taken to have none."""
        if trial.duration is not None and trial.duration.total_seconds() < PATIENCE:
            return False
        return not without_note(self._study, [trial._trial_id])  # noqa: SLF001 - likewise

    def _write(self, trial: FrozenTrial) -> None:
        url = masked(self._storage.url) if isinstance(self._storage, OwnedStorage) else None
        note = trial_note(trial_of(trial), self._study.study_name, url)
        store_trial_note(self._study, trial._trial_id, note)  # noqa: SLF001 - likewise

    def _take(self, trial: TrialResult) -> bool:
        """Whether it takes the lead."""
        if trial.value is None or not is_better(trial.value, trial.number, self._best):
            return False
        self._best = trial.value, trial.number
        return True


def note_runs(study: optuna.Study) -> None:
    """Write the notes of runs over fresh seeds that a session that was killed left unwritten."""
    trials = {trial._trial_id: trial for trial in study.get_trials(deepcopy=False)}  # noqa: SLF001 - likewise
    for identifier in without_note(study, trials):
        note_run(study, trials[identifier])


def note_run(study: optuna.Study, trial: FrozenTrial) -> None:
    """Write the note of a run over a fresh seed."""
    if trial.number < MOST_NOTES:
        store_trial_note(study, trial._trial_id, run_note(run_of(trial)))  # noqa: SLF001 - likewise


def write_study_notes(storage: BaseStorage, name: str) -> None:
    """Bring up to date the notes of the study called ``name`` and of those beside it."""
    found = read_stored(storage, name)
    known = set(optuna.get_all_study_names(storage))
    notes = {
        name: study_note(found),
        confirmation_of(name): confirmation_note(name, found),
        opening_of(name): opening_note(name, found),
    }
    for one in notes.keys() & known:
        store_study_note(optuna.load_study(study_name=one, storage=storage), notes[one])
    searched = optuna.load_study(study_name=name, storage=storage)
    store_study_attributes(searched, study_attributes(found))
    announce_page(searched)
