"""Ranks of held-out items among their candidates, for anything that scores pairs.

Ties count against the model: a candidate that scores the same as the held-out item, or scores
NaN, ranks above it, so constant scores win nothing. Scores are the same if they differ by no more
than rounding, since a matrix product may round the last rows of a block differently from the first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.compiled import frozen, inline, jit
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.metrics import Ranks
from neumf.protocol.problem import NO_ITEM, Candidates

BLOCK = 1 << 16
"""Pairs whose scores are held at a time (a list is never split)."""

LEAST_LISTS = 16
"""Of the whole catalogue, at a time: a product of factors reads every item once for all of them.
With MovieLens-20M's 26,744 items two at a time took six times as long."""

CLOSE = np.float32(512 * np.finfo(np.float32).eps)
"""Scores that differ by less than this, 6e-5 (relatively, if beyond 1), are the same. Measured for
items that are all alike, weights N(0, 0.3), one to eight layers, up to 64 factors: 10 eps or less
with narrow or shallow models, 444 at most, in five wide layers. No order of a matrix product's rows
that was tried treats all alike (see DECISIONS.md)."""


def rank(scorer: Scorer, candidates: Candidates) -> Ranks:
    """Rank the held-out item of every list among its candidates.

    Args:
        scorer: asked for the scores of a block of lists at a time.
        candidates: n lists; see :class:`neumf.protocol.problem.Candidates`. ``NO_ITEM`` is ranked
            below everything.

    Returns:
        Ranks [n] of the held-out items, from 1, the best.
    """
    ranks = np.empty(len(candidates), np.int64)
    for where in blocks(candidates, scorer.n_items):
        part = candidates.part(where)
        rank_scores(score_lists(scorer, part), part, ranks[where])
    return ranks


def blocks(candidates: Candidates, n_items: int) -> Iterator[slice]:
    """Runs of lists, as many as scores are held of at a time."""
    if candidates.seen is None:
        lists = max(1, BLOCK // candidates.items.shape[1])
    else:
        lists = max(LEAST_LISTS, BLOCK // n_items)
    for start in range(0, len(candidates), lists):
        yield slice(start, start + lists)


def score_lists(scorer: Scorer, candidates: Candidates) -> Floats:
    """The scores [n, k] of all that the lists rank: their items, or the whole catalogue."""
    if candidates.seen is None:
        return _score(scorer, candidates.users, candidates.items)
    return _score(scorer, candidates.users, np.arange(scorer.n_items, dtype=np.int32)[None])


def rank_scores(scores: Floats, candidates: Candidates, ranks: Ranks) -> None:
    """Write the ranks [n] of the held-out items, from what :func:`score_lists` gave."""
    items, seen = candidates.items, candidates.seen
    if seen is None:
        _rank_lists(frozen(items), frozen(scores), ranks)
        return
    _rank_catalogue(
        frozen(candidates.users),
        frozen(items[:, 0]),
        frozen(seen.starts),
        frozen(seen.items),
        frozen(scores),
        ranks,
    )


def _score(scorer: Scorer, users: Codes, items: Codes) -> Floats:
    """The scores, which are held to what :class:`Scorer` promises."""
    scores = scorer.score(users, items)
    assert scores.dtype == np.float32, f"scores must be float32, not {scores.dtype}"
    assert scores.shape == (len(users), items.shape[1]), f"scores have shape {scores.shape}"
    return frozen(scores)


@inline
def is_below(score: np.float32, mine: np.float32) -> np.bool:
    """Whether a score is truly lower than the held-out item's; never if either is NaN."""
    return score < mine - CLOSE * max(abs(mine), np.float32(1))


@jit
def _rank_lists(items: Codes, scores: Floats, ranks: Ranks) -> None:
    """The held-out item is the first of its list; it is its own tie, which counts the 1."""
    for n in range(len(ranks)):
        above = 0
        for k in range(items.shape[1]):
            if items[n, k] != NO_ITEM and not is_below(scores[n, k], scores[n, 0]):
                above += 1
        ranks[n] = above


@jit
def _rank_catalogue(
    users: Codes,
    held_out: Codes,
    starts: npt.NDArray[np.int64],
    seen: Codes,
    scores: Floats,
    ranks: Ranks,
) -> None:
    """All that are not below the held-out item, less those of them that the user has seen."""
    for n in range(len(ranks)):
        mine = scores[n, held_out[n]]
        above = 0
        for k in range(scores.shape[1]):
            if not is_below(scores[n, k], mine):
                above += 1
        for k in range(starts[users[n]], starts[users[n] + 1]):
            if seen[k] != held_out[n] and not is_below(scores[n, seen[k]], mine):
                above -= 1
        ranks[n] = above
