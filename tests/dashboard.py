"""Optuna's dashboard on a storage, served as ``search.dashboard`` serves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.simple_server import make_server

import optuna_dashboard
from optuna.storages import RDBStorage

from search.artifacts import DrawnArtifacts
from search.guards import from_here, kept_whole, read_only
from search.server import _Quiet, _Server


@contextmanager
def served(storage: RDBStorage, *, writable: bool = False) -> Iterator[str]:
    """The origin of the dashboard, while the context lasts."""
    application = from_here(optuna_dashboard.wsgi(storage, DrawnArtifacts(storage)))
    application = kept_whole(application) if writable else read_only(application)
    server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
