"""The table of trials."""

from __future__ import annotations

from reports.page import render
from reports.sections import trials
from reports.sections.trials import Row
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, failed, pruned, tiny
from tests.reports.reader import said


def test_table_has_every_trial_and_columns_in_the_models_order() -> None:
    """A pruned trial's score is that of its last epoch."""
    study = tiny(
        complete(0, 0.3, lr=0.001, mlp_layers=2), failed(1, "out of memory"), pruned(2, 0.4, 0.2)
    )
    content = trials.section(study).content
    assert isinstance(content, trials.Content)
    assert content.columns == ("mlp_layers", "lr")
    assert content.rows == (
        Row(0, "complete", 0.3, 2, 2, 4.0, (2, 0.001), None, None, None),
        Row(1, "failed", None, None, 0, None, (None, 0.1), None, "out of memory", None),
        Row(2, "pruned", 0.2, None, 2, 1.0, (None, 0.01), None, None, None),
    )


def test_what_a_trials_branch_does_not_search_is_blank() -> None:
    """A column for each branch's hyperparameter, next to the same one of the other branch."""
    content = trials.section(AWKWARD["branched"]).content
    assert isinstance(content, trials.Content)
    assert content.columns == ("optimizer", "adam.lr", "sgd.lr", "adam.schedule", "sgd.l2")
    assert content.rows[0].params == ("sgd", None, 0.03, None, 0.0)
    assert content.rows[3].params == ("adam", 0.001, None, "linear", None)
    assert content.rows[6].params == (None,) * 5


def test_the_page_says_which_epoch_a_score_is_of() -> None:
    page = said(render(tiny(complete(0, 0.3), pruned(1, 0.2))))
    assert "The nDCG@10 of a pruned trial is that of its last epoch" in page


def test_failed_trials_give_their_reason() -> None:
    assert "loss is not a number at epoch 1" in said(render(AWKWARD["all failed"]))
