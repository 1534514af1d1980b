"""Whom a server on this machine answers, and with what headers."""

from __future__ import annotations

from typing import Any

import pytest

from search.guards import from_here, is_own

HOST = "127.0.0.1:8080"


def ask(path: str = "/", **headers: str) -> tuple[str, dict[str, str]]:
    """The status and headers of a guarded answer that lets every site read it."""
    found = []

    def application(_: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("Content-Type", "a/b")])
        return [b"secret"]

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        found.append((status, dict(headers)))

    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ = {"HTTP_HOST": HOST, "PATH_INFO": path, "REQUEST_METHOD": "GET", **named}
    body = b"".join(from_here(application)(environ, start_response))
    ((status, answered),) = found
    assert (body == b"secret") == status.startswith("200")
    return status.split()[0], answered


@pytest.mark.parametrize(
    ("site", "mode", "destination", "status"),
    [
        ("none", "navigate", "document", "200"),
        ("same-origin", "cors", "empty", "200"),
        ("same-origin", "navigate", "iframe", "200"),
        ("cross-site", "navigate", "document", "200"),
        ("same-site", "navigate", "document", "200"),
        ("cross-site", "navigate", "iframe", "403"),
        ("cross-site", "no-cors", "image", "403"),
        ("cross-site", "no-cors", "document", "403"),
        ("same-site", "no-cors", "empty", "403"),
        ("cross-site", "cors", "empty", "403"),
    ],
)
def test_only_links_lead_here_from_another_site(
    site: str, mode: str, destination: str, status: str
) -> None:
    """Its pictures, frames and scripts do not, though they send no ``Origin``."""
    found, _ = ask(sec_fetch_site=site, sec_fetch_mode=mode, sec_fetch_dest=destination)
    assert found == status


def test_a_link_is_no_way_around_the_other_guards() -> None:
    """A form that is sent navigates too."""
    link = {
        "sec_fetch_site": "cross-site",
        "sec_fetch_mode": "navigate",
        "sec_fetch_dest": "document",
    }
    assert ask(**link, origin="http://evil.example")[0] == "403"
    assert ask(**link, host="evil.example")[0] == "403"


def test_no_other_site_reads_or_frames_an_answer() -> None:
    """And what is drawn at each request is kept by no browser."""
    for path in ("/dashboard", "/artifacts/1/abc"):
        status, headers = ask(path)
        assert status == "200"
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert headers["Content-Type"] == "a/b"
        assert ("Cache-Control" in headers) == path.startswith("/artifacts/")
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:80", "[::1]:80"])
def test_this_machine_knows_its_names(host: str) -> None:
    """With any port: a tunnel may lead from another one."""
    assert is_own(host)


@pytest.mark.parametrize(
    "host", ["", "a.b", "127.0.0.1.a.b:80", "a@b", "localhost.a:1", "[", "127.0.0.1@evil.b"]
)
def test_other_names_are_not_its_own(host: str) -> None:
    """Whatever they begin with."""
    assert not is_own(host)
