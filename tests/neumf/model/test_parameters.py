"""The flat buffer holds NeuMF's tensors and nothing else, initialised as He et al. do."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from neumf.hyperparameters import HALF, Configuration
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.seeds import generator
from tests.worlds import ARCHITECTURES, NOTEBOOK


def test_the_notebooks_shape() -> None:
    """MLP embeddings 16, layers 32-16-8-4, GMF embeddings 4, output 8."""
    assert NOTEBOOK.mlp_width == 16
    assert NOTEBOOK.gmf_width == 4
    assert NOTEBOOK.layer_widths == (32, 16, 8, 4)
    parameters = Parameters(NOTEBOOK, np.zeros(NOTEBOOK.size, np.float32))
    assert parameters.user_rows.shape == (943, 20)
    assert parameters.item_rows.shape == (1682, 20)
    assert [w.shape for w in parameters.weights] == [(32, 16), (16, 8), (8, 4)]
    assert [b.shape for b in parameters.biases] == [(16,), (8,), (4,)]
    assert parameters.out_weight.shape == (8,)
    assert parameters.out_bias.shape == (1,)
    assert NOTEBOOK.size == (943 + 1682) * 20 + 33 * 16 + 17 * 8 + 9 * 4 + 9


@given(ARCHITECTURES)
def test_the_views_divide_the_buffer(architecture: Architecture) -> None:
    """Every number of the buffer belongs to exactly one named tensor."""
    parameters = Parameters(architecture, np.zeros(architecture.size, np.float32))
    for view in parameters.named.values():
        np.add(view, 1, out=view)
    assert (parameters.flat == 1).all()
    assert sum(view.size for view in parameters.named.values()) == architecture.size
    tables = parameters.user_rows.size + parameters.item_rows.size
    assert tables == architecture.table_size


@given(ARCHITECTURES)
def test_every_layer_halves_the_width_down_to_the_output(architecture: Architecture) -> None:
    widths = architecture.layer_widths
    assert len(widths) == architecture.mlp_layers + 1
    assert all(wide == 2 * narrow for wide, narrow in pairwise(widths))
    assert widths[0] == 2 * architecture.mlp_width
    assert widths[-1] == (architecture.predictive_factors // 2 if architecture.mlp_layers else 0)
    assert widths[-1] + architecture.gmf_width == architecture.output_width


def test_the_widths_of_the_halves_are_free() -> None:
    """By default half of the predictive factors each; GMF can be wider, and either absent."""
    half, wide, none, alone = (
        Architecture(1, 1, 8, layers, factors)
        for layers, factors in ((3, HALF), (3, 128), (3, 0), (0, 128))
    )
    assert [a.gmf_width for a in (half, wide, none, alone)] == [4, 128, 0, 128]
    assert [a.mlp_width for a in (half, wide, none, alone)] == [16, 16, 16, 0]
    assert [a.output_width for a in (half, wide, none, alone)] == [8, 132, 4, 128]
    assert Architecture(3, 5, 8, 0, 128).size == (3 + 5) * 128 + 129


@given(ARCHITECTURES)
def test_what_is_absent_has_no_tensor(architecture: Architecture) -> None:
    """GMF alone is saved without an MLP, and the MLP alone without GMF."""
    names = initialise(architecture, generator(0)).named
    assert any("gmf" in name for name in names) == (architecture.gmf_width > 0)
    assert any("mlp" in name for name in names) == (architecture.mlp_layers > 0)


def test_a_copy_is_its_own() -> None:
    parameters = initialise(NOTEBOOK, generator(0))
    copy = parameters.copy()
    assert (copy.flat == parameters.flat).all()
    copy.user_rows[:] = 7
    assert not (parameters.flat == 7).any()


def test_initialisation_follows_its_generator() -> None:
    one, same, other = (initialise(NOTEBOOK, generator(seed)) for seed in (1, 1, 2))
    assert one.flat.tobytes() == same.flat.tobytes()
    assert one.flat.tobytes() != other.flat.tobytes()


def test_embeddings_are_normal() -> None:
    """N(0, 0.01): mean, deviation and tails, of each of the four tables."""
    named = initialise(NOTEBOOK, generator(0)).named
    for name in ("mlp_user", "mlp_item", "gmf_user", "gmf_item"):
        values = named[f"{name}.weight"].ravel()
        error = 4 / math.sqrt(values.size)  # four standard errors
        assert abs(values.mean()) < 0.01 * error
        assert abs(values.std() / 0.01 - 1) < error
        share_within_one = (np.abs(values) < 0.01).mean()
        assert share_within_one == pytest.approx(math.erf(math.sqrt(1 / 2)), abs=error)


def test_the_deviation_is_a_hyperparameter() -> None:
    """Ten times as large, each embedding is ten times what it was, and nothing else changes."""
    ours, wide = (
        initialise(NOTEBOOK, generator(0), Configuration(init_std=std)) for std in (0.01, 0.1)
    )
    np.testing.assert_allclose(wide.user_rows, 10 * ours.user_rows, rtol=1e-6)
    assert (wide.out_weight == ours.out_weight).all()


@pytest.mark.parametrize(
    ("optimizer", "gmf_output", "fixed"),
    [
        ("adam", "auto", False),
        ("sgd", "auto", True),
        ("adam", "fixed", True),
        ("sgd", "learnt", False),
    ],
)
def test_fixed_output_weights_are_one(optimizer: str, gmf_output: str, fixed: bool) -> None:
    """Those of the GMF half; the MLP's are drawn as ever."""
    h = Configuration(optimizer=optimizer, gmf_output=gmf_output)
    assert h.fixes_gmf_output == fixed
    drawn, ours = initialise(NOTEBOOK, generator(0)), initialise(NOTEBOOK, generator(0), h)
    assert (ours.out_weight[:4] == (1.0 if fixed else drawn.out_weight[:4])).all()
    assert (ours.out_weight[4:] == drawn.out_weight[4:]).all()


def test_hidden_layers_are_glorot_uniform_and_the_output_is_lecun_uniform() -> None:
    """Uniform within sqrt(6 / (in + out)), and within sqrt(3 / in); biases 0."""
    parameters = initialise(Architecture(1, 1, 256, 3), generator(0))
    layers = [(w, math.sqrt(6 / sum(w.shape))) for w in parameters.weights]
    for weight, bound in [*layers, (parameters.out_weight, math.sqrt(3 / 256))]:
        error = 4 / math.sqrt(weight.size)
        assert 0.95 * bound < np.abs(weight).max() <= np.float32(bound)
        assert abs(weight.mean()) < bound * error
        assert weight.std() == pytest.approx(bound / math.sqrt(3), rel=error)
    assert not any(bias.any() for bias in [*parameters.biases, parameters.out_bias])
