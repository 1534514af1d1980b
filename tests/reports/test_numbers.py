"""What reports show is right before anything is drawn: plain tuples, compared with ==."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import metadata, numbers, overview, text
from reports.numbers import Curve, HistoryPoint, Importance, Row, Slice, SlicePoint
from reports.overview import Comparison, Pruning, Spent, Totals
from studies.results.study_result import StudyResult, TrialResult
from tests.reports.gallery import AWKWARD, EMPTY, complete, failed, plausible, pruned, shares, tiny


def test_history_keeps_the_earlier_of_two_equals() -> None:
    """A tie does not move the leader, and a pruned trial never leads."""
    study = tiny(complete(0, 0.3), pruned(1, 0.2, 0.9, 0.4), complete(2, 0.3), complete(3, 0.5))
    assert numbers.history(study) == (
        HistoryPoint(0, "complete", 0.3, 0.3, 0, None),
        HistoryPoint(1, "pruned", 0.4, 0.3, 0, None),
        HistoryPoint(2, "complete", 0.3, 0.3, 0, None),
        HistoryPoint(3, "complete", 0.5, 0.5, 3, None),
    )


def test_a_complete_trials_value_is_the_stored_one() -> None:
    """The trial says which epoch counts; a report does not decide it again."""
    study = tiny(replace(complete(0, 0.3), curve=((1, 0.2), (2, 0.3), (3, 0.31))))
    assert [point.value for point in numbers.history(study)] == [0.3]


def test_history_of_zeros_has_a_leader() -> None:
    """A best score of 0 is a score, not the lack of one."""
    assert [point.leader for point in numbers.history(AWKWARD["zero"])] == [0, 0]


def test_history_before_anything_is_complete() -> None:
    """Pruned trials alone have scores but no best."""
    assert numbers.history(AWKWARD["all pruned"]) == (
        HistoryPoint(0, "pruned", 0.2, None, None, None),
        HistoryPoint(1, "pruned", 0.15, None, None, None),
    )
    assert numbers.history(AWKWARD["all failed"]) == ()


outcomes = st.lists(
    st.one_of(
        st.builds(complete, st.just(0), st.sampled_from([0.0, 0.1, 0.25, 0.3])),
        st.builds(pruned, st.just(0), st.sampled_from([0.05, 0.4])),
        st.builds(failed, st.just(0)),
    ),
    max_size=12,
)


@given(outcomes)
def test_best_so_far_never_falls_and_ends_at_the_best(trials: list[TrialResult]) -> None:
    study = tiny(*(replace(trial, number=n) for n, trial in enumerate(trials)))
    history, best = numbers.history(study), study.best
    led = [point.best for point in history if point.best is not None]
    assert all(one <= other for one, other in pairwise(led))
    if best is not None:
        assert (history[-1].best, history[-1].leader) == (best.value, best.number)
        assert study.ranking[0] == best


def test_curves_carry_rank_and_best_epoch() -> None:
    """Ranks count complete trials only; a copy of an earlier trial is not drawn twice."""
    copy = replace(complete(3, 0.5), duplicate_of=2)
    study = tiny(complete(0, 0.3, label="notebook"), pruned(1, 0.2), complete(2, 0.5), copy)
    assert numbers.curves(study) == (
        Curve(0, "complete", (1, 2), (0.3 - 0.1, 0.3), 2, 3, "notebook"),
        Curve(1, "pruned", (1,), (0.2,), None, None, None),
        Curve(2, "complete", (1, 2), (0.4, 0.5), 2, 1, None),
    )


def test_importances_come_largest_first() -> None:
    study = replace(EMPTY, importances=shares(dropout=0.7, lr=0.2, mlp_layers=0.1))
    assert numbers.importances(study) == (
        Importance("dropout", 0.7),
        Importance("lr", 0.2),
        Importance("mlp_layers", 0.1),
    )


def test_slices_follow_importance_and_the_definitions_scale() -> None:
    study = replace(
        tiny(complete(0, 0.3, lr=0.001, batch_size=256), pruned(1, 0.2, 0.1), failed(2)),
        importances=shares(batch_size=0.9, lr=0.1),
    )
    assert numbers.slices(study) == (
        Slice("batch_size", "category", (SlicePoint(0, 256, 0.3, "complete", None),)),
        Slice(
            "lr",
            "log",
            (
                SlicePoint(0, 0.001, 0.3, "complete", None),
                SlicePoint(1, 0.01, 0.1, "pruned", None),
            ),
        ),
    )


def test_named_choices_make_a_category_without_a_definition() -> None:
    study = StudyResult("s", "", {}, {}, "nDCG@10", (complete(0, 0.3, negatives="once"),))
    assert [found.scale for found in numbers.slices(study)] == ["category"]


def test_table_has_every_trial_and_columns_in_the_models_order() -> None:
    study = tiny(complete(0, 0.3, lr=0.001, mlp_layers=2), failed(1, "out of memory"))
    assert numbers.searched(study) == ("mlp_layers", "lr")
    assert numbers.table(study) == (
        Row(0, "complete", 0.3, 2, 2, 4.0, (2, 0.001), None, None, None),
        Row(1, "failed", None, None, 0, None, (None, 0.1), None, "out of memory", None),
    )


def test_costs_leave_out_trials_without_a_time() -> None:
    study = tiny(complete(0, 0.3), replace(complete(1, 0.4), seconds=None), failed(2))
    assert [(p.number, p.x) for p in numbers.costs(study).points] == [(0, 4.0)]


def test_labelled_settings_are_compared_with_the_best() -> None:
    """One that failed or was pruned is shown, without a difference."""
    study = tiny(
        complete(0, 0.25, label="notebook"),
        replace(pruned(1, 0.2), label="He et al."),
        complete(2, 0.75),
    )
    assert overview.comparisons(study) == (
        Comparison("notebook", 0, "complete", (0.45, 0.25, None), 0.5),
        Comparison("He et al.", 1, "pruned", (None, None, None), None),
    )


def test_a_label_tried_again_counts_by_the_trial_that_completed() -> None:
    lost = replace(pruned(0, 0.2), state="interrupted", label="notebook")
    study = tiny(lost, complete(1, 0.25, label="notebook"))
    assert [(c.number, c.behind) for c in overview.comparisons(study)] == [(1, 0.0)]


def test_time_is_told_by_state_and_copies_cost_nothing() -> None:
    study = tiny(
        complete(0, 0.3), replace(complete(1, 0.3), duplicate_of=0), pruned(2, 0.2), failed(3)
    )
    assert overview.spent(study) == (
        Spent("complete", 2, 2, 4.0, 0.8),
        Spent("pruned", 1, 1, 1.0, 0.2),
        Spent("failed", 1, 0, None, None),
    )
    assert overview.totals(study) == Totals(5.0, 3, 4000.0, 0, None)


def test_busy_share_weighs_sessions_by_their_workers_time() -> None:
    sessions = (
        {"started": "2026-01-01", "seconds": 10.0, "workers": 1, "busy": 0.5},
        {"started": "2026-01-02", "seconds": 10.0, "workers": 3, "busy": 1.0},
        {"started": "2026-01-03", "seconds": 5.0, "workers": 8, "busy": None},
    )
    totals = overview.totals(replace(EMPTY, sessions=sessions))
    assert (totals.wall, totals.busy) == (25.0, 35 / 40)


def test_pruning_is_told_next_to_complete_trials() -> None:
    study = tiny(pruned(0, 0.1), pruned(1, 0.1, 0.2, 0.3), complete(2, 0.3))
    assert overview.pruning(study) == Pruning(2, 2.0, 2)
    assert overview.pruning(AWKWARD["one"]) is None


def test_interrupted_trials_do_not_count() -> None:
    study = AWKWARD["interrupted"]
    assert len(study.finished) == 1
    assert overview.since_best(study) == 0
    assert [row.state for row in overview.spent(study)] == ["complete", "interrupted", "running"]


def test_metrics_of_the_best_at_every_cutoff() -> None:
    rows = overview.metrics(complete(0, 0.25))
    assert [(row.kind, row.values) for row in rows] == [
        ("HR", (None, None, 0.45, None)),
        ("nDCG", (None, None, 0.25, None)),
        ("mAP", (None, None, None, None)),
    ]


def test_the_definition_is_told_line_by_line() -> None:
    lines = dict(metadata.definition(EMPTY))
    assert lines["protocol.candidates"] == "99"
    assert lines["search.pruner.kind"] == "median"
    assert lines["first.notebook"].startswith("predictive_factors 8, mlp_layers 3, dropout 0.3")
    assert not {"name", "description", "space.lr.low", "data.user"} & lines.keys()
    domains = {domain.name: domain.values for domain in metadata.domains(EMPTY)}
    assert domains["predictive_factors"] == "8 to 64 in steps of 8"
    assert domains["lr"] == "0.0001 to 0.01, log scale"
    assert domains["batch_size"] == "256, 512, 1024"
    assert list(domains) == list(numbers.in_order(domains))


def test_commands_quote_names_and_hide_passwords() -> None:
    study = replace(tiny(complete(0, 0.3)), name="it's; rm -rf")
    lines = [line.key for line in metadata.commands(study, "postgresql://me:secret@host/db")]
    assert lines[0] == """python -m search.run 'it'"'"'s; rm -rf' --trials 101 --storage URL"""
    assert not any("secret" in line for line in lines)
    assert (
        metadata.commands(study, "sqlite:///a b.db")[-1].key
        == "optuna-dashboard 'sqlite:///a b.db'"
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (text.score(0.42), "0.4200"),
        (text.score(float("nan")), "–"),
        (text.difference(0.0321), "+0.0321"),
        (text.difference(-0.0321), "−0.0321"),
        (text.share(0.004), "< 1 %"),
        (text.share(0.0), "0 %"),
        (text.share(None), "–"),
        (text.thousands(1234567), "1,234,567"),
        (text.large(1_230_000_000), "1.23 billion"),
        (text.large(999), "999"),
        (text.duration(59.94), "59.9 s"),
        (text.duration(59.96), "1 min 0 s"),
        (text.duration(3599.6), "1 h 0 min"),
        (text.short(3.2e-7), "3.2e-7"),
        (text.short(0.0), "0"),
        (text.short(1024), "1024"),
        (text.short(None), "–"),
        (text.moment("2026-03-14T09:26:53+00:00"), "2026-03-14 09:26"),
    ],
)
def test_numbers_as_text(given: str, told: str) -> None:
    assert given == told


def test_a_thousand_trials_are_counted_right() -> None:
    study = plausible(1000)
    assert sum(row.trials for row in overview.spent(study)) == len(study.finished) == 1000
    assert len(numbers.table(study)) == 1000
