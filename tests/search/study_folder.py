"""A small study as files, and commands run on it as a person runs them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neumf.declaration import Value

STUDY = """
description = "two blocks of users and items"

[data]
source = "{data}"

[protocol]
candidates = 10

[space]
predictive_factors = {{ low = 4, high = 16, step = 2 }}
mlp_layers = {{ low = 1, high = 2 }}
dropout = {{ low = 0.0, high = 0.5 }}
lr = {{ low = 1e-3, high = 1e-1, log = true }}
negative_ratio = {{ low = 1, high = 4 }}

[fixed]
epochs = {epochs}
patience = {patience}
batch_size = 64

[[starting_points]]
name = "notebook"

[starting_points.configuration]
predictive_factors = 8
mlp_layers = 2
dropout = 0.3
lr = 1e-3
negative_ratio = 4

[search]
seed = 1
trials = 6
sampler = {{ kind = "tpe", startup_trials = 4 }}
pruner = {{ kind = "median", startup_trials = 3, warmup_epochs = 2 }}
"""


@dataclass(frozen=True)
class StudyFolder:
    """A folder with a small data set and a study of it, and the database it will make."""

    folder: Path

    @property
    def definition(self) -> str:
        return str(self.folder / "blocks.toml")

    @property
    def database(self) -> Path:
        return self.folder / "results.db"

    @property
    def storage(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def model(self) -> Path:
        """Where the chosen model is saved, unless told."""
        return self.folder / "results.db-models" / "blocks"

    def command(self, *arguments: str) -> list[str]:
        """Of a search without what comes after it, unless ``--confirm`` asks for it."""
        return [
            *(sys.executable, "-m", "search.run", self.definition),
            *("--storage", self.storage, "--no-report", "--no-confirm", *arguments),
        ]

    def confirming(self, *arguments: str) -> list[str]:
        """Of what comes after a search, by itself."""
        return [
            *(sys.executable, "-m", "search.confirm", self.definition),
            *("--storage", self.storage, "--no-report", *arguments),
        ]

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Search to the end; the exit code must be ``code``."""
        return self._run(self.command(*arguments), code)

    def confirm(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Confirm to the end; the exit code must be ``code``."""
        return self._run(self.confirming(*arguments), code)

    def _run(self, command: list[str], code: int) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a search as the leader of a process group, as a shell or a job scheduler does."""
        return self._start(self.command(*arguments))

    def start_confirming(self, *arguments: str) -> subprocess.Popen[str]:
        """Likewise."""
        return self._start(self.confirming(*arguments))

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            start_new_session=True,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def summary(self, *arguments: str) -> dict[str, Any]:
        """The machine-readable summary of a run."""
        summary: dict[str, Any] = json.loads(self.run("--json", *arguments).stdout.splitlines()[-1])
        return summary

    def train_alone(self, configuration: Mapping[str, Value]) -> dict[str, Any]:
        """The best epoch of a configuration trained by ``neumf.train`` with the study's seed."""
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in configuration.items()]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "neumf.train", "--data", "blocks.csv"),
                *("--candidates", "10", "--seed", "1", "--json", *flags),
            ],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        best: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["best"]
        return best

    def copy(self, folder: Path) -> StudyFolder:
        """The same study, as far as it is by now, in another folder."""
        shutil.copytree(self.folder, folder)
        return StudyFolder(folder)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        # read-only: another connection, when closed, may take the log from under a search
        connection = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def states(self) -> Counter[str]:
        """Trials by state; those that were interrupted, and so do not count, apart."""
        rows = self.query(
            "SELECT state, trial_id IN (SELECT trial_id FROM trial_user_attributes"
            " WHERE key = 'interrupted') FROM trials"
        )
        return Counter("INTERRUPTED" if lost else state for state, lost in rows)

    def finished(self) -> int:
        states = self.states()
        return sum(states[state] for state in ("COMPLETE", "PRUNED", "FAIL"))


def environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200"}


def make_study_folder(
    folder: Path, *, epochs: int = 4, patience: int = 4, users: int = 60
) -> StudyFolder:
    """Two blocks: users like the items of their own half. ``epochs`` sets how long trials last."""
    rng = np.random.default_rng(0)
    rows = ["user,item,timestamp"]
    items = 40
    for user in range(users):
        half = (user % 2) * (items // 2)
        liked = rng.permutation(items // 2)[:12] + half
        rows += [f"u{user},i{item},{when}" for when, item in enumerate(liked)]
    data = folder / "blocks.csv"
    data.write_text("\n".join(rows) + "\n")
    text = STUDY.format(data=data, epochs=epochs, patience=patience)
    (folder / "blocks.toml").write_text(text)
    return StudyFolder(folder)


def contents(database: Path) -> list[str]:
    """Every row; the file itself also changes when its log is taken into it."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())
