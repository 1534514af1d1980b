"""What Ray costs: the arithmetic, the section and the session, without Ray."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neumf.errors import UserError
from search.cluster import demand
from search.overhead import measuring, node
from search.overhead.__main__ import overhead
from search.overhead.figures import LONG, SHORT, Found, Held, Spent, Turn
from search.overhead.limit import Limit
from search.overhead.memory import kind_of
from search.overhead.page import section
from search.overhead.session import gather, run_study, study_of
from search.scaling.workers import Clock, SimulatedPool
from search.workers.messages import Died
from studies.surrogate import Expected
from tests.neumf.commands import Command, commanded
from tests.search.fakes import FakePool, Message, finished, trained


def turn(beside: dict[int, float], trained: float, held: Held, **facts: float) -> Turn:
    """In both studies one trial of three is disturbed."""
    trials = {
        epochs: [Spent(trained + more, trained)] * 2 + [Spent(trained + 9, trained + 1)]
        for epochs, more in beside.items()
    }
    return Turn(trials=trials, held=held, **{"ready": 1.5, **facts})


def found(messages: tuple[float, ...] = (0.5, 0.6, 0.1), *, tells_memory: bool = True) -> Found:
    """Turns in which a trial takes 4 ms more on Ray, and each epoch ``messages``, which is in ms.
    Training takes what it likes."""
    here: Held = {"worker": [90_000_000, 110_000_000]} if tells_memory else {}
    there: Held = {"worker": [140_000_000] * 2, "raylet": [26_000_000], "IDLE": [40_000_000] * 2}
    local = [turn({SHORT: 0.01, LONG: 0.02}, 0.1 * n, here) for n in range(len(messages))]
    ray = [
        turn(
            {
                SHORT: 0.014 + SHORT * message / 1000,
                LONG: 0.024 + LONG * message / 1000,
            },
            0.3 - 0.1 * n,
            there if tells_memory else {},
            ready=4.5,
            started=3.0,
        )
        for n, message in enumerate(messages)
    ]
    return Found(2, 40, 0.03, {"ray": "2.60.0", "system": "a name"}, local, ray)


def table(told: str) -> dict[str, list[str]]:
    """The rows of all tables, by their first cell."""
    lines = [line for line in told.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {first: rest for first, *rest in rows}


def test_what_ray_takes_is_an_epochs_share_and_a_trials() -> None:
    """Medians over the turns, whatever training took in them."""
    one = found()
    assert [1000 * each for each in one.epoch] == pytest.approx([0.5, 0.6, 0.1])
    assert [1000 * each for each in one.trial] == pytest.approx([4, 4, 4])
    assert one.more(20) == pytest.approx(0.004 + 20 * 0.0005)


def test_the_section_tells_all_of_it() -> None:
    """Times and what the least and the most of the turns had, shares of trials, and memory."""
    told = section(found())
    assert "`python -m search.overhead --workers 2 --trials 40 --turns 3` on" in told
    assert "; ray 2.60.0." in told
    assert "took 3% of the cores" in told
    rows = table(told)
    assert rows["s to start the cluster"] == ["–", "3.00", "3.00", "3.00 to 3.00"]
    assert rows["s until all workers are ready"] == ["1.50", "4.50", "3.00", "3.00 to 3.00"]
    assert rows[f"ms a trial of {SHORT} epochs"] == ["110", "215", "105", "−95.8 to 305"]
    assert rows["ms of that for training"] == ["100", "200", "100", "−100 to 300"]
    assert rows["ms for each epoch, beside training"] == ["–", "–", "0.50", "0.10 to 0.60"]
    assert rows["ms for each trial, beside its epochs"] == ["–", "–", "4.00", "4.00 to 4.00"]
    assert "a trial of 20 epochs takes 14.0 ms more" in told
    assert rows["of its time on Ray, Ray's"] == ["1.4%", "0.14%", "0.023%"]
    assert rows["a worker"] == ["100", "140"]
    assert (rows["IDLE"], rows["all but the workers"]) == (["–", "80"], ["–", "106"])


def test_a_system_that_does_not_tell_memory_has_none_in_the_section() -> None:
    rows = table(section(found(tells_memory=False)))
    assert rows["a worker"] == rows["all but the workers"] == ["–", "–"]


def unlimited() -> Limit:
    return Limit("this", float("inf"), lambda: False)


def test_one_study_after_another_on_the_same_workers() -> None:
    """6 trials of 2 epochs of 2 s, and 6 of 12: that is what a trial takes each of 3 workers,
    since they are ready before the clock starts; all of it is training."""
    clock = Clock(counts_work=False)
    pool = SimulatedPool(3, clock, lambda job: (Expected(0.4, job.epochs, 2.0), [0.4] * job.epochs))
    workers = gather(pool, 3, unlimited())
    for epochs in (2, 12):
        spent = run_study(pool, workers, study_of(epochs, 6), unlimited(), clock)
        assert spent == [Spent(2 * epochs, 2 * epochs)] * 6


def test_what_a_trial_takes_beside_its_training_is_told() -> None:
    """An epoch of 2 s is heard of after 3 s, and the end a second later: 2 s beside. The last trial
    is over when its worker has no other one."""
    now = [0.0]

    def later(seconds: float) -> Callable[[], None]:
        return lambda: now.__setitem__(0, now[0] + seconds)

    script: list[tuple[int, Message] | Callable[[], None]] = []
    for number in range(2):
        script += [later(3), (0, trained(number)), later(1), (0, finished(number))]
    pool = FakePool(1, script)
    workers = gather(pool, 1, unlimited())
    spent = run_study(pool, workers, study_of(1, 2), unlimited(), lambda: now[0])
    assert spent == [Spent(4, 2)] * 2
    assert spent[0].beside == 2


def test_workers_that_die_end_the_measurement() -> None:
    """Before they are ready, and in a trial."""
    with pytest.raises(UserError, match="lost before it was ready; try fewer --workers"):
        gather(FakePool(2, [(1, Died("lost"))]), 3, unlimited())
    pool = FakePool(1, [(0, Died("lost")), (0, finished(1))])
    workers = gather(pool, 1, unlimited())
    with pytest.raises(UserError, match="lost in trial 0; try again"):
        run_study(pool, workers, study_of(2, 2), unlimited())


def test_a_measurement_ends_in_time_and_when_asked_to() -> None:
    now = [0.0]
    limit = Limit("turn 1", 60, lambda: False, lambda: now[0])
    limit.check()
    now[0] = 61
    pool = FakePool(1, [lambda: None])
    with pytest.raises(UserError, match="turn 1 took more than 60 s; try fewer --trials"):
        gather(pool, 2, limit)
    with pytest.raises(KeyboardInterrupt):
        Limit("turn 1", 60, lambda: True).check()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["ray::ClusterWorker.train", "", ""], "worker"),
        (["ray::IDLE"], "IDLE"),
        (
            ["/usr/bin/python", "-u", "/site/ray/_private/log_monitor.py", "--logs=/tmp"],
            "log_monitor",
        ),
        (["/site/ray/raylet", "--socket=/tmp/a"], "by its name"),
    ],
)
def test_rays_processes_are_told_apart(words: list[str], kind: str) -> None:
    process: Any = SimpleNamespace(cmdline=lambda: words, name=lambda: "by its name")
    assert kind_of(process) == kind


def test_a_ray_that_does_not_start_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it said last; its token is taken back."""
    refusing = tmp_path / "python"
    refusing.write_text("#!/bin/sh\necho starting\necho no room on the disk >&2\nexit 1\n")
    refusing.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(refusing))
    with (
        pytest.raises(UserError, match="^ray start has ended; it said last: no room on the disk$"),
        node.ray_node(1, unlimited()),
    ):
        pass
    assert "RAY_AUTH_TOKEN" not in os.environ


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return commanded(overhead, "search.overhead", monkeypatch, capsys)


def test_the_command_writes_its_section_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Command
) -> None:
    asked: list[tuple[int, ...]] = []

    def measure(workers: int, trials: int, turns: int, _: object) -> Found:
        asked.append((workers, trials, turns))
        return found()

    monkeypatch.setattr(measuring, "measure", measure)
    monkeypatch.setattr(demand, "find_spec", lambda _: True)
    page = tmp_path / "SCALING.md"
    page.write_text("# Mine\n")
    for _ in range(2):
        assert run("--workers", "3", "--output", str(page)).code == 0
    text = page.read_text()
    assert text.startswith("# Mine\n\n<!-- begin Ray against local workers -->\n")
    assert text.count("## Ray against local workers") == 1
    assert asked == [(3, 40, 5)] * 2


def test_without_ray_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Command
) -> None:
    """Before anything is measured or written."""
    monkeypatch.setattr(demand, "find_spec", lambda _: None)
    said = run("--output", str(tmp_path / "page.md"))
    assert said.code == 2
    assert said.err == [
        (
            "error: python -m search.overhead: Ray is not installed; pip install"
            " 'neumf-search[cluster]'"
        )
    ]
    assert not list(tmp_path.iterdir())
