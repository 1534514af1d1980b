"""Whatever happens to a study, and in whatever order, its total is exact."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from studies.ledger.ledger import Ledger
from studies.storage import record
from tests.budget import examples
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    counted,
    define,
    finish,
    once_each,
    results,
    states,
    stored,
)

EVENTS = st.sampled_from(["ask", "ask", "epoch", "complete", "prune", "fail", "crash"])
TURNS = st.tuples(EVENTS | st.sampled_from(["interrupt", "die"]), st.integers(0, 3))
SPACES = st.sampled_from([None, {"mlp_layers": {"low": 1, "high": 3}}])


@settings(max_examples=examples(50))
@given(st.lists(TURNS, max_size=40), SPACES, st.integers(1, 8))
def test_whatever_happens_the_total_is_exact(
    turns: list[tuple[str, int]], space: dict[str, object] | None, total: int
) -> None:
    """No trial stays running, no configuration is trained to two verdicts, none is lost."""
    storage = InMemoryStorage()
    first = [{"name": "one", "configuration": {"mlp_layers": 2}}] if space else STARTING_POINTS
    definition = define(total, space=space, starting_points=first, search=NO_PRUNER)
    ledger = Ledger(storage, definition, DATA)
    running: dict[int, int] = {}  # epochs heard, by trial
    for event, which in turns:
        number = list(running)[which % len(running)] if running else None
        if event == "die":
            ledger = Ledger(storage, definition, DATA)
            running = {}
        elif event == "interrupt":
            ledger.interrupt_all("Ctrl-C")
            running = {}
        elif event == "ask":
            if job := ledger.ask():
                running[job.number] = 0
        elif number is None:
            continue
        elif event == "epoch" or (event in ("complete", "prune") and not running[number]):
            curve = results([0.1 + 0.01 * n for n in range(running[number] + 1)])
            ledger.record(number, curve[-1])
            running[number] += 1
        else:
            del running[number]
            if event in ("fail", "crash"):
                getattr(ledger, event)(number, "bad luck")
            else:
                getattr(ledger, event)(number)
        assert ledger.done == len(counted(storage)) <= total
        assert ledger.under_way == len(running)
    ledger = Ledger(storage, definition, DATA)
    finish(ledger)
    assert len(counted(storage)) == total
    assert states(storage)[TrialState.RUNNING] == 0
    assert once_each(storage)
    lost = {t.number for t in stored(storage) if t.user_attrs.get(record.INTERRUPTED)}
    retried = Counter(t.user_attrs.get(record.RETRY_OF) for t in stored(storage))
    assert all(retried[number] == 1 for number in lost)
