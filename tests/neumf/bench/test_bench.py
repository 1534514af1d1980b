"""The benchmark runs, says what was asked of it, and compares like with like."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from neumf.bench.floor import Floor
from neumf.bench.notebook import NotebookLoop, RejectionSampler
from neumf.bench.section import Column, Row, Section, whole
from neumf.bench.shapes import ML_1M, ML_100K, Shape, stand_in
from neumf.bench.timing import interleave
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.training.engines.fused import FusedEngine
from neumf.training.negatives import Sampler

QUICK = [sys.executable, "-m", "neumf.bench", "--quick", "--json"]


def run(*flags: str) -> dict[str, Any]:
    done = subprocess.run([*QUICK, *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_json_has_every_figure() -> None:
    """One object on the last line; times and rates are positive and agree with each other."""
    found = run()
    train = {row["engine"]: row for row in found["train"]}
    assert set(train) == {"fused", "torch", "notebook"}
    for row in train.values():
        assert row["predictive_factors"] == 8
        assert row["samples_per_s"] == pytest.approx(256e6 / row["us_per_step"])
    (floor,) = found["floor"]
    assert floor["us_per_step"] == pytest.approx(floor["products_us"] + floor["adam_us"])
    (ratios,) = found["ratios"]
    fused = train["fused"]["us_per_step"]
    assert ratios["torch_over_fused"] == pytest.approx(train["torch"]["us_per_step"] / fused)
    assert ratios["notebook_over_fused"] == pytest.approx(train["notebook"]["us_per_step"] / fused)
    assert ratios["fused_over_floor"] == pytest.approx(fused / floor["us_per_step"])
    decay = {row["engine"]: row for row in found["decay"]}
    assert set(decay) == {"fused", "torch", "floor"}
    for row in decay.values():
        assert row["worn_over_fresh"] == pytest.approx(row["worn_us"] / row["fresh_us"])
    assert [(row["model"], row["shape"]) for row in found["sgd"]] == [
        ("GMF 128", "ML-1M"),
        ("GMF 128, MLP 64-32", "ML-1M"),
    ]
    for row in found["sgd"]:
        over = row["floor_samples_per_s"] / row["samples_per_s"]
        assert row["over_floor"] == pytest.approx(over)
    assert {row["candidates"] for row in found["evaluation"]} == {"sampled", "full"}
    assert [row["shape"] for row in found["growth"]] == ["ML-100K", "ML-1M"]
    for row in found["growth"]:
        assert row["samples_per_s"] > 0
        assert row["memory_bytes"] is None or row["memory_bytes"] > 12 * row["parameters"]
    assert {"processor", "cores", "numba", "torch", "blas"} <= set(found["machine"])


@pytest.mark.slow
def test_profile_explains_an_epoch() -> None:
    """The parts outside brackets, and what they leave over, are the epoch."""
    rows = run("--profile")["profile"]
    assert {row["predictive_factors"] for row in rows} == {8}
    parts = {row["part"]: row["ms"] for row in rows}
    epoch = parts.pop("epoch")
    named = {"sampling", "matrix products", "Adam", "scatter", "evaluation", "rest"}
    assert named <= set(parts)
    outside = sum(ms for name, ms in parts.items() if not name.startswith("("))
    assert outside == pytest.approx(epoch)


def test_a_table_shows_the_rows_of_its_section() -> None:
    """The columns it names, in their order and form; what is not known is a question mark."""
    columns = (Column("shape", "shape"), Column("MB", "memory", whole), Column("again", "memory"))
    rows: list[Row] = [
        {"shape": "A", "memory": 1234.5, "unshown": 1},
        {"shape": "B", "memory": None},
    ]
    table = Section("growth", "Growth", columns, rows).table()
    assert table.title == "Growth"
    assert {str(column.header): list(column.cells) for column in table.columns} == {
        "shape": ["A", "B"],
        "MB": ["1,234", "?"],
        "again": ["1234.5", "?"],
    }


def test_a_worn_floor_computes_on_the_engines_state() -> None:
    """On its very parameters and moments, which stay as they are."""
    problem, h = stand_in(Shape("small", 60, 80, 1000)), Configuration(weight_decay=1e-4)
    a = Architecture.of(problem, h)
    engine = FusedEngine(initialise(a, np.random.default_rng(0)), h, 0)
    engine.train(Sampler(problem, h, 0).epoch(1))
    floor = Floor(a, 256)
    floor.copy_state(engine)
    floor.adam(3)
    assert np.array_equal(floor._state.parameters, engine.parameters.flat)
    assert floor._state.mean.any()
    fresh = Floor(a, 256)
    assert not fresh._state.mean.any()


@pytest.mark.parametrize(
    "shape",
    [ML_100K, pytest.param(ML_1M, marks=pytest.mark.slow), Shape("odd", 50, 80, 1000)],
)
def test_stand_in_has_its_shape(shape: Shape) -> None:
    """The number of users, items and interactions asked for, all distinct, each user with some; the
    most popular items far above the middle, as in a power law; the same from the same seed."""
    problem = stand_in(shape)
    assert (problem.n_users, problem.n_items) == (shape.n_users, shape.n_items)
    pairs = problem.users.astype(np.int64) * shape.n_items + problem.items
    assert len(np.unique(pairs)) == shape.n_interactions
    assert problem.positives.counts.sum() == shape.n_interactions
    assert problem.positives.counts.min() > 0
    popularity = np.sort(np.bincount(problem.items, minlength=shape.n_items))
    assert popularity[-shape.n_items // 50 :].mean() > 3 * np.median(popularity)
    assert np.array_equal(stand_in(shape).items, problem.items)


def test_interleave_takes_turns_and_leaves_the_first_out() -> None:
    calls: list[str] = []
    seconds = interleave({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert set(seconds) == {"a", "b"}


@pytest.mark.slow
def test_notebooks_loop_learns() -> None:
    """It is a real training loop, whose loss falls; and its negatives are negatives."""
    torch.manual_seed(0)
    problem, h = stand_in(Shape("small", 60, 80, 1000)), Configuration(lr=1e-2, dropout=0.0)
    samples = next(Sampler(problem, h, 0).epoch(1))
    notebook = NotebookLoop(Architecture(60, 80, 8, 3), h, samples)
    early = notebook.train(3)
    notebook.train(10)
    assert notebook.train(3) < early
    known = set(zip(problem.users.tolist(), problem.items.tolist(), strict=True))
    drawn = RejectionSampler(problem, 0).draw(100, 4)
    assert [(user, item) in known for user, item, _ in drawn] == [y == 1 for _, _, y in drawn]
    assert len(drawn) == 500


def test_floor_does_the_products_of_a_step() -> None:
    """Forward and backward once each, of the sizes that a step has: against NumPy."""
    a = Architecture(5, 6, 8, 3)
    floor = Floor(a, 16)
    work, at = floor._work, floor._work.activations_at
    x = work.activations[: 16 * 32].reshape(16, 32).copy()
    floor.products(1)
    layers = floor._state.parameters[a.table_size :]
    weight = layers[floor._layout.weights_at[0] :][: 32 * 16].reshape(32, 16)
    z = work.activations[at[1] : at[1] + 16 * 16].reshape(16, 16)
    assert np.allclose(z, x @ weight, rtol=1e-4)
    dz = work.d_activations[at[1] : at[1] + 16 * 16].reshape(16, 16)
    d_weight = work.d_layers[floor._layout.weights_at[0] :][: 32 * 16].reshape(32, 16)
    assert np.allclose(d_weight, x.T @ dz, rtol=1e-3)
    assert np.allclose(work.d_activations[: 16 * 32].reshape(16, 32), dz @ weight.T, rtol=1e-3)
