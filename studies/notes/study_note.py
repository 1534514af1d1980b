"""What a study is, how it is read, and what it has found so far."""

from __future__ import annotations

from neumf.evaluation.measurement import IN_WORDS
from neumf.metrics import OBJECTIVE
from studies.notes.markdown import code, paragraphs, table, text
from studies.notes.storing import MOST_NOTES
from studies.notes.study_attributes import protocol
from studies.results.confirmation import Confirmation, Confirmed, chosen_trial, confirm
from studies.results.intervals import LEVEL
from studies.results.opening import Opening
from studies.results.study_result import StudyResult, TrialResult
from studies.results.wording import difference, sentence, with_interval

HOW_TO_READ = f"""\
**How to read it**

* A trial is one training run. Its value is {OBJECTIVE.name} on validation, of its best epoch if it
  is complete and of its last if it was pruned.
* The best of many trials was picked for being high, so its value is optimistic. Believe what was
  confirmed with fresh seeds, and the test split, which is opened once.
* Each trial has a note too (in a large study the first {MOST_NOTES} and the best): its metrics at
  all cut-offs, its configuration, and the command that trains it again."""

_OF_CONFIRMATION = f"""\
Each trial here is one run of a configuration of that study with a fresh seed. Its value is
{OBJECTIVE.name} on validation, measured as the objective's name says; `of_trial` tells whose
configuration it is, and `seed_number` which of the fresh seeds it had."""

_OF_OPENING = f"""\
Each trial here is one run on train and validation with a fresh seed, measured on the test split.
Its value is {OBJECTIVE.name} on test, measured as the objective's name says; `of_trial` tells whose
configuration it is. Nothing is chosen by these values: the choice was made before."""


def study_note(study: StudyResult) -> str:
    """Of a searched study."""
    confirmation = confirm(study)
    return paragraphs(
        f"# {text(study.name)}",
        text(study.description),
        _opened(study.opening),
        _confirmed(confirmation, chosen_trial(study, confirmation)),
        _best(study.best),
        _data(study),
        HOW_TO_READ,
        "To go on with it:\n\n" + code(f"python -m search.run {study.command}"),
    )


def confirmation_note(study: str, found: StudyResult | None = None) -> str:
    """Of the study beside ``study`` that confirms; ``found`` is what that has by now."""
    return paragraphs(
        f"# What the search of {text(study)} found, over fresh seeds",
        None if found is None else _confirmed(confirm(found), chosen_trial(found, confirm(found))),
        _OF_CONFIRMATION,
    )


def opening_note(study: str, found: StudyResult | None = None) -> str:
    """Of the study beside ``study`` that opens the test split."""
    return paragraphs(
        f"# The test split of {text(study)}",
        None if found is None else _opened(found.opening),
        _OF_OPENING,
    )


def _opened(opening: Opening | None) -> str | None:
    if opening is None:
        return None
    name, way = OBJECTIVE.name, opening.way
    rows = [
        [
            text(model.label),
            text(with_interval(model.estimates[way][name])),
            "" if model.ahead is None else text(difference(model.ahead[way])),
        ]
        for model in opening.models
    ]
    head = ["on test", f"{name} ({LEVEL:.0%} interval)", "lead of NeuMF"]
    told = text(sentence(opening))
    return paragraphs(f"**Answer**: {told}.", table(head, rows))


def _confirmed(confirmation: Confirmation | None, chosen: int | None) -> str | None:
    if confirmation is None:
        return None
    seeds = max(entry.mean.seeds for entry in confirmation.entries)
    head = ["fresh seeds", f"{OBJECTIVE.name} ({LEVEL:.0%} interval)", "the search had", "verdict"]
    rows = [_row(entry, chosen) for entry in confirmation.entries]
    told = f"**Confirmed** on validation, {IN_WORDS[confirmation.way]}, with {seeds} fresh seeds"
    end = ":" if confirmation.is_complete else "; not all runs are done:"
    return paragraphs(told + end, table(head, rows))


def _row(entry: Confirmed, chosen: int | None) -> list[str]:
    had, label = entry.trial.value, entry.trial.label
    verdict = "level with the first" if entry.is_level else "behind"
    if entry.behind is None:
        verdict = "first"
    return [
        f"trial {entry.number}" + (f" ({text(label)})" if label else ""),
        text(with_interval(entry.mean)),
        "pruned" if had is None else f"{had:.4f}",
        f"**{verdict}, chosen**" if entry.number == chosen else verdict,
    ]


def _best(best: TrialResult | None) -> str:
    if best is None:
        return "**Best of the search**: no trial is complete yet."
    label = "" if best.label is None else f" ({text(best.label)})"
    return paragraphs(
        f"**Best of the search**: trial {best.number}{label}, {OBJECTIVE.name}"
        f" {best.value or 0.0:.4f} on validation, in epoch {best.best_epoch}",
        code("\n".join(f"{name} = {value}" for name, value in best.params.items())),
    )


def _data(study: StudyResult) -> str:
    told = [text(line) for line in study.data.get("description", [])]
    return paragraphs(
        "**Data and protocol**",
        "\n".join(f"* {line}" for line in [*told, f"protocol: {text(protocol(study))}"]),
    )
