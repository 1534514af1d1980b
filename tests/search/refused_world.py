"""A folder of good and bad files, on which commands are tried that must be refused."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from neumf.model.parameters import Architecture
from neumf.saved_model.folder import write
from studies.definition.loading import load
from studies.ledger.ledger import Ledger
from studies.storage.database import open_storage
from tests.neumf.saved_model.models import random_model
from tests.search.study_folder import make_study_folder
from tests.specials import SPECIALS, make_special
from tests.studies.synthetic import finish

DATA = {"name": "blocks", "users": 60, "items": 40, "interactions": 720, "fingerprint": "f00"}

DEFINITIONS: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:300],
    "misspelt": lambda text: text.replace("[protocol]", "[protocoll]"),
    "deep": lambda _: "name = " + "[" * 5000,
    "large": lambda text: text + "#" * 70_000,
    "latin": lambda text: text.replace("two blocks", "zwei Bl\udcf6cke"),
    "odd": lambda text: text.replace(
        "low = 4, high = 16, step = 2", "low = 5, high = 17, step = 2"
    ),
    "swapped": lambda text: text.replace("low = 0.0, high = 0.5", "low = 0.5, high = 0.0"),
    "droput": lambda text: text.replace("dropout = { low", "droput = { low"),
    "impatient": lambda text: text.replace("patience = 4", "patience = 0"),
    "negative": lambda text: text.replace("candidates = 10", "candidates = -1"),
    "endless": lambda text: text.replace("high = 1e-1", "high = inf"),
    "many": lambda text: text.replace("candidates = 10", "candidates = 4000"),
    "elsewhere": lambda text: text.replace("blocks.csv", "nowhere.csv"),
    "nul": lambda text: text.replace("blocks.csv", "blocks\\u0000.csv"),
}

TABLES = {
    "empty.csv": b"",
    "head.csv": b"user,item\n",
    "one.csv": b"user\n1\n2\n",
    "lonely.csv": b"user,item\n1,2\n1,3\n1,4\n",
    "same.csv": b"user,item\nu1,i1\nu2,i1\nu3,i1\n",
    "gap.csv": b"user,item\n1,2\n,3\n4,5\n",
    "utf16.csv": "user,item\n1,2\n".encode("utf-16"),
    "binary.csv": bytes(range(256)),
    "cut.csv.gz": gzip.compress(b"user,item\n" + b"1,2\n" * 99)[:-9],
    "bad.parquet": b"PAR1" + bytes(99),
    "wide.csv": b"user,item," + b"x," * 30_000 + b"\n",
    "long.csv": b"user,item,time\n1,2,3\n1,3," + b"x" * 100_000 + b"\n",
    "\x1b[2J.csv": b"user\n1\n",
    "half.train.rating": b"1\t2\t1\t3\n",
}

DEFINITION = "study_system_attributes WHERE key = 'neumf:definition'"

DATABASES = {
    "no-attribute": f"DELETE FROM {DEFINITION}",
    "broken-json": f"UPDATE {DEFINITION}".replace("WHERE", "SET value_json = '{' WHERE"),
    "list": f"UPDATE {DEFINITION}".replace("WHERE", "SET value_json = '[]' WHERE"),
    "no-column": "ALTER TABLE trials RENAME COLUMN state TO stat",
    "no-values": "ALTER TABLE trial_values RENAME COLUMN value TO worth",
    "newer": "UPDATE alembic_version SET version_num = 'v99'",
    "no-version": "UPDATE version_info SET schema_version = 1",
    "state": "UPDATE trials SET state = 'LOST'",
}


def make_world(folder: Path) -> Path:
    """Good ones: ``blocks.csv``, ``blocks.toml``, ``model`` and ``studies.db``."""
    study = make_study_folder(folder)
    text = Path(study.definition).read_text()
    for name, change in DEFINITIONS.items():
        changed = change(text)
        assert changed != text
        (folder / f"{name}.toml").write_bytes(changed.encode(errors="surrogateescape"))
    for name, content in TABLES.items():
        (folder / name).write_bytes(content)
    for kind in SPECIALS:
        make_special(kind, folder / kind.replace(" ", "-"))
    (folder / "folder.toml").mkdir()
    write(folder / "model", random_model(Architecture(3, 4, 4, 1)))
    for name in ("cut", "edited", "alone"):
        write(folder / name, random_model(Architecture(3, 4, 4, 1)))
    (folder / "cut" / "model.safetensors").write_bytes(b"")
    manifest = folder / "edited" / "model.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | {"name": "mine"}))
    (folder / "alone" / "model.safetensors").unlink()
    _databases(folder)
    return folder


def _databases(folder: Path) -> None:
    whole = folder / "studies.db"
    storage = open_storage(f"sqlite:///{whole}", owner=True)
    finish(Ledger(storage, load(str(folder / "blocks.toml")), DATA))
    storage.engine.dispose()
    with closing(sqlite3.connect(whole)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = whole.read_bytes()
    for name, sql in DATABASES.items():
        path = folder / f"{name}.db"
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(sql)
            connection.commit()
    with closing(sqlite3.connect(folder / "photos.db")) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)")
    (folder / "cut.db").write_bytes(content[: len(content) // 2])
    (folder / "short.db").write_bytes(content[:50])
    (folder / "noise.db").write_bytes(content[:100] + bytes(len(content) - 100))


def snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """What there is, with its rights and contents.

    Beside a database that is there, this process keeps SQLite's files and locks while it lives.
    """
    return {
        str(path): (path.lstat().st_mode, _digest(path))
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-wal", "-shm", ".lock"))
    }


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    content = path.read_bytes()
    with suppress(sqlite3.Error), closing(_reading(path)) as connection:
        content = "\n".join(connection.iterdump()).encode()  # with what is in the log
    return hashlib.sha256(content).hexdigest()


def _reading(path: Path) -> sqlite3.Connection:
    if path.suffix != ".db":
        raise sqlite3.DatabaseError
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
