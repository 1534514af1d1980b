"""Killed in a long trial, a search goes on where it was: real processes, really killed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.search.study_folder import StudyFolder, make_study_folder
from tests.search.test_deaths import until, workers_of

EPOCHS = 200
"""A trial lasts some seconds."""

PLAN = ("--trials", "1", "--workers", "1", "--checkpoint-every", "0")
GOES_ON = re.compile(r"goes on after epoch (\d+) of 200, from a checkpoint")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]


def make_folder(folder: Path) -> StudyFolder:
    folder.mkdir()
    return make_study_folder(folder, epochs=EPOCHS, patience=EPOCHS, users=300)


def result(study: StudyFolder) -> list[Any]:
    """What is stored of the trial that ended: each epoch's value and loss."""
    ended = "(SELECT trial_id FROM trials WHERE state = 'COMPLETE')"
    return [
        *study.query(
            "SELECT step, intermediate_value FROM trial_intermediate_values"
            f" WHERE trial_id IN {ended} ORDER BY step"
        ),
        *study.query(
            "SELECT value_json FROM trial_system_attributes WHERE key LIKE 'neumf:losses%'"
            f" AND trial_id IN {ended} ORDER BY key"
        ),
    ]


def test_a_killed_trial_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    """kill -9 on its worker, which is replaced; then on the coordinator, whose command is given
    again: the trial has the result it has undisturbed, and goes on later each time."""
    study, undisturbed = (make_folder(tmp_path / name) for name in ("study", "undisturbed"))
    kept = study.folder / "results.db-checkpoints" / "blocks"

    def checkpoints() -> list[int]:
        return [path.stat().st_mtime_ns for path in kept.glob("*.neumf-checkpoint")]

    process = study.start(*PLAN)
    try:
        until(lambda: bool(checkpoints()), process)
        (worker,) = workers_of(process)
        worker.kill()
        worker.wait(30)
        before = checkpoints()
        until(lambda: checkpoints() not in ([], before), process)
        process.kill()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert list(kept.glob("*.neumf-checkpoint")), "the checkpoint outlives its session"
    errors += study.run(*PLAN).stderr
    first, second = (int(epoch) for epoch in GOES_ON.findall(errors))
    assert 0 < first < second < EPOCHS
    undisturbed.run(*PLAN)
    assert len(result(study)) == EPOCHS + 1
    assert result(study) == result(undisturbed)
    assert not kept.parent.exists(), "nothing is left of a study that has ended"
