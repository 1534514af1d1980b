"""A small threaded web server."""

from __future__ import annotations

from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from neumf.errors import UserError


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


def serve(application: Callable[..., Any], host: str, port: int, path: str) -> None:
    """Serve until Ctrl-C. Port 0 takes any free one.

    Raises:
        UserError: the port is taken or not allowed.
    """
    try:
        server = make_server(host, port, application, _Server, _Quiet)
    except OSError as error:
        raise UserError(f"--port {port}: {error.strerror}; choose another") from None
    print(f"http://{host}:{server.server_port}{path} (Ctrl-C stops)", flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
