"""The evaluation protocol: how interactions become a split, candidate lists and a problem."""

from __future__ import annotations

from typing import Literal

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol import candidates
from neumf.protocol.list_lengths import ListLengths
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.protocol.split import DEFAULT_SPLIT, Pairs, Split, SplitMethod, split
from neumf.seeds import generator
from neumf.tables import Table

Part = Literal["validation", "test"]
"""The parts of a split that are ranked."""


class EvaluationProtocol(Table):
    """How models are measured: the ``[protocol]`` table of a study."""

    split: SplitMethod = DEFAULT_SPLIT
    candidates: int | Literal["all"] = 99

    def check(self) -> None:
        """Everything that the types cannot say.

        Raises:
            UserError: fewer than one candidate.
        """
        if isinstance(self.candidates, int) and self.candidates < 1:
            raise UserError(
                f'[protocol] candidates = {self.candidates}: must be at least 1, or "all"'
            )


def split_interactions(
    interactions: Interactions, protocol: EvaluationProtocol, seed: int
) -> Split:
    """Divide ``interactions`` as ``protocol.split`` says.

    Args:
        interactions: distinct pairs [n], with times that order each user's.
        protocol: its ``split`` is used, not its candidates.
        seed: the study's, from 0. Leave-one-out draws nothing, so it does not depend on it.

    Returns:
        Disjoint parts that together are all n pairs (and a given test's, if the data has one).

    Raises:
        UserError: nothing to validate on, or a given test split that cannot be drawn again.
    """
    return split(interactions, protocol.split, generator(seed, "split"))


def make_problem(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol, seed: int
) -> Problem:
    """The problem that trials are given: training positives and validation lists.

    No test pair is in it. With ``candidates = "all"`` a user's test item is ranked in validation
    like any item that the user has not met: to leave it out would reveal it. A sampled list draws
    its items from those that the user has met in no part, as NCF's own files do; that an item is
    not among the few drawn tells next to nothing.

    Args:
        interactions: distinct pairs [n].
        parts: their split, from :func:`split_interactions`.
        protocol: its ``candidates`` are ranked beside each held-out item. Lists of fewer than half
            as many are left out (:mod:`neumf.protocol.list_lengths`).
        seed: the study's, from 0; it draws the candidates.

    Raises:
        UserError: as many candidates as items, or more lists that are too short than not.
    """
    train = parts.train
    return Problem(
        interactions.n_users,
        interactions.n_items,
        train.users,
        train.items,
        ItemSets.of(train.users, train.items, interactions.n_users, interactions.n_items),
        _lists("validation", interactions, parts, protocol, seed),
    )


def describe_candidates(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol
) -> str | None:
    """A line on validation lists with too few unseen items to rank; None if all are whole."""
    excluded = _excluded("validation", interactions, parts, protocol)
    return _lengths("validation", excluded, interactions, parts, protocol).line()


def _lists(
    part: Part, interactions: Interactions, parts: Split, protocol: EvaluationProtocol, seed: int
) -> Candidates:
    n_items, k = interactions.n_items, protocol.candidates
    if k != "all" and k >= n_items:
        raise UserError(
            f'candidates = {k}: {interactions.name} has only {n_items} items; use fewer, or "all"'
        )
    excluded = _excluded(part, interactions, parts, protocol)
    lengths = _lengths(part, excluded, interactions, parts, protocol)
    lengths.check()
    held_out = _held_out(part, parts)
    ranked = Pairs(held_out.users[lengths.kept], held_out.items[lengths.kept])
    if k == "all":
        return candidates.catalogue(ranked, excluded)
    return candidates.sampled(ranked, excluded, n_items, k, generator(seed, "candidates", part))


def _held_out(part: Part, parts: Split) -> Pairs:
    return parts.validation if part == "validation" else parts.test


def _excluded(
    part: Part, interactions: Interactions, parts: Split, protocol: EvaluationProtocol
) -> ItemSets:
    """Per user the items that are in no list of ``part``, but for the held-out one."""
    sealed = part == "validation" and protocol.candidates == "all"
    known = parts.before_test if sealed else parts.everything
    return ItemSets.of(known.users, known.items, interactions.n_users, interactions.n_items)


def _lengths(
    part: Part,
    excluded: ItemSets,
    interactions: Interactions,
    parts: Split,
    protocol: EvaluationProtocol,
) -> ListLengths:
    unseen = interactions.n_items - excluded.counts[_held_out(part, parts).users]
    return ListLengths.of(part, unseen, protocol.candidates, interactions.n_items)


def parse_candidates(text: str) -> int | Literal["all"]:
    """``"99"`` or ``"all"`` from a command line.

    Raises:
        UserError: neither a positive number nor "all".
    """
    if text == "all":
        return "all"
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f'candidates = {text!r}: must be a positive number or "all"')
    return int(text)


def both_lists(part, interactions, parts, protocol, seed):
    from neumf.protocol.measured_lists import MeasuredLists
    every = protocol.model_copy(update={"candidates": "all"})
    cat = _lists(part, interactions, parts, every, seed)
    sampled = _lists(part, interactions, parts, protocol, seed) if protocol.candidates != "all" else None
    pool = interactions.n_items - cat.seen.counts[cat.users]
    k = None if protocol.candidates == "all" else protocol.candidates
    return MeasuredLists(sampled, cat, k, pool)


def validation_lists(interactions, parts, protocol, seed):
    return both_lists("validation", interactions, parts, protocol, seed)
