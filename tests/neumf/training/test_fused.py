"""The fused engine computes what PyTorch's autograd and optimisers compute."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from neumf.arrays import Floats
from neumf.model.parameters import Parameters
from neumf.model.torch_module import NeuMF
from neumf.training.engines.adam import adam, adam_rows, step_size
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.engines.workspace import AdamState
from neumf.training.negatives import Samples
from tests.budget import examples
from tests.neumf.training.fused_cases import SEED, Case, Masks, case, cases

torch.set_num_threads(1)  # at these sizes more only wait for each other


SAMPLES_OF_A_RUN = 500
"""Over which a schedule falls: a case has fewer."""


def distance(a: Floats, b: Floats) -> float:
    """Relative error of a."""
    return float(np.linalg.norm(a - b)) / max(float(np.linalg.norm(b)), 1e-30)


def train_both(c: Case) -> tuple[FusedEngine, float, TorchEngine, float]:
    fused = FusedEngine(c.parameters, c.configuration, SEED, SAMPLES_OF_A_RUN)
    reference = TorchEngine(c.parameters.copy(), c.configuration, SEED, budget=SAMPLES_OF_A_RUN)
    reference._model.dropout = Masks(c.configuration.mlp_layers, c.configuration.dropout)
    return fused, fused.train([c.samples]), reference, reference.train([c.samples])


@pytest.mark.slow
@given(cases())
@settings(max_examples=examples(60))
def test_epoch_is_that_of_torch_adam_or_sparse_adam(c: Case) -> None:
    """With the same masks the loss and every parameter end where PyTorch's optimisers take them,
    over random architectures, odd batches, a short last batch, with and without weight decay.

    (The way travelled is compared more loosely: where a gradient cancels to nearly nothing, Adam
    blows rounding up to a step.)"""
    fused, loss, reference, expected = train_both(c)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert distance(fused.parameters.flat, reference.parameters.flat) < 1e-4
    moved = reference.parameters.flat - c.parameters.flat
    assert distance(fused.parameters.flat - c.parameters.flat, moved) < 1e-2


@pytest.mark.slow
@given(cases("sgd"))
@settings(max_examples=examples(100))
def test_epoch_is_that_of_torch_sgd(c: Case) -> None:
    """With the sum of a batch's gradients: the same loss, and the same way travelled to 1e-5 of the
    parameters, in batches and one at a time, under every schedule, with and without L2.

    (Where samples cancel, the way is a rounding of the parameters, and compared as one.)"""
    fused, loss, reference, expected = train_both(c)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert distance(fused.parameters.flat, reference.parameters.flat) < 1e-5
    way = np.linalg.norm(reference.parameters.flat - c.parameters.flat)
    rounding = np.finfo(np.float32).eps * np.linalg.norm(c.parameters.flat)
    apart = np.linalg.norm(fused.parameters.flat - reference.parameters.flat)
    assert apart < 1e-2 * way + rounding


@given(cases())
@settings(max_examples=examples(60))
def test_gradients_are_those_of_autograd(c: Case) -> None:
    """Each tensor's gradient, read from Adam's first moment after one step from zero, against that
    in double precision. Not where rounding decides on which side of a ReLU's kink a unit lies."""
    h, n = c.configuration, min(c.configuration.batch_size, len(c.samples))
    batch = Samples(c.samples.users[:n], c.samples.items[:n], c.samples.labels[:n])
    fused = FusedEngine(c.parameters, h, SEED, SAMPLES_OF_A_RUN)
    fused.train([batch])
    moments = np.concatenate([fused.tables.mean, fused.layers.mean])
    got = Parameters(c.parameters.architecture, moments * np.float32(10)).named

    model = NeuMF(c.parameters.architecture).double()
    model.load(c.parameters)
    model.dropout = Masks(h.mlp_layers, h.dropout)
    to_kinks: list[float] = []
    for layer in model.mlp:
        layer.register_forward_hook(lambda _, __, z: to_kinks.append(float(z.detach().abs().min())))
    users, items = torch.from_numpy(batch.users), torch.from_numpy(batch.items)
    logits = model(users, items)
    assume(min(to_kinks, default=1.0) > 1e-6)
    labels = torch.from_numpy(batch.labels).double()
    loss = functional.binary_cross_entropy_with_logits(logits, labels)
    (loss + h.l2 * model.penalty(users, items)).backward()  # type: ignore[no-untyped-call]
    for name, tensor in model.named_parameters():
        assert tensor.grad is not None
        decay = h.weight_decay * tensor.detach().numpy()
        if h.update == "lazy" and "_" in name:
            codes = batch.users if "user" in name else batch.items
            decay[np.setdiff1d(np.arange(len(decay)), codes)] = 0
        expected = tensor.grad.numpy() + decay
        assert np.linalg.norm(got[name] - expected) <= 1e-4 * np.linalg.norm(expected) + 1e-7


