"""What the model does: for whom it is right, how much of the catalogue it recommends, and what it
recommends to a few users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from neumf.baselines.catalogue import BASELINES
from neumf.evaluation.measurement import IN_WORDS
from neumf.saved_model.reach import TOP, Reach
from reports.sections.answer import STANDS
from reports.sections.section import Section
from studies.results.answer import INTERVAL
from studies.results.behaviour import HIT, Behaviour, Group, ShownUser
from studies.results.intervals import Estimate
from studies.results.opening import NEUMF, Opening, Tested, verdict_of
from studies.results.study_result import StudyResult


class Row(NamedTuple):
    """A group of test lists."""

    group: Group
    hits: tuple[Estimate | None, ...]  # of each model; None where there are no lists
    ahead: Estimate | None  # of the best simple model the chosen one is so far
    stands: str


class Table(NamedTuple):
    """Groups of users, or of items."""

    members: str  # "users" or "items"
    caption: str
    rows: tuple[Row, ...]


class Reaching(NamedTuple):
    """What a model recommends to everybody, or what users consumed."""

    label: str
    reach: Reach
    is_chosen: bool


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    hit: str
    models: tuple[str, ...]
    rival: str | None  # the best simple model
    tables: tuple[Table, ...]
    top: int
    reaches: tuple[Reaching, ...]  # none while no model is saved
    n_items: int
    popularity: tuple[Group, ...]
    users: tuple[ShownUser, ...]


def section(study: StudyResult) -> Section | None:
    """None before the test split is opened, and where an older version opened it."""
    opening = study.opening
    if opening is None or opening.behaviour is None:
        return None
    found, recommended = opening.behaviour, study.recommended
    rival = opening.best_baseline
    content = Content(
        HIT.name,
        tuple(one.label for one in compared(opening)),
        None if rival is None else rival.label,
        tables(opening, found),
        TOP,
        () if recommended is None else reaching(opening, found, recommended.reach),
        found.n_items,
        found.by_popularity,
        () if recommended is None else recommended.users,
    )
    return Section("behaviour", "What it does", "What the model does", content)


def compared(opening: Opening) -> Sequence[Tested]:
    """The chosen model, the best simple one, and the other simple ones."""
    rival = opening.best_baseline
    if rival is None:
        return (opening.neumf,)
    others = (one for one in opening.models if one.name in BASELINES and one is not rival)
    return (opening.neumf, rival, *others)


def tables(opening: Opening, found: Behaviour) -> tuple[Table, ...]:
    names = [one.name for one in compared(opening)]
    how = f"{HIT.name} on test, {IN_WORDS[opening.way]}: mean and {INTERVAL}"
    of = (
        ("users", f"By how active the user is. {how}", found.by_activity),
        ("items", f"By how popular the held-out item is. {how}", found.by_popularity),
    )
    return tuple(
        Table(members, caption, tuple(_row(group, names) for group in groups))
        for members, caption, groups in of
    )


def _row(group: Group, names: Sequence[str]) -> Row:
    _, *simple = names
    ahead = group.ahead.get(simple[0]) if simple else None
    stands = "" if ahead is None else STANDS[verdict_of(ahead)]
    return Row(group, tuple(group.hits.get(name) for name in names), ahead, stands)


def reaching(opening: Opening, found: Behaviour, mine: Reach) -> tuple[Reaching, ...]:
    """The chosen model first, what users consumed last."""
    reaches = {**found.reaches, NEUMF: mine}
    models = [Reaching(m.label, reaches[m.name], m is opening.neumf) for m in compared(opening)]
    return (*models, Reaching("what users consumed", found.consumed, is_chosen=False))
