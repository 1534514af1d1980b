"""The closing summary: what its lines say of a session, and whether they can be pasted."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.hyperparameters import Configuration
from search.execution import RunStatistics
from search.lines import prose
from search.summary import Outcome
from studies.results.study_result import StudyResult, TrialResult
from tests.search.opened import confirmed, opened
from tests.studies.test_twin_comparison import CHOSEN, complete, study_of

MODEL = "studies/neumf-models/ml-100k"


def outcome(name: str = "mine", storage: str = "sqlite:///a.db", *, workers: int = 1) -> Outcome:
    study = StudyResult(name, "", {}, {}, "nDCG@10", trials=())
    return Outcome(study, storage, added=0, statistics=RunStatistics(0.2, workers))


@pytest.mark.parametrize("name", ["mine", "my study", "it's", "two\nlines", "$(ls)", "-x"])
def test_the_dashboards_commands_can_be_pasted(name: str) -> None:
    """Whatever study and file are called; a name is not taken for a flag."""
    storage = "sqlite:///my results.db"
    text = "\n".join(outcome(name, storage).lines())
    command, other = text.partition("dashboard  ")[2].split("\n           or ")
    *words, last = shlex.split(command)
    assert words[:5] == ["python", "-m", "search.dashboard", "--storage", storage]
    assert words[5:] == (["--"] if name == "-x" else [])
    assert last == name
    assert shlex.split(other) == ["optuna-dashboard", storage]


def test_a_session_that_ran_out_of_time_is_not_told_to_raise_its_total() -> None:
    """Only where there was nothing to do is there nothing to add."""
    assert "nothing to add" not in outcome(workers=1).lines()[1]
    assert outcome(workers=1).lines()[1].endswith(", 0 added now")
    assert "nothing to add: raise --trials" in outcome(workers=0).lines()[1]


def halves(study: StudyResult, *, wanted: bool = True) -> list[str]:
    """What the summary says of the best trial's halves."""
    told = Outcome(study, "sqlite:///a.db", 0, RunStatistics(), twins_wanted=wanted).lines()
    start = [n for n, line in enumerate(told) if line.startswith("halves")]
    if not start:
        return []
    more = told[start[0] + 1 :]
    end = next(n for n, line in enumerate(more) if not line.startswith(" "))
    return [line[11:] for line in (told[start[0]], *more[:end])]


def test_what_each_half_does_is_told_with_its_interval() -> None:
    """Means beside what the search had, so that its optimism is seen; then each half's part."""
    study = study_of([0.42, 0.43, 0.42], [0.42, 0.4285, 0.4212], [0.38, 0.4, 0.39])
    expected = [
        "NeuMF      0.4233, mean of 3 fresh seeds, sd 0.0058; the search had 0.5000",
        "GMF alone  0.4232, mean of 3 fresh seeds, sd 0.0046",
        "MLP alone  0.3900, mean of 3 fresh seeds, sd 0.0100",
        "the MLP adds +0.0001 [-0.0033, +0.0035], which 3 seeds cannot tell from nothing",
        "the GMF half adds +0.0333 [+0.0190, +0.0477]",
        "(nDCG@10 on validation, best epoch, a joined GMF's last; 95% intervals over seeds)",
    ]
    assert halves(study) == halves(study, wanted=False) == expected
    found = Outcome(study, "sqlite:///a.db", 0, RunStatistics()).as_json()["twins"]
    assert found["models"]["MLP alone"]["lacks"]["verdict"] == "adds"


def test_one_seed_has_no_interval() -> None:
    """And a half that takes away, or failed, or was not reached, is told as well."""
    told = halves(study_of([0.4], [0.43], []))
    assert told[:5] == [
        "NeuMF      0.4000, mean of 1 fresh seed; the search had 0.5000",
        "GMF alone  0.4300, mean of 1 fresh seed",
        "MLP alone  not trained yet",
        "the MLP adds -0.0300, which one seed cannot tell from nothing",
        "what the GMF half adds is unknown: no seed has both values",
    ]
    told = halves(study_of([0.4, 0.41], [0.43, 0.44], [None, 0.2]))
    assert told[2:4] == [
        "MLP alone  0.2000, mean of 1 fresh seed, 1 failed: loss nan in epoch 1",
        "the MLP adds -0.0300 [-0.0300, -0.0300]: it takes away",
    ]


@pytest.mark.parametrize(
    ("chosen", "model"),
    [
        (Configuration(mlp_layers=0), "GMF alone"),
        (Configuration(gmf_factors=0), "MLP alone"),
    ],
)
def test_half_a_model_has_nothing_to_compare(chosen: Configuration, model: str) -> None:
    """Said where it was asked for only."""
    study = study_of(chosen=chosen)
    (told,) = halves(study)
    assert told == f"the best trial is {model}: it has no other half to compare with"
    assert halves(study, wanted=False) == []


