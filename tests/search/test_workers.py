"""Worker processes: what they load, and that their pool behaves as the coordinator expects."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from search.workers.interface import Keeping, Worker
from search.workers.messages import (
    Died,
    EpochDone,
    FromWorker,
    PretrainingEpoch,
    Ready,
    TrialDone,
    TrialStopped,
)
from search.workers.processes import OUT_OF_MEMORY, ProcessPool, WorkerProcess, _serve
from studies.ledger.job import Job
from tests.search.study_folder import environment, make_study_folder
from tests.worlds import blocks, problem_of

pytestmark = pytest.mark.slow

HEAVY = {"optuna", "sqlalchemy", "torch", "pyarrow", "pandas", "plotly", "pydantic", "rich"}
"""What a worker has no use for: it would cost memory and seconds in each."""

NOTE_IMPORTS = """
import os, sys
if any("spawn_main" in word for word in sys.orig_argv):
    log = open(os.path.join(os.path.dirname(__file__), f"{os.getpid()}.txt"), "w", buffering=1)
    sys.addaudithook(lambda event, args: event == "import" and print(args[0], file=log))
"""


def test_a_worker_loads_what_training_needs_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a database nor a framework that it does not train with, whatever the main module,
    which every worker imports again, may need."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "sitecustomize.py").write_text(NOTE_IMPORTS)
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(notes), *([path] if path else [])]))
    make_study_folder(tmp_path).run("--trials", "4", "--workers", "2")
    logs = [file.read_text().split() for file in notes.glob("*.txt")]
    assert len(logs) == 2
    for modules in logs:
        roots = {module.split(".")[0] for module in modules}
        assert {"numba", "search"} <= roots
        assert not roots & HEAVY


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[ProcessPool]:
    """One worker."""
    problem_of(blocks()).save(tmp_path)
    pool = ProcessPool(1, tmp_path, "auto", "auto")
    yield pool
    pool.close()


def hear(pool: ProcessPool) -> tuple[Worker, FromWorker | Died]:
    """The next message."""
    deadline = monotonic() + 120
    while not (heard := pool.wait(1)):
        assert monotonic() < deadline
    return heard[0]


def job(number: int, epochs: int) -> Job:
    return Job(number, Configuration(epochs=epochs, patience=epochs), seed=0)


def test_a_worker_trains_a_trial_and_then_the_next(pool: ProcessPool) -> None:
    """Epochs in order, then the end; it computes no longer than it takes."""
    worker, ready = hear(pool)
    assert ready == Ready()
    began = monotonic()
    busy = 0.0
    for number in (3, 4):
        worker.train(job(number, epochs=2))
        for expected in (1, 2):
            _, message = hear(pool)
            assert isinstance(message, EpochDone)
            assert (message.number, message.epoch.number) == (number, expected)
            busy += message.busy_seconds
        _, message = hear(pool)
        assert isinstance(message, TrialDone)
        assert message.number == number
        busy += message.busy_seconds
    assert 0 < busy <= monotonic() - began


def test_a_worker_leaves_a_trial_when_told_and_takes_the_next(pool: ProcessPool) -> None:
    """The next one may be sent at once; to stop a trial that is over does nothing."""
    worker, _ = hear(pool)
    worker.train(job(0, epochs=10_000))
    assert isinstance(hear(pool)[1], EpochDone)
    worker.stop(0)
    worker.train(job(1, epochs=1))
    said = hear(pool)[1]
    while isinstance(said, EpochDone) and said.number == 0:
        said = hear(pool)[1]
    assert isinstance(said, TrialStopped)
    assert [type(hear(pool)[1]) for _ in range(2)] == [EpochDone, TrialDone]
    worker.stop(1)
    worker.train(job(2, epochs=1))
    assert [type(hear(pool)[1]) for _ in range(2)] == [EpochDone, TrialDone]


@pytest.mark.parametrize(
    ("number", "by_request"), [(signal.SIGKILL, False), (signal.SIGTERM, True)]
)
def test_a_death_is_told_once_and_the_worker_can_be_replaced(
    pool: ProcessPool, number: signal.Signals, by_request: bool
) -> None:
    """With its cause; what is said to the dead goes nowhere."""
    worker, _ = hear(pool)
    assert isinstance(worker, WorkerProcess)
    os.kill(worker.process.pid or 0, number)
    dead, death = hear(pool)
    assert dead is worker
    assert death == Died(f"worker died (killed by signal {number.value})", by_request)
    assert pool.wait(0.01) == []
    dead.train(job(0, epochs=1))
    pool.replace(dead)
    replacement, ready = hear(pool)
    assert (replacement.slot, ready) == (worker.slot, Ready())


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (MemoryError(), SystemExit),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), SystemExit),
        (OSError(errno.ENOENT, "No such file or directory"), FileNotFoundError),
    ],
)
def test_a_worker_that_runs_out_of_memory_says_so_by_its_exit_code(
    error: Exception, end: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not by a traceback in a person's terminal; any other error is a defect, and shown."""

    def serve(*_: object) -> None:
        raise error

    monkeypatch.setattr("search.workers.worker.serve", serve)
    ours, _theirs = multiprocessing.Pipe()
    with pytest.raises(end) as ended:
        _serve(ours, Path(), "fused", "cpu", Keeping())
    assert getattr(ended.value, "code", None) in (OUT_OF_MEMORY, None)


