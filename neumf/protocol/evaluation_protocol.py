"""The evaluation protocol: how interactions become a split, candidate lists and a problem."""

from __future__ import annotations

from typing import Literal

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.held_out import HeldOut
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import ItemSets, Problem
from neumf.protocol.split import DEFAULT_SPLIT, Split, SplitMethod, split
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
        _validation(interactions, parts, protocol).lists(seed),
    )


def validation_lists(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol, seed: int
) -> MeasuredLists:
    """What finished models are measured on while test is sealed.

    The protocol's own lists are those of :func:`make_problem`, to the last item. Beside sampled
    ones stand the same held-out items among the whole catalogue, where a user's test item is
    ranked like any other that the user has not met in training or validation.

    Raises:
        UserError: as :func:`make_problem`.
    """
    return _validation(interactions, parts, protocol).measured(seed)


def describe_candidates(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol
) -> str | None:
    """A line on validation lists with too few unseen items to rank; None if all are whole."""
    return _validation(interactions, parts, protocol).lengths.line()


def _validation(interactions: Interactions, parts: Split, protocol: EvaluationProtocol) -> HeldOut:
    """Of the sealed test nothing is asked but which items not to sample."""
    n_users, n_items, before = interactions.n_users, interactions.n_items, parts.before_test
    known = ItemSets.of(before.users, before.items, n_users, n_items)
    k = protocol.candidates
    if k != "all" and k >= n_items:
        raise UserError(
            f'candidates = {k}: {interactions.name} has only {n_items} items; use fewer, or "all"'
        )
    met = known if k == "all" else parts.test.met_in_any_part(before, n_users, n_items)
    return HeldOut("validation", parts.validation, known, met, n_items, k)


def parse_candidates(text: str) -> int | Literal["all"]:
    """``"99"`` or ``"all"`` from a command line.

    Raises:
        UserError: neither a positive number nor "all".
    """
    if text == "all":
        return "all"
    number = int(text) if text.isdecimal() and len(text) < 20 else 0
    if number < 1:
        raise UserError(f'candidates = {text!r}: must be a positive number or "all"')
    return number
