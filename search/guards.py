"""Who may ask a server on this machine for what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

SAFE_METHODS = ("GET", "HEAD")

_REFUSED = {
    r"/api/artifacts/": "artifacts are drawn from the study: no file can be added",
    r"/api/studies/\d+/rename": "a study keeps its name: search.run --name stores it anew",
}
"""What is posted there, and why it is of no use."""

OWN_NAMES = ("127.0.0.1", "localhost", "::1")
"""What this machine calls itself."""


def read_only(application: Application) -> Application:
    """Answers 405 to every request that could change or delete something."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in SAFE_METHODS:
            return application(environ, start_response)
        why = "read-only: start the dashboard with --writable to allow changes"
        return _refused(start_response, why)

    return guarded


def kept_whole(application: Application) -> Application:
    """Answers 405 to what a writable dashboard offers and this storage has no room for: a file
    beside a study, and another name for one, which would lose all that only this program reads."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for path, why in _REFUSED.items():
            if environ["REQUEST_METHOD"] == "POST" and re.match(path, environ["PATH_INFO"]):
                return _refused(start_response, why)
        return application(environ, start_response)

    return guarded


def from_here(application: Application) -> Application:
    """Answers 403 to what another site's page asks for, in a browser on this machine.

    A name that leads here though it is not ours (DNS rebinding) is in ``Host``; the page that sends
    a change, even one of another server on this machine, is in ``Origin``.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if is_own(host) and (origin is None or origin == f"http://{host}"):
            return application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"only pages of this dashboard, at 127.0.0.1 or localhost, may ask\n"]

    return guarded


def _refused(start_response: Callable[..., Any], why: str) -> list[bytes]:
    headers = [("Content-Type", "text/plain"), ("Allow", ", ".join(SAFE_METHODS))]
    start_response("405 Method Not Allowed", headers)
    return [f"{why}\n".encode()]


def is_own(host: str) -> bool:
    """Whether ``host``, a ``Host`` header, names this machine by itself."""
    try:
        return urlsplit(f"//{host}").hostname in OWN_NAMES
    except ValueError:
        return False
