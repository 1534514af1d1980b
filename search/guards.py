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
    """Answers 403 to what another site's page asks for, in a browser on this machine, but for a
    link that a person follows; and no such page may read, frame or keep what is answered.

    A name that leads here though it is not ours (DNS rebinding) is in ``Host``; the page that sends
    a change, even one of another server on this machine, is in ``Origin``. Pictures and frames send
    no ``Origin``, and drawing what they ask for takes time: they are told by ``Sec-Fetch-Site``.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        is_ours = is_own(host) and (origin is None or origin == f"http://{host}")
        if not is_ours or not (_is_same_site(environ) or _is_link(environ)):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"only pages of this dashboard, at 127.0.0.1 or localhost, may ask\n"]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, _kept_here(environ["PATH_INFO"], headers), *rest)

        return application(environ, start)

    return guarded


def _is_same_site(environ: dict[str, Any]) -> bool:
    """By the dashboard itself, by a person who typed the address, or by no browser at all."""
    return environ.get("HTTP_SEC_FETCH_SITE", "none") in ("none", "same-origin")


def _is_link(environ: dict[str, Any]) -> bool:
    """Followed to a page of its own, not into a frame."""
    how = environ.get("HTTP_SEC_FETCH_MODE"), environ.get("HTTP_SEC_FETCH_DEST")
    return how == ("navigate", "document")


def _kept_here(path: str, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Optuna's dashboard lets any site read artifacts, which are drawn anew at each request."""
    kept = [one for one in headers if one[0].lower() != "access-control-allow-origin"]
    kept.append(("X-Frame-Options", "SAMEORIGIN"))
    if path.startswith("/artifacts/"):
        kept.append(("Cache-Control", "no-store"))
    return kept


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
