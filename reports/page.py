"""The page: one typed context, one template, one self-contained file that opens offline.

Two pages of the same study are the same to the last byte: nothing in them comes from the clock,
the machine or chance.
"""

from __future__ import annotations

import os
import re
import tempfile
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from neumf.errors import UserError
from neumf.hyperparameters import Value
from neumf.metrics import CUTOFFS, HEADLINE, METRICS, Metric
from reports import figures, format, numbers, outline, summary
from reports.style import PALETTE
from studies.results import StudyResult, TrialResult

FOLDER = Path("reports/html")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Plot:
    """A figure with a fixed id; ``json`` is None where there is nothing to draw yet."""

    id: str
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
    best_metrics: tuple[summary.MetricRow, ...]
    best_setting: tuple[tuple[str, str, Value], ...]  # name, help, value
    comparisons: tuple[summary.Comparison, ...]
    beaten: tuple[summary.Comparison, ...]  # those that completed
    pruning: summary.Pruning | None
    spent: tuple[summary.Spent, ...]
    totals: summary.Totals
    cost: Plot
    history: Plot
    curves: Plot
    importance: Plot
    slices: tuple[SlicePlot, ...]
    columns: tuple[str, ...]
    rows: tuple[numbers.Row, ...]
    domains: tuple[outline.Domain, ...]
    definition: tuple[outline.Line, ...]
    provenance: tuple[outline.Line, ...]
    commands: tuple[outline.Line, ...]
    palette: tuple[tuple[str, str], ...]
    style: Markup
    scripts: tuple[Markup, ...]
    policy: str


def render(study: StudyResult, storage: str = outline.STORAGE) -> str:
    """The study's page. ``storage`` is named in the command lines that go on with it."""
    return _environment().get_template("template.html.j2").render(page=_page(study, storage))


def write(study: StudyResult, folder: Path = FOLDER, storage: str = outline.STORAGE) -> Path:
    """Write ``<study>.html`` into ``folder``, whole or not at all, and return its path.

    Raises:
        UserError: the folder cannot be written.
    """
    page, path = render(study, storage), folder / file_name(study.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder, prefix=".", suffix=".html")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(page)
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot write {path}: {reason}; choose another folder") from error
    return path


def file_name(study: str) -> str:
    """``<study>.html``, in characters that no file system reads as a path.

    A name that had to be changed gets a few digits of its hash, so that two studies never share
    a file.
    """
    safe = re.sub(r"[^\w.-]+", "-", study).strip(".-")[:80]
    if safe != study:
        safe = "-".join(filter(None, [safe, sha256(study.encode()).hexdigest()[:8]]))
    return f"{safe}.html"


def _page(study: StudyResult, storage: str) -> Page:
    metric, best = METRICS[study.objective], study.best
    compared = summary.comparisons(study)
    settings = {trial.number: _setting(trial) for trial in study.trials}
    scripts = (Markup(get_plotlyjs()), _own("page.js"))
    return Page(
        study=study,
        metric=metric,
        headline=HEADLINE,
        cutoffs=CUTOFFS,
        states=summary.STATES,
        finished=summary.finished(study),
        since_best=sum(best is not None and t.number > best.number for t in study.of(*summary.FINISHED)),
        best=best,
        best_metrics=summary.metrics(best) if best else (),
        best_setting=_best_setting(best) if best else (),
        comparisons=compared,
        beaten=tuple(c for c in compared if c.behind is not None and c.number != best.number),
        pruning=summary.pruning(study),
        spent=summary.spent(study),
        totals=summary.totals(study),
        cost=_plot(
            "cost",
            f"{metric.name} by the seconds a trial took",
            figures.slice(numbers.costs(study), metric, best.number if best else None),
        ),
        history=_plot(
            "history",
            f"{metric.name} of each trial and the best so far",
            figures.history(numbers.history(study), metric, settings),
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
        domains=outline.domains(study),
        definition=outline.definition(study),
        provenance=outline.provenance(study),
        commands=outline.commands(study, storage),
        palette=PALETTE,
        style=_own("page.css"),
        scripts=scripts,
        policy=_policy(scripts),
    )


def _slice(
    found: numbers.Slice, study: StudyResult, metric: Metric, best: TrialResult | None
) -> SlicePlot:
    figure = figures.slice(found, metric, best.number if best else None)
    plot = _plot(f"slice-{found.name}", f"{metric.name} by {found.name}", figure)
    return SlicePlot(found.name, outline.help_of(found.name), study.importances.get(found.name), plot)


def _plot(id: str, label: str, figure: go.Figure | None) -> Plot:
    """Plotly's JSON escapes ``<``, ``>`` and ``/``, so it cannot end the element it stands in."""
    return Plot(id, label, None if figure is None else Markup(figure.to_json(engine="json")))


def _setting(trial: TrialResult) -> str:
    names = numbers.in_order(trial.params)
    return ", ".join(f"{name} {format.setting(trial.params[name])}" for name in names)


def _best_setting(best: TrialResult) -> tuple[tuple[str, str, Value], ...]:
    values = best.hyperparameters or best.params
    return tuple((name, outline.help_of(name), values[name]) for name in numbers.in_order(values))


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
    for text in (format.score, format.difference, format.share, format.count, format.large):
        environment.filters[text.__name__] = text
    for text in (format.duration, format.seconds, format.setting, format.moment):
        environment.filters[text.__name__] = text
    return environment
