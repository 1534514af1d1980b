"""NeuMF in PyTorch is the notebook's network and the paper's formula."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.model.torch_module import NeuMF
from neumf.seeds import generator
from tests.worlds import ARCHITECTURES, NOTEBOOK

SHAPES = {
    "mlp_user.weight": (943, 16),
    "mlp_item.weight": (1682, 16),
    "gmf_user.weight": (943, 4),
    "gmf_item.weight": (1682, 4),
    "mlp.0.weight": (16, 32),
    "mlp.0.bias": (16,),
    "mlp.1.weight": (8, 16),
    "mlp.1.bias": (8,),
    "mlp.2.weight": (4, 8),
    "mlp.2.bias": (4,),
    "output.weight": (1, 8),
    "output.bias": (1,),
}
"""As the notebook prints its model of MovieLens-100K with 8 factors and 3 layers."""


def formula(
    state: dict[str, npt.NDArray[np.float64]],
    users: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """He et al. 2017, equations 8, 10 and 12, in float64: logits [n]."""
    halves = []
    if "gmf_user.weight" in state:
        halves.append(state["gmf_user.weight"][users] * state["gmf_item.weight"][items])
    if "mlp_user.weight" in state:
        hidden = np.hstack([state["mlp_user.weight"][users], state["mlp_item.weight"][items]])
        for k in range(sum(name.startswith("mlp.") for name in state) // 2):
            hidden = np.maximum(hidden @ state[f"mlp.{k}.weight"].T + state[f"mlp.{k}.bias"], 0)
        halves.append(hidden)
    return (np.hstack(halves) @ state["output.weight"].T + state["output.bias"])[:, 0]


def random_parameters(architecture: Architecture, seed: int = 0) -> Parameters:
    """All of unit size, so that no part of the logit is small."""
    flat = generator(seed, "parameters").normal(size=architecture.size)
    return Parameters(architecture, flat.astype(np.float32))


def test_the_notebooks_shapes() -> None:
    state = NeuMF(NOTEBOOK).state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == SHAPES
    assert sum(tensor.numel() for tensor in state.values()) == NOTEBOOK.size


def test_dropout_comes_before_each_layer_and_nowhere_else() -> None:
    """It sees the layers' inputs, 32, 16 and 8 wide; not GMF, nor the output layer's input."""
    model = NeuMF(NOTEBOOK, dropout=0.3)
    assert isinstance(model.dropout, nn.Dropout)
    assert model.dropout.p == 0.3
    seen: list[tuple[int, ...]] = []

    def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.append(tuple(inputs[0].shape))

    model.dropout.register_forward_pre_hook(note)
    model(torch.arange(5), torch.arange(5))
    assert seen == [(5, 32), (5, 16), (5, 8)]


@given(ARCHITECTURES, st.integers(0, 99))
def test_forward_is_the_formula(architecture: Architecture, seed: int) -> None:
    """For any shape, on all pairs, within the rounding of float32."""
    model = NeuMF(architecture).eval()
    model.load(random_parameters(architecture, seed))
    users, items = np.indices((architecture.n_users, architecture.n_items)).reshape(2, -1)
    with torch.no_grad():
        logits = model(torch.from_numpy(users), torch.from_numpy(items)).numpy()
    state = {name: tensor.numpy().astype(float) for name, tensor in model.state_dict().items()}
    expected = formula(state, users, items)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@given(ARCHITECTURES, st.integers(0, 99))
def test_the_penalty_is_of_what_each_sample_uses(architecture: Architecture, seed: int) -> None:
    """Half the squares of the rows of its user and its item, and of all layers; the mean over
    samples, so that a row counts as often as it is used."""
    parameters = random_parameters(architecture, seed)
    model = NeuMF(architecture)
    model.load(parameters)
    random = generator(seed, "pairs")
    users = random.integers(0, architecture.n_users, 7)
    items = random.integers(0, architecture.n_items, 7)
    squares = parameters.flat.astype(float) ** 2
    rows = parameters.user_rows[users].astype(float), parameters.item_rows[items].astype(float)
    layers = squares[architecture.table_size :].sum()
    expected = 0.5 * (sum((part**2).sum() for part in rows) / 7 + layers)
    got = model.penalty(torch.from_numpy(users), torch.from_numpy(items)).item()
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@given(ARCHITECTURES)
def test_parameters_pass_through_the_module_unchanged(architecture: Architecture) -> None:
    """``load`` then ``store`` gives every number back, under the names that both know."""
    parameters, back = random_parameters(architecture), initialise(architecture, generator(1))
    model = NeuMF(architecture)
    assert parameters.named.keys() == model.state_dict().keys()
    model.load(parameters)
    model.store(back)
    assert back.flat.tobytes() == parameters.flat.tobytes()


def test_a_loaded_module_is_a_copy() -> None:
    """Training the module leaves the parameters it was loaded from alone."""
    parameters = random_parameters(NOTEBOOK)
    before = parameters.flat.copy()
    model = NeuMF(NOTEBOOK)
    model.load(parameters)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.zero_()
    assert (parameters.flat == before).all()
