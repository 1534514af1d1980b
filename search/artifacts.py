"""The artifacts that Optuna's dashboard asks for, drawn from the storage as it is by then: nothing
is kept in files, so nothing piles up, goes stale or is missing on another machine."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

import optuna
from bottle import HTTPError
from optuna.storages import RDBStorage

from neumf.errors import UserError
from neumf.metrics import OBJECTIVE
from studies.notes.artifacts import Place, place_of
from studies.results.readback import read_from, trial_of
from studies.storage.errors import record_errors
from studies.storage.url import masked


class DrawnArtifacts:
    """Optuna's interface of a store of artifacts, of which only the reading part has a meaning."""

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """The study's page, or the trial's learning curve.

        Raises:
            HTTPError: there is no such study or trial, or it cannot be drawn. The dashboard answers
                with it; of anything else it would show a traceback.
        """
        try:
            with record_errors(self._storage.url):
                return BytesIO(self._drawn(artifact_id).encode())
        except UserError as error:
            raise HTTPError(404, str(error)) from None

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Take nothing in: there is nowhere to keep it."""
        del content_body
        raise NotImplementedError(artifact_id)

    def remove(self, artifact_id: str) -> None:
        """Do nothing: what is drawn when asked for takes no room."""

    def _drawn(self, artifact_id: str) -> str:
        place = place_of(artifact_id, optuna.get_all_study_names(self._storage))
        if place is None:
            raise HTTPError(404, "the study of this artifact is not there any more")
        return self._page(place) if place.trial is None else self._curve(place)

    def _page(self, place: Place) -> str:
        from reports.page import render

        return render(read_from(self._storage, place.study), masked(self._storage.url))

    def _curve(self, place: Place) -> str:
        from reports.learning_curve import learning_curve

        study = self._storage.get_study_id_from_name(place.study)
        try:
            trial = self._storage.get_trial_id_from_study_id_trial_number(study, place.trial or 0)
        except KeyError:
            raise HTTPError(404, f"study {place.study!r} has no trial {place.trial}") from None
        return learning_curve(trial_of(self._storage.get_trial(trial)), OBJECTIVE.name)
