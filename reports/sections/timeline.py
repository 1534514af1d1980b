"""Which worker did what, and when: across sessions and phases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from reports import text
from reports.figures.kinds import MARKS
from reports.figures.marks import CROWD
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, blank, plain
from reports.sections.section import Section
from reports.states import BEGUN
from studies.results.spans import PHASES, Phase, Span
from studies.results.study_result import StudyResult
from studies.results.timeline import UNKNOWN, Bar, Pause, Timeline, busy_seconds, timeline


class Look(NamedTuple):
    """How a bar is drawn: in Plotly's words, and its hatching in a square of 12 by 12."""

    colour: str
    thickness: float  # of its row's height
    pattern: str = ""
    hatching: str = ""


LOOKS = {
    "complete": Look(BLUE, 0.8),
    "pruned": Look(GREY, 0.36),
    "failed": Look(GREY, 0.8, "x", "M0 0 12 12M0 12 12 0"),
    "unfinished": Look(GREY, 0.8, "/", "M0 6 6 0M0 12 12 0M6 12 12 6"),
    "confirming": Look(GREEN, 0.8, "\\", "M0 6 6 12M0 0 12 12M6 0 12 6"),
    "simple models": Look(GREEN, 0.5, "-", "M0 6H12"),
    "opening": Look(ORANGE, 0.8, "+", "M0 6H12M6 0V12"),
}
"""Told apart by thickness and hatching, not by colour alone."""

UNITS = (("hours", 3600.0, 3.0), ("minutes", 60.0, 3.0), ("seconds", 1.0, 0.0))
"""Of the axis: name, seconds, and the least number of them that it takes."""

ROW, REST = 1.7, 5.0
"""Height of a row, and of all that is not rows, in rem."""

MOST_PAUSES = 3
"""More are not told in words in the figure, where they would cover each other."""


class PhaseRow(NamedTuple):
    """What one phase took."""

    phase: str
    began: str
    clock: float  # seconds in which at least one worker was at it
    work: float  # seconds, side by side ones added up
    done: str  # ``12 complete, 3 pruned``


class WorkerRow(NamedTuple):
    """What one worker did; a number of runs for each phase that there was."""

    name: str
    spans: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    phases: tuple[PhaseRow, ...]
    workers: tuple[WorkerRow, ...]
    pauses: tuple[Pause, ...]
    seconds: float
    unknown: int  # spans whose worker was not recorded
    looks: tuple[tuple[str, Look], ...]  # those that the figure has, by name
    height: float  # of the figure, in rem
    plot: Plot


def section(study: StudyResult) -> Section:
    found = timeline(study)
    best = study.best.number if study.best else None
    figure = plot("timeline-plot", "which worker did what, and when", draw(found, best))
    shown = {_look(bar.span) for bar in found.bars}
    content = Content(
        phases(found),
        workers(found),
        found.pauses,
        busy_seconds(bar.span for bar in found.bars),
        sum(found.rows[bar.row].startswith(UNKNOWN) for bar in found.bars),
        tuple((name, look) for name, look in LOOKS.items() if name in shown),
        REST + ROW * len(found.rows),
        figure,
    )
    return Section("timeline", "Timeline", "Which worker did what, and when", content)


def phases(found: Timeline) -> tuple[PhaseRow, ...]:
    """Those that are known of, in their order."""
    rows = []
    for phase in _phases(found):
        spans = [bar.span for bar in found.bars if bar.span.phase == phase]
        counts = Counter(span.state for span in spans)
        done = ", ".join(f"{text.thousands(counts[s])} {s}" for s in BEGUN if counts[s])
        work = sum(span.seconds for span in spans)
        began = text.moment(spans[0].started)
        rows.append(PhaseRow(phase, began, busy_seconds(spans), work, done))
    return tuple(rows)


def workers(found: Timeline) -> tuple[WorkerRow, ...]:
    """A row for each of the figure's."""
    rows = []
    for place, name in enumerate(found.rows):
        spans = [bar.span for bar in found.bars if bar.row == place]
        counts = Counter(span.phase for span in spans)
        total = sum(span.seconds for span in spans)
        rows.append(WorkerRow(name, tuple(counts[phase] for phase in _phases(found)), total))
    return tuple(rows)


def _phases(found: Timeline) -> list[Phase]:
    known = {bar.span.phase for bar in found.bars}
    return [phase for phase in PHASES if phase in known]


def draw(found: Timeline, best: int | None) -> go.Figure | None:
    """A bar for each span, a row for each worker; ``best`` is a trial's number."""
    if not found.bars:
        return None
    unit, size = next((name, each) for name, each, n in UNITS if found.length >= n * each)
    figure = blank().update_layout(barmode="overlay", bargap=0, showlegend=False)
    line = 0.5 if len(found.bars) <= CROWD else 0
    for name, look in LOOKS.items():
        bars = [bar for bar in found.bars if _look(bar.span) == name]
        if bars:
            figure.add_bar(
                orientation="h",
                name=name,
                base=[bar.begin / size for bar in bars],
                x=[bar.span.seconds / size for bar in bars],
                y=[bar.row for bar in bars],
                width=look.thickness,
                marker={
                    "color": look.colour,
                    "line": {"width": line},
                    "pattern": {
                        "shape": look.pattern,
                        "fillmode": "overlay",
                        "fgcolor": "rgba(255, 255, 255, 0.75)",
                        "size": 6,
                        "solidity": 0.25,
                    },
                },
                hovertext=[_hover(bar.span) for bar in bars],
                hoverinfo="text",
            )
    for bar in found.bars:
        if bar.span.phase == "search" and bar.span.trial == best:
            _mark_best(figure, bar, size)
    _mark_pauses(figure, found, size)
    cut = ", pauses cut short" if found.pauses else ""
    figure.update_xaxes(title_text=f"{unit} of work{cut}", rangemode="tozero")
    return figure.update_yaxes(
        tickvals=list(range(len(found.rows))),
        ticktext=[f"{name} " for name in found.rows],
        range=[len(found.rows) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
    )


def _look(span: Span) -> str:
    """A key of ``LOOKS``."""
    if span.state in ("failed", "complete", "pruned"):
        is_search = span.phase == "search" or span.state == "failed"
        return span.state if is_search else span.phase
    return "unfinished"


def _hover(span: Span) -> str:
    session = "" if span.session is None else f", session {span.session + 1}"
    return (
        f"<b>{plain(span.name)}</b> {span.state}<br>{span.phase}{session}"
        f"<br>{span.started:%Y-%m-%d %H:%M:%S}, {text.duration(span.seconds)}"
    )


def _mark_best(figure: go.Figure, bar: Bar, size: float) -> None:
    figure.add_scatter(
        x=[(bar.begin + bar.span.seconds / 2) / size],
        y=[bar.row],
        name="best",
        mode="markers",
        marker=MARKS["best"],
        hovertext=[_hover(bar.span)],
        hoverinfo="text",
    )


def _mark_pauses(figure: go.Figure, found: Timeline, size: float) -> None:
    """A line where work went on after each, and in words how long it had rested."""
    told = 0 < len(found.pauses) <= MOST_PAUSES
    figure.update_layout(margin_t=26 if told else 8)
    for pause in found.pauses:
        figure.add_vline(pause.at / size, line={"color": GREY, "width": 1.5, "dash": "dash"})
        if told:
            figure.add_annotation(
                x=pause.at / size,
                y=1,
                yref="paper",
                yanchor="bottom",
                text=text.duration(pause.seconds),
                showarrow=False,
            )
