"""A study with branches while it runs: what it tries, what it repeats, and what a death leaves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from studies.definition.schema import Definition
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.database import open_storage
from studies.storage.facts import of_trial
from tests.budget import examples
from tests.studies.synthetic import (
    BRANCHED,
    DATA,
    NO_PRUNER,
    ask,
    counted,
    define,
    finish,
    read,
    results,
    stored,
    train,
)

POOLS: tuple[dict[str, Any], ...] = (
    {
        "lr": {"low": 1e-3, "high": 1e-1, "log": True},
        "l2": {"low": 0.0, "high": 0.01},
        "weight_decay": {"low": 0.0, "high": 1e-4},
        "init_std": {"choices": [0.01, 0.1]},
    },
    {
        "gmf_output": {"choices": ["learnt", "auto"]},
        "predictive_factors": {"low": 4, "high": 16, "step": 2},
        "gmf_factors": {"low": 0, "high": 16},
        "negatives": {"choices": ["once", "every-epoch"]},
    },
)
"""What the branches of two parents are made of: nothing is given twice."""

PARENTS: tuple[dict[str, Any], ...] = (
    {"optimizer": {"choices": ["adam", "sgd"]}, "batch_size": {"choices": [64, 128, 256]}},
    {"mlp_layers": {"low": 0, "high": 3}, "schedule": {"choices": ["linear", "constant"]}},
)


def values(entry: dict[str, Any]) -> list[Any]:
    return list(entry.get("choices") or range(entry["low"], entry["high"] + 1))


@st.composite
def branched(draw: st.DrawFn) -> dict[str, Any]:
    """Tables of a definition with branches: one or two parents, each with branches of its own."""
    space: dict[str, Any] = {"dropout": {"low": 0.0, "high": 0.5}}
    branches: list[dict[str, Any]] = []
    for parents, pool in zip(PARENTS, POOLS, strict=True):
        parent = draw(st.sampled_from(list(parents)))
        space[parent] = parents[parent]
        possible = values(parents[parent])
        cut = draw(st.integers(1, len(possible) - 1))
        for part in (possible[:cut], possible[cut:]):
            names = draw(st.lists(st.sampled_from(list(pool)), unique=True, max_size=4))
            searched = draw(st.integers(0, len(names)))
            if names:
                fixed = {
                    n: pool[n].get("low", pool[n].get("choices", [0])[0]) for n in names[searched:]
                }
                branches.append(
                    {
                        "name": f"b{len(branches)}",
                        "when": {parent: part if len(part) > 1 else part[0]},
                        "space": {n: pool[n] for n in names[:searched]},
                        "fixed": fixed,
                    }
                )
    width = draw(st.sampled_from([None, 4, 16]))
    return {"space": space, "branches": branches, "limits": {"mlp_width": width}}


def expected(tables: dict[str, Any], trial: FrozenTrial) -> tuple[set[str], dict[str, Any]]:
    """A trial's names and what it does not leave to defaults, read off the tables."""
    names, fixed = set(tables["space"]), dict[str, Any]()
    for branch in tables["branches"]:
        ((parent, wanted),) = branch["when"].items()
        if trial.params[parent] in (wanted if isinstance(wanted, list) else [wanted]):
            names |= {f"{branch['name']}.{name}" for name in branch["space"]}
            fixed |= branch["fixed"]
    return names, fixed | {name.split(".")[-1]: v for name, v in trial.params.items()}


def curve(configuration: Configuration) -> list[float]:
    """Anything that differs, so that a sampler has something to learn."""
    return [0.3 - 0.1 * configuration.dropout - configuration.lr, 0.2 + 0.01 * configuration.epochs]


@settings(max_examples=examples(40), deadline=None)
@given(branched(), st.sampled_from(["tpe", "random"]), st.integers(0, 8), st.integers(0, 4))
def test_every_configuration_is_legal_and_has_exactly_its_branches(
    tables: dict[str, Any], kind: str, finished: int, running: int
) -> None:
    """Within the limits, before and after a coordinator dies in the middle, which loses nothing."""
    search = {**NO_PRUNER, "sampler": {"kind": kind, "startup_trials": 3}}
    try:
        definition = define(14, **tables, search=search)
    except UserError:
        reject()
    storage = InMemoryStorage()
    dead = Ledger(storage, definition, DATA)
    for _ in range(finished):
        train(dead, ask(dead), curve)
    left = [ask(dead).configuration for _ in range(running)]
    ledger = Ledger(storage, definition, DATA)
    again = [ask(ledger) for _ in left]
    assert [job.configuration for job in again] == left
    for job in again:
        train(ledger, job, curve)
    finish(ledger, curve)
    assert len(counted(storage)) == 14
    for trial in stored(storage):
        names, known = expected(tables, trial)
        assert trial.params.keys() == names
        assert definition.fits(trial.params)
        defaults = {name: h.default for name, h in HYPERPARAMETERS.items()}
        whole = definition.configuration(trial.params).asdict()  # raises if it is not legal
        assert whole == of_trial(trial).get(record.CONFIGURATION, whole) == defaults | known


