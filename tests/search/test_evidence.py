"""What a summary says of confirming and opening, for a person and for a program."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from neumf.baselines.catalogue import BASELINES
from search import evidence
from search.execution import RunStatistics
from search.summary import Outcome
from studies.results.confirmation import confirm
from studies.results.study_result import StudyResult
from tests.studies.measured_worlds import (
    SAMPLED,
    VARIED,
    alike,
    baseline,
    jittered,
    measured,
    neumf,
    opening,
    plan,
    study,
)

SEEDS = [jittered(VARIED, n) for n in range(5)]
WORLD = {1: SEEDS, 0: [ranks + 2 for ranks in SEEDS]}
CONFIRMED = study(measured(WORLD, sizes=SAMPLED), {0: "notebook"})
TUNED = replace(
    CONFIRMED, baselines=tuple(baseline(name, VARIED + 3, SAMPLED) for name in BASELINES)
)
TESTED = {
    "notebook": neumf([alike(40)] * 5, "notebook", SAMPLED),
    **{name: neumf([VARIED + 4], each.label, SAMPLED) for name, each in BASELINES.items()},
}
RECORD = opening(neumf(SEEDS, sizes=SAMPLED), TESTED)
OPENED = replace(TUNED, opening=RECORD, opening_plan=plan(sizes=SAMPLED))


def lines(one: StudyResult) -> list[str]:
    return Outcome(one, "sqlite:///a.db", 0, RunStatistics()).lines()


def answer(study: StudyResult) -> str:
    """The first line, which may be wrapped; empty if there is none."""
    told = evidence.answer(study, confirm(study))
    return " ".join(" ".join(told).split())


def test_json_has_what_programs_ask_for() -> None:
    """The names are a contract; every metric of every model with its interval."""
    told = json.loads(json.dumps(Outcome(OPENED, "", 0, RunStatistics()).as_json()))
    keys = ("number", "label", "mean", "low", "high", "seeds")
    assert [[each[key] is not None for key in keys] for each in told["confirmed"]] == [
        [True, False, True, True, True, True],
        [True, True, True, True, True, True],
    ]
    assert told["chosen"] == 1
    assert list(told["test"]) == ["neumf", "notebook", *BASELINES]
    assert set(told["test"]) == {"neumf", "notebook", "popularity", "itemknn", "ease", "ials"}
    for model in told["test"].values():
        for kind in ("HR", "nDCG", "mAP"):
            for cutoff in (1, 5, 10, 20):
                for way in ("", "expected ", "catalogue "):
                    one = model[f"{way}{kind}@{cutoff}"]
                    assert one["low"] <= one["mean"] <= one["high"]
    assert told["verdict"] == "ahead"
    assert list(told["baselines"]) == list(BASELINES)
    assert told["baselines"]["ease"]["hyperparameters"] == {"l2": 300.0}
    assert (told["extended"], told["measured"]) == (0, "expected")
    assert told["opened"] == "2026-01-02T03:04:05+00:00"


def test_a_study_that_was_not_confirmed_has_nothing_to_tell() -> None:
    told = Outcome(study(), "", 0, RunStatistics()).as_json()
    assert (told["confirmed"], told["baselines"]) == ([], {})
    for key in ("chosen", "test", "verdict", "opened"):
        assert told[key] is None
    assert answer(study()) == ""


def test_an_opening_that_was_begun_is_told() -> None:
    """The test split is sealed no more, and its trial is the chosen one, whatever was confirmed
    since."""
    begun = replace(TUNED, opening_plan=plan(0, SAMPLED))
    assert "being opened for trial 0, which is chosen: run the same command again" in answer(begun)
    told = Outcome(begun, "", 0, RunStatistics()).as_json()
    assert (told["chosen"], told["test"]) == (0, None)
    assert any("0 (notebook)" in line and line.endswith("chosen") for line in lines(begun))


def test_the_first_line_is_what_can_be_believed() -> None:
    """The test's sentence once it is opened; before, the choice; before that, what is missing."""
    assert "on test, opened once, the chosen NeuMF (trial 1)" in answer(OPENED)
    assert "trial 1 is chosen: over 5 fresh seeds, nDCG@10 is" in answer(TUNED)
    assert answer(TUNED).endswith("the test split is sealed")
    missing = study(measured(WORLD, sizes=SAMPLED, seeds=6))
    assert "confirming has not ended: 10 of 12 runs" in answer(missing)
    assert answer(missing).endswith("is sealed: run the same command again")
    begun = answer(study(measured({0: [], 1: []}, seeds=5)))
    assert "confirming has not ended: 0 of 10 runs" in begun


@pytest.mark.parametrize("world", [{0: ["nan"] * 5}, {0: [*SEEDS[:4], "nan"], 1: ["nan"] * 5}])
def test_where_none_can_be_chosen_nobody_is_sent_round_in_circles(world: dict[int, Any]) -> None:
    """All runs are done: the same command again would change nothing."""
    told = answer(study(measured(world)))
    assert "nothing is chosen: each of the leading configurations failed with one of the" in told
    assert "again" not in told


def test_optimism_and_levelness_are_told() -> None:
    """What the search had stands beside what came of it; the notebook is behind."""
    text = "\n".join(lines(TUNED))
    (best,) = (line for line in lines(TUNED) if line.endswith("chosen"))
    assert re.search(r" 1 .* 0\.4900  0\.\d{4} ", best)
    (second,) = (line for line in lines(TUNED) if "0 (notebook)" in line)
    assert re.search(r" \+0\.\d{4} \[\+.* behind$", second)
    assert re.search(r"baselines .*lead of NeuMF", text)
    level = study(measured({0: SEEDS, 1: SEEDS}, {0: 9, 1: 5}))
    assert "chosen: the smallest that is level" in " ".join(lines(level))


def test_failed_seeds_are_told_with_their_reason() -> None:
    world: dict[int, Any] = {1: SEEDS, 0: [*SEEDS[:4], "loss nan in epoch 2"]}
    text = "\n".join(lines(study(measured(world))))
    assert "1 run of trial 0 failed: loss nan in epoch 2" in text


def test_an_extended_study_says_so() -> None:
    more = replace(OPENED, opening_plan=plan(sizes=SAMPLED, trials=7))
    assert any("3 trials were added after it was opened" in line for line in lines(more))
    one = replace(OPENED, opening_plan=plan(sizes=SAMPLED, trials=9))
    assert any("1 trial was added after it was opened" in line for line in lines(one))
    assert Outcome(more, "", 0, RunStatistics()).as_json()["extended"] == 3
    assert not any("were added after" in line for line in lines(OPENED))


def test_a_refused_baseline_says_why() -> None:
    refused = replace(
        baseline("ease", VARIED), refusal="would take 5.7 GB", model=neumf([], "EASE^R")
    )
    text = "\n".join(lines(replace(CONFIRMED, baselines=(refused,))))
    assert "EASE would take 5.7 GB" in text
    told = Outcome(replace(CONFIRMED, baselines=(refused,)), "", 0, RunStatistics()).as_json()
    assert told["baselines"]["ease"]["refusal"] == "would take 5.7 GB"
    assert told["baselines"]["ease"]["validation"] == {}
