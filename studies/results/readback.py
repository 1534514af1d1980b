"""A stored study read back as plain values."""

from __future__ import annotations

import optuna
from optuna.trial import FrozenTrial, TrialState

from neumf.errors import UserError, did_you_mean
from neumf.evaluation.metrics import OBJECTIVE
from studies.results.results import AuditedTrial, StudyResult, TrialResult
from studies.storage import record
from studies.storage.database import names, open_storage


def read(url: str, name: str) -> StudyResult:
    """The study called ``name`` in the storage at ``url``.

    Raises:
        UserError: no such storage or study.
    """
    known = names(url)
    if name not in known:
        hint = did_you_mean(name, known) if known else "; it holds none"
        raise UserError(f"no study {name!r} in {url}{hint}")
    study = optuna.load_study(study_name=name, storage=open_storage(url))
    attributes = study.user_attrs
    if record.DEFINITION not in attributes:
        raise UserError(f"study {name!r} in {url} was not made by this program")
    return StudyResult(
        name=name,
        description=attributes[record.DEFINITION]["description"],
        definition=attributes[record.DEFINITION],
        data=attributes[record.DATA],
        versions=attributes[record.VERSIONS],
        objective=OBJECTIVE.name,
        command=attributes.get(record.COMMAND) or name,
        trials=tuple(_trial(trial) for trial in study.get_trials(deepcopy=False)),
        importances=_importances(study),
        sessions=tuple(attributes.get(record.SESSIONS, [])),
        audit=tuple(
            AuditedTrial(**{**result, "curve": tuple(result.get("curve", ()))})
            for result in attributes.get(record.AUDIT, [])
        ),
    )


def _trial(trial: FrozenTrial) -> TrialResult:
    facts = trial.user_attrs
    state = trial.state.name.lower()
    if trial.state == TrialState.FAIL:
        state = "interrupted" if facts.get(record.INTERRUPTED) else "failed"
    return TrialResult(
        number=trial.number,
        state=state,
        params=trial.params,
        value=trial.value if trial.state == TrialState.COMPLETE else None,
        configuration=facts.get("hyperparameters", {}),
        label=facts.get(record.LABEL),
        curve=tuple(sorted(trial.intermediate_values.items())),
        losses=tuple(facts.get("losses", ())),
        metrics=record.stored_metrics(facts),
        best_epoch=facts.get("best_epoch"),
        seconds=facts.get("seconds"),
        samples_per_second=facts.get("samples_per_second"),
        parameters=facts.get("parameters"),
        seed=facts.get("seed"),
        engine=facts.get("engine"),
        update=facts.get("update"),
        reason=facts.get(record.REASON),
        duplicate_of=facts.get(record.DUPLICATE_OF),
        started=trial.datetime_start,
        finished=trial.datetime_complete,
    )


def _importances(study: optuna.Study) -> dict[str, float]:
    """Optuna's default importance; empty while there is too little to tell by."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    values = {trial.values[0] for trial in complete}
    if len(complete) < 4 or len(values) < 2:
        return {}
    return optuna.importance.get_param_importances(study)
