"""Where the time went."""

from __future__ import annotations

from dataclasses import replace

from reports.page import render
from reports.sections import time
from reports.sections.time import SessionRow, Spent, Totals
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, complete, failed, plausible, pruned, tiny
from tests.reports.reader import said


def test_time_is_told_by_state_and_copies_cost_nothing() -> None:
    study = tiny(
        complete(0, 0.3), replace(complete(1, 0.3), duplicate_of=0), pruned(2, 0.2), failed(3)
    )
    assert time.spent(study) == (
        Spent("complete", 2, 2, 4.0, 0.8),
        Spent("pruned", 1, 1, 1.0, 0.2),
        Spent("failed", 1, 0, None, None),
    )
    assert time.totals(study) == Totals(5.0, 3, 4000.0, 0, None)


def test_epochs_that_a_trial_went_on_after_are_counted_once() -> None:
    """The interrupted one has them."""
    lost, whole = replace(complete(0, 0.3), state="interrupted"), complete(1, 0.4)
    again = replace(whole, resumed_epochs=1, resumed_seconds=1.5)
    study, twice = tiny(lost, again), tiny(lost, whole)
    assert time.totals(study).seconds == time.totals(twice).seconds - 1.5
    assert time.totals(study).epochs == time.totals(twice).epochs - 1
    assert [row.seconds for row in time.spent(study)] == [4.0 - 1.5, 4.0]


def test_states_that_have_begun_are_told() -> None:
    found = time.spent(AWKWARD["interrupted"])
    assert [row.state for row in found] == ["complete", "interrupted", "running"]


def test_busy_share_weighs_sessions_by_their_workers_time() -> None:
    """A killed session has no share, and perhaps no time, to be weighed."""
    sessions = (
        {"started": "2026-01-01", "seconds": 10.0, "workers": 1, "busy": 0.5},
        {"started": "2026-01-02", "seconds": 10.0, "workers": 3, "busy": 1.0},
        {"started": "2026-01-03", "seconds": 5.0, "workers": 8, "busy": None},
        {"started": "2026-01-04", "seconds": None, "workers": 8, "busy": None},
    )
    totals = time.totals(replace(EMPTY, sessions=sessions))
    assert (totals.wall, totals.busy) == (25.0, 35 / 40)


def test_sessions_are_numbered_and_a_killed_one_is_shown() -> None:
    first, _, killed = time.sessions(AWKWARD["mixed"])
    assert first == SessionRow(1, "2026-03-14T09:26:53+00:00", 60.0, 2, 0.97, 1)
    assert killed == SessionRow(3, "2026-03-14T09:26:53+00:00", None, 2, None, 1)
    page = said(render(AWKWARD["mixed"]))
    assert "3 2026-03-14 09:26 – 1 2 –" in page
    assert "2 min 0 s by the clock, workers busy 97% of the time, as far as recorded." in page
    assert "as far as recorded" not in said(render(plausible(5)))


def test_costs_leave_out_trials_without_a_time() -> None:
    study = tiny(complete(0, 0.3), replace(complete(1, 0.4), seconds=None), failed(2))
    assert [(p.number, p.x) for p in time.costs(study).points] == [(0, 4.0)]


def test_a_thousand_trials_are_counted_right() -> None:
    study = plausible(1000)
    assert sum(row.trials for row in time.spent(study)) == len(study.finished) == 1000
