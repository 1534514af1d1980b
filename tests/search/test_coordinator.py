"""The coordinator, driven message by message: no process, no database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from neumf.errors import UserError
from search.coordinator import MOST_DEATHS, Coordinator
from search.workers.interface import AT_ONCE, Worker
from search.workers.messages import Died, PretrainingEpoch, TrialFailed
from tests.search.driven import ASKED, KILLED, Step, Stop, run
from tests.search.fakes import (
    FakeObserver,
    FakePool,
    FakeQueue,
    Message,
    failed,
    finished,
    stopped,
    trained,
)


def test_a_trial_goes_from_the_queue_to_a_worker_and_back() -> None:
    """Started, each epoch recorded, completed; the same worker goes on with the next."""
    queue = FakeQueue(2)
    script = [(0, trained(0)), (0, trained(0, 2)), (0, finished(0)), (0, finished(1))]
    pool, observer, _ = run(queue, script)
    assert queue.epochs == [(0, 1), (0, 2)]
    assert queue.verdicts == [("complete", 0), ("complete", 1)]
    assert pool.workers[0].told == [("train", 0), ("train", 1)]
    assert observer.seen == [
        *("0 started 0", "0 trained 0 epoch 1", "0 trained 0 epoch 2"),
        *("0 started 1", "0 complete after 2", "0 idle", "1 complete after 0"),
    ]


def test_trials_that_are_short_of_memory_end_no_search() -> None:
    """However many there are in a row: each has another try, and its worker lives."""
    queue = FakeQueue(1)
    short: Message = TrialFailed(0, "out of memory", 0.0, again=True)
    script = [*[(0, short)] * (MOST_DEATHS + 1), (0, finished(0))]
    pool, _, _ = run(queue, script)
    assert queue.verdicts == [*[("crashed", 0)] * (MOST_DEATHS + 1), ("complete", 0)]
    assert pool.replaced == []


def test_the_queue_is_told_for_which_worker_it_is_asked() -> None:
    """Which it stores; a replacement takes over the place of the one that died."""
    queue = FakeQueue(3)
    script = [(1, KILLED), (0, finished(0)), (1, finished(1)), (0, finished(2))]
    run(queue, script, size=2)
    assert queue.asked == [0, 1, 1, 0, 1, 0]


def test_a_pruned_trial_is_stopped_and_what_it_says_afterwards_is_ignored() -> None:
    """The worker may be an epoch ahead, or done, before it reads that it shall stop."""
    queue = FakeQueue(2, pruned=[0])
    late = [(0, trained(0, 2)), (0, finished(0))]
    pool, _, _ = run(queue, [(0, trained(0)), *late, (0, trained(1)), (0, finished(1))])
    assert queue.epochs == [(0, 1), (1, 1)]
    assert queue.verdicts == [("pruned", 0), ("complete", 1)]
    assert pool.workers[0].told == [("train", 0), ("stop", 0), ("train", 1)]


def test_a_trial_that_cannot_be_trained_fails_and_the_next_is_tried() -> None:
    queue = FakeQueue(2)
    _, observer, _ = run(queue, [(0, failed(0)), (0, finished(1))])
    assert queue.verdicts == [("failed", 0), ("complete", 1)]
    assert "0 failed: loss nan in epoch 1 after 0" in observer.seen


def test_a_death_is_a_crash_of_the_trial_and_the_worker_is_replaced() -> None:
    """Its replacement gets the trial again."""
    queue = FakeQueue(1)
    pool, observer, _ = run(queue, [(0, trained(0)), (0, KILLED), (0, finished(0))])
    assert queue.verdicts == [("crashed", 0), ("complete", 0)]
    assert pool.replaced == [0]
    assert "0 died: worker died (killed by signal 9)" in observer.seen


def test_a_worker_that_was_asked_to_end_interrupts_its_trial() -> None:
    """SIGTERM to one worker: nothing is held against the trial, however often."""
    queue = FakeQueue(1)
    pool, _, _ = run(queue, [(0, ASKED), (0, ASKED), (0, ASKED), (0, finished(0))])
    assert queue.verdicts == [*[("interrupted", 0)] * 3, ("complete", 0)]
    assert pool.replaced == [0, 0, 0]


@pytest.mark.parametrize("death", [KILLED, ASKED])
def test_a_death_while_a_stop_is_asked_for_interrupts_its_trial(death: Message) -> None:
    """Whatever killed it; and no worker is started only to be ended."""
    queue, stop = FakeQueue(2), Stop()

    class Pool(FakePool):
        def wait(self, seconds: float) -> list[tuple[Worker, Message]]:
            heard = super().wait(seconds)
            if heard and isinstance(heard[0][1], Died):
                stop.make()  # the signal comes between the death and its being handled
            return heard

    pool, observer = Pool(2, [(1, death)]), FakeObserver()
    Coordinator(queue, pool, observer, stop).run()
    assert queue.verdicts == [("interrupted", 1)]
    assert pool.replaced == []


def test_a_worker_that_dies_before_it_began_a_trial_does_not_harm_it() -> None:
    """Told to stop one trial and to train another, it died in the first."""
    queue = FakeQueue(2, pruned=[0])
    run(queue, [(0, trained(0)), (0, KILLED), (0, finished(1))])
    assert queue.verdicts == [("pruned", 0), ("interrupted", 1), ("complete", 1)]


@pytest.mark.parametrize("end", [stopped, finished, failed])
def test_once_the_stopped_trial_is_left_the_next_has_begun(end: Callable[[int], Message]) -> None:
    """However the first one ended: a death is then the second one's crash."""
    queue = FakeQueue(2, pruned=[0])
    run(queue, [(0, trained(0)), (0, end(0)), (0, KILLED), (0, finished(1))])
    assert queue.verdicts == [("pruned", 0), ("crashed", 1), ("complete", 1)]


