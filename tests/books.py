"""Studies as tests make them: a definition, and what a study would remember."""

from __future__ import annotations

import tomllib

from studies.definition import Definition, parse

GOOD = """
name = "mine"
[data]
source = "ml-100k"
[space]
lr = { low = 1e-4, high = 1e-2, log = true }
batch_size = { choices = [256, 512] }
[fixed]
epochs = 20
[[first]]
name = "notebook"
setting = { lr = 1e-3, batch_size = 256 }
[search]
trials = 10
"""
"""A whole definition; tests put one mistake in it."""


def read(text: str) -> Definition:
    return parse(tomllib.loads(text), "mine.toml")
