"""Fetch one file over HTTP and trust nothing but its SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from neumf.errors import UserError

DownloadProgress = Callable[[int, int | None], None]
"""Called with the bytes fetched so far and, where the server says, how many there will be."""

TIMEOUT = 10.0
"""Seconds without an answer before a server counts as unreachable."""

MOST = 1 << 30
"""Bytes, four times as many as the largest file of the catalogue has: a server might never end."""

_CHUNK = 1 << 16


def download(url: str, to: Path, sha256: str, progress: DownloadProgress | None = None) -> None:
    """Write what is at ``url`` to ``to``. Proxies of the environment (``HTTPS_PROXY``) apply.

    Raises:
        UserError: unreachable, refused, cut short, or not the file that was expected.
            ``to`` may then hold a part of it.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with _open(url) as response, to.open("wb") as file:
            total = response.length
            while done <= MOST and (chunk := response.read(_CHUNK)):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total)
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UserError(f"{url}: cannot be fetched ({reason})") from error
    if done > MOST:
        raise UserError(f"{url}: does not end after {MOST:,} bytes")
    if total is not None and done < total:
        raise UserError(f"{url}: closed after {done:,} of {total:,} bytes; try again")
    if digest.hexdigest() != sha256:
        raise UserError(f"{url}: its SHA-256 is {digest.hexdigest()}, expected {sha256}")


def _open(url: str) -> http.client.HTTPResponse:
    """GroupLens lets its certificate lapse now and then (August 2025 and 2026, for weeks).

    The checksum decides whether the bytes are the right ones, so an invalid certificate costs
    the file's secrecy and nothing else.
    """
    try:
        response = urllib.request.urlopen(url, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            raise UserError(f"{url}: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        response = urllib.request.urlopen(url, timeout=TIMEOUT, context=context)
    assert isinstance(response, http.client.HTTPResponse)
    return response
