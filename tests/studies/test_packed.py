"""Ranks as text, and names of what lies beside a study."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neumf.arrays import Ints
from neumf.evaluation.measurement import Measurement
from studies.storage.database import names, open_storage
from studies.storage.names import confirmation_of, file_name, is_side, opening_of
from studies.storage.packed import pack, pack_measurement, unpack, unpack_measurement

RANKS = arrays(np.int64, st.integers(0, 50), elements=st.integers(0, 2**32 - 1))


@given(RANKS)
def test_what_is_packed_is_unpacked(numbers: Ints) -> None:
    """Every whole number of 32 bits, any number of them, through JSON."""
    found = unpack(json.loads(json.dumps(pack(numbers))))
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, numbers)


@given(RANKS, RANKS | st.none())
def test_a_measurement_is_unpacked_from_among_other_facts(
    catalogue: Ints, sampled: Ints | None
) -> None:
    """With sampled ranks or without."""
    packed = pack_measurement(Measurement(sampled, catalogue))
    found = unpack_measurement({**packed, "label": "notebook"})
    assert found is not None
    np.testing.assert_array_equal(found.catalogue, catalogue)
    if sampled is None:
        assert found.sampled is None
    else:
        assert found.sampled is not None
        np.testing.assert_array_equal(found.sampled, sampled)
    assert unpack_measurement({"label": "notebook"}) is None


def test_ranks_take_little_room() -> None:
    """Those of 6,040 users and 3,706 items: little more than two bytes each."""
    ranks = np.random.default_rng(0).geometric(0.01, 6040)
    assert len(pack(ranks)) < 2.5 * len(ranks)


def test_what_lies_beside_a_study_belongs_to_it() -> None:
    known = {"mine", "other/confirm", "a/test", "a"}
    assert is_side(confirmation_of("mine"), known)
    assert is_side(opening_of("mine"), known)
    assert is_side("a/test", known)
    assert not any(is_side(name, known) for name in ("mine", "other/confirm", "b/test", "tests"))


NAMES = st.text(min_size=1) | st.text("ab/.-", min_size=35, max_size=50)


@given(st.sets(NAMES, max_size=4))
def test_a_file_name_is_no_path_and_nobody_elses(studies: set[str]) -> None:
    """Letters, digits, dots, dashes and underscores, short; two studies have two."""
    files = {file_name(name) for name in studies}
    assert len(files) == len(studies)
    for file in files:
        assert 1 <= len(file) <= 60
        assert not file.startswith((".", "-"))
        assert not set(file) & set('/\\:*?"<>| \n\0')


@pytest.mark.parametrize("name", ["ml-100k", "a_b.c", "studie_1"])
def test_a_plain_name_stays(name: str) -> None:
    assert file_name(name) == name
    assert file_name(f"{name}/confirm").startswith(f"{name}-confirm-")


def test_side_studies_are_not_listed(tmp_path: Path) -> None:
    """Among a storage's studies, though plain Optuna lists them; one without its study is one."""
    url = f"sqlite:///{tmp_path}/a.db"
    storage = open_storage(url)
    for name in ("mine", "mine/confirm", "mine/test", "lone/confirm"):
        optuna.create_study(storage=storage, study_name=name)
    assert names(url) == ["mine", "lone/confirm"]
    assert len(optuna.get_all_study_names(storage)) == 4
