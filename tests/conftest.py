"""What every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.signals import signals_heard

if TYPE_CHECKING:
    from tests.postgres_server import Server

# The first example may have to compile, and machines differ: time is nothing to fail by.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# make check: a fifth of the examples; make test has them all.
settings.register_profile("quick", deadline=None, max_examples=20)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; without one, the test is skipped."""
    from tests.postgres_server import running_server

    with running_server() as server:
        yield server


@pytest.fixture(name="signals_heard")
def _signals_heard() -> Iterator[None]:
    """Sessions hear what is sent to them, wherever the tests are run."""
    with signals_heard():
        yield
