"""A study that is opened again goes on, or is refused because it asks something else."""

from __future__ import annotations

from collections.abc import Callable

import optuna
import pytest
from optuna.storages import InMemoryStorage

from neumf.errors import UserError
from neumf.metrics import METRICS
from studies.definition.schema import Definition
from studies.ledger import ledger as module
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.names import confirmation_of, opening_of
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    ask,
    define,
    facts_of,
    finish,
    stored,
)

DEFINITION = define(6, starting_points=STARTING_POINTS, search=NO_PRUNER)
CHANGED = [
    STARTING_POINTS[0],
    {"name": "He et al.", "configuration": {"lr": 6e-4, "dropout": 0.0}},
]
CHANGED_POINT = define(6, starting_points=CHANGED, search=NO_PRUNER)


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_resuming_does_not_repeat_the_first_configurations(kind: str) -> None:
    """A sampler seeded alike would begin with the same configurations again."""
    storage = InMemoryStorage()
    sampler = {"sampler": {"kind": kind}}
    finish(Ledger(storage, define(4, search=sampler), DATA))
    finish(Ledger(storage, define(8, search=sampler), DATA))
    assert len({trial.params["lr"] for trial in stored(storage)}) == 8
    assert not [t for t in stored(storage) if record.DUPLICATE_OF in t.user_attrs]


@pytest.mark.parametrize(
    ("definition", "fingerprint", "difference"),
    [
        (define(6, search={"seed": 1}), DATA["fingerprint"], "search.seed was 0, is 1"),
        (define(6, fixed={"epochs": 31}), DATA["fingerprint"], "fixed.epochs was 30, is 31"),
        (CHANGED_POINT, DATA["fingerprint"], "lr was 0.0005, is 0.0006"),
        (DEFINITION, "ffff", "data was ml-100k"),
    ],
)
def test_another_question_is_refused_and_nothing_is_changed(
    definition: Definition, fingerprint: str, difference: str
) -> None:
    storage = InMemoryStorage()
    dead = Ledger(storage, DEFINITION, DATA)
    ask(dead)
    before = stored(storage)
    with pytest.raises(UserError, match=difference):
        Ledger(storage, definition, {**DATA, "fingerprint": fingerprint})
    assert stored(storage) == before
    attributes = facts_of(storage)
    assert attributes[record.DEFINITION] == DEFINITION.model_dump(mode="json")
    assert attributes[record.DATA] == DATA


def test_another_objective_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of the program that maximises another metric leaves the study alone."""
    storage = InMemoryStorage()
    Ledger(storage, DEFINITION, DATA)
    monkeypatch.setattr(module, "OBJECTIVE", METRICS["HR@10"])
    with pytest.raises(UserError, match="the objective was nDCG@10, is HR@10; store it under"):
        Ledger(storage, DEFINITION, DATA)


def test_a_starting_point_comes_back_changed() -> None:
    """It was dropped from the definition in between, so only its trial knows what it was; as it
    was, it is welcome back and not tried again."""
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    finish(Ledger(storage, define(7, starting_points=STARTING_POINTS[:1], search=NO_PRUNER), DATA))
    back = define(8, starting_points=CHANGED, search=NO_PRUNER)
    with pytest.raises(UserError, match="another starting point 'He et al.': lr was 0.0005"):
        Ledger(storage, back, DATA)
    ledger = Ledger(storage, define(8, starting_points=STARTING_POINTS, search=NO_PRUNER), DATA)
    assert ask(ledger).label is None


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ((confirmation_of,), "'made/confirm' is left"),
        ((opening_of,), "'made/test' is left"),
        ((confirmation_of, opening_of), "'made/confirm' and 'made/test' are left"),
    ],
)
def test_what_is_left_of_a_deleted_study_is_named_and_not_taken_over(
    left: tuple[Callable[[str], str], ...], words: str
) -> None:
    """A dashboard deletes one study at a time. Nothing is created beside what is left; once that
    is deleted too, the study is new."""
    storage = InMemoryStorage()
    Ledger(storage, DEFINITION, DATA)
    sides = [side("made") for side in left]
    for side in sides:
        optuna.create_study(study_name=side, storage=storage)
    Ledger(storage, DEFINITION, DATA)
    optuna.delete_study(study_name="made", storage=storage)
    with pytest.raises(UserError, match=f"^{words} of a study 'made' that was deleted; delete"):
        Ledger(storage, DEFINITION, DATA)
    assert set(optuna.get_all_study_names(storage)) == set(sides)
    for side in sides:
        optuna.delete_study(study_name=side, storage=storage)
    assert Ledger(storage, DEFINITION, DATA).done == 0
