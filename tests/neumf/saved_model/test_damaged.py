"""Models that were damaged, or made by somebody else, are read or refused in one line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save

from neumf.errors import UserError
from neumf.model.parameters import Architecture
from neumf.saved_model.display import describe, print_lists
from neumf.saved_model.folder import MANIFEST, TENSORS, read, write
from neumf.saved_model.manifest import _checksum
from neumf.saved_model.recommender import Recommender
from tests.budget import examples
from tests.damage import damaged
from tests.neumf.saved_model.models import objects, random_model
from tests.specials import SPECIALS, make_special

MODEL = random_model(
    Architecture(n_users=3, n_items=4, predictive_factors=4, mlp_layers=1),
    user_ids=objects(["ann", "bob", "cy"]),
    titles=objects(["one", "two", "", "four"]),
    facts={
        "trained_on": "train",
        "metrics": {"validation": {"nDCG@10": 0.4}, "test": {"nDCG@10": {"mean": 0.4}}},
        "data": {"terms": "none"},
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = (
    *("name", "version", "format", "tensors", "facts", "architecture"),
    *("architecture.n_users", "architecture.mlp_layers", "architecture.gmf_factors"),
    *("facts.trained_on", "facts.metrics", "facts.metrics.validation", "facts.data"),
    *("facts.metrics.test.nDCG@10", "facts.metrics.test.nDCG@10.mean", "facts.data.terms"),
)
tried = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200)
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "model"
    write(folder, MODEL)
    return folder


def used_or_refused(folder: Path) -> None:
    """What can be read can be shown, and recommends."""
    try:
        recommender = Recommender(read(folder))
    except UserError as refused:
        if str(folder) not in str(refused) or len(str(refused).splitlines()) > 1:
            raise
    else:
        describe(recommender, folder)
        print_lists(recommender.recommend(recommender.user_ids[:1], 2), "user")


def sign(folder: Path, manifest: dict[str, Any], tensors: bytes) -> None:
    """Write both with the right checksums."""
    (folder / TENSORS).write_bytes(tensors)
    if manifest.get("tensors") == read_manifest(folder).get("tensors"):
        manifest["tensors"] = hashlib.sha256(tensors).hexdigest()
    manifest["checksum"] = _checksum({k: v for k, v in manifest.items() if k != "checksum"})
    (folder / MANIFEST).write_text(json.dumps(manifest))


def read_manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    return content


@pytest.mark.parametrize("name", [MANIFEST, TENSORS])
@given(data=st.data())
@tried
def test_bytes(name: str, whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Of either file, which the checksums tell."""
    for each in (MANIFEST, TENSORS):
        (tmp_path / each).write_bytes((whole / each).read_bytes())
    (tmp_path / name).write_bytes(data.draw(damaged((whole / name).read_bytes())))
    used_or_refused(tmp_path)


@given(data=st.data())
@tried
def test_forged_tensors(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    """With checksums put right: the format's own lengths and offsets, and the arrays' bytes."""
    manifest = read_manifest(whole)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    sign(tmp_path, manifest, data.draw(damaged((whole / TENSORS).read_bytes())))
    used_or_refused(tmp_path)


@given(value=JSON, field=st.sampled_from(FIELDS))
@tried
def test_forged_fields(whole: Path, tmp_path: Path, value: object, field: str) -> None:
    """With the checksum put right: whatever JSON stands where a number or a name belongs."""
    manifest = table = read_manifest(whole)
    *tables, key = field.split(".")
    for name in tables:
        table = table[name]
    table[key] = value
    (tmp_path / MANIFEST).write_text("{}")
    sign(tmp_path, manifest, save(load_file(whole / TENSORS)))
    used_or_refused(tmp_path)


@pytest.mark.parametrize("kind", SPECIALS)
@pytest.mark.parametrize("place", [MANIFEST, TENSORS, "."])
def test_what_is_no_file(place: str, kind: str, whole: Path, tmp_path: Path) -> None:
    """In the place of either file, or of the folder: nobody waits for a pipe, or reads a device
    that never ends."""
    folder = tmp_path / "model"
    if place == ".":
        folder = make_special(kind, folder)
    else:
        folder.mkdir()
        for other in {MANIFEST, TENSORS} - {place}:
            (folder / other).write_bytes((whole / other).read_bytes())
        make_special(kind, folder / place)
    with pytest.raises(UserError, match=str(folder)) as refused:
        read(folder)
    assert str(refused.value).isprintable()
