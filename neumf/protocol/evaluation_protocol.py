"""From interactions to what is trained and measured: split, candidates, and the sealed test."""

from __future__ import annotations

from typing import Literal

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol import candidates
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.protocol.split import DEFAULT_SPLIT, Pairs, Split, SplitMethod, split
from neumf.seeds import generator
from neumf.tables import Table


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
    """The study's split; the same for the same (interactions, protocol, seed)."""
    return split(interactions, protocol.split, generator(seed, "split"))


def make_problem(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol, seed: int
) -> Problem:
    """The problem a trial is given: training positives and validation lists, nothing of test.

    Raises:
        UserError: more candidates than there are items.
    """
    train = parts.train
    return Problem(
        interactions.n_users,
        interactions.n_items,
        train.users,
        train.items,
        ItemSets.of(train.users, train.items, interactions.n_users, interactions.n_items),
        _lists("validation", parts.validation, interactions, parts, protocol, seed),
    )


def _lists(
    purpose: str,
    held_out: Pairs,
    interactions: Interactions,
    parts: Split,
    protocol: EvaluationProtocol,
    seed: int,
) -> Candidates:
    n_items, known = interactions.n_items, parts.everything
    seen = ItemSets.of(known.users, known.items, interactions.n_users, n_items)
    if protocol.candidates == "all":
        return candidates.catalogue(held_out, seen)
    if protocol.candidates >= n_items:
        raise UserError(
            f"candidates = {protocol.candidates}: {interactions.name} has only {n_items} items;"
            ' use fewer, or "all"'
        )
    lists = generator(seed, "candidates", purpose)
    return candidates.sampled(held_out, seen, n_items, protocol.candidates, lists)


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
