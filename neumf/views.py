"""Views of flat arrays without an owner.

A slice of an array keeps its memory alive: Numba counts a reference with an atomic operation when
it is made and another when it is dropped, some nanoseconds each. In a loop over the rows of a batch
that takes longer than the arithmetic on a row. The arrays outlive the loop, so there is nothing to
count.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array


def _viewing(_typing: Any, array: Any, _at: Any, _size: Any) -> Any:
    view = types.Array(array.dtype, 1, "C", readonly=not array.mutable)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flat, at, size = arguments
        data = make_array(signature.args[0])(context, builder, flat).data  # type: ignore[no-untyped-call]
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(data.type.pointee))
        out = make_array(view)(context, builder)  # type: ignore[no-untyped-call]
        populate_array(  # type: ignore[no-untyped-call]
            out,
            data=builder.gep(data, [at]),
            shape=[size],
            strides=[itemsize],
            itemsize=itemsize,
            meminfo=None,
        )
        return out._getvalue()  # noqa: SLF001

    return view(array, types.intp, types.intp), generate


view: Any = intrinsic(_viewing)
"""``view(flat, at, size)``: ``flat[at : at + size]``, for as long as ``flat`` is there."""
