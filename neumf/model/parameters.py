"""NeuMF's shapes and its parameters in one flat buffer with named views.

Both engines start from the same buffer, so they share one initialisation, and evaluation, saving
and replay need know nothing of the engine. Rows of a user (item) lie together, MLP half first::

    user_rows [n_users, m + g]   item_rows [n_items, m + g]   W_1 b_1 ... W_L b_L   w_out b_out

with g = gmf_factors (GMF) and m = predictive_factors / 2 * 2**mlp_layers / 2 (MLP, a side). Without
layers m is 0, which is GMF alone; without GMF g is 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from neumf.arrays import Floats
from neumf.hyperparameters import HALF, Configuration
from neumf.protocol.problem import Problem

DEFAULTS = Configuration()


@dataclass(frozen=True)
class Architecture:
    """The shape of one NeuMF. With 8 factors and 3 layers: MLP embeddings 16, layers 32-16-8-4,
    GMF embeddings 4, output 8-1."""

    n_users: int
    n_items: int
    predictive_factors: int
    mlp_layers: int
    gmf_factors: int = HALF

    @classmethod
    def of(cls, problem: Problem, h: Configuration) -> Architecture:
        return cls(
            problem.n_users, problem.n_items, h.predictive_factors, h.mlp_layers, h.gmf_factors
        )

    @property
    def gmf_width(self) -> int:
        return self.predictive_factors // 2 if self.gmf_factors == HALF else self.gmf_factors

    @property
    def mlp_width(self) -> int:
        """Width of an MLP embedding, a side."""
        return self.layer_widths[0] // 2

    @property
    def row_width(self) -> int:
        return self.mlp_width + self.gmf_width

    @property
    def layer_widths(self) -> tuple[int, ...]:
        """Input of the first layer, then the output of each: 32, 16, 8, 4. Without layers: 0."""
        last = self.predictive_factors // 2 if self.mlp_layers else 0
        return tuple(last * 2**k for k in range(self.mlp_layers, -1, -1))

    @property
    def output_width(self) -> int:
        """Input of the output layer."""
        return self.gmf_width + self.layer_widths[-1]

    @property
    def table_size(self) -> int:
        """Number of embedding parameters."""
        return (self.n_users + self.n_items) * self.row_width

    @property
    def size(self) -> int:
        """Number of parameters."""
        layers = sum(o * (i + 1) for i, o in pairwise(self.layer_widths))
        return self.table_size + layers + self.output_width + 1


class Parameters:
    """Named views into one flat float32 buffer [architecture.size]."""

    def __init__(self, architecture: Architecture, flat: Floats) -> None:
        assert flat.shape == (architecture.size,)
        self.architecture = architecture
        self.flat = flat
        self._at = 0
        a = architecture
        self.user_rows = self._take(a.n_users, a.row_width)
        self.item_rows = self._take(a.n_items, a.row_width)
        self.weights: list[Floats] = []  # each [in, out], so that gradients X^T dZ come fastest
        self.biases: list[Floats] = []  # each [out]
        for width_in, width_out in pairwise(a.layer_widths):
            self.weights.append(self._take(width_in, width_out))
            self.biases.append(self._take(width_out))
        self.out_weight = self._take(a.output_width)  # GMF half first, then MLP
        self.out_bias = self._take(1)

    def _take(self, *shape: int) -> Floats:
        start, self._at = self._at, self._at + math.prod(shape)
        return self.flat[start : self._at].reshape(shape)

    @cached_property
    def named(self) -> dict[str, Floats]:
        """Every tensor by its name in the ``state_dict`` of
        :class:`neumf.model.torch_module.NeuMF`."""
        m = self.architecture.mlp_width
        named = {
            "mlp_user.weight": self.user_rows[:, :m],
            "mlp_item.weight": self.item_rows[:, :m],
            "gmf_user.weight": self.user_rows[:, m:],
            "gmf_item.weight": self.item_rows[:, m:],
        }
        named = {name: table for name, table in named.items() if table.shape[1]}
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"mlp.{k}.weight"], named[f"mlp.{k}.bias"] = weight.T, bias
        named["output.weight"] = self.out_weight.reshape(1, -1)
        named["output.bias"] = self.out_bias
        return named

    def __reduce__(self) -> tuple[type[Parameters], tuple[Architecture, Floats]]:
        """Between processes only the buffer travels, and not every view of it again."""
        return Parameters, (self.architecture, self.flat)

    def copy(self) -> Parameters:
        return Parameters(self.architecture, self.flat.copy())


def initialise(
    architecture: Architecture,
    generator: np.random.Generator,
    configuration: Configuration = DEFAULTS,
) -> Parameters:
    """New float32 parameters of ``architecture``, all drawn from ``generator``.

    As in He et al.'s published code: embeddings normal with mean 0 and standard deviation
    ``init_std``, hidden layers Glorot uniform, output layer LeCun uniform, biases 0. If the output
    weights of the GMF half are fixed, they are 1.
    """
    h = configuration
    parameters = Parameters(architecture, np.zeros(architecture.size, np.float32))
    for table in (parameters.user_rows, parameters.item_rows):
        table[:] = generator.standard_normal(table.shape, np.float32) * np.float32(h.init_std)
    for weight in parameters.weights:
        bound = math.sqrt(6.0 / sum(weight.shape))
        weight[:] = generator.uniform(-bound, bound, weight.shape)
    bound = math.sqrt(3.0 / len(parameters.out_weight))
    parameters.out_weight[:] = generator.uniform(-bound, bound, parameters.out_weight.shape)
    if h.fixes_gmf_output:
        parameters.out_weight[: architecture.gmf_width] = 1.0
    return parameters
