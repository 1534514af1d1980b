"""A search on a Ray cluster: two nodes, each a real ``ray start`` on loopback, really killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest

from studies.results.readback import read
from tests.search.study_folder import StudyFolder, make_study_folder
from tests.search.test_deaths import assert_whole, epochs_of_running_trials, until

pytest.importorskip("ray", reason="needs the extra: pip install 'neumf-search[cluster]'")

from tests.search.ray_cluster import RayCluster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.usefixtures("signals_heard"),
    pytest.mark.timeout(600),  # the first worker of a node compiles
]

TRIALS = "SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id)"


@pytest.fixture(scope="module")
def shared() -> Iterator[RayCluster]:
    """Two nodes that no test harms."""
    yield from two_nodes()


@pytest.fixture
def doomed() -> Iterator[RayCluster]:
    """Two nodes to be killed."""
    yield from two_nodes()


def two_nodes() -> Iterator[RayCluster]:
    cluster = RayCluster()
    try:
        cluster.add_node()
        yield cluster
    finally:
        cluster.close()


def run(study: StudyFolder, cluster: RayCluster, *arguments: str, code: int = 0) -> str:
    """Run on the cluster to the end; what was said on stderr."""
    process = start(study, cluster, *arguments)
    try:
        output, errors = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == code, errors + output
    return errors


def start(study: StudyFolder, cluster: RayCluster, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        study.command("--ray", cluster.address, *arguments),
        start_new_session=True,
        cwd=study.folder,
        env={**cluster.environment(), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def long_study(tmp_path: Path) -> StudyFolder:
    """Trials that last some seconds."""
    return make_study_folder(tmp_path, epochs=60, patience=60, users=1500)


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def test_a_cluster_gives_what_this_machine_gives(shared: RayCluster, tmp_path: Path) -> None:
    """One worker here or there: the same study to the last bit, confirmed and opened alike."""
    here = make_study_folder(folder(tmp_path, "here"))
    there = make_study_folder(folder(tmp_path, "there"))
    arguments = ("--trials", "6", "--workers", "1", "--confirm")
    here.run(*arguments)
    run(there, shared, *arguments)
    assert there.query(TRIALS) == here.query(TRIALS)
    assert len(here.query(TRIALS)) > 6
    assert list(there.folder.glob("results.db-models/*"))


def test_both_nodes_work_and_keep_nothing(shared: RayCluster, tmp_path: Path) -> None:
    """As many workers as there is room for; each node's folder is filled once and removed."""
    study = make_study_folder(tmp_path, epochs=60, patience=60, users=1500)
    process = start(study, shared, "--trials", "6")
    try:
        until(lambda: epochs_of_running_trials(study) >= 2, process)
        assert len(shared.folders()) == 2
        _, errors = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "2 workers" in errors
    assert {trial.worker for trial in read(study.storage, "blocks").trials} == {0, 1}
    assert_whole(study, 6)
    assert not shared.folders()


