"""``python -m search.replay`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from neumf.cli import INTERRUPTED
from tests.search.study_folder import StudyFolder, contents, environment, make_study_folder

pytestmark = pytest.mark.slow


def test_a_failure_repeats(tmp_path: Path) -> None:
    """In the same epoch, with the same loss."""
    study = make_study_folder(tmp_path, epochs=30, patience=30)
    path = Path(study.definition)
    text = path.read_text()
    for calm, wild in (
        ("high = 16, step", "high = 64, step"),
        ("predictive_factors = 8", "predictive_factors = 64"),
        ("high = 1e-1", "high = 1.0"),
        ("lr = 1e-3\n", "lr = 1.0\n"),
        ("batch_size = 64", "batch_size = 16"),
    ):
        assert calm in text
        text = text.replace(calm, wild)
    path.write_text(text)
    study.run("--trials", "1", "--workers", "1")
    assert study.states() == {"FAIL": 1}
    done = command(study, 0)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "epochs equal to the last bit, and the same failure: loss " in done.stdout


def test_a_joined_trial_repeats(tmp_path: Path) -> None:
    """The GMF that it joins has the seed that it has in the search, whichever trial trained it."""
    study = make_study_folder(tmp_path)
    path = Path(study.definition)
    path.write_text(
        path.read_text().replace("[fixed]", "[fixed]\nalpha = 0.5\npretrained_epochs = 2")
    )
    study.run("--trials", "3", "--workers", "2")
    for number in range(3):
        done = command(study, number)
        assert done.returncode == 0, done.stderr + done.stdout
        assert "epochs equal to the last bit" in done.stdout


def test_ctrl_c_ends_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    """Exit code 130, the database as it was, no file beside it or in the temporary folder."""
    study = make_study_folder(tmp_path, epochs=300, patience=300)
    path = Path(study.definition)
    path.write_text(path.read_text().replace("trials = 6", "trials = 1"))
    search = study.start("--trials", "1", "--workers", "1")
    search.communicate(timeout=300)
    before, files = contents(study.database), sorted(tmp_path.rglob("*"))
    scratch = tmp_path.parent / f"{tmp_path.name}-scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        words(study, 0),
        cwd=study.folder,
        env={**environment(), "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - as a terminal's
    )
    assert process.stderr is not None
    while not process.stderr.readline().startswith("epoch "):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "equal" not in out
    assert contents(study.database) == before
    assert sorted(tmp_path.rglob("*")) == files
    assert list(scratch.iterdir()) == []
    assert tempfile.gettempdir() != str(scratch)


def words(study: StudyFolder, number: int) -> list[str]:
    return [
        *(sys.executable, "-m", "search.replay", study.definition),
        *("--storage", study.storage, "--trial", str(number)),
    ]


def command(study: StudyFolder, number: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words(study, number),
        cwd=study.folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
