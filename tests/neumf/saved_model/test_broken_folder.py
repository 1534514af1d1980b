"""A model on disk that is damaged, forged or foreign is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from neumf.errors import UserError
from neumf.saved_model.folder import MANIFEST, TENSORS, _digest, read, write
from neumf.saved_model.manifest import _checksum
from tests.neumf.saved_model.models import SMALL, random_model

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
