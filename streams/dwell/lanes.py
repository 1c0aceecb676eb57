"""Rows of a field, all their numbers at once: numba does not vectorise a loop as short as a row.

Each function is called (to, at, of, start, scale): it makes as many numbers of the contiguous array `to`, from `at` on,
of those of `of` from `start` on, and looks at no bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from streams.dwell.arrays import ROW, SIDE

_FLOAT, _BYTE, _INDEX = ir.FloatType(), ir.IntType(8), ir.IntType(32)


def _by_lanes(count: int, source: ir.Type, target: ir.Type, step: Callable[[Any, Any, Any], Any]) -> Any:
    read, write, floats = (ir.VectorType(kind, count) for kind in (source, target, _FLOAT))

    @intrinsic
    def rows(typing: Any, to: Any, at: Any, of: Any, start: Any, scale: Any) -> Any:
        def pointer(context: Any, builder: Any, number: int, arguments: Any, lanes: Any) -> Any:
            data = make_array((to, of)[number])(context, builder, value=arguments[2 * number]).data
            place = context.cast(builder, arguments[2 * number + 1], (at, start)[number], types.intp)
            return builder.bitcast(builder.gep(data, [place]), lanes.as_pointer())

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            values = builder.load(pointer(context, builder, 1, arguments, read), align=1)
            anything = ir.Constant(floats, ir.Undefined)
            one = builder.insert_element(anything, arguments[4], ir.Constant(_INDEX, 0))
            everywhere = builder.shuffle_vector(one, anything, ir.Constant(ir.VectorType(_INDEX, count), [0] * count))
            builder.store(step(builder, values, everywhere), pointer(context, builder, 0, arguments, write), align=1)
            return context.get_dummy_value()

        return types.void(to, at, of, start, types.float32), build

    return rows


def _square(builder: Any, values: Any, scale: Any) -> Any:
    wide = builder.uitofp(values, scale.type)
    return builder.fmul(builder.fmul(wide, wide), scale)


def _root(builder: Any, values: Any, scale: Any) -> Any:
    root = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(scale.type, [scale.type]), f"llvm.sqrt.v{scale.type.count}f32"
    )
    half = ir.Constant(scale.type, [0.5] * scale.type.count)
    near = builder.fadd(builder.call(root, [builder.fmul(values, scale)]), half)
    whole = builder.fptoui(near, ir.VectorType(_INDEX, scale.type.count))
    return builder.trunc(whole, ir.VectorType(_BYTE, scale.type.count))


bordered_row = _by_lanes(ROW, _FLOAT, _FLOAT, lambda builder, values, scale: builder.fmul(values, scale))
"""A field's row with its borders, times `scale`."""
inner_row = _by_lanes(SIDE, _FLOAT, _FLOAT, lambda builder, values, scale: builder.fmul(values, scale))
"""A row of the window, times `scale`."""
squares_of = _by_lanes(SIDE, _BYTE, _FLOAT, _square)
"""Squares of bytes, times `scale`."""
roots_of = _by_lanes(SIDE, _FLOAT, _BYTE, _root)
"""Roots, to the nearest byte, of numbers times `scale`."""
