"""The chosen model, trained on train and validation, as a folder to be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import JsonValue

from neumf.data.titles import titles
from neumf.errors import UserError
from neumf.model.parameters import Parameters
from neumf.protocol.problem import Problem
from neumf.saved_model import folder as models
from neumf.saved_model.contents import all_seen
from neumf.saved_model.facts import describe
from neumf.waiting import waiting
from search.options import Options
from search.work import Work
from studies.ledger.job import Job
from studies.ledger.one_model import OneModel
from studies.results.measured_readback import read_runs
from studies.results.opening import Opening
from studies.results.study_result import StudyResult, rebuild
from studies.storage.database import models_folder
from studies.storage.names import file_name, opening_of

TRAINED_ON = "the train and validation parts of the split: test interactions are not in it"

SAVED_SEED = 1
"""The number of the fresh seed whose model is saved."""


def folder_of(options: Options, study: str) -> Path:
    """Where the model goes: beside the models of other studies in the database."""
    if options.model is not None:
        return options.model
    return models_folder(options.storage) / file_name(study)


def check_destination(options: Options, study: str) -> None:
    """To be asked before the work that leads to a model.

    Raises:
        UserError: something is there that a model must not replace, such as another study's model.
    """
    folder = folder_of(options, study)
    models.check_destination(folder)
    other = _study_of(folder)
    if other not in (None, study):
        raise UserError(
            f"{folder}: holds the model of the study {other!r}, so that of {study!r} does not"
            " replace it; give another folder"
        )


def _study_of(folder: Path) -> JsonValue:
    """Whose model is there; None if it is no study's, or cannot be told."""
    try:
        provenance = models.read_manifest(folder).facts.get("provenance")
    except UserError:
        return None
    return provenance.get("study") if isinstance(provenance, dict) else None


def is_saved(work: Work, opening: Opening) -> bool:
    """Whether the model that ``opening`` tells of is there, whole."""
    try:
        facts = models.read(_folder(work)).facts
    except UserError:
        return False
    return bool(facts.get("provenance", {}).get("opened") == opening.opened)


def saved_folder(work: Work, study: StudyResult) -> str | None:
    """Where the study's model is, if it is."""
    has_it = study.opening is not None and is_saved(work, study.opening)
    return str(_folder(work)) if has_it else None


def save(work: Work, problem: Problem, study: StudyResult, opening: Opening, job: Job) -> None:
    """Train the model of ``job`` on ``problem``, as it was trained for the opening, and save it;
    nothing, if the session ends before.

    Raises:
        UserError: it cannot be written.
    """
    work.begin("saving the model", "training the model to save, as it was measured")
    queue = OneModel(job)
    work.train(queue, unit="model", phase="saving the model", problem=problem)
    if queue.parameters is None:
        return
    measured = _measured_losses(work, opening)
    repeats = None if measured is None else queue.losses == measured
    if repeats is False:
        work.say(
            "the saved model is not to the last bit the one that was measured (another processor"
            " or version)"
        )
    with waiting(work.console, "writing the model"):
        _write(work, queue.parameters, study, opening, job, repeats=repeats)
    where = _folder(work)
    work.say(f"model saved in {where}: python -m neumf.recommend {where} --user ID")


def _measured_losses(work: Work, opening: Opening) -> list[float] | None:
    """Of the run that was measured, by epoch; None if somebody has deleted it."""
    measured = read_runs(work.storage, opening_of(work.definition.name))
    runs = () if measured is None else measured.of(opening.chosen)
    return next((list(run.losses) for run in runs if run.seed_number == SAVED_SEED), None)


def _write(
    work: Work,
    parameters: Parameters,
    study: StudyResult,
    opening: Opening,
    job: Job,
    *,
    repeats: bool | None,
) -> None:
    data = work.data.interactions
    facts = describe(
        data,
        work.definition.protocol,
        rebuild(opening.configuration),
        trained_on=TRAINED_ON,
        metrics=_metrics(opening),
        provenance={
            "study": study.name,
            "command": opening.command,
            "trial": opening.chosen,
            "seed": job.seed,
            "epoch": opening.last_epoch,
            "engine": opening.engine,
            "opened": opening.opened,
            "verdict": opening.verdict,
            "repeats": repeats,  # to the last bit, the run that was measured; None: it is gone
        },
    )
    names = titles(data.catalogue, data.item_ids)
    models.save(_folder(work), parameters, data, all_seen(data), facts, names)


def _folder(work: Work) -> Path:
    return folder_of(work.options, work.definition.name)


def _metrics(opening: Opening) -> dict[str, Any]:
    """Of the opening's seeds, of which the saved model is one: part and way of measuring to metric
    to mean and interval."""
    return {
        f"test, {way}": {name: one.as_json() for name, one in found.items()}
        for way, found in opening.neumf.estimates.items()
    }
