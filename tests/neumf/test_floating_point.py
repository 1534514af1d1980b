"""Denormals are zero where the project computes, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import numpy as np
import pytest
import torch
from llvmlite import binding, ir
from threadpoolctl import OpenBLASController, threadpool_info, threadpool_limits

from neumf import floating_point
from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.floating_point import (
    FLUSH,
    arithmetic,
    flush_denormals,
    read_register,
    write_register,
)
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from tests.neumf.denormals import denormals

torch.set_num_threads(1)  # at these sizes more only wait for each other

pytestmark = [
    pytest.mark.skipif(not FLUSH, reason="nothing is flushed on this processor"),
    pytest.mark.usefixtures("register"),
]

TINY = float(np.finfo(np.float32).smallest_normal)
SMALL, HALF = np.full(64, TINY, np.float32), np.full(64, 1 / 256, np.float32)
"""Their products are denormal, and so is the sum of eight."""


@jit
def multiply(a: Floats, b: Floats) -> Floats:
    return a * b


@jit
def dot(a: Floats, b: Floats) -> Floats:
    product: Floats = np.dot(a.reshape(8, 8), b.reshape(8, 8))
    return product


def forward() -> Floats:
    return (torch.from_numpy(SMALL) * torch.from_numpy(HALF)).numpy()


def backward() -> Floats:
    x = torch.zeros(64, requires_grad=True)
    (x * torch.from_numpy(HALF) * torch.from_numpy(SMALL)).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    return x.grad.numpy()


def fused_adam() -> Floats:
    x = torch.zeros(64, requires_grad=True)
    x.grad = torch.from_numpy(SMALL.copy())
    optimiser = torch.optim.Adam([x], fused=True)
    optimiser.step()
    mean: torch.Tensor = optimiser.state[x]["exp_avg"]
    return mean.numpy()


COMPUTE: dict[str, Callable[[], Floats]] = {
    "numba": lambda: multiply(SMALL, HALF),
    "numba's BLAS": lambda: dot(SMALL, HALF),
    "numpy": lambda: SMALL * HALF,
    "numpy's BLAS": lambda: SMALL.reshape(8, 8) @ HALF.reshape(8, 8),
    "torch forward": forward,
    "torch backward": backward,
    "torch Adam": fused_adam,
}


@pytest.mark.parametrize("how", COMPUTE)
def test_results_are_flushed(how: str) -> None:
    """In all libraries that compute here, autograd's backward passes included."""
    compute = COMPUTE[how]
    kept = compute()
    assert ((kept > 0) & (kept < TINY)).all()
    with flush_denormals():
        assert not compute().any()
    assert np.array_equal(compute(), kept)


def test_operands_are_flushed() -> None:
    """A denormal operand counts as zero, even where the result would be normal."""
    denormal, large = SMALL * HALF, np.full(64, 1e10, np.float32)
    assert multiply(denormal, large).all()
    with flush_denormals():
        assert not multiply(denormal, large).any()


def test_register_is_given_back() -> None:
    """To the bit: after nesting, after an exception, and if the caller had it set."""
    for word in (read_register(), read_register() | FLUSH):
        write_register(word)
        with flush_denormals():
            inside = read_register()
            with flush_denormals():
                assert read_register() == inside
            assert read_register() == inside
        assert read_register() == word
        with pytest.raises(ZeroDivisionError), flush_denormals():
            _ = 1 / 0
        assert read_register() == word
    assert inside == word


def test_callers_own_flushing_survives() -> None:
    torch.set_flush_denormal(True)
    with flush_denormals():
        pass
    assert not COMPUTE["numpy"]().any()
    torch.set_flush_denormal(False)
    assert COMPUTE["numpy"]().all()


def test_other_threads_are_left_alone() -> None:
    words: list[int] = []
    thread = Thread(target=lambda: words.append(read_register()))
    other = Thread(target=lambda: words.extend((read_register(), read_register())))
    thread.start()
    thread.join()
    with flush_denormals():
        other.start()  # inherits
        other.join()
    assert words[0] & FLUSH == 0
    assert read_register() & FLUSH == 0


