"""The states of trials, in the order in which a page tells them."""

from __future__ import annotations

BEGUN = ("complete", "pruned", "failed", "interrupted", "running")
STATES = (*BEGUN, "waiting")
