"""What Optuna calls a searched hyperparameter: its own name, or ``sgd.lr`` on a branch ``sgd``.

One name with two ranges would confuse samplers and be refused by storages.
"""

from __future__ import annotations


def on_branch(branch: str, name: str) -> str:
    """What the hyperparameter ``name`` is called on ``branch``."""
    return f"{branch}.{name}"


def hyperparameter_of(param: str) -> str:
    """The hyperparameter that Optuna's ``param`` is a value of."""
    return param.rpartition(".")[2]
