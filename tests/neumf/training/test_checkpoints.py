"""A checkpoint is whole and its run's own, or it is not used; whatever is wrong costs no result."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError

from neumf.training import checkpoints as module
from neumf.training.checkpoints import SHARE, Checkpoints, sweep
from neumf.training.state import Array, State

ARRAYS: dict[str, Array] = {
    "a/floats": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a/bytes": np.arange(5, dtype=np.uint8),
    "a/none": np.zeros(0, np.float32),
    "one": np.array(7.0, np.float32),
}
STATE = State(ARRAYS, {"seen": 3, "rate": 0.1, "part": {"text": "é"}})


def kept(folder: Path, key: str = "run", **made_by: str) -> tuple[State | None, list[str]]:
    """What is found, and what is said."""
    said: list[str] = []
    found = Checkpoints(folder, made_by=lambda: made_by, say=said.append).look(key)
    return found, said


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    """Every array of whatever type and shape, every fact, and nothing of another key."""
    Checkpoints(tmp_path).save("run", STATE)
    found, said = kept(tmp_path)
    assert found is not None
    assert found.facts == STATE.facts
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in found.arrays.items():
        assert (array.dtype, array.shape) == (ARRAYS[name].dtype, ARRAYS[name].shape)
        assert array.tobytes() == ARRAYS[name].tobytes()
    assert kept(tmp_path, "another") == (None, [])
    assert kept(tmp_path / "nowhere") == (None, [])
    assert not said


@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file_is_not_used(at: float, flip: int, cut: bool) -> None:
    """Wherever a byte is changed, or the file is cut short."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        Checkpoints(folder).save("run", STATE)
        (path,) = folder.iterdir()
        content = bytearray(path.read_bytes())
        where = int(at * len(content))
        content[where] ^= flip
        path.write_bytes(content[:where] if cut else content)
        found, (line,) = kept(folder)
        assert found is None
        assert line.startswith("a checkpoint is not used (")


@pytest.mark.parametrize("now", [{"numba": "2", "data": "x"}, {"numba": "1"}, {}])
def test_one_that_something_else_made_is_not_used(tmp_path: Path, now: dict[str, str]) -> None:
    """Of another version, or of other data: it says which."""
    made_by = {"numba": "1", "data": "x"}
    Checkpoints(tmp_path, made_by=lambda: made_by).save("run", STATE)
    assert kept(tmp_path, **made_by)[0] is not None
    found, (line,) = kept(tmp_path, **now)
    assert found is None
    what = "numba 1, here 2" if "data" in now else "data x, here None"
    assert line == f"a checkpoint is not used (it was made with {what}): starts anew"


def test_a_run_has_one_file_and_none_when_it_ends(tmp_path: Path) -> None:
    """A newer one takes its place, whatever its key; what a killed process left half-written goes
    when its run is taken up."""
    folder = tmp_path / "made when needed"
    run = Checkpoints(folder)
    assert not folder.exists()
    run.save("run", STATE)
    (path,) = folder.iterdir()
    path.with_name(f"{path.name}.0123abcd").write_text("half")
    run = Checkpoints(folder)
    assert run.take("run") is not None
    assert list(folder.iterdir()) == [path]
    run.save("run", STATE)
    assert list(folder.iterdir()) == [path]
    run.save("later", STATE)
    assert len(list(folder.iterdir())) == 1
    assert kept(folder)[0] is None
    run.clear()
    assert not list(folder.iterdir())


def test_who_takes_one_up_answers_for_it(tmp_path: Path) -> None:
    """Whoever only looks does not: it may be a run's that is going on."""
    Checkpoints(tmp_path).save("run", STATE)
    other = Checkpoints(tmp_path)
    assert other.look("run") is not None
    other.clear()
    assert other.take("run") is not None
    other.clear()
    assert kept(tmp_path) == (None, [])


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("No space left on device")]
)
def test_a_full_disk_costs_the_checkpoint_and_nothing_else(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before stays, nothing half-written does, and a person is told once."""
    said: list[str] = []
    run = Checkpoints(tmp_path, say=said.append)
    run.save("run", STATE)

    def full(_arrays: object, path: Path, _metadata: object) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(module, "save_file", full)
    run.save("run", State({}, {"seen": 4}))
    run.save("run", State({}, {"seen": 5}))
    assert said == [
        f"no checkpoint can be kept in {tmp_path} (No space left on device): goes on without"
    ]
    assert len(list(tmp_path.iterdir())) == 1
    found, _ = kept(tmp_path)
    assert found is not None
    assert found.facts == STATE.facts


def test_a_place_that_is_no_folder_costs_the_checkpoint_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    said: list[str] = []
    run = Checkpoints(file, say=said.append)
    assert run.take("run") is None
    assert not said
    run.save("run", STATE)
    run.clear()
    assert said[0].startswith(f"no checkpoint can be kept in {file} (")
    assert file.read_text() == "in the way"


def test_when_one_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many seconds, and not before a slow disk's has been paid for."""
    now, takes = [0.0], [0.5]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])

    def slow(*_: object) -> None:
        now[0] += takes[0]

    monkeypatch.setattr(module, "sync", slow)
    run = Checkpoints(tmp_path, seconds=60)
    due = []
    for seconds, takes[0] in ((59, 0.5), (1, 0.5), (59, 0.5), (1, 10), (60, 0), (SHARE * 10, 0)):
        now[0] += seconds
        due.append(run.is_due)
        if due[-1]:
            run.save("run", STATE)
    assert due == [False, True, False, True, False, True]
    assert not Checkpoints(None).is_due


def test_a_sweep_takes_checkpoints_only(tmp_path: Path) -> None:
    """And the folder, if they were all."""
    folder = tmp_path / "study"
    Checkpoints(folder).save("run", STATE)
    (path,) = folder.iterdir()
    path.with_name(f"{path.name}.0123abcd").write_text("half")
    (folder / "notes.txt").write_text("a person's")
    sweep(folder)
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    sweep(folder)
    assert not folder.exists()
    sweep(folder)
