"""A recorded study as a function: what a configuration that it never tried would have given.

Scores, epochs and times are means over the recorded trials, each weighted by how near its searched
hyperparameters are. How far a neighbour still counts is what tells each recorded trial best from
the others.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from neumf.arrays import Doubles
from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from studies.definition.schema import Definition

REACHES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
"""Widths of the neighbourhood that are tried; the whole range of a hyperparameter is 1."""


@dataclass(frozen=True)
class Expected:
    """What a trial of a configuration is expected to give."""

    score: float  # the objective, without the luck of a seed
    best_epoch: int
    epoch_seconds: float


class Surrogate:
    """Of the trials that ``reports.results`` has written to the CSV file at ``path``.

    Raises:
        UserError: it cannot be read, or is no table of this study's trials.
    """

    def __init__(self, definition: Definition, path: Path) -> None:
        self._definition = definition
        every = dict(definition.distributions)
        for own in definition.branch_distributions.values():
            every |= own
        self._distributions = every
        rows = _rows(path)
        try:
            self._at = np.array([self._place(_configuration(row)) for row in rows])
            self._score = np.array([float(row["score"]) for row in rows])
            epochs = np.array([int(row["epochs_trained"]) for row in rows])
            self._best = np.array([int(row["best_epoch"] or row["epochs_trained"]) for row in rows])
            self._log_seconds = np.log([float(row["seconds"]) for row in rows]) - np.log(epochs)
        except (KeyError, ValueError, UserError) as error:
            raise UserError(
                f"{path}: no table of the trials of study {definition.name!r} ({error}); write one"
                f" with python -m reports.results {definition.name}"
            ) from None
        self.trials = len(rows)
        errors = {reach: self._error(reach) for reach in REACHES}
        self._reach = min(errors, key=errors.__getitem__)
        self.error = errors[self._reach]
        """Standard deviation of the recorded scores from what the other trials tell of them."""
        self.spread = float(self._score.std())
        """That of the recorded scores."""

    def expect(self, configuration: Configuration) -> Expected:
        """A configuration of the study's space."""
        near = self._weights(self._place(configuration), self._reach)
        return Expected(
            float(near @ self._score),
            max(1, round(float(near @ self._best))),
            float(np.exp(near @ self._log_seconds)),
        )

    def _place(self, configuration: Configuration) -> Doubles:
        """Coordinates from 0 to 1 of what is searched; a hyperparameter of another branch is in the
        middle."""
        params = self._definition.params(configuration.asdict())
        return np.array(
            [
                _coordinate(distribution, params[name]) if name in params else 0.5
                for name, distribution in self._distributions.items()
            ]
        )

    def _weights(self, place: Doubles, reach: float) -> Doubles:
        """Of the recorded trials; they add up to 1."""
        far = ((self._at - place) ** 2).sum(axis=1) / reach**2
        weights: Doubles = np.exp(-0.5 * (far - far.min()))
        weights /= weights.sum()
        return weights

    def _error(self, reach: float) -> float:
        """Of every trial, told from the others."""
        far = ((self._at[:, None] - self._at) ** 2).sum(axis=2) / reach**2
        np.fill_diagonal(far, np.inf)
        weights = np.exp(-0.5 * (far - far.min(axis=1, keepdims=True)))
        told = weights @ self._score / weights.sum(axis=1)
        return float(np.sqrt(((told - self._score) ** 2).mean()))


def _rows(path: Path) -> list[dict[str, str]]:
    """The trials that were trained to an epoch of their own."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            every = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    found = [row for row in every if row.get("score") and not row.get("duplicate_of")]
    if len(found) < 3:
        raise UserError(f"{path}: holds {len(found)} trials; a study of 3 or more is needed")
    return found


def _configuration(row: Mapping[str, str]) -> Configuration:
    values: dict[str, Any] = {
        name: each.type(row[name]) for name, each in HYPERPARAMETERS.items() if row.get(name)
    }
    return Configuration(**values)


def _coordinate(distribution: BaseDistribution, value: Any) -> float:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices.index(value) / max(1, len(distribution.choices) - 1)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = distribution.low, distribution.high
    if distribution.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low) if high > low else 0.5
