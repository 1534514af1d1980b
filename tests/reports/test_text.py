"""Numbers as text."""

from __future__ import annotations

import pytest

from reports import text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (text.score(0.42), "0.4200"),
        (text.score(float("nan")), "–"),
        (text.difference(0.0321), "+0.0321"),
        (text.difference(-0.0321), "−0.0321"),
        (text.share(0.004), "< 1%"),
        (text.share(0.0), "0%"),
        (text.share(None), "–"),
        (text.thousands(1234567), "1,234,567"),
        (text.count(1, "trial"), "1 trial"),
        (text.count(1200, "trial"), "1,200 trials"),
        (text.count(0, "trial was", "trials were"), "0 trials were"),
        (text.large(1_230_000_000), "1.23 billion"),
        (text.large(999), "999"),
        (text.duration(59.94), "59.9 s"),
        (text.duration(59.96), "1 min 0 s"),
        (text.duration(3599.6), "1 h 0 min"),
        (text.short(3.2e-7), "3.2e-7"),
        (text.short(0.0), "0"),
        (text.short(1024), "1024"),
        (text.short(None), "–"),
        (text.moment("2026-03-14T09:26:53+00:00"), "2026-03-14 09:26"),
    ],
)
def test_numbers_as_text(given: str, told: str) -> None:
    assert given == told
