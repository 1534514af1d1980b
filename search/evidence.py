"""What confirming and opening found, in the lines of a summary and in JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neumf.baselines.console import describe_hyperparameters
from neumf.evaluation.measurement import IN_WORDS, ways
from neumf.metrics import OBJECTIVE
from studies.results.confirmation import Confirmation, Confirmed
from studies.results.intervals import LEVEL, Estimate
from studies.results.measured import TunedBaseline
from studies.results.opening import Opening, Tested
from studies.results.study_result import StudyResult
from studies.results.wording import difference, sentence, with_interval


def lines(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The part of a summary that can be believed."""
    found: list[str] = []
    if study.opening is not None:
        found += _table("test", _opened(study.opening, study.extended))
    if confirmation is not None:
        found += _table("confirmed", _confirmed(confirmation, _chosen(study, confirmation)))
        if study.opening is None:
            found += _table("baselines", [_baseline(one, confirmation) for one in study.baselines])
    return found


def as_json(study: StudyResult, confirmation: Confirmation | None) -> dict[str, Any]:
    """``confirmed``, ``chosen``, ``baselines``, ``test`` and ``verdict`` of ``--json``."""
    opening = study.opening
    return {
        "confirmed": [] if confirmation is None else [e.as_json() for e in confirmation.entries],
        "measured": None if confirmation is None else confirmation.way,
        "chosen": _chosen(study, confirmation),
        "baselines": {one.name: _baseline_json(one) for one in study.baselines},
        "tested": None if opening is None else opening.way,
        "test": None if opening is None else {m.name: _tested_json(m) for m in opening.models},
        "opened": None if opening is None else opening.opened,
        "extended": study.extended,
        "verdict": None if opening is None else opening.verdict,
    }


def _chosen(study: StudyResult, confirmation: Confirmation | None) -> int | None:
    """The trial that the test split was opened for, whatever was confirmed since."""
    if study.opening_plan is not None:
        return study.opening_plan.chosen
    chosen = None if confirmation is None else confirmation.chosen
    return None if chosen is None else chosen.number


def answer(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The first line of a summary: what a reader can believe, or what is missing for that."""
    if study.opening is not None:
        return _table("answer", [sentence(study.opening)])
    if study.opening_plan is not None:
        told = "the test split is being opened: run the same command again"
        return _table("answer", [told])
    if study.confirmed is None:
        return []
    if not study.confirmed.is_complete:
        return _table("answer", ["not all runs are done: run the same command again"])
    if confirmation is None or confirmation.chosen is None:
        told = "no configuration could be trained with every fresh seed: none is chosen"
        return _table("answer", [told])
    told = (
        f"trial {confirmation.chosen.number} is chosen:"
        f" {OBJECTIVE.name} {with_interval(confirmation.chosen.mean)} on validation,"
        f" {IN_WORDS[confirmation.way]}; the test split is sealed"
    )
    return _table("answer", [told])


def _confirmed(confirmation: Confirmation, chosen: int | None) -> list[str]:
    seeds = max(entry.mean.seeds for entry in confirmation.entries)
    head = f"{OBJECTIVE.name} on validation, {IN_WORDS[confirmation.way]}, {seeds} fresh seeds"
    found = [f"{head}; what the search had, and now"]
    width = max(len(_name(entry)) for entry in confirmation.entries)
    for entry in confirmation.entries:
        words = [f"{_name(entry):<{width}}  {with_interval(entry.mean)}  {_searched(entry)}"]
        if entry.behind is not None:
            how = "level" if entry.is_level else "behind"
            words.append(f"{how} {difference(_negative(entry.behind))}")
        if entry.failures:
            words.append(f"{len(entry.failures)} failed: {entry.failures[0]}")
        if entry.number == chosen:
            words.append("chosen")
        found.append("  ".join(words))
    return found


def _searched(entry: Confirmed) -> str:
    had = entry.trial.value
    now = "" if entry.sampled is None else f", {entry.sampled.mean:.4f}"
    return f"{'pruned' if had is None else f'{had:.4f}'}{now}"


def _name(entry: Confirmed) -> str:
    label = entry.trial.label
    return f"trial {entry.number}" + (f" ({label})" if label else "")


def _baseline(one: TunedBaseline, confirmation: Confirmation) -> str:
    if one.refusal is not None:
        return f"{one.label} {one.refusal}"
    way, chosen = confirmation.way, confirmation.chosen
    words = [f"{one.label:<10}  {with_interval(one.model.estimate(way))}"]
    if chosen is not None:
        words.append(f"lead of NeuMF {difference(chosen.model.ahead_of(one.model, way))}")
    words.append(f"({describe_hyperparameters(one.hyperparameters)}; best of {one.tried})")
    return "  ".join(words)


def _opened(opening: Opening, extended: int) -> list[str]:
    name, way = OBJECTIVE.name, opening.way
    others = [other for other in opening.neumf.estimates if other != way]
    width = max(len(model.label) for model in opening.models)
    head = [f"{'':{width}}", f"{name:<23}", f"{'lead of NeuMF':<26}", *(f"{o:<9}" for o in others)]
    found = [
        f"{name} {IN_WORDS[way]}, {LEVEL:.0%} intervals over {opening.seeds} seeds and the users",
        "  ".join(head).rstrip(),
    ]
    if extended:
        found.append(
            f"{extended} trials were added after it was opened: it tells of what was chosen then"
        )
    for model in opening.models:
        ahead = "" if model.ahead is None else difference(model.ahead[way])
        words = [f"{model.label:<{width}}", with_interval(model.estimates[way][name])]
        words.append(f"{ahead:<26}")
        words += [f"{model.estimates[other][name].mean:<9.4f}" for other in others]
        found.append("  ".join(words).rstrip())
    return found


def _negative(one: Estimate) -> Estimate:
    return replace(one, mean=-one.mean, low=-one.high, high=-one.low)


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


def _table(title: str, rows: list[str]) -> list[str]:
    return [f"{'' if n else title:10} {row}" for n, row in enumerate(rows)]
