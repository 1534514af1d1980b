"""Whether a study has anything left to go on with."""

from __future__ import annotations

from search.coordinator import TrialQueue
from search.work import Work
from studies.ledger.audit import Audit
from studies.ledger.ledger import Ledger
from studies.ledger.twins import Twins


def is_through(ledger: Ledger, work: Work) -> bool:
    """Whether no run of the study can be left to go on with: of its search, of what follows it (as
    far as that was to be done, or had begun), and of every audit and comparison of halves that this
    or an earlier session was asked for."""
    if ledger.done < ledger.total or work.is_over:
        return False
    study, options = work.read(), work.options
    confirmed, was_to_follow = study.confirmed, options.confirm and options.open
    is_half_confirmed = confirmed is not None and not confirmed.is_complete
    is_half_opened = study.opening_plan is not None and study.opening is None
    if not was_to_follow and (is_half_confirmed or is_half_opened):
        return False
    sessions = study.sessions
    audit, twins = (
        max((session.get(name, 0) for session in sessions), default=0)  # older ones do not tell
        for name in ("audit", "twins")
    )
    storage, definition = work.storage, work.definition
    queues: tuple[TrialQueue, ...] = (
        Audit(storage, definition, audit),
        Twins(storage, definition, twins),
    )
    return all(queue.done >= queue.total for queue in queues)
