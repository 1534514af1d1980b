"""Fixtures of several of this room's tests."""

from __future__ import annotations

import pytest

from tests.postgres_server import Server


@pytest.fixture
def database(postgres: Server) -> str:
    """An empty one on the PostgreSQL server."""
    return postgres.create()


@pytest.fixture
def url(postgres: Server, database: str) -> str:
    """A storage in it."""
    return postgres.url(database)
