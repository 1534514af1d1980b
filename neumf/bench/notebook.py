"""The training loop of the notebook, and of most PyTorch tutorials: negatives drawn row by row,
Dataset, DataLoader, sigmoid and BCELoss, plain Adam, ``loss.item()`` every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture
from neumf.model.torch_module import NeuMF
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.negatives import Samples

Sample = tuple[Tensor, Tensor, Tensor]


class Rows(Dataset[Sample]):
    """One sample at a time."""

    def __init__(self, samples: Samples) -> None:
        self.users = torch.tensor(samples.users, dtype=torch.long)
        self.items = torch.tensor(samples.items, dtype=torch.long)
        self.labels = torch.tensor(samples.labels, dtype=torch.float)

    def __len__(self) -> int:
        return len(self.users)

    def __getitem__(self, index: int) -> Sample:
        return self.users[index], self.items[index], self.labels[index]


class RejectionSampler:
    """Draws items until one is none of the user's."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._pairs = list(zip(problem.users.tolist(), problem.items.tolist(), strict=True))
        self._known = set(self._pairs)
        self._n_items = problem.n_items
        self._random = generator(seed, "notebook")

    def draw(self, positives: int, ratio: int) -> list[tuple[int, int, int]]:
        """The samples of the first positives."""
        samples = []
        for user, item in self._pairs[:positives]:
            samples.append((user, item, 1))
            for _ in range(ratio):
                negative = int(self._random.integers(self._n_items))
                while (user, negative) in self._known:
                    negative = int(self._random.integers(self._n_items))
                samples.append((user, negative, 0))
        return samples


class NotebookLoop:
    """Trains a number of steps at a call."""

    def __init__(
        self, architecture: Architecture, configuration: Configuration, samples: Samples
    ) -> None:
        self._device = torch.device("cpu")
        self._model = NeuMF(architecture, configuration.dropout).to(self._device)
        self._loader = DataLoader(
            Rows(samples), configuration.batch_size, shuffle=True, generator=torch.Generator()
        )
        self._batches = iter(self._loader)
        self._loss = nn.BCELoss()
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=configuration.lr)

    def train(self, steps: int) -> float:
        """The mean loss of the next ``steps`` steps, of which the data must have enough."""
        self._model.train()
        total = 0.0
        for _ in range(steps):
            users, items, labels = (tensor.to(self._device) for tensor in next(self._batches))
            self._optimizer.zero_grad()
            prediction = torch.sigmoid(self._model(users, items))
            loss = self._loss(prediction, labels)
            loss.backward()
            self._optimizer.step()
            total += loss.item()
        return total / steps
