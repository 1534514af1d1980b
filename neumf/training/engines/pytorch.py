"""Training with PyTorch: the reference for the fused engine, and the path for GPUs.

Well-written eager code: samples move to the device a chunk at a time, the loss stays there, the
optimiser is PyTorch's own: its fused Adam, SparseAdam, or SGD.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neumf.errors import UserError
from neumf.floating_point import flush_denormals
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.model.torch_module import NeuMF
from neumf.training.engines.device_sampler import DeviceSamples
from neumf.training.engines.schedule import learning_rate
from neumf.training.engines.updates import updates_lazily
from neumf.training.engines.workspace import StepConstants
from neumf.training.negatives import Samples
from neumf.training.state import Array, State


def find_device(name: str) -> torch.device:
    """The device called ``name``: "cpu", "cuda" or "mps".

    Raises:
        UserError: the device is not there.
    """
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there[name]:
        raise UserError(f"device {name!r} is not available here; use --device cpu")
    return torch.device(name)


class TorchEngine:
    """See :class:`neumf.training.engines.interface.Engine`."""

    name = "torch"

    def __init__(
        self,
        parameters: Parameters,
        configuration: Configuration,
        seed: int,
        device: str = "cpu",
        budget: int = 0,
    ) -> None:
        h = configuration
        assert budget or h.schedule == "constant"
        self._device = find_device(device)
        if self._device.type == "cpu":
            torch.set_num_threads(1)  # more change the last digits, and slow down small steps
        self._host = parameters
        self._constants = StepConstants.of(h, seed, budget)
        self._seen = 0
        lazy = updates_lazily(parameters.architecture, h)
        self.update = "lazy" if lazy else "dense"
        model = NeuMF(parameters.architecture, dropout=0.0, sparse=lazy)
        model.load(parameters)
        self._model = model.to(self._device)
        self._drop = SeededDropout(h.dropout, seed, self._device)
        self._model.dropout = self._drop
        named = dict(self._model.named_parameters())
        self._tables = [p for name, p in named.items() if "_" in name] if lazy else []
        dense = [p for p in named.values() if all(p is not t for t in self._tables)]
        self._optimisers: list[torch.optim.Optimizer]
        if self._constants.sgd:
            self._optimisers = [torch.optim.SGD([*dense, *self._tables], lr=h.lr, foreach=False)]
        else:
            self._optimisers = [
                torch.optim.Adam(dense, lr=h.lr, weight_decay=h.weight_decay, fused=True)
            ]
            if lazy:
                self._optimisers.append(torch.optim.SparseAdam(self._tables, lr=h.lr))

    def train(self, chunks: Iterable[Samples | DeviceSamples]) -> float:
        total, n = 0.0, 0
        for chunk in chunks:
            total, n = total + self._train(chunk), n + len(chunk)
        return total / max(n, 1)

    @flush_denormals()  # not around ``chunks``: they are drawn in the caller's environment
    def _train(self, chunk: Samples | DeviceSamples) -> float:
        """The summed loss. On a CPU all is computed on this thread, backward passes too."""
        users, items, labels = (
            torch.as_tensor(column, device=self._device)
            for column in (chunk.users, chunk.items, chunk.labels)
        )
        labels = labels.to(torch.float32)
        loss = torch.zeros((), device=self._device)  # float32: MPS knows no other
        size = self._constants.batch_size
        for at in range(0, len(chunk), size):
            batch = slice(at, at + size)
            self._set_rate(len(labels[batch]))
            loss += self._step(users[batch], items[batch], labels[batch]) * len(labels[batch])
            self._seen += len(labels[batch])
        return float(loss)  # waits for the device once a chunk

    def _set_rate(self, n: int) -> None:
        """Of the next step, on n samples. SGD's is per sample, and the gradient is their mean."""
        rate = learning_rate(self._constants, self._seen)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * n if self._constants.sgd else rate

    def _step(self, users: Tensor, items: Tensor, labels: Tensor) -> Tensor:
        """The mean loss, without the penalty."""
        loss = functional.binary_cross_entropy_with_logits(self._model(users, items), labels)
        objective = loss
        if self._constants.l2:
            objective = loss + self._constants.l2 * self._model.penalty(users, items)
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
        objective.backward()  # type: ignore[no-untyped-call]
        self._decay_touched_rows()
        for optimiser in self._optimisers:
            optimiser.step()
        if self._constants.fixed:
            self._model.output.weight.data[:, : self._host.architecture.gmf_width] = 1.0
        return loss.detach()

    def _decay_touched_rows(self) -> None:
        """SparseAdam knows no weight decay: add it to the gradient of the rows of this batch."""
        for table in self._tables:
            if self._constants.weight_decay and table.grad is not None:
                gradient = table.grad.coalesce()
                rows = table.detach()[gradient.indices()[0]]
                table.grad = torch.sparse_coo_tensor(
                    gradient.indices(),
                    gradient.values() + self._constants.weight_decay * rows,
                    table.shape,
                    check_invariants=False,
                )

    @property
    def parameters(self) -> Parameters:
        self._model.store(self._host)
        return self._host

    def state(self) -> State:
        """What is a tensor in an optimiser's state becomes an array called by where it stands
        there; what is not stays as it is."""
        arrays: dict[str, Array] = {
            "parameters": self.parameters.flat,
            "dropout": self._drop.generator.get_state().numpy(),
        }
        numbers: dict[str, int | float | None] = {}
        for o, optimiser in enumerate(self._optimisers):
            for p, values in optimiser.state_dict()["state"].items():
                for name, value in values.items():
                    where = f"{o} {p} {name}"
                    if isinstance(value, Tensor):
                        arrays[where] = value.cpu().numpy()
                    else:
                        numbers[where] = value
        return State(arrays, {"seen": self._seen, "optimisers": numbers})

    def resume(self, state: State) -> None:
        arrays = dict(state.arrays)
        self._host.flat[:] = arrays.pop("parameters")
        self._model.load(self._host)
        self._drop.generator.set_state(torch.from_numpy(arrays.pop("dropout")))
        self._seen = state.facts["seen"]
        found = [optimiser.state_dict() for optimiser in self._optimisers]
        values = {name: torch.tensor(array) for name, array in arrays.items()}
        for where, value in (values | state.facts["optimisers"]).items():
            o, p, name = where.split(" ", 2)
            found[int(o)]["state"].setdefault(int(p), {})[name] = value
        for optimiser, one in zip(self._optimisers, found, strict=True):
            optimiser.load_state_dict(one)


class SeededDropout(torch.nn.Dropout):
    """Inverted dropout that draws from a generator of its own, never the global one."""

    def __init__(self, p: float, seed: int, device: torch.device) -> None:
        super().__init__(p)
        self.generator = torch.Generator(device).manual_seed(int(np.int64(np.uint64(seed))))

    def forward(self, x: Tensor) -> Tensor:
        if not self.p:
            return x
        keep = torch.empty_like(x).bernoulli_(1.0 - self.p, generator=self.generator)
        return x * keep / (1.0 - self.p)
