"""The closing summary: what its lines say of a session, and whether they can be pasted."""

from __future__ import annotations

import shlex

import pytest

from search.execution import RunStatistics
from search.summary import Outcome
from studies.results.study_result import StudyResult


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