def test_a_killed_worker_costs_its_trial_one_retry(
    shared: RayCluster, long_study: StudyFolder
) -> None:
    """As on this machine."""
    process = start(long_study, shared, "--trials", "4")
    try:
        until(lambda: epochs_of_running_trials(long_study) >= 2, process)
        shared.workers()[0].kill()
        _, errors = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "worker died (its process ended)" in errors
    assert_whole(long_study, 4)
    assert long_study.states()["INTERRUPTED"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_finished_work(
    shared: RayCluster, long_study: StudyFolder, number: signal.Signals
) -> None:
    """To the whole group, as a terminal sends it; the next run goes on."""
    process = start(long_study, shared, "--trials", "4")
    try:
        until(lambda: epochs_of_running_trials(long_study) >= 2, process)
        os.killpg(process.pid, number)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors + output
    assert long_study.states()["INTERRUPTED"] == 2
    run(long_study, shared, "--trials", "4")
    assert_whole(long_study, 4)
    assert long_study.states()["FAIL"] == 0


def test_a_killed_coordinator_frees_the_cluster(
    shared: RayCluster, long_study: StudyFolder
) -> None:
    """kill -9: the bridge and the actors end by themselves, and the next run goes on."""
    process = start(long_study, shared, "--trials", "4")
    try:
        until(lambda: epochs_of_running_trials(long_study) >= 2, process)
        family = psutil.Process(process.pid).children() + shared.workers()
    finally:
        process.kill()
        process.communicate()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    run(long_study, shared, "--trials", "4")
    assert_whole(long_study, 4)


def test_a_shared_folder_outlives_the_session(shared: RayCluster, tmp_path: Path) -> None:
    """kill -9 on the coordinator: in another session, on whichever node, each trial goes on from
    the checkpoint that is there."""
    study = make_study_folder(tmp_path, epochs=200, patience=200, users=1500)
    kept = tmp_path / "kept"
    arguments = ("--trials", "1", "--checkpoints", str(kept), "--checkpoint-every", "0")
    process = start(study, shared, *arguments)
    try:
        until(lambda: bool(list(kept.rglob("*.neumf-checkpoint"))), process)
    finally:
        process.kill()
        process.communicate()
    errors = run(study, shared, *arguments)
    assert re.search(r"goes on after epoch \d+ of 200, from a checkpoint", errors), errors
    assert_whole(study, 1)
    assert not list(kept.iterdir())


def test_a_lost_node_costs_what_ran_there(doomed: RayCluster, long_study: StudyFolder) -> None:
    """Its trial is queued again and not held at fault; the study ends on the other node."""
    process = start(long_study, doomed, "--trials", "6")
    try:
        until(lambda: epochs_of_running_trials(long_study) >= 2, process)
        doomed.kill(doomed.others[0])
        _, errors = process.communicate(timeout=280)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "was lost" in errors
    assert_whole(long_study, 6)
    crashes = "SELECT * FROM trial_user_attributes WHERE key = 'crashes'"
    assert not long_study.query(crashes)


def test_a_lost_head_is_told_in_one_line_and_the_same_command_goes_on(
    doomed: RayCluster, long_study: StudyFolder, shared: RayCluster
) -> None:
    """What ran is queued again; here the next run finds another cluster."""
    process = start(long_study, doomed, "--trials", "4")
    try:
        until(lambda: epochs_of_running_trials(long_study) >= 2, process)
        doomed.kill(doomed.head)
        _, errors = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 2, errors
    assert "Traceback" not in errors
    assert "is lost; when it is there again, the same command goes on" in errors.splitlines()[-1]
    assert long_study.states()["RUNNING"] == 0
    run(long_study, shared, "--trials", "4")
    assert_whole(long_study, 4)


def test_nobody_without_the_token_gets_in(tmp_path: Path) -> None:
    """With Ray's token authentication: refused in one line without it, and nothing written."""
    cluster = RayCluster(token="a" * 32)
    try:
        study = make_study_folder(tmp_path)
        command = study.command("--ray", cluster.address, "--trials", "2")
        for stranger in ({"RAY_AUTH_TOKEN": "b" * 32}, {"RAY_AUTH_MODE": "disabled"}):
            began = monotonic()
            refused = subprocess.run(
                command,
                cwd=study.folder,
                env={**cluster.environment(), **stranger},
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            assert refused.returncode == 2, refused.stderr + str(monotonic() - began)
            assert "cannot connect" in refused.stderr.splitlines()[-1]
            assert not study.database.exists()
        run(study, cluster, "--trials", "2")
        assert_whole(study, 2)
    finally:
        cluster.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ray", "127.0.0.1:9"], "cannot connect: .*refused"),
        (["--ray", "somewhere"], "must be auto or HOST:PORT"),
        (["--ray", "ray://head:10001"], "Ray's client is not supported"),
        (["--cpus-per-trial", "2"], "add --ray"),
        (["--ray", "auto", "--memory-per-trial", "lots"], "must be a size such as"),
        (["--ray", "auto", "--gpus-per-trial", "1.5"], "must be whole"),
    ],
)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    """And nothing is written."""
    study = make_study_folder(tmp_path)
    refused = study.run(*arguments, code=2)
    assert re.search(told, refused.stderr.splitlines()[-1])
    assert not study.database.exists()
