"""The pairs of one part that are ranked, and the lists they are ranked in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from neumf.protocol import candidates
from neumf.protocol.list_lengths import ListLengths
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import Candidates, ItemSets
from neumf.seeds import generator


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out pairs, and per user what is not ranked beside them."""

    part: Literal["validation", "test"]
    pairs: Pairs
    known: ItemSets  # in no list over the catalogue, but for the held-out item
    met: ItemSets  # in no sampled list, but for the held-out item; ``known`` if none is sampled
    n_items: int
    candidates: int | Literal["all"]

    @cached_property
    def lengths(self) -> ListLengths:
        """How many candidates each list has under the protocol: which ones are kept."""
        unseen = self.n_items - self.met.counts[self.pairs.users]
        return ListLengths.of(self.part, unseen, self.candidates, self.n_items)

    @cached_property
    def ranked(self) -> Pairs:
        """The pairs whose lists are long enough.

        Raises:
            UserError: more lists are too short than not.
        """
        self.lengths.check()
        return self.pairs.where(self.lengths.kept)

    def lists(self, seed: int) -> Candidates:
        """What the protocol ranks. The study's ``seed`` draws the candidates.

        Raises:
            UserError: see :attr:`ranked`.
        """
        if self.candidates == "all":
            return candidates.catalogue(self.ranked, self.known)
        draws = generator(seed, "candidates", self.part)
        return candidates.sampled(self.ranked, self.met, self.n_items, self.candidates, draws)

    def measured(self, seed: int) -> MeasuredLists:
        """What a finished model is measured on: the protocol's lists, and the whole catalogue.

        Raises:
            UserError: see :attr:`ranked`.
        """
        sampled = None if self.candidates == "all" else self.lists(seed)
        return MeasuredLists.of(self.ranked, self.known, self.n_items, sampled)
