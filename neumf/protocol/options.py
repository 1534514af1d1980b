"""The evaluation protocol on a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from neumf.protocol.split import DEFAULT_SPLIT, SPLITS


def protocol_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--split`` and ``--candidates``."""
    split = click.option(
        "--split",
        type=click.Choice(SPLITS),
        default=DEFAULT_SPLIT,
        show_default=True,
        help="each user's last interactions, or 80/10/10 at random (the notebook's)",
    )
    candidates = click.option(
        "--candidates",
        default="99",
        show_default=True,
        help='unseen items ranked beside each held-out one, or "all"',
    )
    return split(candidates(command))
