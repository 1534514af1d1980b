"""The table of trials."""

from __future__ import annotations

import csv
import io
import tomllib
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from neumf.metrics import METRICS
from reports.page import render
from reports.sections import trials
from reports.sections.trials import HIGH, POINTS, WIDE, Content
from reports.spreadsheet import as_csv, as_link
from reports.toml import starting_point
from studies.results.study_result import StudyResult, TrialResult
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.made_up import EMPTY, complete, failed, plausible, pruned, tiny
from tests.reports.reader import Reader, said


def test_table_has_every_trial_and_columns_in_the_models_order() -> None:
    """A pruned trial's score is that of its last epoch."""
    study = tiny(
        complete(0, 0.3, lr=0.001, mlp_layers=2), failed(1, "out of memory"), pruned(2, 0.4, 0.2)
    )
    content = trials.section(study, None).content
    assert isinstance(content, trials.Content)
    assert content.columns == ("mlp_layers", "lr")
    assert tuple(row[:10] for row in content.rows) == (
        (0, "complete", 0.3, 2, 2, 4.0, (2, 0.001), None, None, None),
        (1, "failed", None, None, 0, None, (None, 0.1), None, "out of memory", None),
        (2, "pruned", 0.2, None, 2, 1.0, (None, 0.01), None, None, None),
    )


def test_what_a_trials_branch_does_not_search_is_blank() -> None:
    """A column for each branch's hyperparameter, next to the same one of the other branch."""
    content = trials.section(AWKWARD["branched"], None).content
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


def content(study: StudyResult) -> Content:
    found = trials.section(study, "sqlite:///a b.db").content
    assert isinstance(found, Content)
    return found


def test_the_replay_command_is_that_of_this_study_and_storage() -> None:
    line = content(tiny(complete(0, 0.3))).replay
    assert line == "python -m search.replay ml-100k --trial {trial} --storage 'sqlite:///a b.db'"


def test_only_what_has_an_epoch_can_be_replayed() -> None:
    rows = content(AWKWARD["interrupted"]).rows
    assert [row.can_replay for row in rows] == [True, True, False, False]
    assert [row.can_replay for row in content(AWKWARD["all failed"]).rows] == [False, False]


def test_a_repeated_trials_curve_is_that_of_the_trial_it_repeats() -> None:
    """Which is the one that the figure draws."""
    again = TrialResult(1, "complete", {"lr": 0.1}, value=0.3, curve=((1, 0.3),), duplicate_of=0)
    found = Reader(render(tiny(complete(0, 0.3), again)))
    assert [a["data-curve"] for _, a in found.elements if "data-curve" in a] == ["0", "0"]


def test_small_curves_stay_in_their_cell_on_one_scale() -> None:
    study = plausible(60)
    for row, trial in zip(content(study).rows, study.trials, strict=True):
        points = [tuple(map(float, point.split(","))) for point in row.curve.split()]
        assert bool(points) == bool(trial.curve)
        assert len(points) <= POINTS + 1
        assert all(0 <= x <= WIDE and 0 <= y <= HIGH for x, y in points)
    every = [v for t in study.trials for _, v in t.curve]
    top = next(t.number for t in study.trials if max(every) in dict(t.curve).values())
    assert f",{1.0}" in content(study).rows[top].curve


def test_curves_of_one_value_or_of_none_have_no_scale_to_fail_by() -> None:
    assert content(AWKWARD["zero"]).rows[0].curve
    assert content(AWKWARD["not a number"]).rows[1].curve


def test_the_csv_has_every_trial_to_the_last_digit() -> None:
    study = plausible(30)
    header, *_ = csv.reader(io.StringIO(as_csv(study)))
    assert len(header) == len(set(header))
    rows = list(csv.DictReader(io.StringIO(as_csv(study))))
    assert len(rows) == 30
    for row, trial in zip(rows, study.trials, strict=True):
        assert int(row["number"]) == trial.number
        assert row["value"] == ("" if trial.value is None else repr(trial.value))
        assert row["lr"] == repr(trial.params["lr"])
        assert row["epochs_trained"] == str(trial.epochs)
        assert row["epochs"] == "30"
        assert all(row[name] == repr(trial.metrics[name]) for name in METRICS)


def test_the_csv_is_in_the_page_and_needs_no_script() -> None:
    study = tiny(complete(0, 0.3, label="Übung"))
    found = Reader(render(study))
    (link,) = [a for _, a in found.elements if "download" in a]
    assert link["download"] == "ml-100k.csv"
    assert link["href"] == as_link(study)
    text = b64decode((link["href"] or "").split(",", 1)[1]).decode("utf-8-sig")
    assert text == as_csv(study)
    assert "Übung" in text
    assert content(EMPTY).csv == ""


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    """A label or a reason can hold anything. Numbers keep their minus sign."""
    study = tiny(
        complete(0, 0.3, label="=1+1", alpha=-1.0), failed(1, "@SUM(A1)"), failed(2, HOSTILE)
    )
    rows = list(csv.DictReader(io.StringIO(as_csv(study))))
    assert (rows[0]["label"], rows[0]["alpha"], rows[1]["reason"]) == ("'=1+1", "-1.0", "'@SUM(A1)")
    assert rows[2]["reason"] == HOSTILE


@given(
    st.text(st.characters(codec="utf-8")),
    st.dictionaries(
        st.sampled_from(["lr", "sgd.l2", "join.alpha", "negatives", "batch_size"]),
        st.integers(-(2**62), 2**62) | st.floats() | st.text(st.characters(codec="utf-8")),
    ),
)
def test_a_configuration_copied_as_toml_reads_back(
    name: str, params: dict[str, int | float | str]
) -> None:
    """Branches' names are left out, as a starting point wants it."""
    (point,) = tomllib.loads(starting_point(name, params))["starting_points"]
    wanted = {param.split(".")[-1]: value for param, value in params.items()}
    assert point["name"] == name
    assert repr(point["configuration"]) == repr(wanted)
