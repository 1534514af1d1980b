"""What one trial, or one run over fresh seeds, came to."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from neumf.declaration import Value
from neumf.durations import format_duration
from neumf.evaluation.measurement import IN_WORDS, WAYS
from neumf.hyperparameters import HYPERPARAMETERS
from neumf.metrics import CUTOFFS, HEADLINE, OBJECTIVE
from studies.notes.markdown import code, paragraphs, table, text
from studies.results.measured import MeasuredRun
from studies.results.study_result import TrialResult


def trial_note(trial: TrialResult, study: str, url: str | None) -> str:
    """Of a trial that has ended; ``url`` is the storage's, where it has one."""
    label = "" if trial.label is None else f", the starting point **{text(trial.label)}**"
    return paragraphs(
        f"**Trial {trial.number}**{label}: {_outcome(trial)}.",
        _reason(trial),
        _metrics(trial.metrics),
        _cost(trial.seconds, trial.parameters),
        _configuration(trial.configuration),
        _replay(trial, study, url),
    )


def run_note(run: MeasuredRun) -> str:
    """Of a run over a fresh seed that has ended."""
    what = f"**Trial {run.of_trial}'s configuration, fresh seed {run.seed_number}**"
    failed = None if run.reason is None else f"It failed: {text(run.reason)}."
    head = ["", *(metric.name for metric in HEADLINE)]
    rows = [
        [IN_WORDS[way], *(f"{run.metrics[way][metric.name]:.4f}" for metric in HEADLINE)]
        for way in WAYS
        if way in run.metrics
    ]
    return paragraphs(
        what + ("" if run.label is None else f" ({text(run.label)})"),
        failed,
        table(head, rows) if rows else None,
        _cost(run.seconds, run.parameters),
        _configuration(run.configuration),
    )


def _outcome(trial: TrialResult) -> str:
    if trial.duplicate_of is not None:
        return f"the configuration of trial {trial.duplicate_of}, whose result it has"
    score = "" if trial.score is None else f"{OBJECTIVE.name} **{trial.score:.4f}** on validation"
    if trial.state == "complete":
        return f"{score}, in epoch {trial.best_epoch} of {trial.epochs}"
    return f"{trial.state}{f', {score} in its last epoch, {trial.epochs}' if score else ''}"


def _reason(trial: TrialResult) -> str | None:
    if trial.state == "interrupted":
        return f"Reason: {text(trial.reason or 'unknown')}. Its configuration was queued again."
    return None if trial.reason is None else f"Reason: {text(trial.reason)}."


def _metrics(metrics: Mapping[str, float]) -> str | None:
    """A row a kind of metric, a column a cut-off."""
    if not metrics:
        return None
    kinds = [metric.kind for metric in HEADLINE]
    rows = [
        [kind, *(f"{metrics[name]:.4f}" if name in metrics else "" for name in names)]
        for kind in kinds
        for names in [[f"{kind}@{k}" for k in CUTOFFS]]
    ]
    return table(["on validation", *(f"@{k}" for k in CUTOFFS)], rows)


def _cost(seconds: float | None, parameters: int | None) -> str | None:
    words = [] if seconds is None else [f"{format_duration(seconds)} of training"]
    words += [] if parameters is None else [f"{parameters:,} parameters"]
    return ", ".join(words) or None


def _configuration(configuration: Mapping[str, Value]) -> str | None:
    """What differs from the defaults, be it searched or fixed."""
    defaults = {name: one.default for name, one in HYPERPARAMETERS.items()}
    other = {name: v for name, v in configuration.items() if defaults.get(name) != v}
    told = code("\n".join(f"{name} = {value}" for name, value in other.items()))
    return f"Its configuration, where it differs from the defaults:\n\n{told}" if other else None


def _replay(trial: TrialResult, study: str, url: str | None) -> str | None:
    if url is None or not trial.curve:
        return None
    words = ["python", "-m", "search.replay", "--trial", str(trial.number), "--storage", url]
    return "To train it again and compare every number:\n\n" + code(
        shlex.join([*words, "--", study])
    )
