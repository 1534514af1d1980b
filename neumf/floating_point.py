"""The floating-point environment that this project computes in: one BLAS thread, denormal numbers
flushed to zero.

Weight decay inside Adam shrinks an embedding row that no batch touches, and its moments, step by
step. Below 1.2e-38 they are denormal, and some processors take many times as long for those. Here
they count as zero.

On x86-64 two bits of MXCSR control this (Intel 64 and IA-32 Architectures Software Developer's
Manual, volume 1, 10.2.3): FTZ, bit 15, for results, and DAZ, bit 6, for operands. On AArch64 bit
24 of FPCR, FZ, controls both (Arm Architecture Reference Manual, DDI 0487). On other processors
nothing is set.

The register belongs to a thread and governs all that the thread computes: in Numba, BLAS, NumPy,
and PyTorch on the CPU, where backward passes run on the calling thread too. A thread started while
it is set may inherit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import scipy.linalg.cython_blas  # noqa: F401  (the BLAS that Numba calls: loaded, so it is found)
from llvmlite import ir
from llvmlite.binding import get_process_triple
from numba import types
from numba.extending import intrinsic
from threadpoolctl import OpenBLASController, ThreadpoolController

from neumf.compiled import jit

ARCHITECTURE = get_process_triple().split("-")[0].replace("arm64", "aarch64")
"""What LLVM compiles for. The machine's own may differ, in an emulated process."""

FLUSH = {"x86_64": 1 << 15 | 1 << 6, "aarch64": 1 << 24}.get(ARCHITECTURE, 0)
VOID, I32, I64 = ir.VoidType(), ir.IntType(32), ir.IntType(64)


@contextmanager
def arithmetic() -> Iterator[None]:
    """Limit BLAS to one thread, in the whole process, and flush denormals on this thread.

    So neither the number of BLAS threads nor the flushing that the caller or the environment had
    chosen changes a bit of the results, and denormals cost no time. Both are restored at the end,
    the BLAS threads when the last of several threads leaves.
    """
    with _ONE_BLAS_THREAD, flush_denormals():
        yield


class _OneBlasThread:
    """The first to enter sets the limit and the last to leave lifts it. If each restored what it
    found, threads that overlap would restore each other's limit, for good.

    threadpoolctl lets one thread at a time change OpenBLAS, and ignores the others; here every
    thread may be the one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                OpenBLASController.clear_controlling_thread(force=True)
                self._limit = _blas().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                OpenBLASController.clear_controlling_thread(force=True)
                self._limit.restore_original_limits()
                OpenBLASController.clear_controlling_thread(force=True)


_ONE_BLAS_THREAD = _OneBlasThread()


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Denormals are zero on this thread. At the end its register is restored to the bit, on x86
    with the exception flags, so the caller learns of no exception raised inside."""
    before = read_register()
    write_register(before | FLUSH)
    try:
        yield
    finally:
        write_register(before)


def emit(builder: Any, architecture: str, word: Any = None) -> Any:
    """LLVM code that reads the register, or writes ``word`` to it."""
    if architecture == "x86_64":  # its instructions take an address
        place = builder.alloca(I32)
        if word is not None:
            builder.store(builder.trunc(word, I32), place)
            return _call(builder, "llvm.x86.sse.ldmxcsr", VOID, place)
        _call(builder, "llvm.x86.sse.stmxcsr", VOID, place)
        return builder.zext(builder.load(place), I64)
    if architecture != "aarch64":
        return I64(0)
    if word is not None:
        return _call(builder, "llvm.aarch64.set.fpcr", VOID, word)
    return _call(builder, "llvm.aarch64.get.fpcr", I64)


def _call(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    function = ir.FunctionType(result, [each.type for each in arguments])
    return builder.call(builder.module.declare_intrinsic(name, (), function), arguments)


def _reading(_typing: Any) -> Any:
    return types.int64(), lambda _context, builder, *_: emit(builder, ARCHITECTURE)


def _writing(_typing: Any, _word: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        emit(builder, ARCHITECTURE, *arguments)
        return context.get_dummy_value()

    return types.void(types.int64), generate


_read: Any = intrinsic(_reading)
_write: Any = intrinsic(_writing)


@jit
def read_register() -> int:
    """The floating-point control register of this thread."""
    return int(_read())


@jit
def write_register(word: int) -> None:
    _write(word)