def test_the_samplers_learn_on_which_branch_to_look() -> None:
    """Where one branch is better, TPE ends there; and nearer its best rate than it began."""

    def peak(h: Configuration) -> list[float]:
        return [0.4 - 8 * abs(h.lr - 0.02) if h.optimizer == "sgd" else 0.1 + h.lr]

    storage = InMemoryStorage()
    finish(Ledger(storage, branched_study(40), DATA), peak)
    trials = [t.params for t in stored(storage, "mine")]
    assert Counter(p["optimizer"] for p in trials[-10:])["sgd"] >= 7
    rates = [abs(p["sgd.lr"] - 0.02) for p in trials if "sgd.lr" in p]
    assert sum(rates[-5:]) < sum(rates[:5])


def branched_study(trials: int, text: str = BRANCHED) -> Definition:
    text = text.replace("trials = 10", f"trials = {trials}\npruner = {{ kind = 'none' }}")
    return read(text)


def test_the_same_seed_gives_the_same_study() -> None:
    """Of a study with branches too, beyond the sampler's start-up."""
    one, same = InMemoryStorage(), InMemoryStorage()
    for storage in (one, same):
        finish(Ledger(storage, branched_study(25), DATA), curve)
    params = [[trial.params for trial in stored(storage, "mine")] for storage in (one, same)]
    assert params[0] == params[1]


def test_a_starting_point_is_tried_first_and_stays_what_it_was() -> None:
    """Under its name, on its branch; in the definition again it is not tried again, and changed it
    is refused."""
    storage = InMemoryStorage()
    finish(Ledger(storage, branched_study(3), DATA), curve)
    first = stored(storage, "mine")[0]
    assert first.user_attrs[record.LABEL] == "GMF"
    assert first.params == {
        "optimizer": "sgd",
        "predictive_factors": 64,
        "sgd.lr": 0.03,
        "sgd.l2": 0.008,
    }
    assert ask(Ledger(storage, branched_study(4), DATA)).label is None
    changed = branched_study(4, BRANCHED.replace("lr = 0.03", "lr = 0.04"))
    with pytest.raises(UserError, match="another starting point 'GMF': sgd.lr was 0.03, is 0.04"):
        Ledger(storage, changed, DATA)


def test_a_starting_point_tried_twice_is_trained_once() -> None:
    """A second name for it gets the first one's result."""
    twin = BRANCHED[BRANCHED.index("[[starting_points]]") : BRANCHED.index("[search]")]
    text = BRANCHED.replace("[search]", twin.replace("GMF", "twin") + "[search]")
    storage = InMemoryStorage()
    finish(Ledger(storage, read(text.replace("trials = 10", "trials = 3")), DATA), curve)
    one, two, _ = stored(storage, "mine")
    assert two.user_attrs[record.LABEL] == "twin"
    assert two.user_attrs[record.DUPLICATE_OF] == one.number


def test_killed_before_a_branch_was_read(tmp_path: Path) -> None:
    """On the real database, between a trial's common values and its branch's: what was queued is
    tried again, what was not is no configuration yet, and the total is reached all the same."""
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    definition = branched_study(4)
    dead = Ledger(open_storage(url, owner=True), definition, DATA)
    queued = dead._study.ask(definition.distributions)
    drawn = dead._study.ask(definition.distributions)
    assert len(queued.params) == len(drawn.params) == 2
    storage = open_storage(url, owner=True)
    ledger = Ledger(storage, definition, DATA)
    job = ask(ledger)
    assert (job.label, job.configuration.lr) == ("GMF", 0.03)
    train(ledger, job, curve)
    finish(ledger, curve)
    trials = stored(storage, "mine")
    assert Counter(t.state for t in trials) == {TrialState.FAIL: 2, TrialState.COMPLETE: 4}
    assert [t.user_attrs.get(record.RETRY_OF) for t in trials[2:]] == [0, None, None, None]


def test_a_crash_repeats_the_configuration_on_its_branch() -> None:
    storage = InMemoryStorage()
    ledger = Ledger(storage, branched_study(2), DATA)
    first = ask(ledger)
    ledger.record(first.number, results([0.1])[0])
    ledger.crash(first.number, "killed")
    assert ask(ledger).configuration == first.configuration
