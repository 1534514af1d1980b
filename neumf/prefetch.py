"""Memory asked for before it is needed: a hint to the processor, which changes no number."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from neumf.compiled import inline

LINE = 16
"""Float32 numbers in a cache line."""

READ, KEEP, DATA = 0, 3, 1
"""LLVM's: to be read, to stay in all caches, data and no code."""


def _hinting(_typing: Any, array: Any, _at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = make_array(signature.args[0])(context, builder, arguments[0]).data  # type: ignore[no-untyped-call]
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        words = [ir.IntType(32)(word) for word in (READ, KEEP, DATA)]
        kinds = [address.type, *(word.type for word in words)]
        function = ir.FunctionType(ir.VoidType(), kinds)
        hint = builder.module.declare_intrinsic("llvm.prefetch", [address.type], function)
        builder.call(hint, [address, *words])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Any = intrinsic(_hinting)
"""``prefetch(array, at)``: the cache line of ``array[at]``, of one dimension."""


@inline
def prefetch_row(table: Any, row: int, width: int) -> None:
    """All of a row of a flat table."""
    for j in range(0, width, LINE):
        prefetch(table, row * width + j)
