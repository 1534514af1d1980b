"""Confirming and opening, killed in their midst: the same command ends with the same record."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.search.confirmed import measured_ranks, raw_record, record, runs
from tests.search.study_folder import StudyFolder, make_study_folder
from tests.search.test_deaths import until, workers_of

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.usefixtures("signals_heard")]

PLAN = ("--top", "1", "--seeds", "5", "--workers", "2")
CONFIRM, TEST = "blocks/confirm", "blocks/test"


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()


def kill_the_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def end_the_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)


DEATHS: list[tuple[str, Callable[[subprocess.Popen[str]], None], int]] = [
    (CONFIRM, kill, -9),
    (CONFIRM, end_the_group, 130),
    (TEST, interrupt, 130),
    (TEST, kill_the_group, -9),
]
"""What befalls a session once it has stored a run of that study, and its exit code."""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A study whose runs last long enough to be killed in their midst."""
    study = make_study_folder(
        tmp_path_factory.mktemp("searched"), epochs=20, patience=20, users=900
    )
    study.run("--trials", "3", "--workers", "2")
    return study


def done(study: StudyFolder, name: str) -> int:
    return runs(study)[name, "COMPLETE"]


def begin(study: StudyFolder, name: str) -> subprocess.Popen[str]:
    """A session that has just stored one more run of the study ``name``."""
    before = done(study, name)
    process = study.start_confirming(*PLAN)
    until(lambda: done(study, name) > before, process)
    return process


def test_however_often_it_dies_the_record_is_the_same(
    searched: StudyFolder, tmp_path: Path
) -> None:
    """Four deaths and a killed worker later: exact totals, nothing running, every run and the
    record as an undisturbed session has them; a test item is not looked at twice."""
    undisturbed = searched.copy(tmp_path / "undisturbed")
    undisturbed.confirm(*PLAN)
    study = searched.copy(tmp_path / "study")
    process: subprocess.Popen[str] | None = None
    try:
        for name, befall, code in DEATHS:
            process = begin(study, name)
            befall(process)
            output, errors = process.communicate(timeout=60)
            assert process.returncode == code, errors
            assert "Traceback" not in output + errors
            assert raw_record(study) == [], "the record is written when all is measured"
            assert not any(state in ("RUNNING", "WAITING") for _, state in runs(study))
            assert not any(state == "FAIL" for _, state in runs(study))
        process = begin(study, TEST)
        workers_of(process)[0].kill()
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    finally:
        if process is not None:
            process.kill()
            process.communicate()
    ended = {key: n for key, n in runs(study).items() if key[1] != "INTERRUPTED"}
    assert ended == dict(runs(undisturbed))
    for name in (CONFIRM, TEST):
        assert measured_ranks(study, name) == measured_ranks(undisturbed, name)
    assert record(study) == record(undisturbed)
    one, other = (each.model / "model.safetensors" for each in (study, undisturbed))
    assert one.read_bytes() == other.read_bytes()
    assert study.query("PRAGMA integrity_check") == [("ok",)]
    assert not list(study.folder.rglob("*.part*")), "half a model is left behind"
