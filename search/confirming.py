"""Confirming: the best configurations and the starting points over fresh seeds, on validation."""

from __future__ import annotations

from neumf.protocol.evaluation_protocol import validation_lists
from search.work import Work
from studies.ledger.contenders import contenders
from studies.ledger.measured_runs import MeasuredRuns
from studies.storage.names import confirmation_of


def confirm(work: Work) -> None:
    """Train what has not been trained yet, until all is done or the session is over."""
    definition, protocol = work.definition, work.definition.protocol
    data, options = work.data, work.options
    lists = validation_lists(data.interactions, data.parts, protocol, definition.search.seed)
    runs = MeasuredRuns(
        work.storage,
        definition.name,
        confirmation_of(definition.name),
        contenders(work.storage, definition, options.top),
        lists,
        study_seed=definition.search.seed,
        seeds=options.fresh_seeds,
    )
    if runs.done < runs.total:
        work.say(f"confirming: {runs.total - runs.done} runs over fresh seeds")
        work.train(runs, unit="run", lists=lists)
        runs.interrupt_all("the session was interrupted")
