"""Which two hyperparameters matter together, distinguished from noise.

A pair's share is how much of the variation of the scores' ranks the products of both parabolas
explain, beyond the trials' order and beyond what either explains alone (see
:mod:`studies.results.importance`, also for the noise line). Ranks bend what simply adds up: where
two hyperparameters explain nearly everything alone, a small share is no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from neumf.declaration import Value
from neumf.seeds import generator
from studies.results.importance import (
    LEAST,
    LEVEL,
    PERMUTATIONS,
    Floats,
    basis_of,
    beyond,
    explained,
    is_used,
    noise_lines,
    orthonormal,
    ranks_of,
)
from studies.results.study_result import TrialResult

SHOWN = 3
"""The strongest pairs; more are a wall of colours."""

BINS = 4
"""Groups of equal size along a hyperparameter of more values."""


class Cell(NamedTuple):
    """The trials of two groups that meet; ``score`` is their mean."""

    score: float | None
    trials: int


class Interaction(NamedTuple):
    """Two hyperparameters, and the mean score where groups of their values meet."""

    names: tuple[str, str]
    share: float
    noise: float
    rows: tuple[tuple[Value, Value], ...]  # lowest and highest value of each group of the first
    columns: tuple[tuple[Value, Value], ...]  # and of the second
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def distinct(self) -> bool:
        """Above the noise."""
        return self.share > self.noise


def interactions(trials: Sequence[TrialResult], seed: int) -> tuple[Interaction, ...]:
    """The strongest, of hyperparameters that all complete trials have; none of too few trials."""
    used = sorted((t for t in trials if is_used(t)), key=lambda t: t.number)
    if len(used) < LEAST:
        return ()
    names = [
        name
        for name in used[0].params
        if all(name in t.params for t in used) and len({t.params[name] for t in used}) > 1
    ]
    scores = np.array([t.value for t in used], dtype=np.float64)
    pairs = list(combinations(names, 2))
    if not pairs or len(set(scores)) == 1:
        return ()
    shares, lines = _judge(pairs, used, scores, seed)
    found = sorted(zip(pairs, shares, lines, strict=True), key=lambda one: (-one[1], one[0]))
    return tuple(_show(pair, used, share, line) for pair, share, line in found[:SHOWN])


def _judge(
    pairs: Sequence[tuple[str, str]], used: Sequence[TrialResult], scores: Floats, seed: int
) -> tuple[list[float], list[float]]:
    """Of each pair its share, and what noise stays below."""
    alone = {
        name: basis_of([t.params[name] for t in used]) for name in {n for p in pairs for n in p}
    }
    order = basis_of(range(len(used)))
    ranks = ranks_of(scores) - (len(used) + 1) / 2
    rng = generator(seed, "interactions")
    shares, null = [], []
    for one, other in pairs:
        known = orthonormal(np.hstack([order, alone[one], alone[other]]))
        products = np.einsum("ij,ik->ijk", alone[one], alone[other]).reshape(len(used), -1)
        products = products - products.mean(axis=0)
        scale = np.sqrt((products**2).sum(axis=0))
        products = products[:, scale > 1e-9] / scale[scale > 1e-9]
        basis = orthonormal(beyond(products.T, known).T)
        rest = beyond(ranks, known)
        permuted = beyond(rng.permuted(np.tile(rest, (PERMUTATIONS, 1)), axis=1), known)
        left = float((rest**2).sum() / max((ranks**2).sum(), 1e-9))  # of the whole variation
        shares.append(round(left * float(explained(rest[np.newaxis], basis)[0]), 6))
        null.append(left * explained(permuted, basis))
    lines = noise_lines(np.stack(null, axis=1), LEVEL).round(6)
    return shares, [float(line) for line in lines]


def _show(
    pair: tuple[str, str], used: Sequence[TrialResult], share: float, line: float
) -> Interaction:
    rows, columns = (_groups([t.params[name] for t in used]) for name in pair)
    scores: list[list[list[float]]] = [[[] for _ in columns] for _ in rows]
    for trial in used:
        row, column = (
            _place(trial.params[name], groups)
            for name, groups in zip(pair, (rows, columns), strict=True)
        )
        scores[row][column].append(trial.value or 0.0)
    return Interaction(
        pair,
        share,
        line,
        rows,
        columns,
        tuple(
            tuple(Cell(float(np.mean(cell)) if cell else None, len(cell)) for cell in row)
            for row in scores
        ),
    )


def _groups(values: Sequence[Value]) -> tuple[tuple[Value, Value], ...]:
    """Each value by itself where they are few or words, else groups of about equal size; a value
    is in one group only."""
    if any(isinstance(value, str) for value in values):
        return tuple((word, word) for word in sorted({str(value) for value in values}))
    different = sorted({float(value) for value in values})
    own = {float(value): value for value in values}
    if len(different) <= BINS:
        return tuple((own[value], own[value]) for value in different)
    ordered = np.sort(np.array(values, dtype=np.float64))
    cuts = sorted({float(ordered[len(ordered) * k // BINS]) for k in range(1, BINS)})
    groups: list[list[float]] = [[] for _ in range(len(cuts) + 1)]
    for value in different:
        groups[int(np.searchsorted(cuts, value, side="right"))].append(value)
    return tuple((own[group[0]], own[group[-1]]) for group in groups if group)


def _place(value: Value, groups: Sequence[tuple[Value, Value]]) -> int:
    if isinstance(value, str):
        return [low for low, _ in groups].index(value)
    return next(
        n for n, (_, high) in enumerate(groups) if not isinstance(high, str) and value <= high
    )
