"""A model on disk comes back as it was, or is refused in one line."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from safetensors.numpy import load_file

from neumf.errors import UserError
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.folder import MANIFEST, TENSORS, check_destination, read, write
from neumf.saved_model.manifest import Manifest
from tests.neumf.saved_model.models import SMALL, models, objects, random_model


def same(one: SavedModel, other: SavedModel) -> bool:
    return (
        one.name == other.name
        and one.parameters.architecture == other.parameters.architecture
        and one.parameters.flat.tobytes() == other.parameters.flat.tobytes()
        and one.user_ids.dtype == other.user_ids.dtype
        and one.item_ids.dtype == other.item_ids.dtype
        and one.user_ids.tolist() == other.user_ids.tolist()
        and one.item_ids.tolist() == other.item_ids.tolist()
        and one.seen.starts.tolist() == other.seen.starts.tolist()
        and one.seen.items.tolist() == other.seen.items.tolist()
        and (None if one.titles is None else one.titles.tolist())
        == (None if other.titles is None else other.titles.tolist())
        and one.facts == other.facts
    )


@given(models())
def test_what_is_saved_comes_back_to_the_last_bit(model: SavedModel) -> None:
    """Of any architecture: parameters, ids of either type, what was seen, titles, facts."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "model", model)
        assert same(read(Path(name) / "model"), model)
        assert [path.name for path in Path(name).iterdir()] == ["model"]


def test_the_tensors_are_a_state_dict(tmp_path: Path) -> None:
    """PyTorch's users can load the file by itself."""
    import torch

    from neumf.model.torch_module import NeuMF

    model = random_model(SMALL)
    write(tmp_path / "model", model)
    tensors = load_file(tmp_path / "model" / TENSORS)
    module = NeuMF(SMALL)
    state = {name: torch.from_numpy(tensors[name].copy()) for name in module.state_dict()}
    module.load_state_dict(state)
    for name, tensor in module.state_dict().items():
        assert (tensor.numpy() == model.parameters.named[name]).all()


def test_both_files_may_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    write(tmp_path / "model", random_model(SMALL))
    (tmp_path / "other").write_text("")
    rights = {path.stat().st_mode for path in (tmp_path / "model").iterdir()}
    assert rights == {(tmp_path / "other").stat().st_mode}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"user_ids": objects([1, "a", "b"])}, "user_ids: 1 is neither a whole number"),
        ({"user_ids": np.array([1, 1, 2])}, "user_ids are not 3 distinct ids"),
        ({"item_ids": np.array([1, 2, 3])}, "item_ids are not 4 distinct ids"),
        ({"titles": objects(["a"])}, "titles are 1 for 4 items"),
    ],
)
def test_what_is_no_model_is_not_saved(fields: dict[str, Any], line: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=line):
        write(tmp_path / "model", random_model(SMALL, **fields))
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    model = random_model(SMALL)
    model.parameters.flat[-1] = np.nan
    with pytest.raises(UserError, match="not all finite"):
        write(tmp_path / "model", model)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_text_is_saved_as_well_as_it_can_be(tmp_path: Path) -> None:
    """A file's name may hold any bytes, an id what is no Unicode."""
    odd = "caf\udce9"
    model = replace(
        random_model(SMALL, user_ids=objects([odd, "a", ""]), facts={odd: [odd]}), name=odd
    )
    write(tmp_path / "model", model)
    back = read(tmp_path / "model")
    assert (back.name, back.facts) == ("caf?", {"caf?": ["caf?"]})
    assert back.user_ids.tolist() == [odd, "a", ""]


class TestReplacing:
    """What is there is replaced only if it is a model."""

    def test_a_model(self, tmp_path: Path) -> None:
        folder, new = tmp_path / "model", random_model(SMALL, seed=1)
        write(folder, random_model(SMALL))
        write(folder, new)
        assert same(read(folder), new)
        assert list(tmp_path.iterdir()) == [folder]

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "model").mkdir()
        write(tmp_path / "model", random_model(SMALL))
        assert same(read(tmp_path / "model"), random_model(SMALL))

    def test_a_link_stays_one(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        write(tmp_path / "link", random_model(SMALL))
        assert (tmp_path / "link").is_symlink()
        assert same(read(tmp_path / "real"), random_model(SMALL))

    @pytest.mark.parametrize(
        "files", [("notes.txt",), (MANIFEST, TENSORS, "notes.txt"), (TENSORS,), (MANIFEST,)]
    )
    def test_nothing_else(self, files: tuple[str, ...], tmp_path: Path) -> None:
        for name in files:
            (tmp_path / name).write_text("mine")
        with pytest.raises(UserError, match="so no model replaces it; give a new folder"):
            write(tmp_path, random_model(SMALL))
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
            files, "mine"
        )

    def test_a_damaged_model_may_be(self, tmp_path: Path) -> None:
        write(tmp_path / "model", random_model(SMALL))
        (tmp_path / "model" / TENSORS).unlink()
        (tmp_path / "model" / MANIFEST).write_bytes(
            (tmp_path / "model" / MANIFEST).read_bytes()[:100]
        )
        write(tmp_path / "model", random_model(SMALL))
        assert same(read(tmp_path / "model"), random_model(SMALL))

    def test_nor_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "model").write_text("mine")
        with pytest.raises(UserError, match="no model can be saved there"):
            check_destination(tmp_path / "model")
        with pytest.raises(UserError):
            write(tmp_path / "model" / "deeper", random_model(SMALL))

    def test_a_full_disk_leaves_the_old_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "model"
        write(folder, random_model(SMALL))

        def full(_: object) -> bytes:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Manifest, "text", full)
        with pytest.raises(
            UserError, match=r"model: cannot be written \(No space left on device\)"
        ):
            write(folder, random_model(SMALL, seed=1))
        assert same(read(folder), random_model(SMALL))
        assert list(tmp_path.iterdir()) == [folder]


KILLED = """
import os, signal, sys
from pathlib import Path
from neumf.model.parameters import Architecture
from neumf.saved_model.folder import write
from tests.neumf.saved_model.models import random_model

calls, at = 0, int(sys.argv[2])

def die(event, _):
    global calls
    if event in ("open", "os.rename", "os.mkdir", "shutil.rmtree", "os.remove", "os.rmdir"):
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
model = random_model(Architecture(3, 4, 4, 1), seed=1)
write(folder.with_name("elsewhere"), model)  # all that is imported late
sys.addaudithook(die)
write(folder, model)
"""


@pytest.mark.slow
@pytest.mark.parametrize("old", [False, True], ids=["new", "replaced"])
def test_killed_at_any_moment_the_folder_holds_a_whole_model_or_is_not_there(
    old: bool, tmp_path: Path
) -> None:
    """The old one, the new one or, between two renames, none: then the old one is beside it."""
    one, two = random_model(SMALL), random_model(SMALL, seed=1)
    ends = set()
    for at in range(1, 40):
        place = tmp_path / str(at)
        place.mkdir()
        folder = place / "model"
        if old:
            write(folder, one)
        command = [sys.executable, "-c", KILLED, str(folder), str(at)]
        code = subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode
        if folder.exists():
            model = read(folder)
            assert same(model, two) or (old and same(model, one))
            ends.add("new" if same(model, two) else "old")
        else:
            ends.add("none")
            beside = [path for path in place.iterdir() if path.name.startswith("model.")]
            assert not old or any(
                (each / MANIFEST).exists() and same(read(each), one) for each in beside
            )
        if code == 0:
            break
    else:
        pytest.fail("never ran to its end")
    assert ends == ({"old", "new", "none"} if old else {"none", "new"})
