"""What a study has found, in one sentence that a reader can believe, whatever state it is in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neumf.evaluation.measurement import IN_WORDS
from neumf.metrics import OBJECTIVE
from studies.results.confirmation import Confirmation
from studies.results.intervals import LEVEL
from studies.results.opening import Plan, verdict_of
from studies.results.standings import Standings
from studies.results.study_result import StudyResult
from studies.results.wording import STANDS, difference, sentence, with_interval

INTERVAL = f"{LEVEL:.0%} interval over seeds and users"
"""What an interval of an estimate is."""

OPTIMISTIC = (
    "Such a maximum is optimistic: fresh seeds usually give less, and the test split, which no"
    " trial has seen, less again."
)


@dataclass(frozen=True)
class Answer:
    """The sentence, what to bear in mind with it, and what is left to do for a better one."""

    sentence: str
    cautions: tuple[str, ...] = ()
    is_confirmed: bool = False  # a configuration was chosen over fresh seeds


def answer(
    study: StudyResult, confirmation: Confirmation | None, standings: Standings | None
) -> Answer:
    """The answer of a study with what confirming found, if it was begun."""
    if study.opening is not None:
        told = Answer(sentence(study.opening), _cautions(study, confirmation), is_confirmed=True)
        return replace(told, cautions=(*_added(study), *told.cautions))
    if study.opening_plan is not None:
        return _half_opened(study.opening_plan)
    if study.confirmed is None:
        return _unconfirmed(study)
    if not study.confirmed.is_complete:
        return _half_confirmed(study)
    if confirmation is None or confirmation.chosen is None:
        return Answer(
            "nothing is chosen: each of the leading configurations failed with one of the fresh"
            " seeds, and the test split is sealed"
        )
    return _unopened(study, confirmation, standings)


def _unconfirmed(study: StudyResult) -> Answer:
    best, count = study.best, len(study.finished)
    if best is None:
        what = "no trial is complete" if study.trials else "this study has no trials"
        return Answer(f"there is no answer yet: {what}")
    of = f"the best of {count:,} trials" if count > 1 else "the only trial"
    return Answer(
        f"nothing is confirmed yet: {of} has {OBJECTIVE.name} {best.value or 0.0:.4f} on"
        " validation, with one seed and at its best epoch",
        (OPTIMISTIC,),
    )


def _half_confirmed(study: StudyResult) -> Answer:
    assert study.confirmed is not None
    total = study.confirmed.seeds * len(study.confirmed.trials)
    done = sum(
        run.of_trial in study.confirmed.trials and run.seed_number <= study.confirmed.seeds
        for run in study.confirmed.runs
    )
    return Answer(
        f"confirming has not ended: {done} of {total} runs over fresh seeds are done; nothing is"
        " chosen, and the test split is sealed: run the same command again"
    )


def _half_opened(plan: Plan) -> Answer:
    return Answer(
        f"the test split is being opened for trial {plan.chosen}, which is chosen: run the same"
        " command again",
        is_confirmed=True,
    )


def _unopened(
    study: StudyResult, confirmation: Confirmation, standings: Standings | None
) -> Answer:
    chosen = confirmation.chosen
    assert chosen is not None
    told = (
        f"trial {chosen.number} is chosen: over {_seeds(chosen.mean.seeds)}, {OBJECTIVE.name} is"
        f" {with_interval(chosen.mean)} on validation, {IN_WORDS[confirmation.way]}"
    )
    best = None if standings is None else standings.best_baseline
    if best is not None and best.validation is not None and best.ahead is not None:
        told += (
            f"; {best.name}, the best of the simple models there, has {best.validation.mean:.4f}:"
            f" {STANDS[verdict_of(best.ahead)]} ({difference(best.ahead)})"
        )
    told += "; the test split is sealed"
    where = "On validation, where each was chosen, all look a little better than they are."
    return Answer(told, (where, *_cautions(study, confirmation)), is_confirmed=True)


def _added(study: StudyResult) -> tuple[str, ...]:
    if not study.extended:
        return ()
    trials = "1 trial was" if study.extended == 1 else f"{study.extended:,} trials were"
    told = f"{trials} added after the test split was opened: this tells of what was chosen before."
    return (told,)


def _cautions(study: StudyResult, confirmation: Confirmation | None) -> tuple[str, ...]:
    """On the choice, and on what was not compared."""
    found = []
    if confirmation is not None and confirmation.chosen is not None:
        level = [entry for entry in confirmation.entries if entry.is_level]
        if len(level) > 1:
            size = "the one with the fewest parameters"
            found.append(
                f"{len(level)} configurations cannot be told apart on validation; {size} is chosen."
            )
        if confirmation.chosen.mean.seeds == 1:
            found.append(
                "With one fresh seed, the intervals tell of other users and nothing of other seeds."
            )
    found += [f"{b.label} {b.refusal}." for b in study.baselines if b.refusal is not None]
    return tuple(found)


def _seeds(count: int) -> str:
    return f"{count} fresh seeds" if count > 1 else "one fresh seed"
