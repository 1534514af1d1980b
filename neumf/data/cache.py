"""Parsed data, kept as plain arrays. A cache that cannot be read or written is never an error."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neumf.data.files import cache_dir
from neumf.data.interactions import GivenTest, Ids, Interactions
from neumf.data.source import DataSource
from neumf.files import replacing

Array = npt.NDArray[Any]

_FORMAT = 3
"""Raise it when the same file would be read differently."""


def cached(
    name: str, source: DataSource, files: Sequence[Path], read: Callable[[], Interactions]
) -> Interactions:
    """What ``read()`` returns, or returned for this source while ``files`` had this size and time.

    A source has one entry, which is replaced when a file changes. If an entry is damaged, the
    files are read again; if the cache cannot be written, nothing is kept.
    """
    path = [str(file.absolute()) for file in files]
    what = json.dumps([_FORMAT, name, source.model_dump() | {"source": path}])
    stamp = json.dumps([what, [[s.st_size, s.st_mtime_ns] for s in map(Path.stat, files)]])
    digest = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
    entry = cache_dir() / "parsed" / f"{digest}.npz"
    with (
        contextlib.suppress(
            Exception
        ),  # a damaged file has more ways to fail than are worth a list
        entry.open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        if _text(arrays["stamp"]) == stamp:
            return _unpack(name, arrays)
    interactions = read()
    with contextlib.suppress(OSError), replacing(entry) as part, part.open("wb") as new:
        np.savez(new, stamp=_bytes(stamp), **_pack(interactions))
    return interactions


def _pack(interactions: Interactions) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "users": interactions.users,
        "items": interactions.items,
        "times": interactions.times,
        "user_ids": _pack_ids(interactions.user_ids),
        "item_ids": _pack_ids(interactions.item_ids),
        "has_times": np.array(interactions.has_times),
    }
    if (test := interactions.given_test) is not None:
        arrays |= {
            "test_users": test.users,
            "test_items": test.items,
            "test_negatives": test.negatives,
        }
    return arrays


def _unpack(name: str, arrays: Mapping[str, Array]) -> Interactions:
    test = [arrays[k] for k in ("test_users", "test_items", "test_negatives") if k in arrays]
    return Interactions(
        name,
        arrays["users"],
        arrays["items"],
        arrays["times"],
        _unpack_ids(arrays["user_ids"]),
        _unpack_ids(arrays["item_ids"]),
        GivenTest(*test) if test else None,
        bool(arrays["has_times"]),
    )


def _pack_ids(ids: Ids) -> Array:
    return _bytes(json.dumps(ids.tolist())) if ids.dtype == object else ids


def _unpack_ids(array: Array) -> Ids:
    return np.array(json.loads(_text(array)), dtype=object) if array.dtype == np.uint8 else array


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: Array) -> str:
    return array.tobytes().decode()
