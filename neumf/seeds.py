"""The seed rule: randomness derives from (study seed, configuration, purpose) and nothing else.

A trial therefore gives the same result alone, in parallel, after a resume or in a replay. No
global generator is used anywhere.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np

from neumf.hyperparameters import HYPERPARAMETERS, JOINING, STOPPING, Configuration


def derive(seed: int, *purpose: str | int) -> int:
    """A 64-bit seed for ``purpose`` under ``seed``."""
    text = json.dumps([seed, *purpose]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A fresh generator for ``purpose`` under ``seed``."""
    return np.random.default_rng(derive(seed, *purpose))


def fresh_seed(study_seed: int, number: int) -> int:
    """The ``number``-th seed, from 1, for runs that must not repeat what a search has seen: it
    takes the place of the study's seed."""
    return derive(study_seed, "fresh", number)


def trial_seed(study_seed: int, configuration: Configuration) -> int:
    """The seed of a configuration's training run under a study's seed.

    Values that equal their defaults do not enter, so that adding a hyperparameter leaves the
    seeds of configurations without it as they were.
    """
    what = {
        name: value
        for name, value in configuration.asdict().items()
        if name not in (*STOPPING, *JOINING) and value != HYPERPARAMETERS[name].default
    }
    return derive(study_seed, "trial", json.dumps(what, sort_keys=True))
