"""The closing summary of a search: lines for a person, JSON for a program."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from neumf.durations import format_duration
from neumf.metrics import HEADLINE
from search import evidence
from search.execution import RunStatistics
from search.lines import prose, titled
from search.status import one_line
from studies.results.confirmation import Confirmation, confirm
from studies.results.outlook import MORE, is_settled, of_study
from studies.results.study_result import FINISHED, TOP, StudyResult, TrialResult
from studies.results.twins import (
    LEVEL,
    Comparison,
    Model,
    chosen_model,
    compare,
)

RAISE = "raise --trials to extend the study"

SETTLED = "settled"
"""``[search] stop`` of a study that may end before its total."""

NOTEBOOK = "notebook"
"""The name of the starting point that results are compared with."""


@dataclass(frozen=True)
class Outcome:
    """A study's results and what this session added."""

    study: StudyResult
    storage: str
    added: int  # trials finished in this session
    statistics: RunStatistics
    interrupted: bool = False
    report: str | None = None
    model: str | None = None  # the folder that the chosen one is saved in
    twins_wanted: bool = False
    searched: bool = True  # whether more trials were asked for
    session_seconds: float = 0.0  # of all its phases
    problem: str | None = None  # what hindered a phase after the search

    def as_json(self) -> dict[str, Any]:
        """The last line of ``--json``."""
        best, notebook = self.study.best, self.study.labelled(NOTEBOOK)
        comparison, outlook = compare(self.study), of_study(self.study)
        return {
            "study": self.study.name,
            "storage": self.storage,
            "data": self.study.data.get("description", []),
            "objective": self.study.objective,
            "trials": dict(self.study.counts),
            "added": self.added,
            "interrupted": self.interrupted,
            "best": None if best is None else _trial(best),
            "notebook": None if notebook is None else _trial(notebook),
            "mixtures": list(self.study.mixtures),
            "seconds": round(self.statistics.seconds, 3),
            "session_seconds": round(self.session_seconds, 3),
            "workers": self.statistics.workers,
            "busy": None if self.statistics.busy is None else round(self.statistics.busy, 4),
            "outlook": None if outlook is None else {**outlook.as_json(), "settled": self._settled},
            "audit": {"trials": len(self.study.audit), "lost": len(self.study.lost)},
            **evidence.as_json(self.study, self._confirmation),
            "model": self.model,
            "problem": self.problem,
            "twins": None if comparison is None else comparison.as_json(),
            "report": self.report,
        }

    def lines(self) -> list[str]:
        """The summary as it is printed."""
        return [
            "",
            *self._session(),
            *evidence.answer(self.study, self._confirmation),
            *([f"model      {self.model}"] if self.model else []),
            *evidence.lines(self.study, self._confirmation),
            *self._data(),
            *self._findings(),
            *self._outlook(),
            *self._audit(),
            *self._twins(),
            *self._time(),
            *titled("mixed", prose(*self.study.mixtures)),
            *([f"report     {self.report}"] if self.report else []),
            f"dashboard  {shlex.join(self._dashboard())}",
            f"           or {shlex.join(['optuna-dashboard', self.storage])}",
        ]

    @cached_property
    def _confirmation(self) -> Confirmation | None:
        return confirm(self.study)

    def _session(self) -> list[str]:
        counts = self.study.counts
        told = ", ".join(f"{counts[s]} {s}" for s in FINISHED)
        added = f"{self.added} added now"
        if not self.searched:
            added = "none were to be added"
        elif not self.statistics.workers and not self.interrupted:
            added = "nothing to add: "
            added += "the search is settled" if self._has_settled else RAISE
        count = len(self.study.finished)
        trials = f"{count} trial{'s' if count != 1 else ''}"
        return [f"{self.study.name}: {trials} ({told}), {added}"]

    @property
    def _settled(self) -> bool:
        """Whether going on would bring little, as far as the trials tell."""
        return is_settled(self.study)

    @property
    def _has_settled(self) -> bool:
        """Whether that has stopped the search before its total."""
        search = self.study.definition.get("search", {})
        is_early = len(self.study.finished) < search.get("trials", 0)
        return search.get("stop") == SETTLED and is_early and self._settled

    def _outlook(self) -> list[str]:
        outlook = of_study(self.study)
        if outlook is None:
            return []
        gain, luck = f"{outlook.gain:+.4f}", f"{outlook.luck:.4f}"
        noise = f"{outlook.noise.deviation:.4f}, {outlook.noise.source}"
        lines = [
            f"outlook    another {MORE} trials may be expected to bring {gain}, {luck} of it luck",
            f"           (the seeds' noise is {noise})",
        ]
        if self._has_settled:
            lines.append(
                "           the search is settled: going on would bring less than its noise"
            )
        return lines

    def _dashboard(self) -> list[str]:
        command = ["python", "-m", "search.dashboard", "--storage", self.storage]
        return [*command, *(["--"] if self.study.name.startswith("-") else []), self.study.name]

    def _data(self) -> list[str]:
        told = self.study.data.get("description", [])
        return titled("data", prose(*told))

    def _findings(self) -> list[str]:
        best, notebook = self.study.best, self.study.labelled(NOTEBOOK)
        if best is None:
            return ["search     nothing found: no trial is complete"]
        lines = _trial_lines("search", best)
        if notebook is not None and self.study.confirmed is None:
            lines += _trial_lines(NOTEBOOK, notebook)
        return lines

    def _time(self) -> list[str]:
        spent = {
            state: sum(t.spent or 0.0 for t in self.study.of(state) if t.duplicate_of is None)
            for state in FINISHED
        }
        told = ", ".join(f"{format_duration(s)} in {state}" for state, s in spent.items() if s)
        told = f"{told} trials" if told else "no time"
        workers, busy = self.statistics.workers, self.statistics.busy
        if workers:
            told += f"; searching {format_duration(self.statistics.seconds)} with {workers}"
            told += " worker" if workers == 1 else " workers"
            told += f", {busy:.0%} busy" if busy is not None else ""
        if self.session_seconds:
            told += f"; this session {format_duration(self.session_seconds)} in all"
        return titled("training", prose(told))

    def _audit(self) -> list[str]:
        audited, lost = self.study.audit, self.study.lost
        if not audited:
            return []
        repeated = sum(trial.repeats for trial in audited)
        return [
            f"audit      {len(lost)} of {len(audited)} pruned trials would have made the top {TOP}",
            f"           {repeated} of {len(audited)} repeated their stored epochs exactly",
        ]

    def _twins(self) -> list[str]:
        comparison = compare(self.study)
        if comparison is not None:
            return _compared(comparison, self.study.objective)
        best, model = self.study.best, chosen_model(self.study)
        if best is None or not (self.twins_wanted or self.study.twins):
            return []
        if model != "NeuMF":
            return [f"halves     the best trial is {model}: it has no other half to compare with"]
        told = f"the best trial, {best.number}, has not been trained with fresh seeds yet"
        return [f"halves     {told}: run with --twins"]


