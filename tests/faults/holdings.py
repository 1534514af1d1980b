"""What a study holds, read by SQL alone, without what differs between two that say the same."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from studies.storage import record
from studies.storage.facts import PREFIX
from tests.search.study_folder import StudyFolder

OF_CIRCUMSTANCE = {
    *(record.SECONDS, record.RESUMED_SECONDS, record.SAMPLES_PER_SECOND, record.RESUMED_EPOCHS),
    *(record.SESSION, record.WORKER, record.OF_TRIAL),
    *(record.RETRY_OF, record.CRASHES, record.DUPLICATE_OF),
    *("opened", "command", "versions", "searched", "trial", "saved", "finished"),
}
"""Facts that depend on when, by whom, how fast and after how many interruptions something was done.
Trials are numbered by the way, too."""

OF_TEST = (record.OPENING_PLAN, record.OPENING)

SOUND = (("ok",),)
"""What SQLite says of a file in which it finds no fault."""

MODEL = "results.db-models/blocks"


@dataclass(frozen=True)
class Holdings:
    """Of one database with one study."""

    results: tuple[str, ...] = ()  # trials with a verdict, of all three studies, in their order;
    # baselines as tuned; what was planned for the test split, and what came of it
    raw_opening: str = ""  # every byte of these two
    unfinished: int = 0  # trials running or waiting
    running: int = 0
    without_note: int = 0  # trials that have ended
    soundness: tuple[Any, ...] = SOUND

    def missing_from(self, other: Holdings) -> list[str]:
        """The results that ``other`` does not hold, or not as often."""
        return list((Counter(self.results) - Counter(other.results)).elements())


def holdings_of(study: StudyFolder) -> Holdings:
    """As it is now; nothing where there is no database yet, or no schema in it."""
    if not study.database.exists():
        return Holdings()
    if not study.query("SELECT 1 FROM sqlite_master WHERE name = 'trial_heartbeats'"):
        return Holdings(soundness=tuple(study.query("PRAGMA integrity_check")))
    attributes = dict(
        study.query(
            f"SELECT replace(key, '{PREFIX}', ''), value_json FROM study_system_attributes"
            " JOIN studies USING (study_id) WHERE study_name = 'blocks'"
        )
    )
    states = Counter(state for (state,) in study.query("SELECT state FROM trials"))
    ((without_note,),) = study.query(
        "SELECT count(*) FROM trials t WHERE state NOT IN ('RUNNING', 'WAITING') AND NOT EXISTS"
        " (SELECT 1 FROM study_system_attributes s WHERE s.study_id = t.study_id"
        " AND key = 'dashboard:' || t.trial_id || ':note_ver')"
    )
    return Holdings(
        results=(*_trials(study), *_found(attributes)),
        raw_opening="".join(attributes.get(name, "") for name in OF_TEST),
        unfinished=states["RUNNING"] + states["WAITING"],
        running=states["RUNNING"],
        without_note=without_note,
        soundness=tuple(study.query("PRAGMA integrity_check")),
    )


def model_of(study: StudyFolder) -> tuple[bytes, str]:
    """The saved model's tensors, and what is told of them."""
    folder = study.folder / MODEL
    manifest = json.loads((folder / "model.json").read_text())
    del manifest["checksum"]
    return (folder / "model.safetensors").read_bytes(), _canonical(manifest)


def hangs_by_a_thread(study: StudyFolder) -> bool:
    """Whether the worker of some configuration has died, and it has not been trained since: once
    more, and the configuration is rightly held at fault."""
    if not holdings_of(study).unfinished:
        return False
    return bool(
        study.query(
            f"SELECT 1 FROM trial_user_attributes a JOIN trials USING (trial_id)"
            f" WHERE key = '{record.CRASHES}' AND state NOT IN ('COMPLETE', 'PRUNED')"
            " AND NOT EXISTS (SELECT 1 FROM trial_user_attributes r"
            f" WHERE r.key = '{record.RETRY_OF}' AND r.value_json = number)"
        )
    )


def _trials(study: StudyFolder) -> tuple[str, ...]:
    facts: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for kind in ("user", "system"):
        rows = study.query(f"SELECT trial_id, key, value_json FROM trial_{kind}_attributes")
        for trial, key, value in rows:
            if kind == "user" or key.startswith(PREFIX):
                facts[trial][key.removeprefix(PREFIX)] = json.loads(value)
    for name, columns in (("values", "objective, value"), ("params", "param_name, param_value")):
        for trial, key, value in study.query(f"SELECT trial_id, {columns} FROM trial_{name}"):
            facts[trial].setdefault(name, {})[key] = value
    curves = "SELECT trial_id, step, intermediate_value FROM trial_intermediate_values"
    for trial, step, value in study.query(curves):
        facts[trial].setdefault("curve", {})[step] = value
    rows = study.query(
        "SELECT trial_id, study_name, state FROM trials JOIN studies USING (study_id)"
        " WHERE state NOT IN ('RUNNING', 'WAITING') ORDER BY study_name, number"
    )
    return tuple(
        _canonical({"study": name, "state": state, **facts[trial]})
        for trial, name, state in rows
        if not facts[trial].get(record.INTERRUPTED)
    )


def _found(attributes: dict[str, str]) -> list[str]:
    """What was found beside the trials, of a study with these ``attributes``."""
    tuned = json.loads(attributes.get(record.BASELINES, "[]"))
    found = [{record.BASELINES: one} for one in tuned]
    found += [{name: json.loads(attributes[name])} for name in OF_TEST if name in attributes]
    return [_canonical(one) for one in found]


def _canonical(value: Any) -> str:
    return json.dumps(_bare(value), sort_keys=True)


def _bare(value: Any) -> Any:
    """Without what is of circumstance, at whatever depth."""
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key not in OF_CIRCUMSTANCE}
    return [_bare(each) for each in value] if isinstance(value, list) else value
