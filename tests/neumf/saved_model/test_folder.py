"""A model on disk comes back as it was, or is refused in one line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from safetensors.numpy import load_file, save_file

from neumf.errors import UserError
from neumf.model.parameters import Architecture
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.folder import MANIFEST, TENSORS, _digest, check_destination, read, write
from neumf.saved_model.manifest import Manifest, _checksum
from tests.neumf.saved_model.models import models, objects, random_model

SMALL = Architecture(n_users=3, n_items=4, predictive_factors=4, mlp_layers=1)


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


Tamper = Callable[[Path], None]


def content(**changes: Any) -> Tamper:
    """Change the JSON, and its checksum with it."""

    def tamper(folder: Path) -> None:
        path = folder / MANIFEST
        fields = json.loads(path.read_bytes()) | changes
        fields["checksum"] = _checksum({k: v for k, v in fields.items() if k != "checksum"})
        path.write_text(json.dumps(fields))

    return tamper


def forged(**changes: np.ndarray[Any, Any] | None) -> Tamper:
    """Change the tensors, and the checksums with them."""

    def tamper(folder: Path) -> None:
        tensors = load_file(folder / TENSORS)
        for word, tensor in changes.items():
            name = word.replace("__", ".")
            if tensor is None:
                del tensors[name]
            else:
                tensors[name] = tensor
        save_file(tensors, folder / TENSORS)
        content(tensors=_digest(folder / TENSORS))(folder)

    return tamper


def replaced(name: str, change: Callable[[bytes], bytes]) -> Tamper:
    def tamper(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return tamper


def raw(tensors: bytes) -> Tamper:
    """Another file in the place of the tensors, under its right checksum."""

    def tamper(folder: Path) -> None:
        (folder / TENSORS).write_bytes(tensors)
        content(tensors=_digest(folder / TENSORS))(folder)

    return tamper


SHAPE = {"n_users": 3, "n_items": 4, "predictive_factors": 4, "mlp_layers": 1, "gmf_factors": -1}
BROKEN: dict[str, tuple[Tamper, str]] = {
    "no json": (lambda folder: (folder / MANIFEST).unlink(), "holds no model"),
    "no tensors": (
        lambda folder: (folder / TENSORS).unlink(),
        "is missing; the model is not whole",
    ),
    "cut json": (replaced(MANIFEST, lambda text: text[:-20]), "is not JSON"),
    "binary json": (replaced(MANIFEST, lambda _: b"\xff\x00"), "is not JSON"),
    "deep json": (replaced(MANIFEST, lambda _: b"[" * 100_000), "is not JSON"),
    "foreign json": (replaced(MANIFEST, lambda _: b'{"a": 1}'), "is not that of a model"),
    "a list": (replaced(MANIFEST, lambda _: b"[]"), "is not that of a model"),
    "edited facts": (
        replaced(MANIFEST, lambda text: text.replace(b'"nDCG@10": 0.4', b'"nDCG@10": 0.9')),
        "was changed after it was saved",
    ),
    "newer": (content(version=2), "has format version 2, and this neumf-search reads version 1"),
    "older": (content(version=0), "has format version 0, and this"),
    "unknown field": (content(more=1), "is damaged (more: "),
    "no users": (content(architecture=SHAPE | {"n_users": 0}), "is damaged (architecture.n_users"),
    "huge": (content(architecture=SHAPE | {"n_users": 2**31 - 1}), "its tensors fewer"),
    "deep": (content(architecture=SHAPE | {"mlp_layers": 30}), "its tensors fewer"),
    "another shape": (content(architecture=SHAPE | {"n_users": 4, "n_items": 3}), "has shape"),
    "no halves": (content(architecture=SHAPE | {"mlp_layers": 0, "gmf_factors": 0}), "its tensor"),
    "cut tensors": (replaced(TENSORS, lambda data: data[:-1]), "is not the file that was saved"),
    "one bit": (
        replaced(TENSORS, lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]),
        "is not the file that was saved",
    ),
    "another's tensors": (raw(b"GGUF" * 9), "cannot be read as safetensors ("),
    "empty tensors": (raw(b""), "cannot be read as safetensors ("),
    "a type that NumPy has not": (
        raw(
            (header := b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}')
            and len(header).to_bytes(8, "little") + header + b"\0\0"
        ),
        "cannot be read as safetensors (",
    ),
    "a tensor less": (forged(output__bias=None), "its tensor 'output.bias' is missing"),
    "a tensor more": (forged(more=np.zeros(1)), "its tensor 'more' is not known"),
    "another type": (
        forged(output__bias=np.zeros(1)),
        "is 1-dimensional float64, expected 1-dimensional float32",
    ),
    "not finite": (forged(output__bias=np.full(1, np.inf, np.float32)), "are not all finite"),
    "ids twice": (forged(user_ids=np.array([1, 1, 2])), "user_ids are not 3 distinct ids"),
    "ids missing": (forged(user_ids=None), "its tensor 'user_ids.utf8' is missing"),
    "ids astray": (
        forged(
            user_ids=None, user_ids__utf8=np.zeros(3, np.uint8), user_ids__ends=np.array([1, 2, 9])
        ),
        "its tensors 'user_ids' do not belong together",
    ),
    "seen at overflowing places": (
        forged(
            seen__starts=np.array([0, 2**63 - 1, -2, 2]), seen__items=np.array([1, 2], np.int32)
        ),
        "are not sets of its items",
    ),
    "ids backwards": (
        forged(
            user_ids=None, user_ids__utf8=np.zeros(3, np.uint8), user_ids__ends=np.array([2, 1, 3])
        ),
        "its tensors 'user_ids' do not belong together",
    ),
    "ids that are no text": (
        forged(
            user_ids=None,
            user_ids__utf8=np.full(3, 255, np.uint8),
            user_ids__ends=np.array([1, 2, 3]),
        ),
        "its tensor 'user_ids' is not text",
    ),
    "seen beyond the catalogue": (
        forged(seen__starts=np.array([0, 1, 1, 1]), seen__items=np.array([4], np.int32)),
        "are not sets of its items",
    ),
    "seen before it": (
        forged(seen__starts=np.array([0, 1, 1, 1]), seen__items=np.array([-1], np.int32)),
        "are not sets of its items",
    ),
    "seen twice": (
        forged(seen__starts=np.array([0, 2, 2, 2]), seen__items=np.array([1, 1], np.int32)),
        "are not sets of its items",
    ),
    "seen by too few": (
        forged(seen__starts=np.array([0, 1]), seen__items=np.array([1], np.int32)),
        "are not sets of its items",
    ),
    "seen backwards": (
        forged(seen__starts=np.array([0, 2, 1, 2]), seen__items=np.array([1, 2], np.int32)),
        "are not sets of its items",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_model_is_refused_in_one_line_that_names_the_file(
    case: str, tmp_path: Path
) -> None:
    """Whether by accident, which the checksums tell, or by hand, with the checksums put right."""
    folder = tmp_path / "model"
    write(folder, random_model(SMALL, facts={"nDCG@10": 0.4}))
    tamper, line = BROKEN[case]
    tamper(folder)
    with pytest.raises(UserError) as refused:
        read(folder)
    assert line in str(refused.value)
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write(folder, random_model(SMALL))
    (folder / TENSORS).unlink()
    (folder / TENSORS).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        read(folder)
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        read(folder)
