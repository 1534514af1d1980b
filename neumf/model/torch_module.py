"""NeuMF in PyTorch (He et al. 2017, section 3.4): the reference, and the path for GPUs.

    logit(u, i) = w . [ p_u * q_i ,  MLP([P_u ; Q_i]) ] + b

p, q are GMF embeddings; P, Q are MLP embeddings; every MLP layer is dropout, linear, ReLU and
halves the width. Either half may be absent. The sigmoid is in the loss (BCE on logits).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from neumf.arrays import Floats
from neumf.model.parameters import Architecture, Parameters


class NeuMF(nn.Module):
    """``forward(users [n], items [n]) -> logits [n]``."""

    def __init__(
        self, architecture: Architecture, dropout: float = 0.0, sparse: bool = False
    ) -> None:
        super().__init__()
        a = architecture
        self.architecture = a
        if a.mlp_layers:
            self.mlp_user = nn.Embedding(a.n_users, a.mlp_width, sparse=sparse)
            self.mlp_item = nn.Embedding(a.n_items, a.mlp_width, sparse=sparse)
        if a.gmf_width:
            self.gmf_user = nn.Embedding(a.n_users, a.gmf_width, sparse=sparse)
            self.gmf_item = nn.Embedding(a.n_items, a.gmf_width, sparse=sparse)
        self.mlp = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(a.layer_widths))
        self.output = nn.Linear(a.output_width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        halves = []
        if self.architecture.gmf_width:
            halves.append(self.gmf_user(users) * self.gmf_item(items))
        if self.mlp:
            hidden = torch.cat([self.mlp_user(users), self.mlp_item(items)], dim=-1)
            for layer in self.mlp:
                hidden = torch.relu(layer(self.dropout(hidden)))
            halves.append(hidden)
        logits: Tensor = self.output(torch.cat(halves, dim=-1)).squeeze(-1)
        return logits

    def penalty(self, users: Tensor, items: Tensor) -> Tensor:
        """Half the squared length of all that a sample uses, the mean over samples: its embedding
        rows and every layer."""
        samples = torch.zeros((), device=users.device)
        for name, module in self.named_children():
            if isinstance(module, nn.Embedding):
                samples = samples + module(users if "user" in name else items).square().sum()
        layers = [p.square().sum() for name, p in self.named_parameters() if "_" not in name]
        return 0.5 * (samples / len(users) + torch.stack(layers).sum())

    @torch.no_grad()
    def load(self, parameters: Parameters) -> None:
        """Take over the values of ``parameters``."""
        for name, tensor in self.named_parameters():
            tensor.copy_(_tensor(parameters.named[name]))

    @torch.no_grad()
    def store(self, parameters: Parameters) -> None:
        """Write the module's values into ``parameters``."""
        for name, tensor in self.named_parameters():
            _tensor(parameters.named[name]).copy_(tensor)


def _tensor(array: Floats) -> Tensor:
    """A view; NumPy and PyTorch share the memory."""
    return torch.from_numpy(array)
