"""``import neumf``: read, fit, load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neumf
from neumf.data.files import CACHE_VARIABLE
from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.protocol.evaluation_protocol import EvaluationProtocol
from neumf.training.loop import Epoch
from tests.worlds import blocks

SMALL = Configuration(
    predictive_factors=16, mlp_layers=1, dropout=0.0, lr=0.01, batch_size=32, epochs=8
)
TWENTY = EvaluationProtocol(candidates=20)


@pytest.fixture(autouse=True)
def csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with ``blocks.csv``: users like the items of their own block."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    data = blocks()
    rows = zip(data.users, data.items, data.times, strict=True)
    lines = [f"u{user},{item},{time}" for user, item, time in rows]
    Path("blocks.csv").write_text("\n".join(["user,item,time", *lines]) + "\n")


def test_from_a_file_to_recommendations() -> None:
    """Read, train, save, load, recommend: what is recommended is of the user's block."""
    interactions = neumf.read("blocks.csv")
    epochs: list[Epoch] = []
    model = neumf.fit(interactions, SMALL, protocol=TWENTY, watch=epochs.append)
    model.save("model")
    loaded = neumf.load("model")
    assert loaded.facts["provenance"]["epoch"] == epochs[-1].best.number
    table = loaded.recommend(loaded.user_ids, 2)
    assert table.items.tolist() == model.recommend(model.user_ids, 2).items.tolist()
    block = np.array([int(user[1:]) // 12 for user in table.of.tolist()])
    assert (block == table.items // 12).mean() > 0.9


def test_the_seed_and_the_configuration_matter() -> None:
    interactions = neumf.read("blocks.csv")
    scores = [
        neumf.fit(interactions, configuration, seed=seed, protocol=TWENTY).score("u1", [1, 2])
        for configuration, seed in ((SMALL, 0), (SMALL, 0), (SMALL, 1), (Configuration(), 0))
    ]
    assert (scores[0] == scores[1]).all()
    assert (scores[0] != scores[2]).all()
    assert (scores[0] != scores[3]).all()


def test_mistakes_are_one_line() -> None:
    with pytest.raises(UserError, match="no column 'who' among"):
        neumf.read("blocks.csv", user="who")
    interactions = neumf.read(Path("blocks.csv"), user="user", item=1)
    with pytest.raises(UserError, match="has only 48 items"):
        neumf.fit(interactions)
    with pytest.raises(UserError, match="candidates = 0: must be at least 1"):
        neumf.fit(interactions, protocol=EvaluationProtocol(candidates=0))
    with pytest.raises(UserError, match="unknown engine 'fast'"):
        neumf.fit(interactions, protocol=TWENTY, engine="fast")
    with pytest.raises(UserError, match="holds no model"):
        neumf.load("nowhere")


def test_importing_it_costs_nothing() -> None:
    """What a function needs is imported when it is called."""
    code = "import sys; import neumf; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & {"numpy", "pydantic", "numba", "torch", "pandas", "pyarrow", "click"}