def test_after_a_stop_what_was_said_is_kept_and_nothing_is_asked() -> None:
    """A trial whose end waits to be heard is finished; those that run are left as they are, for the
    queue to take back."""
    queue, stop = FakeQueue(4), Stop()
    said: list[Step] = [(1, trained(1)), (0, trained(0, 2)), (0, finished(0)), (1, trained(1, 2))]
    later: list[Step] = [lambda: None, (1, finished(1))]
    pool, observer, _ = run(queue, [(0, trained(0)), stop.make, *said, *later], size=2, stop=stop)
    assert queue.verdicts == [("complete", 0)]
    assert queue.epochs == [(0, 1), (1, 1), (0, 2), (1, 2)]
    assert queue.asked == [0, 1]
    assert pool.workers[0].told == [("train", 0)]
    assert pool.left == 1
    assert observer.seen[-3:] == ["0 idle", "0 complete after 2", "1 trained 1 epoch 2"]


def test_workers_that_talk_on_do_not_put_off_a_stop() -> None:
    """Epochs so short that there is always another to hear of."""
    queue, stop = FakeQueue(1), Stop()
    epochs: list[Step] = [(0, trained(0, 1 + n)) for n in range(2 * AT_ONCE)]
    pool, _, _ = run(queue, [stop.make, *epochs], stop=stop)
    assert pool.left == AT_ONCE


def test_a_pool_that_is_lost_in_a_stop_is_no_error() -> None:
    """A signal to the process group stops the connection to a cluster too."""

    class Pool(FakePool):
        def wait(self, seconds: float) -> list[tuple[Worker, Message]]:
            if seconds == 0.0:
                raise UserError("the Ray cluster is lost")
            return super().wait(seconds)

    stop = Stop()
    Coordinator(FakeQueue(1), Pool(1, [stop.make]), FakeObserver(), stop).run()