def _trial(trial: TrialResult) -> dict[str, Any]:
    return {
        "number": trial.number,
        "value": trial.value,
        "params": trial.params,
        "hyperparameters": trial.configuration,
        "metrics": trial.metrics,
        "best_epoch": trial.best_epoch,
        "alpha": trial.alpha,
    }


def _trial_lines(title: str, trial: TrialResult) -> list[str]:
    found = f"{_metrics(trial)}  {_where(trial)}"
    return titled(title, [found, *prose(one_line(trial.params))])


def _where(trial: TrialResult) -> str:
    weight = "" if trial.alpha is None else f", alpha {trial.alpha:g}"
    return f"(validation, trial {trial.number}, epoch {trial.best_epoch}{weight})"


def _metrics(trial: TrialResult) -> str:
    return "  ".join(f"{m.name} {trial.metrics.get(m.name, float('nan')):.4f}" for m in HEADLINE)


def _compared(comparison: Comparison, objective: str) -> list[str]:
    """The best trial's model over fresh seeds, its twins below it, and what that comes to."""
    width = max(len(model.name) for model in comparison.models)
    lines = [f"{model.name:<{width}}  {_over_seeds(model)}" for model in comparison.models]
    lines[0] += f"; the search had {comparison.trial.value:.4f}"
    lines += [twin.contribution.sentence("{:+.4f}".format) for twin in comparison.twins]
    lines.append(
        f"({objective} on validation, best epoch, a joined GMF's last;"
        f" {LEVEL:.0%} intervals over seeds)"
    )
    return titled("halves", lines)


def _over_seeds(model: Model) -> str:
    words = []
    if model.mean is not None:
        seeds = len(model.values)
        words.append(f"{model.mean:.4f}, mean of {seeds} fresh seed{'s' if seeds != 1 else ''}")
        if model.deviation is not None:
            words.append(f"sd {model.deviation:.4f}")
    if model.failures:
        words.append(f"{len(model.failures)} failed: {model.failures[0]}")
    return ", ".join(words) or "not trained yet"
