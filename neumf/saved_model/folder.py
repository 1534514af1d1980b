"""A model as one folder: ``model.json`` and ``model.safetensors``, whole or not there."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from neumf.data.interactions import Interactions
from neumf.data.titles import Titles
from neumf.errors import UserError
from neumf.files import read_small, replacing_folder, require_regular
from neumf.model.parameters import Parameters
from neumf.protocol.problem import ItemSets
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.manifest import FORMAT, Manifest
from neumf.saved_model.tensors import pack, unpack

MANIFEST = "model.json"
TENSORS = "model.safetensors"


def save(
    folder: Path | str,
    parameters: Parameters,
    interactions: Interactions,
    seen: ItemSets,
    facts: dict[str, Any],
    titles: Titles | None = None,
) -> None:
    """Write a model, in the place of one that ``folder`` may hold.

    Args:
        folder: a new folder, an empty one, or one that holds a model and nothing else.
        parameters: of the whole model.
        interactions: the name of the data and the ids of users and items.
        seen: per user what :meth:`Recommender.recommend` leaves out.
        facts: JSON: how the model was made and how good it is. It is kept as it is.
        titles: of the items.

    Raises:
        UserError: the folder holds something else or cannot be written; what was there stays.
    """
    write(
        Path(folder),
        SavedModel(
            interactions.name,
            parameters,
            interactions.user_ids,
            interactions.item_ids,
            seen,
            titles,
            facts,
        ),
    )


def write(folder: Path, model: SavedModel) -> None:
    """See :func:`save`."""
    check_destination(folder)
    model.check()
    tensors = pack(model)
    try:
        with replacing_folder(folder) as part:
            save_file(tensors, part / TENSORS)
            digest = _digest(part / TENSORS)
            manifest = Manifest.of(model.name, model.parameters.architecture, model.facts, digest)
            (part / MANIFEST).write_bytes(manifest.text())
            # safetensors lets only the owner read; here the umask has the say, as for the other
            (part / TENSORS).chmod((part / MANIFEST).stat().st_mode)
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{folder}: cannot be written ({reason})") from error


def check_destination(folder: Path) -> None:
    """To be asked before the work that leads to a model.

    Raises:
        UserError: something is there that a model must not replace.
    """
    try:
        found = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{folder}: no model can be saved there ({error.strerror})") from error
    other = min(found - {MANIFEST, TENSORS}, default=None)
    if found and other is None and not _is_ours(folder / MANIFEST):
        other = min(found)
    if other is not None:
        raise UserError(f"{folder}: holds {other!r}, so no model replaces it; give a new folder")


def read(folder: Path | str) -> SavedModel:
    """The model in ``folder``.

    Raises:
        UserError: there is none, or it is cut short, changed, foreign, or of another version.
    """
    folder = Path(folder)
    manifest, at = read_manifest(folder), folder / TENSORS
    try:
        model = _read_tensors(at, manifest)
    except FileNotFoundError:
        raise UserError(f"{at}: is missing; the model is not whole") from None
    except OSError as error:
        raise UserError(f"{at}: cannot be read ({error.strerror})") from error
    except UserError as error:
        raise UserError(f"{at}: {error}") from error
    return replace(model, facts=dict(manifest.facts))


def read_manifest(folder: Path) -> Manifest:
    """What is told of the model in ``folder``, which may not be whole.

    Raises:
        UserError: there is none, or what is told of it is changed, foreign, or of another version.
    """
    at = folder / MANIFEST
    try:
        return Manifest.parse(read_small(at))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{folder}: holds no model (there is no {at})") from None
    except OSError as error:
        raise UserError(f"{at}: cannot be read ({error.strerror})") from error
    except UserError as error:
        raise UserError(f"{at}: {error}") from error


def _read_tensors(path: Path, manifest: Manifest) -> SavedModel:
    if _digest(path) != manifest.tensors:
        raise UserError("is not the file that was saved (its SHA-256 differs)")
    try:
        tensors = load_file(path)
    except (SafetensorError, TypeError) as error:  # a type that NumPy has not
        raise UserError(f"cannot be read as safetensors ({error})") from error
    model = unpack(manifest.name, tensors, manifest.make_architecture())
    model.check()
    return model


def _is_ours(manifest: Path) -> bool:
    """Whether the file is one of this project's, though it may be damaged."""
    try:
        return FORMAT.encode() in read_small(manifest)
    except OSError:
        return False


def _digest(path: Path) -> str:
    require_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
