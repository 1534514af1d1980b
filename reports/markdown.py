"""A study's results as a section of a Markdown file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence

from neumf.durations import format_duration
from neumf.evaluation.measurement import IN_WORDS
from neumf.metrics import HEADLINE, METRICS, OBJECTIVE
from neumf.saved_model.reach import TOP
from reports import text
from reports.document import as_table
from reports.sections.behaviour import reaching
from studies.notes.markdown import code_span, readable_text
from studies.results.behaviour import HIT, Behaviour, Recommended
from studies.results.confirmation import Confirmation, Confirmed, confirm
from studies.results.opening import NEUMF, Opening
from studies.results.study_result import HOST, StudyResult
from studies.results.wording import difference, sentence, with_interval

HEAD = """# Results

Each section is written from a stored study alone by the last command that stands in it. Means are
over fresh seeds, which no choice has seen; intervals are 95% over seeds and users; differences are
paired. The test split was opened once, after the configuration had been chosen on validation. What
was tried and did not help is in [DECISIONS.md](DECISIONS.md).
"""


def section(study: StudyResult, table: str) -> str:
    """The section on a study whose test split was opened; ``table`` is the path of its CSV."""
    opening, confirmation = study.opening, confirm(study)
    assert opening is not None
    parts = [
        f"## {readable_text(study.name)}",
        readable_text(study.description),
        f"**{readable_text(text.sentence(sentence(opening)))}**",
    ]
    if study.extended:
        were = "were" if study.extended > 1 else "was"
        added = text.count(study.extended, "trial")
        parts.append(f"{added} {were} added after the opening.")
    parts += [
        f"Test, {IN_WORDS[opening.way]}:",
        _table(_tested(opening)),
        _table(_ways(opening)),
    ]
    if opening.behaviour is not None and study.recommended is not None:
        parts += [_table(_reaches(opening, opening.behaviour, study.recommended))]
        parts += [_table(_groups(opening, opening.behaviour))]
    if confirmation is not None:
        parts += [_validation(confirmation), _table(_confirmed(confirmation))]
        parts.append(_table(_baselines(study, confirmation)))
    parts += [_how(study, opening), f"All trials: [{readable_text(table)}]({table})."]
    return "\n\n".join(part for part in parts if part) + "\n"


def _tested(opening: Opening) -> Iterator[Sequence[str]]:
    yield "model", *(metric.name for metric in HEADLINE), f"NeuMF ahead by ({OBJECTIVE.name})"
    for model in opening.models:
        ahead = "" if model.ahead is None else difference(model.ahead[opening.way])
        estimates = model.estimates[opening.way]
        yield model.label, *(with_interval(estimates[m.name]) for m in HEADLINE), ahead


def _ways(opening: Opening) -> Iterator[Sequence[str]]:
    """By every way of measuring; nothing where there is one only."""
    if len(opening.neumf.estimates) == 1:
        return
    yield "model", "measured", *METRICS
    for model in opening.models:
        for way, found in model.estimates.items():
            yield model.label, IN_WORDS[way], *(text.score(found[m].mean) for m in METRICS)


def _reaches(
    opening: Opening, found: Behaviour, recommended: Recommended
) -> Iterator[Sequence[str]]:
    """What everybody is recommended. What single users are is nothing to publish."""
    wide, popular = "different items", "more popular than so much of the catalogue"
    yield f"top {TOP} of all users", wide, "as varied as", popular
    for label, one, _ in reaching(opening, found, recommended.reach):
        items = f"{text.thousands(one.items)} ({text.share(one.items / found.n_items)})"
        varied = f"{text.thousands(one.effective)} items"
        yield label, items, varied, text.share(one.percentile)


def _groups(opening: Opening, found: Behaviour) -> Iterator[Sequence[str]]:
    """The chosen model and the best simple one, by users and by items."""
    rival = opening.best_baseline
    if rival is None:
        return
    yield f"test {HIT.name} of", "lists", opening.neumf.label, rival.label, "NeuMF ahead by"
    for who, groups in (("users", found.by_activity), ("held-out items", found.by_popularity)):
        for group in (one for one in groups if one.lists):
            mine, its = (group.hits[name].mean for name in (NEUMF, rival.name))
            ahead = difference(group.ahead[rival.name])
            of = f"{who} with {text.thousands(group.low)} to {text.thousands(group.high)}"
            lists = text.thousands(group.lists)
            yield f"{of} interactions", lists, text.score(mine), text.score(its), ahead


def _validation(confirmation: Confirmation) -> str:
    seeds = max(entry.mean.seeds for entry in confirmation.entries)
    how = f"{OBJECTIVE.name} {IN_WORDS[confirmation.way]}, {seeds} fresh seeds"
    told = f"Validation, {how}; the search saw one seed"
    if all(entry.sampled is None for entry in confirmation.entries):
        return f"{told}:"
    return (
        f"{told}. It had its value on the candidates drawn, and so is what it is *now*. Those hold"
        " no item of the test split; over all draws some do, which makes lists harder: the mean is"
        " not to be compared with what the search had."
    )


def _confirmed(confirmation: Confirmation) -> Iterator[Sequence[str]]:
    yield (
        *("configuration", "mean", "behind the first by", "the search had", "the same way, now"),
        *("parameters", ""),
    )
    for entry in confirmation.entries:
        behind = "" if entry.behind is None else difference(entry.behind)
        had = "pruned" if entry.trial.value is None else text.score(entry.trial.value)
        chosen = "chosen" if entry is confirmation.chosen else ""
        now = text.score((entry.sampled or entry.mean).mean)
        mean, parameters = with_interval(entry.mean), text.thousands(entry.parameters)
        yield _configuration(entry), mean, behind, had, now, parameters, chosen


def _configuration(entry: Confirmed) -> str:
    label = f" ({entry.trial.label})" if entry.trial.label else ""
    params = " ".join(f"{n}={text.short(v)}" for n, v in entry.trial.params.items())
    return f"trial {entry.number}{label}: {params}"


def _baselines(study: StudyResult, confirmation: Confirmation) -> Iterator[Sequence[str]]:
    yield "simple model", f"{OBJECTIVE.name} on validation", "hyperparameters", "tried", "time"
    for one in study.baselines:
        if one.refusal is not None:
            yield one.label, one.refusal, "", "", ""
            continue
        mean = with_interval(one.model.estimate(confirmation.way))
        chosen = json.dumps(one.hyperparameters).strip("{}").replace('"', "")
        yield one.label, mean, chosen, str(one.tried), format_duration(one.seconds)


def _how(study: StudyResult, opening: Opening) -> str:
    data, versions = study.data, opening.versions
    spent = sum(float(session.get("seconds") or 0.0) for session in study.sessions)
    workers = sorted({str(s["workers"]) for s in study.sessions if s.get("workers")})
    size = (
        f"{data['users']:,} users, {data['items']:,} items, {data['interactions']:,} interactions"
    )
    used = ", ".join(f"{name} {version}" for name, version in versions.items() if name not in HOST)
    opened = f"{opening.opened}, after {text.count(opening.trials, 'trial')}"
    facts = {
        "data": readable_text(f"{size}, fingerprint {data['fingerprint']}"),
        "command": code_span(f"python -m search.run {study.command}"),
        "seeds": f"study {study.definition['search']['seed']}, and {opening.seeds} derived from it",
        "opened": readable_text(opened),
        "trained": f"on train and validation, {text.count(opening.last_epoch, 'epoch')}",
        "time": f"{format_duration(spent)} in all, with {readable_text(_count_of(workers))}",
        "versions": readable_text(used),
        "this section": code_span(f"python -m reports.results {shlex.quote(study.name)}"),
    }
    return "\n".join(f"* {name}: {fact}" for name, fact in facts.items())


def _count_of(workers: Sequence[str]) -> str:
    """``2 or 4 workers``, where sessions had different ones."""
    return f"{' or '.join(workers) or '?'} {'worker' if workers == ['1'] else 'workers'}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    """A table of plain text."""
    return as_table([readable_text(cell) for cell in row] for row in rows)
