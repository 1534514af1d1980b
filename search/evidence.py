"""What confirming and opening found, in the lines of a summary and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neumf.baselines.console import describe_hyperparameters
from neumf.evaluation.measurement import IN_WORDS, ways
from neumf.metrics import OBJECTIVE
from search.lines import columns, prose, titled
from studies.results import answer as answers
from studies.results.confirmation import Confirmation, Confirmed, chosen_trial
from studies.results.intervals import LEVEL
from studies.results.measured import TunedBaseline
from studies.results.opening import Opening, Tested
from studies.results.standings import standings
from studies.results.study_result import StudyResult
from studies.results.wording import difference, with_interval

_LEAD = "lead of NeuMF"

_WITH_INTERVAL = f"{OBJECTIVE.name} [{LEVEL:.0%} interval]"


def lines(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The part of a summary that can be believed."""
    found: list[str] = []
    if study.opening is not None:
        found += _opened(study.opening, study.extended)
    if confirmation is not None:
        found += _confirmed(confirmation, chosen_trial(study, confirmation))
        if study.opening is None and study.baselines:
            found += _baselines(study.baselines, confirmation)
    return found


def as_json(study: StudyResult, confirmation: Confirmation | None) -> dict[str, Any]:
    """``confirmed``, ``chosen``, ``baselines``, ``test`` and ``verdict`` of ``--json``."""
    opening = study.opening
    return {
        "confirmed": [] if confirmation is None else [e.as_json() for e in confirmation.entries],
        "measured": None if confirmation is None else confirmation.way,
        "chosen": chosen_trial(study, confirmation),
        "baselines": {one.name: _baseline_json(one) for one in study.baselines},
        "tested": None if opening is None else opening.way,
        "test": None if opening is None else {m.name: _tested_json(m) for m in opening.models},
        "opened": None if opening is None else opening.opened,
        "extended": study.extended,
        "verdict": None if opening is None else opening.verdict,
    }


def answer(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The first lines of a summary: what a reader can believe; nothing where nothing is confirmed,
    which the lines on the search tell."""
    if study.confirmed is None and study.opening is None:
        return []
    told = answers.answer(study, confirmation, standings(study, confirmation))
    return titled("answer", prose(told.sentence))


def _opened(opening: Opening, extended: int) -> list[str]:
    name, way = OBJECTIVE.name, opening.way
    others = [other for other in opening.neumf.estimates if other != way]
    rows = [["", _WITH_INTERVAL, _LEAD, *others]]
    for model in opening.models:
        ahead = "" if model.ahead is None else difference(model.ahead[way])
        means = [f"{model.estimates[other][name].mean:.4f}" for other in others]
        rows.append([model.label, with_interval(model.estimates[way][name]), ahead, *means])
    notes = []
    if extended:
        added = "1 trial was" if extended == 1 else f"{extended} trials were"
        notes = [f"{added} added after it was opened: it tells of what was chosen then"]
    return titled("test", [*columns(rows), *prose(*notes)])


def _confirmed(confirmation: Confirmation, chosen: int | None) -> list[str]:
    is_sampled = confirmation.entries[0].sampled is not None
    again = ["again"] if is_sampled else []
    rows = [["trial", _WITH_INTERVAL, "search", *again, "behind the first by", ""]]
    notes = [_how(confirmation, chosen)]
    for entry in confirmation.entries:
        had, behind = entry.trial.value, entry.behind
        rows.append(
            [
                _name(entry),
                with_interval(entry.mean),
                "pruned" if had is None else f"{had:.4f}",
                *([f"{entry.sampled.mean:.4f}"] if entry.sampled is not None else []),
                "" if behind is None else difference(behind),
                _verdict(entry, chosen),
            ]
        )
        if entry.failures:
            runs = f"{len(entry.failures)} run{'s' if len(entry.failures) != 1 else ''}"
            notes.append(f"{runs} of trial {entry.number} failed: {entry.failures[0]}")
    return titled("confirmed", [*columns(rows), *prose(*notes)])


def _how(confirmation: Confirmation, chosen: int | None) -> str:
    """The answer above tells of the way of measuring, once there is a choice to tell of."""
    seeds, now = max(entry.mean.seeds for entry in confirmation.entries), confirmation.chosen
    way = IN_WORDS[confirmation.way] if now is None else "measured likewise"
    is_smallest = now is not None and now.number == chosen and now.behind is not None
    why = "; chosen: the smallest that is level" if is_smallest else ""
    return f"(validation, {seeds} fresh seeds, {way}{why})"


def _verdict(entry: Confirmed, chosen: int | None) -> str:
    if entry.number == chosen:
        return "chosen"
    if entry.behind is None:
        return "first"
    return "level" if entry.is_level else "behind"


def _name(entry: Confirmed) -> str:
    label = entry.trial.label
    return str(entry.number) + (f" ({label})" if label else "")


def _baselines(baselines: Sequence[TunedBaseline], confirmation: Confirmation) -> list[str]:
    way, chosen = confirmation.way, confirmation.chosen
    rows, notes = [["", _WITH_INTERVAL, _LEAD, ""]], []
    for one in baselines:
        if one.refusal is not None:
            notes.append(f"{one.label} {one.refusal}")
            continue
        ahead = "" if chosen is None else difference(chosen.model.ahead_of(one.model, way))
        how = f"{describe_hyperparameters(one.hyperparameters)} (best of {one.tried})"
        rows.append([one.label, with_interval(one.model.estimate(way)), ahead, how])
    return titled("baselines", [*columns(rows), *prose(*notes)])


def _baseline_json(one: TunedBaseline) -> dict[str, Any]:
    return {
        "label": one.label,
        "hyperparameters": one.hyperparameters,
        "tried": one.tried,
        "seconds": one.seconds,
        "refusal": one.refusal,
        "validation": {
            way: {name: each.as_json() for name, each in one.model.estimates(way).items()}
            for way in (ways(one.model.sizes) if one.model.measurements else ())
        },
    }


def _tested_json(model: Tested) -> dict[str, Any]:
    """Metric to mean, low and high: on the candidates drawn under the metric's own name, and by the
    other ways under ``expected nDCG@10`` and ``catalogue nDCG@10``."""
    first = next(iter(model.estimates))
    return {
        (name if way == first else f"{way} {name}"): each.as_json()
        for way, found in model.estimates.items()
        for name, each in found.items()
    }
