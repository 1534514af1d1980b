"""The Markdown and the CSV of what a study found."""

from __future__ import annotations

from neumf.hyperparameters import HYPERPARAMETERS
from reports.markdown import HEAD, rows, with_section
from tests.reports.made_up import plausible


def test_a_section_takes_the_place_of_its_older_one() -> None:
    """And no other section moves or changes."""
    both = with_section(with_section(HEAD, "one", "first"), "two", "second")
    again = with_section(both, "one", "third")
    assert again == both.replace("first", "third")
    assert with_section(again, "one", "third") == again
    assert again.startswith(HEAD)


def test_every_trial_has_a_row_with_its_whole_configuration() -> None:
    study = plausible(20)
    head, *found = list(rows(study))
    assert len(found) == len(study.trials)
    assert set(HYPERPARAMETERS) <= set(head)
    for row, trial in zip(found, study.trials, strict=True):
        told = dict(zip(map(str, head), row, strict=True))
        assert (told["number"], told["state"], told["score"]) == (
            trial.number,
            trial.state,
            trial.score,
        )
        assert all(told[name] == value for name, value in trial.configuration.items())
