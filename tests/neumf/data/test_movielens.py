"""The catalogue: checksums decide, and nothing half-fetched stays."""

from __future__ import annotations

import hashlib
import io
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from neumf.data import movielens
from neumf.data.description import describe_interactions
from neumf.data.files import CACHE_VARIABLE
from neumf.data.loading import load
from neumf.data.movielens import CATALOGUE
from neumf.data.source import DataSource
from neumf.errors import UserError

RATINGS = b"1::10::5::978300760\n2::20::3::978300761\n1::20::4::978300762\n"
U_DATA = "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"
"""SHA-256 of u.data in GroupLens' ml-100k.zip."""


def zipped(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return buffer.getvalue()


ZIP = zipped("ml-1m/ratings.dat", RATINGS)


class Handler(BaseHTTPRequestHandler):
    """Answers with what the server was given: the body, and the length it claims."""

    server: Server

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        if self.server.length is not None:
            self.send_header("Content-Length", str(self.server.length))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class Server(ThreadingHTTPServer):
    """A GroupLens on the loopback interface."""

    status: int = 200
    body: bytes = ZIP
    length: int | str | None = len(ZIP)
    paths: list[str]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """GroupLens, with ml-1m.zip as its only file."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.paths = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(movielens, "GROUPLENS", f"http://127.0.0.1:{server.server_port}/ml")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        known = replace(CATALOGUE["ml-1m"], sha256=hashlib.sha256(ZIP).hexdigest())
        monkeypatch.setitem(CATALOGUE, "ml-1m", known)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    directory = tmp_path / "scratch"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """GroupLens cannot be reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(movielens, "GROUPLENS", f"http://127.0.0.1:{port}")


def refused(name: str, *parts: str) -> None:
    with pytest.raises(UserError) as caught:
        load(DataSource(source=name))
    line = str(caught.value)
    assert "\n" not in line
    for part in parts:
        assert part in line


def test_fetched_once(server: Server, scratch: Path, cache_directory: Path) -> None:
    """The first load downloads and reports how far it is; the second finds the file."""
    told: list[tuple[int, int | None]] = []
    data = load(DataSource(source="ml-1m"), progress=lambda done, total: told.append((done, total)))
    assert load(DataSource(source="ml-1m"), cache=False).fingerprint() == data.fingerprint()
    assert server.paths == ["/ml/ml-1m.zip"]
    assert told[-1] == (len(ZIP), len(ZIP))
    assert (data.name, len(data), data.n_users) == ("ml-1m", 3, 2)
    assert (cache_directory / "ml-1m" / "ratings.dat").read_bytes() == RATINGS
    assert list(scratch.iterdir()) == []


def test_a_server_may_not_say_the_length(server: Server) -> None:
    server.length = None
    told: list[tuple[int, int | None]] = []
    load(DataSource(source="ml-1m"), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(ZIP), None)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 404}, "the server answers 404 Not Found"),
        ({"body": ZIP[:-9]}, f"closed after {len(ZIP) - 9} of {len(ZIP)} bytes; try again"),
        ({"body": ZIP[:-1] + b"!"}, "expected " + hashlib.sha256(ZIP).hexdigest()),
        ({"length": "9" * 5000, "body": b""}, "expected " + hashlib.sha256(ZIP).hexdigest()),
        ({"length": None, "body": bytes(1 << 20)}, "does not end after 524,288 bytes"),
    ],
    ids=["missing", "cut short", "changed", "absurd length", "endless"],
)
def test_a_download_gone_wrong(
    answer: dict[str, Any],
    message: str,
    server: Server,
    scratch: Path,
    cache_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line with the remedy; neither the part nor a cache stays."""
    monkeypatch.setattr("neumf.data.download.MOST", 1 << 19)
    for name, value in answer.items():
        setattr(server, name, value)
    refused(
        "ml-1m",
        f"{movielens.GROUPLENS}/ml-1m.zip: ",
        message,
        "unpack it, and give the path of ml-1m/ratings.dat instead of ml-1m",
    )
    assert list(scratch.iterdir()) == []
    assert not cache_directory.exists()


@pytest.mark.usefixtures("offline")
def test_unreachable() -> None:
    refused("ml-20m", "cannot be fetched (", "give the path of ml-20m/ratings.csv")


@pytest.mark.usefixtures("server")
def test_an_unwritable_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory cannot be made where a file stands."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    refused("ml-1m", "cannot be written (", f"set {CACHE_VARIABLE} to a directory that can")


@pytest.mark.usefixtures("server")
def test_a_lapsed_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checksum vouches for the bytes when the certificate no longer does."""
    real, contexts = urllib.request.urlopen, []

    def lapsed(url: str, timeout: float, context: ssl.SSLContext | None = None) -> object:
        contexts.append(context)
        if context is None:
            raise urllib.error.URLError(ssl.SSLCertVerificationError("certificate has expired"))
        return real(url, timeout=timeout)

    monkeypatch.setattr(urllib.request, "urlopen", lapsed)
    assert len(load(DataSource(source="ml-1m"))) == 3
    assert [context.verify_mode if context else None for context in contexts] == [
        None,
        ssl.CERT_NONE,
    ]


class TestWheel:
    """Where only a package index is reachable, ml-100k comes out of RecBole's wheel."""

    pytestmark = pytest.mark.usefixtures("offline")

    @pytest.mark.network
    def test_the_same_bytes_as_u_data(self, scratch: Path, cache_directory: Path) -> None:
        """So the two ways give the same ids, times and row order."""
        data = load(DataSource(source="ml-100k"))
        file = cache_directory / "ml-100k" / "u.data"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == U_DATA
        assert describe_interactions(data) == (
            "ml-100k: 943 users, 1,682 items, 100,000 interactions (6.30% of all pairs)",
            "history per user: 20 to 737, median 65; 1997-09-20 to 1998-04-22",
        )
        assert data.user_ids.tolist() == list(range(1, 944))
        assert list(scratch.iterdir()) == []

    def test_python_without_pip(
        self, scratch: Path, cache_directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
        refused(
            "ml-100k", "cannot be fetched (", "run 'python -m ensurepip' or 'uv pip install pip'"
        )
        assert list(scratch.iterdir()) == []
        assert not cache_directory.exists()

    @pytest.mark.slow
    def test_no_index_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both reasons are given."""
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        refused(
            "ml-100k", "cannot be fetched (", "nor does pip download recbole==1.2.1 work (ERROR"
        )

    @pytest.mark.network
    def test_another_file_in_the_wheel(
        self, cache_directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(movielens, "_INTER_SHA256", "0" * 64)
        refused("ml-100k", "ml-100k.inter in recbole-1.2.1", "expected " + "0" * 64)
        assert not cache_directory.exists()

    @pytest.mark.parametrize(
        ("wheel", "told"),
        [
            (b"PK no archive", "recbole-1.2.1.whl has not the ml-100k that it had"),
            (zipped("other", b"1"), "recbole-1.2.1.whl has not the ml-100k that it had"),
            (zipped(movielens._INTER, b"1" * 9), "has not the ml-100k that it had"),
            (zipped(movielens._INTER, bytes(1 << 26)), "has not the ml-100k that it had"),
            (zipped(movielens._INTER, bytes(movielens._INTER_SIZE)), "has SHA-256 "),
        ],
        ids=["no zip", "no member", "too small", "a bomb", "changed"],
    )
    def test_an_index_that_cannot_be_trusted(
        self,
        wheel: bytes,
        told: str,
        cache_directory: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """No more of an archive is unfolded than the file that is known."""

        def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            (Path(command[command.index("--dest") + 1]) / "recbole-1.2.1.whl").write_bytes(wheel)
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(subprocess, "run", pip)
        refused("ml-100k", "cannot be fetched (", told)
        assert not cache_directory.exists()
