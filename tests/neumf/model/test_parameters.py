"""The flat buffer holds NeuMF's tensors and nothing else, initialised as He et al. do."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

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
    assert widths[-1] + architecture.gmf_width == architecture.predictive_factors


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
