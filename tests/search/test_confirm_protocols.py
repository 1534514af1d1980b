"""Confirming and opening under every protocol, where runs fail, and where the notebook wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neumf.baselines.catalogue import BASELINES
from search.options import Options
from search.session import run_study
from search.summary import Outcome
from tests.search.confirmed import record, runs
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]


def all_of_it(study: StudyFolder, **options: Any) -> Outcome:
    """Two trials, and all that follows them, with one worker and two fresh seeds."""
    few: dict[str, Any] = {"trials": 2, "top": 1, "fresh_seeds": 2, "workers": 1, **options}
    return run_study(study.definition, Options(storage=study.storage, report=False, **few))


def rewrite(study: StudyFolder, *changes: tuple[str, str]) -> None:
    """Change the study's definition."""
    definition = Path(study.definition)
    text = definition.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    definition.write_text(text)


def ranks_the_catalogue(study: StudyFolder) -> None:
    rewrite(study, ("candidates = 10", 'candidates = "all"'))


def splits_by_ratio(study: StudyFolder) -> None:
    rewrite(study, ("candidates = 10", 'candidates = 10\nsplit = "ratio"'))


def has_no_times(study: StudyFolder) -> None:
    data = study.folder / "blocks.csv"
    rows = [row.rpartition(",")[0] for row in data.read_text().splitlines()]
    data.write_text("\n".join(rows) + "\n")


def comes_with_a_test(study: StudyFolder) -> None:
    """As NCF publishes it, with 7 negatives for each test item."""
    prefix = study.folder / "small"
    rows = [row.split(",") for row in (study.folder / "blocks.csv").read_text().splitlines()[1:]]
    numbered = [(int(user[1:]), int(item[1:]), int(when)) for user, item, when in rows]
    lists: dict[str, list[str]] = {"train.rating": [], "test.rating": [], "test.negative": []}
    for user in sorted({user for user, _, _ in numbered}):
        mine = [(item, when) for one, item, when in numbered if one == user]
        *train, test = mine
        lists["train.rating"] += [f"{user}\t{item}\t1\t{when}" for item, when in train]
        lists["test.rating"].append(f"{user}\t{test[0]}\t1\t{test[1]}")
        unseen = sorted(set(range(40)) - {item for item, _ in mine})[:7]
        lists["test.negative"].append("\t".join([f"({user},{test[0]})", *map(str, unseen)]))
    for name, found in lists.items():
        Path(f"{prefix}.{name}").write_text("\n".join(found) + "\n")
    rewrite(study, (str(study.folder / "blocks.csv"), str(prefix)))


WORLDS: list[tuple[Callable[[StudyFolder], None], str, list[str]]] = [
    (ranks_the_catalogue, "catalogue", ["catalogue"]),
    (splits_by_ratio, "expected", ["sampled", "expected", "catalogue"]),
    (has_no_times, "expected", ["sampled", "expected", "catalogue"]),
    (comes_with_a_test, "expected", ["sampled", "expected", "catalogue"]),
]


@pytest.mark.parametrize(
    ("change", "way", "ways"), WORLDS, ids=lambda x: getattr(x, "__name__", "")
)
def test_every_protocol_is_confirmed_and_opened(
    tmp_path: Path, change: Callable[[StudyFolder], None], way: str, ways: list[str]
) -> None:
    """In its own way of measuring, with every baseline and a model; again, nothing is done."""
    study = make_study_folder(tmp_path)
    change(study)
    outcome = all_of_it(study)
    found = record(study)
    assert found["way"] == way
    assert {model["name"] for model in found["models"]} == {"neumf", "notebook", *BASELINES}
    for model in found["models"]:
        assert list(model["estimates"]) == ways
        assert 0 < model["estimates"][way]["nDCG@10"]["mean"] <= 1
    assert outcome.model is not None
    told = outcome.study.recommended
    assert told is not None
    assert found["behaviour"]["reaches"].keys() == BASELINES.keys()
    assert all(len(user.recommended) == 10 and user.latest for user in told.users)
    before = runs(study)
    assert all_of_it(study).as_json()["test"] == outcome.as_json()["test"]
    assert (runs(study), record(study)) == (before, found)


def test_a_notebook_that_is_the_best_is_chosen(tmp_path: Path) -> None:
    """And stands in the record under both names, having been trained once."""
    study = make_study_folder(tmp_path)
    rewrite(
        study,
        ("dropout = 0.3\nlr = 1e-3", "dropout = 0.0\nlr = 0.03"),
        ("lr = { low = 1e-3, high = 1e-1,", "lr = { low = 1e-6, high = 1e-1,"),
    )
    told = all_of_it(study, trials=1).as_json()
    assert told["chosen"] == 0
    assert told["confirmed"][0]["label"] == "notebook"
    assert told["test"]["notebook"]["nDCG@10"]["mean"] == told["test"]["neumf"]["nDCG@10"]["mean"]
    assert runs(study)["blocks/test", "COMPLETE"] == 2
    assert told["model"] is not None


def test_a_configuration_that_diverges_is_told_and_not_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run of the best fails on fresh seeds: the other is chosen, and all goes on."""
    from search import confirming
    from studies.ledger.contenders import contenders

    study = make_study_folder(tmp_path)
    assert all_of_it(study, confirm=False).added == 2

    def spoilt(*arguments: Any) -> Any:
        """The best configuration with a rate under which nothing converges."""
        from dataclasses import replace

        best, *others = contenders(*arguments)
        wild = replace(best.configuration, lr=1.0, batch_size=1, init_std=10.0)
        return [replace(best, configuration=wild), *others]

    monkeypatch.setattr(confirming, "contenders", spoilt)
    told = all_of_it(study).as_json()
    assert runs(study)["blocks/confirm", "FAIL"] == 2
    assert [each["number"] for each in told["confirmed"]] == [0]
    assert told["chosen"] == 0
    assert told["test"] is not None
