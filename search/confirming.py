"""Confirming: the best configurations and the starting points over fresh seeds, on validation."""

from __future__ import annotations

from search.work import Work
from studies.ledger.contenders import contenders
from studies.ledger.measured_runs import MeasuredRuns
from studies.storage.names import confirmation_of


def confirm(work: Work) -> None:
    """Train what has not been trained yet, until all is done or the session is over."""
    name = work.definition.name
    runs = MeasuredRuns(
        work.storage,
        name,
        confirmation_of(name),
        contenders(work.storage, work.definition, work.options.top),
        work.validation,
        study_seed=work.seed,
        seeds=work.options.fresh_seeds,
    )
    if runs.done < runs.total and not work.is_over:
        work.begin("confirming", f"confirming: {runs.total - runs.done} runs over fresh seeds")
        work.train(runs, unit="run", phase="confirming", lists=work.validation)
        runs.interrupt_all("the session was interrupted")
