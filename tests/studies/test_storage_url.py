"""A storage's URL: how it is shown, and what is refused before anything is connected to."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.errors import UserError
from studies.storage.database import check
from studies.storage.url import masked

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me@host/db", "postgresql+psycopg://me@host/db"),
        ("postgresql+psycopg://me:hunter2@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql+psycopg://me:@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql+psycopg://me:a@hunter2@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql+psycopg://me:a/hunter2@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql+psycopg://me:x://hunter2@h/db", "postgresql+psycopg://me:***@h/db"),
        ("postgresql+psycopg:/me:hunter2@host/db", "postgresql+psycopg:***@host/db"),
        ("me:hunter2@host/db", "me:***@host/db"),
        ("postgresql+psycopg://h/db?password=hunter2", "postgresql+psycopg://h/db?password=***"),
        (
            "postgresql+psycopg://h/db?a=b&PASSWORD=hunter2&sslpassword=hunter2&c=d",
            "postgresql+psycopg://h/db?a=b&PASSWORD=***&sslpassword=***&c=d",
        ),
        (
            "postgresql+psycopg://me@h/db?password=a#hunter2",
            "postgresql+psycopg://me@h/db?password=***",
        ),
        (
            "postgresql+psycopg://h/db?p%61ssword=hunter2",
            "postgresql+psycopg://h/db?p%61ssword=***",
        ),
        ("postgresql+psycopg://me:x@h/db?password=a@hunter2", "postgresql+psycopg://me:***@***"),
        (
            "postgresql+psycopg://h/db?scram_client_key=hunter2",
            "postgresql+psycopg://h/db?scram_client_key=***",
        ),
        ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db"),
        ("", ""),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert masked(url) == shown


@given(st.text(max_size=20), st.text("ab:/@?&=#%{} \n", max_size=12))
def test_no_part_of_a_password_is_shown(before: str, after: str) -> None:
    """Whatever stands in it, escaped or not, in either of its places."""
    for url in (
        f"postgresql+psycopg://me:{before}{PASSWORD}{after}@host/db",
        f"postgresql+psycopg://me:x@host/db?password={quote_plus(before)}{PASSWORD}{after}",
    ):
        assert PASSWORD not in masked(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "postgresql://me:hunter2@host/db",
            (
                "must be postgresql+psycopg://USER@HOST/DATABASE;"
                " did you mean postgresql+psycopg://me:***@host/db?"
            ),
        ),
        (
            "postgres://host/db",
            (
                "must be postgresql+psycopg://USER@HOST/DATABASE;"
                " did you mean postgresql+psycopg://host/db?"
            ),
        ),
        ("postgresql+psycopg2:me", "must be postgresql+psycopg://USER@HOST/DATABASE"),
        (
            "postgresql+psycopg://me:hunter2@host",
            "names no database; write postgresql+psycopg://USER@HOST/DATABASE",
        ),
        (
            "postgresql+psycopg://me:hunter2@host:hunter2/db",
            (
                "must be postgresql+psycopg://USER@HOST/DATABASE; write %40 for @ and %2F for / in"
                " names"
            ),
        ),
        (
            "postgresql+psycopg://me:a@hunter2@host/db",
            (
                "must be postgresql+psycopg://USER@HOST/DATABASE; write %40 for @ and %2F for / in"
                " names"
            ),
        ),
    ],
)
def test_what_is_no_url_of_a_server(url: str, told: str) -> None:
    """One line, from which nobody learns a password."""
    with pytest.raises(UserError) as refused:
        check(url)
    assert str(refused.value) == f"storage {masked(url)!r}: {told}"


@pytest.mark.parametrize("url", ["me:hunter2@host/db", "mysql://me:hunter2@host/db"])
def test_no_password_in_any_refusal(url: str) -> None:
    with pytest.raises(UserError) as refused:
        check(url)
    assert PASSWORD not in str(refused.value)
    assert "***" in str(refused.value)


WITHOUT = """
import runpy, sys
sys.modules["psycopg"] = None
sys.argv[1:] = ["--storage", "postgresql+psycopg://me:hunter2@host/db"]
runpy.run_module("search.run", run_name="__main__")
"""


def test_without_the_extra() -> None:
    """One line says what to install, in a process in which nothing has imported it before."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == (
        "error: storage 'postgresql+psycopg://me:***@host/db': needs the package psycopg:"
        " pip install 'neumf-search[postgres]'"
    )
