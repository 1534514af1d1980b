"""Which hyperparameters mattered, distinguished from noise.

A hyperparameter's share is how much of the variation of the scores' ranks a parabola in its own
ranks explains (for words: its groups), beyond what a parabola in the trials' order explains: as
TPE narrows everything while scores rise, all that moves along would look important. Shares need
not sum to 1. They hold for the space as sampled: a wide range makes a hyperparameter look
important. A narrow peak, which is neither slope nor hump, shows weakly.

The noise line follows Westfall and Young (Resampling-Based Multiple Testing, Wiley 1993);
permuting residuals, Freedman and Lane (1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neumf.declaration import Value
from neumf.seeds import generator
from studies.results.study_result import Importance, Importances, TrialResult

LEAST = 30
"""Trials from which importance is shown. Silence proves nothing where TPE chose: of 100 studies of
30, 54 and 100 trials, the main cause of scores that were 40 % noise was found in 24, 41 and 42."""

PERMUTATIONS = 1999

LEVEL = 0.02
"""How often anything stands out where scores depend on nothing: measured .010 to .035 in 200
studies of 30, 54 and 100 trials, chosen at random or by TPE."""

Floats = NDArray[np.float64]


def importances(trials: Sequence[TrialResult], seed: int) -> Importances:
    """Of complete trials, each configuration once: pruned ones have no comparable score.

    What is searched on a branch alone is judged among the trials on that branch.
    """
    used = sorted((t for t in trials if is_used(t)), key=lambda t: t.number)
    basis = f"{len(used)} complete trials of different configurations"
    if len(used) < LEAST:
        return Importances((), f"{basis}; {LEAST} needed")
    found: list[Importance] = []
    told: list[str] = []
    groups = _groups(used)
    judged = sum(len(having) >= LEAST for _, having in groups)
    for names, having in groups:
        is_judged = len(having) >= LEAST
        if len(having) < len(used):
            few = "" if is_judged else f", and {LEAST} are needed"
            have = "have it" if len(names) == 1 else "have them"
            told.append(f"{', '.join(sorted(names))} on the {len(having)} that {have}{few}")
        if is_judged and len({trial.value for trial in having}) > 1:
            found += _judge(names, having, seed, LEVEL / judged)
    basis += f" ({'; '.join(told)})" if told else ""
    if not found:
        return Importances((), f"{basis}, and nothing that differs")
    return Importances(
        tuple(sorted(found, key=lambda one: (-one.share, one.name))),
        f"{basis}; the share of the variation of the scores' ranks that each hyperparameter"
        f" explains alone, beyond the trials' order; noise: what {1 - LEVEL:.0%} of {PERMUTATIONS}"
        " permutations of the scores stay below",
    )


def _groups(used: Sequence[TrialResult]) -> list[tuple[list[str], list[TrialResult]]]:
    """The searched hyperparameters by the trials that have them, those that all have first."""
    groups: dict[tuple[int, ...], tuple[list[str], list[TrialResult]]] = {}
    for name in dict.fromkeys(name for trial in used for name in trial.params):
        having = [trial for trial in used if name in trial.params]
        names, _ = groups.setdefault(tuple(trial.number for trial in having), ([], having))
        names.append(name)
    return sorted(groups.values(), key=lambda group: -len(group[1]))


def _judge(
    names: Sequence[str], used: Sequence[TrialResult], seed: int, level: float
) -> list[Importance]:
    """Hyperparameters that all of ``used`` have; ``level`` is how often noise may stand out."""
    scores = np.array([t.value for t in used], dtype=np.float64)
    order = basis_of(range(len(used)))
    ranks = beyond(ranks_of(scores) - (len(used) + 1) / 2, order)
    rows = np.tile(ranks, (PERMUTATIONS, 1))
    permuted = beyond(generator(seed, "importance").permuted(rows, axis=1), order)
    bases = [orthonormal(beyond(basis_of([t.params[n] for t in used]).T, order).T) for n in names]
    shares = np.array([explained(ranks[np.newaxis], basis)[0] for basis in bases]).round(6)
    null = np.stack([explained(permuted, basis) for basis in bases], axis=1)
    return [
        Importance(name, float(share), float(line), bool(share > line))
        for name, share, line in zip(names, shares, noise_lines(null, level).round(6), strict=True)
    ]


def is_used(trial: TrialResult) -> bool:
    is_own = trial.state == "complete" and trial.duplicate_of is None
    return is_own and trial.value is not None and math.isfinite(trial.value)


def basis_of(values: Sequence[Value]) -> Floats:
    """Orthonormal columns, without the constant: a parabola in ranks, or groups of words."""
    if any(isinstance(value, str) for value in values):
        columns = np.array([[v == kind for kind in sorted(set(map(str, values)))] for v in values])
    else:
        ranks = ranks_of(np.array(values, dtype=np.float64)) / len(values) - 0.5
        columns = np.stack([ranks, ranks**2], axis=1)
    return orthonormal((columns - columns.mean(axis=0)) / math.sqrt(len(values)))


def ranks_of(values: Floats) -> Floats:
    """From 1; equal values share their mean rank. SciPy has the same, but takes long to import."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    means = np.cumsum(counts) - (counts - 1) / 2
    return np.asarray(means[places], dtype=np.float64)


def orthonormal(columns: Floats) -> Floats:
    """Orthonormal columns that span the same."""
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, size > 1e-6], dtype=np.float64)


def beyond(rows: Floats, basis: Floats) -> Floats:
    """What of each row does not lie in ``basis``."""
    return rows - (rows @ basis) @ basis.T


def explained(ranks: Floats, basis: Floats) -> Floats:
    """The share of each row's variation that lies in ``basis``."""
    whole = np.maximum((ranks**2).sum(axis=1), 1e-9)
    return np.asarray(((ranks @ basis) ** 2).sum(axis=1) / whole, dtype=np.float64)


def noise_lines(null: Floats, level: float) -> Floats:
    """A line for each column, such that only ``level`` of the rows cross any, and each column is
    crossed as often as the others, however many categories it has."""
    ordered = np.sort(null, axis=0)
    below = [np.searchsorted(*pair) for pair in zip(ordered.T, null.T, strict=True)]
    chance = 1 - np.stack(below, axis=1) / len(null)
    rare = np.quantile(chance.min(axis=1), level, method="inverted_cdf")
    lines = np.quantile(null, 1 - rare, axis=0, method="higher")
    return np.asarray(lines, dtype=np.float64)
