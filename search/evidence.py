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
        found += _table("confirmed", _confirmed(confirmation))
        if study.opening is None:
            found += _table("baselines", [_baseline(one, confirmation) for one in study.baselines])
    return found


def as_json(study: StudyResult, confirmation: Confirmation | None) -> dict[str, Any]:
    """``confirmed``, ``chosen``, ``baselines``, ``test`` and ``verdict`` of ``--json``."""
    chosen = None if confirmation is None else confirmation.chosen
    opening = study.opening
    return {
        "confirmed": [] if confirmation is None else [e.as_json() for e in confirmation.entries],
        "measured": None if confirmation is None else confirmation.way,
        "chosen": None if chosen is None else chosen.number,
        "baselines": {one.name: _baseline_json(one) for one in study.baselines},
        "test": None if opening is None else _test_json(opening, study),
        "opened": None if opening is None else opening.opened,
        "extended": study.extended,
        "verdict": None if opening is None else opening.verdict,
    }


def answer(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The first line of a summary: what a reader can believe, or what is missing for that."""
    if study.opening is not None:
        return _table("answer", [sentence(study.opening)])
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


def _confirmed(confirmation: Confirmation) -> list[str]:
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
        if entry is confirmation.chosen:
            words.append("chosen" if entry.behind is None else "chosen, the smallest of these")
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
        words.append(f"NeuMF ahead by {difference(chosen.model.ahead_of(one.model, way))}")
    words.append(f"({describe_hyperparameters(one.hyperparameters)}; best of {one.tried})")
    return "  ".join(words)


def _opened(opening: Opening, extended: int) -> list[str]:
    name, way = OBJECTIVE.name, opening.way
    others = [other for other in opening.neumf.estimates if other != way]
    head = [f"{name} with its {LEVEL:.0%} interval over seeds and users", "NeuMF ahead by"]
    found = ["; ".join([", ".join(head), *(f"{IN_WORDS[other]}" for other in others)])]
    if extended:
        found.append(
            f"{extended} trials were added after it was opened: it tells of what was chosen then"
        )
    width = max(len(model.label) for model in opening.models)
    for model in opening.models:
        ahead = "" if model.ahead is None else difference(model.ahead[way])
        words = [f"{model.label:<{width}}", with_interval(model.estimates[way][name])]
        words.append(f"{ahead:<26}")
        words += [f"{model.estimates[other][name].mean:.4f}" for other in others]
        found.append("  ".join(words))
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


def _test_json(opening: Opening, study: StudyResult) -> dict[str, Any]:
    """Every model by its name; a starting point that is the chosen one by its own name too."""
    found = {model.name: _tested_json(model) for model in opening.models}
    label = study.trial(opening.chosen).label
    return found if label is None else {**found, label: found[opening.neumf.name]}


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
