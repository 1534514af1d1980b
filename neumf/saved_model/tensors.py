"""A model's arrays as the named tensors of a safetensors file, and back.

The parameters have the names and shapes of the ``state_dict`` of
:class:`neumf.model.torch_module.NeuMF`. Strings are their UTF-8 bytes one after the other, and
where each ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Ids
from neumf.errors import UserError
from neumf.model.parameters import Architecture, Parameters
from neumf.protocol.problem import ItemSets
from neumf.saved_model.contents import SavedModel

Array = npt.NDArray[Any]
Tensors = dict[str, Array]


def pack(model: SavedModel) -> Tensors:
    """Contiguous arrays by name.

    Raises:
        UserError: an id that is neither a whole number nor a string.
    """
    tensors: Tensors = {**model.parameters.named}
    tensors |= _pack_ids("user_ids", model.user_ids) | _pack_ids("item_ids", model.item_ids)
    tensors |= {"seen.starts": model.seen.starts, "seen.items": model.seen.items}
    if model.titles is not None:
        tensors |= _pack_texts("titles", model.titles)
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def unpack(name: str, tensors: Tensors, architecture: Architecture) -> SavedModel:
    """The model without its facts; ``tensors`` is used up.

    Raises:
        UserError: a tensor is missing, is not known, or has another type or shape.
    """
    parameters = _unpack_parameters(tensors, architecture)
    user_ids, item_ids = _unpack_ids(tensors, "user_ids"), _unpack_ids(tensors, "item_ids")
    seen = ItemSets(
        _take(tensors, "seen.starts", np.int64, 1), _take(tensors, "seen.items", np.int32, 1)
    )
    titles = _unpack_texts(tensors, "titles") if "titles.utf8" in tensors else None
    if tensors:
        raise UserError(f"its tensor {min(tensors)!r} is not known")
    return SavedModel(name, parameters, user_ids, item_ids, seen, titles)


def _unpack_parameters(tensors: Tensors, architecture: Architecture) -> Parameters:
    there = sum(tensor.size for tensor in tensors.values())
    if architecture.size > there:  # before memory is asked for
        raise UserError(f"its architecture has {architecture.size:,} parameters, its tensors fewer")
    parameters = Parameters(architecture, np.empty(architecture.size, np.float32))
    for name, view in parameters.named.items():
        tensor = _take(tensors, name, np.float32, view.ndim)
        if tensor.shape != view.shape:
            raise UserError(
                f"its tensor {name!r} has shape {tensor.shape}, the architecture's {view.shape}"
            )
        view[:] = tensor
    return parameters


def _pack_ids(name: str, ids: Ids) -> Tensors:
    if ids.dtype == np.int64:
        return {name: ids}
    strange = next((each for each in ids.tolist() if not isinstance(each, str)), None)
    if strange is not None:
        raise UserError(f"{name}: {strange!r} is neither a whole number (int64) nor a string")
    return _pack_texts(name, ids)


def _unpack_ids(tensors: Tensors, name: str) -> Ids:
    return _take(tensors, name, np.int64, 1) if name in tensors else _unpack_texts(tensors, name)


def _pack_texts(name: str, texts: Array) -> Tensors:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts.tolist()]
    return {
        f"{name}.utf8": np.frombuffer(b"".join(encoded), np.uint8),
        f"{name}.ends": np.cumsum([len(each) for each in encoded], dtype=np.int64),
    }


def _unpack_texts(tensors: Tensors, name: str) -> npt.NDArray[np.object_]:
    whole = _take(tensors, f"{name}.utf8", np.uint8, 1).tobytes()
    ends = _take(tensors, f"{name}.ends", np.int64, 1)
    last = int(ends[-1]) if len(ends) else 0
    if last != len(whole) or (ends < 0).any() or (ends[1:] < ends[:-1]).any():
        raise UserError(f"its tensors {name!r} do not belong together")
    texts = np.empty(len(ends), object)
    start = 0
    try:
        for k, end in enumerate(ends.tolist()):
            texts[k] = whole[start:end].decode("utf-8", "surrogatepass")
            start = end
    except UnicodeDecodeError:
        raise UserError(f"its tensor {name!r} is not text") from None
    return texts


def _take(tensors: Tensors, name: str, dtype: type[np.generic], ndim: int) -> Array:
    """Take the tensor ``name`` out, which must be of this type."""
    if name not in tensors:
        raise UserError(f"its tensor {name!r} is missing")
    tensor = tensors.pop(name)
    if tensor.dtype != dtype or tensor.ndim != ndim:
        raise UserError(
            f"its tensor {name!r} is {tensor.ndim}-dimensional {tensor.dtype}, expected"
            f" {ndim}-dimensional {np.dtype(dtype)}"
        )
    return tensor
