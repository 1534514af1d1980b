"""How many examples a property is tried on, where the usual number is not the right one."""

from __future__ import annotations

from hypothesis import settings

USUAL = 100
"""What Hypothesis tries unless told otherwise."""


def examples(number: int) -> int:
    """``number`` in ``make test``, and as small a share of it in ``make check`` as of any other.

    A number in ``@settings`` would be the same in both.
    """
    return max(1, number * settings().max_examples // USUAL)
