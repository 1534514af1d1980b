"""The Optuna dashboard on this project's storage: ``python -m search.dashboard [STUDY]``."""

from __future__ import annotations

import click

from neumf.cli import main
from studies.options import storage_option

HOST = "127.0.0.1"
"""The dashboard has no authentication, so it is served on loopback only."""


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", required=False)
@storage_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="port on 127.0.0.1; 0 takes any free one  [default: 8080, or a free one if it is taken]",
)
@click.option(
    "--browser/--no-browser", default=True, show_default=True, help="open it in the browser"
)
@click.option("--writable", is_flag=True, help="allow changes, including the deletion of studies")
def dashboard(
    study: str | None, storage: str, port: int | None, *, browser: bool, writable: bool
) -> None:
    """Browse stored studies in the Optuna dashboard until Ctrl-C, also while a search runs.

    It can be reached from this machine only, and is read-only unless --writable is given. With
    STUDY, it opens with that study's note, which tells what was found, and prints where the
    study's report is. The report and each trial's learning curve are among the artifacts, drawn
    as the study is when they are looked at; plain optuna-dashboard shows all but these.
    """
    import optuna_dashboard

    from neumf.errors import UserError, did_you_mean
    from search.artifacts import DrawnArtifacts
    from search.guards import from_here, kept_whole, read_only
    from search.server import serve
    from studies.notes.artifacts import page_address
    from studies.storage.database import names, open_storage, study_id
    from studies.storage.url import masked

    known = names(storage)
    if not known:
        raise UserError(f"{masked(storage)} holds no studies; run python -m search.run first")
    if study is not None and study not in known:
        raise UserError(f"no study {study!r} in {masked(storage)}{did_you_mean(study, known)}")
    opened = open_storage(storage)
    application = from_here(optuna_dashboard.wsgi(opened, DrawnArtifacts(opened)))
    application = kept_whole(application) if writable else read_only(application)
    path, report = "/dashboard", None
    if study is not None:
        path = f"/dashboard/studies/{study_id(opened, study)}/note"
        report = page_address(opened, study)
    beside = {} if report is None else {"report": report}
    serve(application, HOST, port, path, beside=beside, browser=browser)


if __name__ == "__main__":
    main(dashboard, "search.dashboard")
