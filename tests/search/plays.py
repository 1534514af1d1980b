"""Interactions as a person's file has them."""

from __future__ import annotations

from tests.worlds import blocks


def csv(header: str) -> str:
    """Two blocks of users and items under ``header``: user, item, rating, time."""
    data = blocks()
    rows = zip(data.users, data.items, data.times, strict=True)
    return "\n".join([header, *(f"{u},{i},{1 + t % 5},{881250949 + t}" for u, i, t in rows)]) + "\n"
