"""Nothing is lost when something dies: real processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import psutil
import pytest

from tests.search.study_folder import StudyFolder, environment, make_study_folder

EPOCHS = 60
USERS = 1500
"""Together they make a trial last a second or more, so that it is killed in its midst."""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """Trials that last some seconds."""
    return make_study_folder(tmp_path, epochs=EPOCHS, patience=EPOCHS, users=USERS)


@pytest.fixture
def running(study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A search with two workers, both in a trial that has reported epochs."""
    monkeypatch.setenv("TMPDIR", str(study.folder))
    process = study.start("--trials", "4", "--workers", "2")
    try:
        until(lambda: epochs_of_running_trials(study) >= 2, process)
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for ``condition``, as long as ``process`` lives."""
    deadline = monotonic() + 120
    while not condition():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            raise AssertionError(process.communicate())
        assert monotonic() < deadline, "the search does not get there"


def epochs_of_running_trials(study: StudyFolder) -> int:
    """How many trials are running and have reported an epoch."""
    if not study.database.exists():
        return 0
    try:
        ((count,),) = study.query(
            "SELECT count(DISTINCT trial_id) FROM trials JOIN trial_intermediate_values"
            " USING (trial_id) WHERE state = 'RUNNING'"
        )
    except Exception:  # noqa: BLE001 - the schema is being made
        return 0
    return int(count)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The spawned training processes, not multiprocessing's own helper."""
    return [
        child
        for child in psutil.Process(process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]


def assert_whole(study: StudyFolder, trials: int) -> None:
    """The exact total, nothing left running, a sound file."""
    states = study.states()
    assert study.finished() == trials
    assert states["RUNNING"] == states["WAITING"] == 0
    assert study.query("PRAGMA integrity_check") == [("ok",)]


def test_a_killed_worker_costs_its_trial_one_retry(
    study: StudyFolder, running: subprocess.Popen[str]
) -> None:
    """kill -9 on a worker: the trial is failed with the reason, its configuration trained again."""
    workers_of(running)[0].send_signal(signal.SIGKILL)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert "killed by signal 9" in errors
    assert_whole(study, 4)
    assert study.states()["INTERRUPTED"] == 1
    retries = study.query(
        "SELECT count(*) FROM trial_user_attributes JOIN trials USING (trial_id)"
        " WHERE key = 'retry_of' AND state IN ('COMPLETE', 'PRUNED')"
    )
    assert retries == [(1,)]


def test_a_killed_coordinator_loses_only_what_was_running(
    study: StudyFolder, running: subprocess.Popen[str]
) -> None:
    """kill -9 on the coordinator: its workers end by themselves, the next run goes on."""
    workers = workers_of(running)
    running.kill()
    running.communicate()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive, "workers outlive their coordinator"
    assert not list(study.folder.glob("neumf-search-*")), "what the workers shared is left behind"
    assert study.states()["RUNNING"] == 2
    study.run("--trials", "4")
    assert_whole(study, 4)
    assert study.states()["INTERRUPTED"] == 2


def assert_interrupted(study: StudyFolder, running: subprocess.Popen[str]) -> None:
    """Exit code 130, no traceback, nothing held against a trial; the next run ends the study."""
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors + output
    states = study.states()
    assert states["RUNNING"] == states["FAIL"] == 0
    assert states["INTERRUPTED"] == states["WAITING"] == 2
    assert not crashes(study)
    interrupted = configurations(study, "IN")
    study.run("--trials", "4")
    assert_whole(study, 4)
    assert interrupted <= configurations(study, "NOT IN")


def crashes(study: StudyFolder) -> list[tuple[int]]:
    return study.query("SELECT trial_id FROM trial_user_attributes WHERE key = 'crashes'")


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_keeps_finished_work_and_queues_the_rest_again(
    study: StudyFolder, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    """Ctrl-C, SIGTERM, SIGHUP to the coordinator: the rest is tried again next time."""
    running.send_signal(number)
    assert_interrupted(study, running)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_to_the_process_group_is_an_interruption_too(
    study: StudyFolder, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    """As a terminal, systemd and scancel send it: the workers die of it, no trial is at fault."""
    os.killpg(running.pid, number)
    assert_interrupted(study, running)


def test_timeout_signals_the_process_and_then_its_group(
    study: StudyFolder, running: subprocess.Popen[str]
) -> None:
    """GNU timeout sends SIGTERM to its child and again to the group: one wish, not an order."""
    running.send_signal(signal.SIGTERM)
    os.killpg(running.pid, signal.SIGTERM)
    assert_interrupted(study, running)


def test_interrupted_twice_a_study_still_ends_at_its_total(study: StudyFolder) -> None:
    """The second SIGTERM to the group meets the same trials: still nothing is held against them."""
    for _ in range(2):
        process = study.start("--trials", "4", "--workers", "2")
        try:
            until(lambda: epochs_of_running_trials(study) >= 2, process)
            os.killpg(process.pid, signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 130, errors
        finally:
            process.kill()
            process.communicate()
    assert not crashes(study)
    study.run("--trials", "4")
    assert_whole(study, 4)
    assert study.states()["FAIL"] == 0


def test_a_worker_killed_while_the_search_stops_is_no_crash(
    study: StudyFolder, running: subprocess.Popen[str]
) -> None:
    """kill -9 on the workers of a coordinator that has been asked to stop, but has not yet."""
    workers = workers_of(running)
    running.send_signal(signal.SIGSTOP)
    running.send_signal(signal.SIGTERM)
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
    running.send_signal(signal.SIGCONT)
    assert_interrupted(study, running)


def test_a_worker_that_is_asked_to_end_is_replaced(
    study: StudyFolder, running: subprocess.Popen[str]
) -> None:
    """SIGTERM to one worker: its trial is queued again, and is not a crash."""
    workers_of(running)[0].send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert "killed by signal 15" in errors
    assert_whole(study, 4)
    assert study.states()["INTERRUPTED"] == 1
    assert not crashes(study)


IN_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_closed_terminal_is_an_interruption(study: StudyFolder) -> None:
    """The window goes and the group gets SIGHUP: there is nowhere left to write to."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *study.command("--trials", "4", "--workers", "2")],
        cwd=study.folder,
        env=environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        text=True,
    )
    os.close(slave)
    try:
        until(lambda: epochs_of_running_trials(study) >= 2, process)
        os.close(master)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
    states = study.states()
    assert states["RUNNING"] == states["FAIL"] == 0
    assert not crashes(study)
    study.run("--trials", "4")
    assert_whole(study, 4)


def configurations(study: StudyFolder, which: str) -> set[str]:
    """The configurations of trials that were (IN), or were not (NOT IN), interrupted."""
    rows = study.query(
        "SELECT group_concat(param_name || param_value, ' ') FROM"
        " (SELECT * FROM trial_params ORDER BY trial_id, param_name)"
        f" WHERE trial_id {which} (SELECT trial_id FROM trial_user_attributes"
        " WHERE key = 'interrupted') GROUP BY trial_id"
    )
    return {row[0] for row in rows}


def test_a_study_has_one_coordinator(study: StudyFolder, running: subprocess.Popen[str]) -> None:
    """A second run beside the first is refused, and the first goes on."""
    refused = study.run("--trials", "9", code=2)
    assert "being run by another process" in refused.stderr
    assert running.poll() in (None, 0), "it may have come to its end"