ABANDON = """
import os, sys
from pathlib import Path
from search.workers.processes import ProcessPool
if __name__ == "__main__":
    ProcessPool(1, Path(sys.argv[1]), "auto", "auto")
    os._exit(0)
"""


def test_a_worker_that_has_been_left_alone_ends_in_silence(tmp_path: Path) -> None:
    """Whatever of its folder another one has removed."""
    script, folder = tmp_path / "abandon.py", tmp_path / "shared"
    script.write_text(ABANDON)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        env=environment(),
        capture_output=True,  # until the worker, which inherits the pipes, has ended too
        text=True,
        timeout=120,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_closed_pool_leaves_no_process(pool: ProcessPool) -> None:
    """Not even of a worker that is training."""
    worker, _ = hear(pool)
    assert isinstance(worker, WorkerProcess)
    worker.train(job(0, epochs=10_000))
    hear(pool)
    pid = worker.process.pid
    pool.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_too_many_workers_are_a_mistake_and_those_started_are_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that says what to do."""
    started: list[WorkerProcess] = []
    start = ProcessPool._start

    def limited(pool: ProcessPool, slot: int) -> WorkerProcess:
        if started:
            monkeypatch.setattr(
                pool._context, "Pipe", lambda: os.open("/nowhere", os.O_RDONLY), raising=False
            )
        started.append(start(pool, slot))
        return started[-1]

    monkeypatch.setattr(ProcessPool, "_start", limited)
    with pytest.raises(UserError, match="worker 2 cannot be started: .*; use fewer --workers"):
        ProcessPool(3, tmp_path, "auto", "auto")
    (first,) = started
    assert not first.process.is_alive()


def test_a_worker_tells_that_it_trains_the_gmf_first(pool: ProcessPool) -> None:
    """Once an epoch; the next trial that joins the same one has it already."""
    joined = Configuration(epochs=1, patience=1, alpha=0.5, pretrained_epochs=2)
    worker, ready = hear(pool)
    assert isinstance(ready, Ready)
    for number, told in ((4, [PretrainingEpoch(4, 1, 2), PretrainingEpoch(4, 2, 2)]), (5, [])):
        worker.train(Job(number, joined, seed=number))
        heard = []
        while not isinstance(message := hear(pool)[1], TrialDone):
            heard.append(message)
        assert heard[:-1] == told
        assert isinstance(heard[-1], EpochDone)