def test_a_new_best_trial_has_no_twins_yet() -> None:
    """Those of an earlier best are not told as if they were its own."""
    study = study_of([0.4], [0.3], [0.2])
    other = complete(replace(CHOSEN, lr=0.02), 0.6)
    (told,) = halves(replace(study, trials=(other,)), wanted=False)
    assert told == "the best trial, 3, has not been trained with fresh seeds yet: run with --twins"
    nothing = replace(study, trials=(TrialResult(0, "failed", {}),))
    assert halves(nothing) == []
    assert Outcome(nothing, "", 0, RunStatistics()).as_json()["twins"] is None


def outlook_of(stop: str, total: int, trials: int = 40) -> Outcome:
    """A study whose trials are all alike, with curves that jump."""
    curve = tuple((n, 0.4 + 0.01 * (-1) ** n) for n in range(1, 21))
    made = tuple(TrialResult(n, "complete", {}, 0.41, curve=curve) for n in range(trials))
    definition = {"search": {"stop": stop, "trials": total}}
    study = StudyResult("mine", "", definition, {}, "nDCG@10", made)
    return Outcome(study, "sqlite:///a.db", 0, RunStatistics())


def test_what_more_trials_would_bring_is_told() -> None:
    """With the seeds' noise and how that is known; nothing while too few trials are complete."""
    told = "\n".join(outlook_of("trials", 40).lines())
    assert "another 50 trials may be expected to bring +0.0000, 0.0000 of it luck" in told
    assert ", guessed from the jitter between late epochs)" in told
    assert "settled" not in told
    found = outlook_of("trials", 40).as_json()["outlook"]
    assert found.keys() == {"trials", "gain", "luck", "noise", "noise_basis", "settled"}
    assert found["settled"] is True
    assert outlook_of("trials", 40, 5).as_json()["outlook"] is None
    assert not any(line.startswith("outlook") for line in outlook_of("trials", 40, 5).lines())


@pytest.mark.parametrize(
    ("stop", "total", "settled"),
    [("settled", 100, True), ("settled", 40, False), ("trials", 100, False)],
)
def test_a_search_that_stopped_for_it_says_so(stop: str, total: int, settled: bool) -> None:
    """And is not told to raise its total, which would change nothing."""
    told = "\n".join(outlook_of(stop, total).lines())
    assert ("the search is settled: going on" in told) == settled
    assert ("nothing to add: the search is settled" in told) == settled
    assert ("nothing to add: raise --trials" in told) != settled


def summary(study: StudyResult) -> list[str]:
    statistics = RunStatistics(3600.0, 8, 0.97)
    report = "reports/html/ml-100k.html"
    storage = "sqlite:///studies/neumf.db"
    return Outcome(study, storage, 100, statistics, report=report, model=MODEL).lines()


@pytest.mark.parametrize("study", [opened(), confirmed()], ids=["opened", "sealed"])
def test_a_summary_fits_one_screen(study: StudyResult) -> None:
    """Of 35 lines, and no line wraps on 120 columns; all columns are aligned."""
    lines = summary(study)
    assert len(lines) <= 35, "\n".join(lines)
    assert max(map(len, lines)) <= 120
    assert lines[2].startswith("answer     ")
    assert all(len(line) <= 100 for line in lines[2 : lines.index("model      " + MODEL)])
    for title, name in (("test", "lead of NeuMF"), ("confirmed", "behind the first by")):
        start = next((n for n, line in enumerate(lines) if line.startswith(title)), None)
        if start is None:
            assert title == "test"
            assert study.opening is None
            continue
        at = lines[start].index(name)
        table = [line for line in lines[start + 1 :] if line.startswith(" ")]
        assert table[1][at - 1 : at + 2] in (" +0", " -0"), table


def test_the_table_says_who_is_chosen() -> None:
    """And why, where it is not the first; one that is behind says by how much."""
    study = confirmed()
    lines = summary(study)
    start = next(n for n, line in enumerate(lines) if line.startswith("confirmed"))
    verdicts = [line.split()[-1] for line in lines[start + 1 :]]
    assert verdicts.count("chosen") == verdicts.count("first") == 1
    assert {"level", "behind"} <= set(verdicts)
    assert "the smallest that is level" in "\n".join(lines)


def test_a_failed_run_is_told_beneath_the_table() -> None:
    """With its reason, so that the table stays a table."""
    study = confirmed()
    assert study.confirmed is not None
    first, *others = study.confirmed.runs
    failed = replace(first, measurement=None, reason="loss nan in epoch 1")
    runs = replace(study.confirmed, runs=(failed, *others))
    told = "\n".join(summary(replace(study, confirmed=runs)))
    assert f"1 run of trial {first.of_trial} failed: loss nan in epoch 1" in told


@given(st.lists(st.text(alphabet="ab 0.-", max_size=60), max_size=4))
def test_prose_keeps_every_word(sentences: list[str]) -> None:
    """In lines that fit beside the margin."""
    lines = prose(*sentences)
    assert " ".join(lines).split() == " ".join(sentences).split()
    assert all(len(line) <= 89 for line in lines)