@pytest.mark.parametrize("sparse", [False, True])
@given(st.integers(0, 1000), st.sampled_from([1e-4, 1e-2, 1.0]))
@settings(max_examples=examples(20))
def test_adam_is_torchs(sparse: bool, seed: int, lr: float) -> None:
    """Given the same gradients, from 1e-12 (where epsilon counts) to 100, every element moves as in
    torch.optim.Adam or SparseAdam, which put epsilon in different places."""
    random = np.random.default_rng(seed)
    shape = (7, 20)
    start = random.normal(0, 1, shape).astype(np.float32)
    state = AdamState(start.ravel().copy(), *np.zeros((2, start.size), np.float32))
    tensor = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimiser = (torch.optim.SparseAdam if sparse else torch.optim.Adam)([tensor], lr=lr)
    rows = np.arange(len(start), dtype=np.int32)
    for step in range(1, 8):
        sizes = 10.0 ** random.uniform(-12, 2, shape)
        gradient = (sizes * random.choice([-1, 1], shape)).astype(np.float32)
        tensor.grad = torch.from_numpy(gradient.copy())
        if sparse:
            tensor.grad = tensor.grad.to_sparse(1)
        optimiser.step()  # type: ignore[no-untyped-call]
        size, epsilon = step_size(lr, step)
        if sparse:
            adam_rows(state, rows, gradient, size, np.float32(0))
        else:
            adam(state, gradient.ravel(), size, epsilon, np.float32(0))
        assert not gradient.any()
    expected = tensor.detach().numpy() - start
    moved = state.parameters.reshape(shape) - start
    assert np.allclose(moved, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("update", ["dense", "lazy"])
@pytest.mark.parametrize(("layers", "batch_size"), [(1, 256), (8, 17), (3, 1), (2, 1000)])
def test_stays_with_torch_over_epochs(layers: int, batch_size: int, update: str) -> None:
    """Several epochs of several chunks, one layer to eight, batches of one and beyond the data."""
    n = min(300, 40 * batch_size)
    c = case(n=n, mlp_layers=layers, batch_size=batch_size, update=update, predictive_factors=4)
    fused, _, reference, _ = train_both(c)
    for _ in range(3):
        chunks = [c.samples, case(seed=1, n=n // 4).samples]
        assert fused.train(chunks) == pytest.approx(reference.train(chunks), rel=1e-3)
    moved = reference.parameters.flat - c.parameters.flat
    assert distance(fused.parameters.flat - c.parameters.flat, moved) < 1e-3


@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_chunks_do_not_matter(update: str) -> None:
    """Cut at batch boundaries, an epoch gives the same to the last bit."""
    c = case(n=640, batch_size=64, update=update)
    whole, cut = (FusedEngine(c.parameters, c.configuration, SEED) for _ in range(2))
    s = c.samples
    parts = [
        Samples(s.users[i : i + 128], s.items[i : i + 128], s.labels[i : i + 128])
        for i in range(0, 640, 128)
    ]
    assert whole.train([s]) == pytest.approx(cut.train(parts), rel=1e-12)
    assert np.array_equal(whole.parameters.flat, cut.parameters.flat)


@given(st.integers(0, 100))
@settings(max_examples=examples(10))
def test_sgd_travels_alike_in_batches_of_any_size(seed: int) -> None:
    """The rate is per sample: at a small one an epoch in batches of 64 ends where batches of 1 do,
    L2 included, within a few per cent of the way."""
    ends = [
        FusedEngine(c.parameters, c.configuration, SEED)
        for size in (1, 64)
        for c in [
            case(
                seed=seed,
                n=256,
                optimizer="sgd",
                lr=1e-4,
                l2=0.05,
                dropout=0.0,
                batch_size=size,
                mlp_layers=1,
            )
        ]
    ]
    start = ends[0].parameters.flat.copy()
    for engine in ends:
        engine.train([case(seed=seed, n=256).samples])
    one, many = (engine.parameters.flat - start for engine in ends)
    assert distance(many, one) < 0.05


def test_sgd_keeps_no_moments() -> None:
    """It holds the parameters once, not three times."""
    c = case(optimizer="sgd")
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    assert engine.tables.mean.size == engine.layers.square.size == 0


DIGEST = "from tests.neumf.training.test_fused import digest; print(digest())"


def digest() -> str:
    """Of the parameters after some training."""
    c = case(n=5000, predictive_factors=64, mlp_layers=2, weight_decay=1e-5)
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    engine.train([c.samples])
    return hashlib.sha256(engine.parameters.flat.tobytes()).hexdigest()


@pytest.mark.slow
def test_same_bits_alone_and_beside_others() -> None:
    """Two processes at once, told to use many BLAS threads, give the bits of this one."""
    many = {f"{name}_NUM_THREADS": "4" for name in ("OPENBLAS", "OMP", "MKL")}
    code = f"import os; os.environ.update({many!r}); {DIGEST}"
    there = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    here = digest()
    assert [process.communicate()[0].strip() for process in there] == [here, here]
