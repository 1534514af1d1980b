"""Fixtures of several of this room's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neumf.floating_point import FLUSH, read_register, write_register


@pytest.fixture
def register() -> Iterator[None]:
    """A test begins with denormals kept, and what it sets ends with it."""
    before = read_register()
    write_register(before & ~FLUSH)
    yield
    write_register(before)
