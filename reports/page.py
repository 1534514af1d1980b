"""The page: one typed context, one template, one self-contained file that opens offline.

Two pages of the same study are the same to the last byte: nothing in them comes from the clock,
the machine or chance.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from neumf.evaluation.metrics import CUTOFFS, HEADLINE, METRICS, Metric
from neumf.hyperparameters import Value
from reports import figures, files, metadata, numbers, overview, text
from reports.style import PALETTE
from studies.results.study_result import TOP, StudyResult, TrialResult

_HERE = Path(__file__).parent
_FILTERS: tuple[Callable[..., str], ...] = (
    text.difference,
    text.duration,
    text.large,
    text.moment,
    text.score,
    text.seconds,
    text.short,
    text.share,
    text.thousands,
)


@dataclass(frozen=True)
class Plot:
    """A figure; ``json`` is None where there is nothing to draw yet."""

    name: str  # the id of its element
    label: str  # what a screen reader says
    json: Markup | None


@dataclass(frozen=True)
class SlicePlot:
    """One hyperparameter's slice; ``share`` is its importance."""

    name: str
    help: str
    share: float | None
    plot: Plot


@dataclass(frozen=True)
class Page:
    """Everything the template may use."""

    study: StudyResult
    metric: Metric
    headline: tuple[Metric, ...]
    cutoffs: tuple[int, ...]
    states: tuple[str, ...]
    finished: int
    since_best: int  # trials that did not pass it
    best: TrialResult | None
    best_metrics: tuple[overview.MetricRow, ...]
    best_configuration: tuple[tuple[str, str, Value], ...]  # name, help, value
    comparisons: tuple[overview.Comparison, ...]
    beaten: tuple[overview.Comparison, ...]  # those that completed
    pruning: overview.Pruning | None
    audit: tuple[overview.Audited, ...]
    top: int  # how many of the best an audited trial is held against
    spent: tuple[overview.Spent, ...]
    totals: overview.Totals
    audited: Plot
    cost: Plot
    history: Plot
    curves: Plot
    importance: Plot
    slices: tuple[SlicePlot, ...]
    columns: tuple[str, ...]
    rows: tuple[numbers.Row, ...]
    data: tuple[str, ...]
    domains: tuple[metadata.Domain, ...]
    definition: tuple[metadata.Line, ...]
    provenance: tuple[metadata.Line, ...]
    commands: tuple[metadata.Line, ...]
    palette: tuple[tuple[str, str], ...]
    style: Markup
    scripts: tuple[Markup, ...]
    policy: str


def render(study: StudyResult, storage: str | None = None) -> str:
    """The study's page; its command lines name ``storage`` if given."""
    return _environment().get_template("templates/page.html.j2").render(page=_page(study, storage))


def write(study: StudyResult, folder: Path = files.FOLDER, storage: str | None = None) -> Path:
    """Write ``<study>.html`` into ``folder``, whole or not at all, and return its path.

    Raises:
        UserError: the folder cannot be written.
    """
    path = folder / files.file_name(study.name)
    files.replace(path, render(study, storage))
    return path


def _page(study: StudyResult, storage: str | None) -> Page:
    metric, best, audit = METRICS[study.objective], study.best, overview.audit(study)
    compared = overview.comparisons(study)
    configurations = {trial.number: _one_line(trial) for trial in study.trials}
    scripts = (Markup(get_plotlyjs()), _own("page.js"))
    return Page(
        study=study,
        metric=metric,
        headline=HEADLINE,
        cutoffs=CUTOFFS,
        states=overview.STATES,
        finished=len(study.finished),
        since_best=overview.since_best(study),
        best=best,
        best_metrics=overview.metrics(best) if best else (),
        best_configuration=_best_configuration(best) if best else (),
        comparisons=compared,
        beaten=tuple(
            c for c in compared if c.behind is not None and best and c.number != best.number
        ),
        pruning=overview.pruning(study),
        audit=audit,
        top=TOP,
        spent=overview.spent(study),
        totals=overview.totals(study),
        audited=_plot(
            "audited",
            f"{metric.name} by epoch of the audited trials, before and after they were pruned",
            figures.audit(audit, metric, study.bar),
        ),
        cost=_plot(
            "cost",
            f"{metric.name} by the seconds a trial took",
            figures.score_by(numbers.costs(study), metric, best.number if best else None),
        ),
        history=_plot(
            "history",
            f"{metric.name} of each trial and the best so far",
            figures.history(numbers.history(study), metric, configurations),
        ),
        curves=_plot(
            "curves",
            f"{metric.name} by epoch, one line a trial",
            figures.curves(numbers.curves(study), metric),
        ),
        importance=_plot(
            "importance",
            "importance of each hyperparameter",
            figures.importances(numbers.importances(study)),
        ),
        slices=tuple(_slice(found, study, metric, best) for found in numbers.slices(study)),
        columns=numbers.searched(study),
        rows=numbers.table(study),
        data=metadata.data(study),
        domains=metadata.domains(study),
        definition=metadata.definition(study),
        provenance=metadata.provenance(study),
        commands=metadata.commands(study, storage),
        palette=PALETTE,
        style=_own("page.css"),
        scripts=scripts,
        policy=_policy(scripts),
    )


def _slice(
    found: numbers.Slice, study: StudyResult, metric: Metric, best: TrialResult | None
) -> SlicePlot:
    figure = figures.score_by(found, metric, best.number if best else None)
    plot = _plot(f"slice-{found.name}", f"{metric.name} by {found.name}", figure)
    shares = {one.name: one.share for one in study.importances.found}
    share = shares.get(found.name)
    return SlicePlot(found.name, metadata.help_of(found.name), share, plot)


def _plot(name: str, label: str, figure: go.Figure | None) -> Plot:
    """Plotly's JSON escapes ``<``, ``>`` and ``/``, so it cannot end the element it stands in."""
    return Plot(name, label, None if figure is None else Markup(figure.to_json(engine="json")))


def _one_line(trial: TrialResult) -> str:
    names = numbers.in_order(trial.params)
    return ", ".join(f"{name} {text.short(trial.params[name])}" for name in names)


def _best_configuration(best: TrialResult) -> tuple[tuple[str, str, Value], ...]:
    values = best.configuration or best.params
    return tuple((name, metadata.help_of(name), values[name]) for name in numbers.in_order(values))


def _own(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def _policy(scripts: tuple[Markup, ...]) -> str:
    """Content security: these scripts and no others, and no request to anywhere."""
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline';"
        " img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {as_text.__name__: as_text for as_text in _FILTERS}
    return environment
