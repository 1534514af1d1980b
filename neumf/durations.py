"""How long something took, in words: the same in the terminal and in the report."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """``8.4 s``, ``12 min 5 s`` or ``3 h 20 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