def blas_threads() -> list[int]:
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def test_blas_threads_are_limited_and_given_back() -> None:
    """To one inside, to what there were afterwards, and after an exception."""
    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        with arithmetic():
            assert set(blas_threads()) == {1}
        assert blas_threads() == before
        with pytest.raises(ZeroDivisionError), arithmetic():
            _ = 1 / 0
        assert blas_threads() == before
    assert 2 in before


@pytest.mark.parametrize("held", [False, True])
def test_overlapping_threads_share_the_limit(held: bool) -> None:
    """One that leaves does not lift the other's limit, and the last one does; also if the main
    thread has limited BLAS before, and holds that limit still."""
    entered, second_entered = Event(), Event()
    inside: list[list[int]] = []

    def first() -> None:
        with arithmetic():
            inside.append(blas_threads())
            entered.set()
            second_entered.wait()

    def second() -> None:
        with arithmetic():
            second_entered.set()
            one.join()
            inside.append(blas_threads())

    with threadpool_limits(limits=2, user_api="blas"):
        if not held:
            OpenBLASController.clear_controlling_thread()
        before = blas_threads()
        one, other = Thread(target=first), Thread(target=second)
        one.start()
        entered.wait()
        other.start()
        other.join()
        assert [set(threads) for threads in inside] == [{1}, {1}]
        assert blas_threads() == before


def test_scores_are_the_same_whatever_the_caller_has_set() -> None:
    """To the last bit, where GMF's products are denormal and nothing else adds to them."""
    architecture = Architecture(40, 40, 4, 1)
    parameters = initialise(architecture, np.random.default_rng(0))
    parameters.flat[: architecture.table_size] *= np.float32(5e-18)
    parameters.weights[0][:] = 0
    users, items = np.arange(40, dtype=np.int32), np.arange(40, dtype=np.int32)[None]
    kept = NeuMFScorer(parameters).score(users, items)
    write_register(read_register() | FLUSH)
    flushed = NeuMFScorer(parameters).score(users, items)
    assert kept.tobytes() == flushed.tobytes()
    assert denormals([kept]) == 0


def test_the_halves_of_the_first_layer_are_the_same_whatever_the_caller_has_set() -> None:
    """To the last bit, where sums would be normal if their denormal beginnings were kept."""
    parameters = initialise(Architecture(40, 40, 8, 3), np.random.default_rng(0))
    parameters.flat[: parameters.architecture.table_size] = TINY
    parameters.weights[0][:] = 0.25
    kept = NeuMFScorer(parameters)
    write_register(read_register() | FLUSH)
    flushed = NeuMFScorer(parameters)
    for half in ("_user_half", "_item_half"):
        assert getattr(kept, half).tobytes() == getattr(flushed, half).tobytes()


@pytest.mark.parametrize(
    ("architecture", "triple", "instructions"),
    [
        ("x86_64", "x86_64-unknown-linux-gnu", ("stmxcsr", "ldmxcsr")),
        ("aarch64", "aarch64-unknown-linux-gnu", ("mrs\t", "msr\tFPCR, x")),
        ("aarch64", "arm64-apple-darwin", ("mrs\t", "msr\tFPCR, x")),
        ("riscv64", "x86_64-unknown-linux-gnu", ()),  # nothing
    ],
)
def test_other_processors(architecture: str, triple: str, instructions: tuple[str, ...]) -> None:
    """LLVM emits the instructions of each."""
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    module = ir.Module()
    module.triple = triple
    kind = ir.FunctionType(ir.IntType(64), [ir.IntType(64)])
    function = ir.Function(module, kind, "exchange")
    builder = ir.IRBuilder(function.append_basic_block())
    before = floating_point.emit(builder, architecture)
    floating_point.emit(builder, architecture, function.args[0])
    builder.ret(before)
    machine = binding.Target.from_triple(triple).create_target_machine()
    assembly = machine.emit_assembly(binding.parse_assembly(str(module)))
    assert all(each in assembly for each in instructions)
    assert ("mxcsr" in assembly or "FPCR" in assembly) == bool(instructions)
