"""Where facts are stored: what a person reads in a table, and what only the program reads."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import create_trial

from neumf.metrics import METRICS
from studies.results.readback import results_of
from studies.storage import facts, record
from studies.storage.database import open_storage
from tests.studies.synthetic import DATA, define

FACTS = {
    **dict.fromkeys(METRICS, 0.25),
    record.CONFIGURATION: {"lr": 0.01},
    record.LOSSES: [0.5, 0.25],
    record.SAMPLED: "packed",
    record.CATALOGUE: "packed",
    record.WAYS: {"sampled": {"nDCG@10": 0.25}},
    record.SEED: 7,
    record.LABEL: "notebook",
}


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> BaseStorage:
    if request.param == "memory":
        return InMemoryStorage()
    return open_storage(f"sqlite:///{tmp_path / 'a.db'}", owner=True)


def test_all_come_back_and_the_table_has_single_values(storage: BaseStorage) -> None:
    """Of a running trial and of one that is stored at once: nothing nested or packed is a user
    attribute, and of the metrics only the headline's are."""
    study = optuna.create_study(storage=storage, study_name="a")
    facts.store_with_trial(study.ask(), FACTS)
    study.add_trial(
        create_trial(value=0.25, user_attrs=facts.shown(FACTS), system_attrs=facts.unshown(FACTS))
    )
    for trial in study.get_trials(deepcopy=False):
        assert facts.of_trial(trial) == FACTS
        assert trial.user_attrs.keys() == {"HR@10", "nDCG@10", "mAP@10", "seed", "label"}


def test_what_was_stored_in_user_attributes_is_read_as_before(storage: BaseStorage) -> None:
    """By an older version: a study's facts and a trial's."""
    study = optuna.create_study(storage=storage, study_name="made")
    study.set_user_attr(record.DEFINITION, define(1).model_dump(mode="json"))
    study.set_user_attr(record.DATA, DATA)
    study.add_trial(create_trial(value=0.25, user_attrs=FACTS))
    (trial,) = results_of(study).trials
    assert trial.metrics == dict.fromkeys(METRICS, 0.25)
    assert (trial.losses, trial.configuration) == ((0.5, 0.25), {"lr": 0.01})


def test_a_studys_unshown_facts_replace_shown_ones(storage: BaseStorage) -> None:
    """What is stored again is what is read, wherever an older version had put it."""
    study = optuna.create_study(storage=storage, study_name="a")
    study.set_user_attr(record.BASELINES, ["old"])
    facts.store_unshown(study, record.BASELINES, ["old", "new"])
    assert facts.of_study(study) == {record.BASELINES: ["old", "new"]}
    assert study.user_attrs == {record.BASELINES: ["old"]}