def test_after_the_timeout_no_trial_starts_and_the_running_ones_end() -> None:
    """Two are running when time is up; eight more are never started."""
    clock = Stop()
    queue = FakeQueue(10)
    script: list[Step] = [
        clock.make,
        (1, trained(1)),
        (0, finished(0)),
        (1, finished(1)),
    ]
    _, observer, _ = run(queue, script, size=2, is_overdue=clock)
    assert queue.verdicts == [("complete", 0), ("complete", 1)]
    assert observer.seen.count("0 idle") == observer.seen.count("1 idle") == 1


def test_workers_that_die_one_after_another_end_the_search() -> None:
    """Also workers that somebody ends each time, so that no search goes round for ever."""
    for death in (KILLED, ASKED):
        pool_size, script = 2, [(n % 2, death) for n in range(MOST_DEATHS)]
        with pytest.raises(UserError, match="workers in a row ended"):
            run(FakeQueue(9), script, size=pool_size)


def test_a_finished_trial_forgives_earlier_deaths() -> None:
    """Only deaths in a row say that it is the machine."""
    deaths = [(0, KILLED)] * (MOST_DEATHS - 1)
    script = [*deaths, (0, finished(0)), *deaths, (0, finished(1))]
    queue = FakeQueue(2)
    run(queue, script)
    assert queue.done == 2


def test_busy_is_what_workers_computed_of_the_time_since_they_were_ready() -> None:
    """Two workers ready for 10 s each computed 4 + 1 + 5 s and 5 s; late messages count too."""
    now = [0.0]
    script: list[Step] = [
        *((0, trained(0, busy=4)), (0, stopped(0, busy=1)), (0, finished(2, busy=5))),
        lambda: now.append(now.pop() + 10),
        (1, finished(1, busy=5)),
    ]
    pool = FakePool(2, script)
    coordinator = Coordinator(
        FakeQueue(3, pruned=[0]), pool, FakeObserver(), Stop(), clock=lambda: now[0]
    )
    coordinator.run()
    assert coordinator.busy == pytest.approx(15 / 20)


def test_busy_is_unknown_before_any_worker_is_ready() -> None:
    assert run(FakeQueue(0), [])[2].busy is None


def test_pretraining_is_told_and_late_news_of_it_is_not() -> None:
    """A worker that was told to stop may still be at it."""
    late: Message = PretrainingEpoch(7, 2, 32)
    script: list[Step] = [
        (0, PretrainingEpoch(0, 1, 32)),
        (0, late),
        (0, trained(0)),
        (0, finished(0)),
    ]
    _, observer, _ = run(FakeQueue(1), script)
    assert observer.seen[:3] == [
        "0 started 0",
        "0 pretrains for 0, epoch 1 of 32",
        "0 trained 0 epoch 1",
    ]


def test_what_is_heard_together_is_stored_together_and_then_told() -> None:
    """A line on the screen is about something that is kept."""
    seen: list[str] = []

    class Queue(FakeQueue):
        @contextmanager
        def together(self) -> Iterator[None]:
            yield
            seen.append(f"stored {len(self.epochs)} epochs and {len(self.verdicts)} verdicts")

    class Pool(FakePool):
        def wait(self, seconds: float) -> list[tuple[Worker, Message]]:
            wait = super().wait
            return [heard for _ in range(3) for heard in wait(seconds)]

    observer = FakeObserver()
    observer.seen = seen
    script = [(0, trained(0)), (1, trained(1)), (0, finished(0)), (1, ASKED)]
    script += [(0, finished(2)), (1, finished(1))]
    Coordinator(Queue(3), Pool(2, script), observer, Stop()).run()
    assert seen == [
        *("stored 1 epochs and 0 verdicts", "0 started 0", "1 started 1", "0 trained 0 epoch 1"),
        "stored 2 epochs and 2 verdicts",
        *("1 trained 1 epoch 1", "0 started 2", "0 complete after 1"),
        "1 died: worker died (killed by signal 15)",
        *("stored 2 epochs and 4 verdicts", "1 started 1", "0 idle", "2 complete after 0"),
        *("1 idle", "1 complete after 0"),
    ]
