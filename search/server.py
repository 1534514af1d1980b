"""A small threaded web server on this machine, and the browser that shows it."""

from __future__ import annotations

import errno
import os
import sys
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from socketserver import ThreadingMixIn
from threading import Thread
from types import MappingProxyType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from neumf.errors import UserError

DEFAULT_PORT = 8080


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


def serve(
    application: Callable[..., Any],
    host: str,
    port: int | None,
    path: str,
    *,
    beside: Mapping[str, str] = MappingProxyType({}),
    browser: bool = False,
) -> None:
    """Serve until Ctrl-C, and show ``path`` in a browser if asked to. ``beside`` has other paths to
    be told of: what is there, and where.

    Port 0 takes any free one; None takes the default, or any free one if that is taken.

    Raises:
        UserError: the port is taken or not allowed.
    """
    server = _bind(application, host, port)
    address = f"http://{host}:{server.server_port}{path}"
    print(f"{address} (Ctrl-C stops)", flush=True)
    for what, there in beside.items():
        print(f"{what}: http://{host}:{server.server_port}{there}", flush=True)
    if browser and has_browser():
        Thread(target=_show, args=(address,), daemon=True).start()  # some wait for their end
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _bind(application: Callable[..., Any], host: str, port: int | None) -> WSGIServer:
    try:
        return make_server(
            host, DEFAULT_PORT if port is None else port, application, _Server, _Quiet
        )
    except OSError as error:
        if port is None and error.errno in (errno.EADDRINUSE, errno.EACCES):
            return _bind(application, host, 0)
        raise UserError(f"--port {port}: {error.strerror}; choose another") from None


def has_browser() -> bool:
    """Whether a browser with a window can be opened: one in a terminal would take it over."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))


def _show(address: str) -> None:
    with suppress(webbrowser.Error, OSError):  # the address is printed
        webbrowser.open(address)
