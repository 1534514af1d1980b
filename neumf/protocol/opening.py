"""The opening of the sealed test: the only module that takes its pairs out.

Only the step that opens a study's test may import this (``tests/test_layering.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neumf.data.interactions import Codes, Interactions
from neumf.protocol import candidates
from neumf.protocol.evaluation_protocol import EvaluationProtocol
from neumf.protocol.held_out import HeldOut
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.protocol.split import Split


@dataclass(frozen=True, eq=False)
class OpenedTest:
    """What is trained once nothing is to be chosen any more, and what it is measured on."""

    problem: Problem  # its positives are train and validation; it has no validation lists
    lists: MeasuredLists  # of the test pairs


def open_test(
    interactions: Interactions, parts: Split, protocol: EvaluationProtocol, seed: int
) -> OpenedTest:
    """Take the test pairs out of ``parts``.

    Test lists hold nothing that the user has met in any part, but for the held-out item. The
    negatives that came with the data are the sampled lists where there are any, all of them as
    published, however many ``protocol.candidates`` asks for (unless it asks for "all").

    Args:
        interactions: distinct pairs [n].
        parts: their split, from :func:`neumf.protocol.evaluation_protocol.split_interactions`.
        protocol: the study's.
        seed: the study's, from 0; it draws the candidates, which are not those of validation.

    Raises:
        UserError: more test lists are too short than not.
    """
    test, negatives = parts.test.take_out()
    n_users, n_items = interactions.n_users, interactions.n_items
    met = parts.test.met_in_any_part(parts.before_test, n_users, n_items)
    if negatives is not None and protocol.candidates != "all":
        lists = MeasuredLists.of(test, met, n_items, candidates.given(test, negatives))
    else:
        lists = HeldOut("test", test, met, met, n_items, protocol.candidates).measured(seed)
    return OpenedTest(_trained_on(parts.before_test, n_users, n_items), lists)


def _trained_on(pairs: Pairs, n_users: int, n_items: int) -> Problem:
    """All ``pairs`` train; there is nothing to validate on."""
    positives = ItemSets.of(pairs.users, pairs.items, n_users, n_items)
    none: Codes = np.empty(0, np.int32)
    no_lists = Candidates(none, none[:, None])
    return Problem(n_users, n_items, pairs.users, pairs.items, positives, no_lists)
