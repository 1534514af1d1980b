"""The Optuna dashboard on this project's storage: ``python -m search.dashboard [STUDY]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neumf.cli import main
from studies.options import storage_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

HOST = "127.0.0.1"
"""The dashboard has no authentication, so it is served on loopback only."""

SAFE_METHODS = ("GET", "HEAD")


def read_only(application: Application) -> Application:
    """Answers 405 to every request that could change or delete something."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in SAFE_METHODS:
            return application(environ, start_response)
        headers = [("Content-Type", "text/plain"), ("Allow", ", ".join(SAFE_METHODS))]
        start_response("405 Method Not Allowed", headers)
        return [b"read-only: start the dashboard with --writable to allow changes\n"]

    return guarded


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", required=False)
@storage_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="port on 127.0.0.1; 0 takes any free one",
)
@click.option("--writable", is_flag=True, help="allow changes, including the deletion of studies")
def dashboard(study: str | None, storage: str, port: int, *, writable: bool) -> None:
    """Browse stored studies in the Optuna dashboard until Ctrl-C.

    It can be reached from this machine only, and is read-only unless --writable is given. With
    STUDY, the address that is printed leads to that study.
    """
    import optuna_dashboard

    from neumf.errors import UserError, did_you_mean
    from search.server import serve
    from studies.storage.database import names, open_storage, study_id
    from studies.storage.url import masked

    known = names(storage)
    if not known:
        raise UserError(f"{masked(storage)} holds no studies; run python -m search.run first")
    if study is not None and study not in known:
        raise UserError(f"no study {study!r} in {masked(storage)}{did_you_mean(study, known)}")
    opened = open_storage(storage)
    application: Application = optuna_dashboard.wsgi(opened)
    path = "/dashboard" if study is None else f"/dashboard/studies/{study_id(opened, study)}"
    serve(application if writable else read_only(application), HOST, port, path)


if __name__ == "__main__":
    main(dashboard, "search.dashboard")
