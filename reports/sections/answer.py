"""The answer: what was found, in a sentence, a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from neumf.declaration import Value
from neumf.evaluation.measurement import IN_WORDS
from reports import toml
from reports.commands import Command, confirm
from reports.configurations import help_of, in_order
from reports.figures.intervals import Series, draw_intervals
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREY, ORANGE
from reports.sections.section import Section
from studies.definition.param_names import hyperparameter_of
from studies.results import confirmation as confirming
from studies.results.answer import INTERVAL, Answer, answer
from studies.results.intervals import Estimate
from studies.results.opening import Verdict, verdict_of
from studies.results.standings import Standing, Standings, standings
from studies.results.study_result import StudyResult, TrialResult

VALIDATION = {"color": GREY, "size": 9, "symbol": "circle-open", "line": {"width": 2}}
TEST = {"color": BLUE, "size": 10}
CHOSEN = {"color": ORANGE, "size": 13, "symbol": "diamond"}

STANDS: dict[Verdict, str] = {
    "ahead": "ahead",
    "behind": "behind",
    "level": "cannot be told apart",
}
"""How the chosen NeuMF stands to another model, in a column."""


class Shown(NamedTuple):
    """A configuration: its trial, what is searched of it, and the rest."""

    trial: int
    title: str
    searched: tuple[tuple[str, str, Value], ...]  # name, help, value
    rest: tuple[tuple[str, str, Value], ...]
    toml: str


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    answer: Answer
    standings: Standings | None
    stands: tuple[str, ...]  # of each row, a word
    way: str
    interval: str
    extent: Plot
    shown: Shown | None
    todo: Command | None
    mixtures: tuple[str, ...]


def section(study: StudyResult, storage: str | None) -> Section:
    confirmation = confirming.confirm(study)
    found = standings(study, confirmation)
    told = answer(study, confirmation, found)
    label = f"mean {study.objective} of each model with its {INTERVAL}"
    figure = None if found is None else draw(found, study.objective)
    content = Content(
        study.objective,
        told,
        found,
        () if found is None else tuple(_stands(row) for row in found.rows),
        "" if found is None else IN_WORDS[found.way],
        INTERVAL,
        plot("answer-plot", label, figure),
        shown(study, confirmation),
        None if study.opening or study.best is None else confirm(study, storage),
        study.mixtures,
    )
    return Section("answer", "Answer", "The answer", content)


def shown(study: StudyResult, confirmation: confirming.Confirmation | None) -> Shown | None:
    """The chosen configuration, or while none is chosen the best trial's."""
    chosen = None if confirmation is None else confirmation.chosen
    trained: Mapping[str, Value] = {}
    if study.opening is not None:
        trial, title = study.trial(study.opening.chosen), "Chosen configuration"
        trained = study.opening.configuration
    elif chosen is not None:
        trial, title = chosen.trial, "Chosen configuration"
    elif study.best is not None:
        trial, title = study.best, "The best trial's configuration"
    else:
        return None
    return _shown(trial, title, trained)


def _shown(trial: TrialResult, title: str, trained: Mapping[str, Value]) -> Shown:
    """``trained`` has what confirming made of a value that was to be chosen."""
    searched = {hyperparameter_of(param): value for param, value in trial.params.items()}
    values = searched | {name: trained[name] for name in searched if name in trained}
    whole = {**trial.configuration, **trained}
    rest = {name: value for name, value in whole.items() if name not in values}
    return Shown(
        trial.number,
        title,
        tuple((name, help_of(name), values[name]) for name in in_order(values)),
        tuple((name, help_of(name), rest[name]) for name in in_order(rest)),
        toml.starting_point(trial.label or f"trial {trial.number}", trial.params),
    )


def draw(found: Standings, metric: str) -> go.Figure | None:
    """Validation hollow, test filled; a NeuMF that is chosen stands out."""
    names = [row.name for row in found.rows]
    tested = [row.test for row in found.rows]
    on_test = any(one is not None for one in tested)
    series = [
        Series(
            "confirmed, validation",
            [row.validation for row in found.rows],
            VALIDATION,
            0.16 if on_test else 0.0,
        )
    ]
    if on_test:
        others = _where(found.rows, tested, chosen=False)
        series.append(Series("test, opened once", others, TEST, -0.16))
        series.append(
            Series("the chosen NeuMF, test", _where(found.rows, tested, chosen=True), CHOSEN, -0.16)
        )
    return draw_intervals(names, series, metric)


def _where(
    rows: tuple[Standing, ...], estimates: list[Estimate | None], *, chosen: bool
) -> list[Estimate | None]:
    return [
        one if row.is_chosen == chosen else None for row, one in zip(rows, estimates, strict=True)
    ]


def _stands(row: Standing) -> str:
    """How the chosen one stands to a row, in a word or two."""
    if row.refusal is not None:
        return "not made"
    if row.ahead is None:
        return ""
    return STANDS[verdict_of(row.ahead)]
