"""Every trial as CSV, inside the page: a link that works offline and without JavaScript."""

from __future__ import annotations

import csv
import io
from base64 import b64encode

from reports.configurations import in_order
from studies.results.study_result import StudyResult, TrialResult

FACTS = (
    "number",
    "state",
    "score",
    "value",
    "best_epoch",
    "epochs",
    "seconds",
    "samples_per_second",
    "parameters",
    "seed",
    "engine",
    "label",
    "reason",
    "duplicate_of",
    "session",
    "worker",
    "started",
    "finished",
)
"""Of every trial, before its metrics and its configuration."""

RENAMED = {"epochs": "epochs_trained"}
"""Facts whose name a hyperparameter has too."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula."""


def as_csv(study: StudyResult) -> str:
    """A line for each trial, numbers to the last digit; what is not known is empty."""
    metrics = list(dict.fromkeys(name for trial in study.trials for name in trial.metrics))
    names = in_order(name for trial in study.trials for name in _values(trial))
    facts = [RENAMED.get(fact, fact) for fact in FACTS]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow([_cell(name) for name in (*facts, *metrics, *names)])
    for trial in study.trials:
        values = _values(trial)
        row = [getattr(trial, fact) for fact in FACTS]
        row += [trial.metrics.get(name) for name in metrics]
        row += [values.get(name) for name in names]
        table.writerow([_cell(value) for value in row])
    return written.getvalue()


def as_link(study: StudyResult) -> str:
    """The CSV as an address; with a byte order mark, by which spreadsheets know UTF-8."""
    encoded = b64encode(("\ufeff" + as_csv(study)).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{encoded}"


def _values(trial: TrialResult) -> dict[str, object]:
    return {**trial.configuration, **trial.params}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value) if isinstance(value, float) else str(value)
