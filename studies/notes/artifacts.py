"""What Optuna's dashboard shows as artifacts: a study's page and a trial's learning curve.

Both are drawn when somebody looks at them, so what is stored is only that they are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import optuna
from optuna.storages import BaseStorage

PAGE, PAGE_TYPE = "report.html", "text/html"
CURVE, CURVE_TYPE = "learning curve.svg", "image/svg+xml"


class Place(NamedTuple):
    """What an artifact is drawn of: a study, or one of its trials."""

    study: str
    trial: int | None = None


def identifier(place: Place) -> str:
    """The artifact's name in an address, where the dashboard takes hexadecimal digits and dashes.

    It comes from names that a copy in another storage keeps, not from keys that it does not.
    """
    digest = sha256(place.study.encode()).hexdigest()[:32]
    return digest if place.trial is None else f"{digest}-{place.trial}"


def place_of(artifact: str, studies: Iterable[str]) -> Place | None:
    """The inverse of :func:`identifier` among ``studies``; None if it is of none of them."""
    digest, _, trial = artifact.partition("-")
    for study in studies:
        if identifier(Place(study)) == digest and (not trial or trial.isdecimal()):
            return Place(study, int(trial) if trial else None)
    return None


def announcement(place: Place) -> dict[str, str]:
    """The system attribute by which the dashboard knows of a place's artifact."""
    is_page = place.trial is None
    told = {
        "artifact_id": identifier(place),
        "filename": PAGE if is_page else CURVE,
        "mimetype": PAGE_TYPE if is_page else CURVE_TYPE,
        "encoding": None,
    }
    return {f"artifacts:{identifier(place)}": json.dumps(told)}


def announce_page(study: optuna.Study) -> None:
    """Of a searched study, once. Only its owner does."""
    storage, number = study._storage, study._study_id  # noqa: SLF001 - Optuna offers no other way
    known = storage.get_study_system_attrs(number)
    for name, value in announcement(Place(study.study_name)).items():
        if known.get(name) != value:
            storage.set_study_system_attr(number, name, value)


def page_address(storage: BaseStorage, study: str) -> str | None:
    """Where a dashboard that draws them has the study's page; None if it does not know of it."""
    number, place = storage.get_study_id_from_name(study), Place(study)
    if not announcement(place).keys() <= storage.get_study_system_attrs(number).keys():
        return None
    return f"/artifacts/{number}/{identifier(place)}"


def announce_curve(trial: optuna.Trial) -> None:
    """Of a trial that has begun: its curve can be watched as it grows."""
    place = Place(trial.study.study_name, trial.number)
    for name, value in announcement(place).items():
        trial.storage.set_trial_system_attr(trial._trial_id, name, value)  # noqa: SLF001 - likewise
