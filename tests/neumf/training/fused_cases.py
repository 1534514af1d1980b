"""Single epochs to train by the fused engine and by PyTorch from one start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from neumf.hyperparameters import HALF, HYPERPARAMETERS, Configuration
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.training.engines.fused import mask_array
from neumf.training.negatives import Samples

SEED = 2**63 + 5  # seeds are 64 bits without a sign


class Masks(torch.nn.Dropout):
    """Dropout with the fused engine's masks."""

    def __init__(self, layers: int, dropout: float) -> None:
        super().__init__(dropout)
        self._layers, self._calls = layers, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        step, layer = divmod(self._calls, self._layers)
        self._calls += 1
        shape = (x.shape[0], x.shape[1])
        return x * torch.from_numpy(mask_array(SEED, step + 1, layer, shape, self.p))


@dataclass(frozen=True)
class Case:
    """A model, its samples and how it is trained."""

    parameters: Parameters
    configuration: Configuration
    samples: Samples


def case(
    n_users: int = 30,
    n_items: int = 40,
    n: int = 300,
    seed: int = 0,
    **hyperparameters: float | str,
) -> Case:
    configuration = Configuration(**hyperparameters)  # type: ignore[arg-type]
    random = np.random.default_rng(seed)
    architecture = Architecture(
        n_users,
        n_items,
        configuration.predictive_factors,
        configuration.mlp_layers,
        configuration.gmf_factors,
    )
    parameters = initialise(architecture, random, configuration)
    parameters.flat[: architecture.table_size] *= 50  # as after some training: N(0, 0.5)
    for bias in parameters.biases:
        bias[:] = random.normal(0, 0.1, bias.shape)
    samples = Samples(
        random.integers(0, n_users, n).astype(np.int32),
        random.integers(0, n_items, n).astype(np.int32),
        random.integers(0, 2, n).astype(np.uint8),
    )
    return Case(parameters, configuration, samples)


@st.composite
def cases(draw: st.DrawFn, optimizer: str = "adam") -> Case:
    layers = draw(st.integers(0, 8))
    gmf_output = draw(st.sampled_from(["auto", "learnt", "fixed"]))
    one_at_a_time = optimizer == "sgd" and layers == 0 and gmf_output != "learnt"
    return case(
        n_users=draw(st.integers(1, 40)),
        n_items=draw(st.integers(1, 40)),
        n=draw(st.integers(1, 60 if one_at_a_time else 200)),
        seed=draw(st.integers(0, 1000)),
        predictive_factors=2 * draw(st.integers(1, 16 if layers <= 4 else 3)),
        gmf_factors=draw(st.just(HALF) | st.integers(0 if layers else 1, 40)),
        mlp_layers=layers,
        dropout=draw(st.sampled_from([0.0, 0.1, 0.3, 0.6])),
        optimizer=optimizer,
        lr=draw(st.sampled_from([1e-4, 1e-3, 1e-2])),
        schedule=draw(st.sampled_from(HYPERPARAMETERS["schedule"].choices)),
        batch_size=1 if one_at_a_time else draw(st.integers(1, 70)),
        l2=draw(st.sampled_from([0.0, 1e-3, 0.1])),
        weight_decay=draw(st.sampled_from([0.0, 1e-6, 1e-2] if optimizer == "adam" else [0.0])),
        gmf_output=gmf_output,
        update=draw(st.sampled_from(["dense", "lazy"])),
    )
