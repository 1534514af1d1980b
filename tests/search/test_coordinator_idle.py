"""Workers that have nothing to do, while there may be something after all."""

from __future__ import annotations

from search.coordinator import Coordinator
from search.workers.interface import Worker
from search.workers.messages import Died
from studies.ledger.job import Job
from tests.search.driven import KILLED, Step, Stop, run
from tests.search.fakes import FakeObserver, FakePool, FakeQueue, Message, finished


class SlowQueue(FakeQueue):
    """Has nothing to train at first, though there is something left."""

    def __init__(self, total: int, refusals: int = 3) -> None:
        super().__init__(total)
        self.refusals = refusals

    def ask(self, worker: int, /) -> Job | None:
        if len(self.asked) >= self.refusals:
            return super().ask(worker)
        self.asked.append(worker)
        return None


def test_a_queue_that_has_nothing_yet_is_asked_again() -> None:
    """Until a stop, and only while something is left to be asked for."""
    queue = SlowQueue(1)
    pool, _, _ = run(queue, [lambda: None, lambda: None, (0, finished(0))])
    assert queue.verdicts == [("complete", 0)]
    assert pool.left == 0
    stop, endless = Stop(), SlowQueue(5)
    run(endless, [lambda: None, stop.make, lambda: None], stop=stop)
    assert len(endless.asked) <= 3
    assert endless.verdicts == []


def test_a_worker_that_has_died_idle_is_given_nothing() -> None:
    """Or the trial would be charged with its death."""
    queue = SlowQueue(1, refusals=100)

    class Pool(FakePool):
        def wait(self, seconds: float) -> list[tuple[Worker, Message]]:
            """While it is waited for the death, the queue has come to have something."""
            heard = super().wait(seconds)
            if KILLED in [message for _, message in heard]:
                queue.refusals = 0
            return heard

    pool = Pool(1, [(0, KILLED), (0, finished(0))])
    Coordinator(queue, pool, FakeObserver(), Stop()).run()
    assert queue.verdicts == [("complete", 0)]
    assert pool.replaced == [0]


class CrowdedPool(FakePool):
    """Has no room for another worker in the place of one that is gone."""

    def replace(self, worker: Worker) -> None:
        self.replaced.append(worker.slot)


def test_a_lost_machines_trial_goes_to_a_worker_that_had_no_more_to_do() -> None:
    """Its replacement may wait for room for ever: a cluster whose only other node is taken."""
    queue = FakeQueue(2)
    script: list[Step] = [
        *((0, finished(0)), (1, Died("node b was lost", machine_lost=True)), (0, finished(1))),
    ]
    pool = CrowdedPool(2, script)
    Coordinator(queue, pool, FakeObserver(), Stop()).run()
    assert queue.verdicts == [("complete", 0), ("interrupted", 1), ("complete", 1)]
    assert pool.workers[0].told == [("train", 0), ("train", 1)]
    assert pool.replaced == [1]
