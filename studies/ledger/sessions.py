"""The runs of a search on one study, stored as they go, so that none vanishes that is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna

from studies.storage import record
from studies.storage.facts import of_study, store_unshown

STORE_SECONDS = 5.0
"""How much of its time a session that is killed may lose."""


class Session:
    """One run, the last of the study's list."""

    def __init__(
        self, study: optuna.Study, facts: dict[str, Any], clock: Callable[[], float]
    ) -> None:
        """Store ``facts`` (what computes, and where), before the first trial."""
        self._clock = clock
        self._study = study
        self._sessions: list[dict[str, Any]] = list(of_study(study).get(record.SESSIONS, []))
        self._began = self._stored = self._clock()
        self.index = len(self._sessions)
        self._sessions.append({"seconds": 0.0, "trials": 0, "busy": None, **facts})
        self._store()

    @property
    def is_due(self) -> bool:
        """Whether it is time to store what runs."""
        return self._clock() - self._stored >= STORE_SECONDS

    def count(self) -> None:
        """One more trial has its verdict."""
        self.update({"trials": self._sessions[-1]["trials"] + 1})

    def update(self, facts: dict[str, Any]) -> None:
        """Store ``facts``, and the seconds since the session began."""
        self._stored = self._clock()
        self._sessions[-1] |= {"seconds": round(self._stored - self._began, 3), **facts}
        self._store()

    def _store(self) -> None:
        store_unshown(self._study, record.SESSIONS, self._sessions)
