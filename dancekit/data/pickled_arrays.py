"""What a pickle may call: our own versions of the functions that write out numpy's arrays.

numpy pickles an array as "make an empty array, then fill it from this state". Each step is taken
over here, with every claim of the file (type, shape, length) checked against the bytes that it has.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

NDARRAY = "numpy.ndarray"
"""What stands for the class itself, which numpy names when it makes an empty array."""

_TYPES = re.compile(r"b1|[iu][1248]|f(2|4|8|12|16)|c(8|16|24|32)|[SU][1-9]\d{0,8}|O[48]?")
_MOST_AXES = 32
_LONGEST_AXIS = 2**48


class Refused(Exception):
    """A file asks for what is not read from it, although it may be sound."""

    hint = "Write it again with dicts, lists, strings, numbers and numpy arrays only."


@dataclass(frozen=True)
class Call:
    """A function that a pickle may call."""

    function: Callable[..., Any]


@dataclass
class Unbuilt:
    """An array or a dtype that still waits for its state.

    Attributes:
        build: makes the value from the state.
        memo_indices: where the pickle has noted it, to be replaced by the value.
    """

    build: Callable[[tuple[Any, ...]], Any]
    memo_indices: list[int] = field(default_factory=list)


def _dtype(spec: object, align: object = False, copy: object = False) -> Unbuilt:
    """numpy.dtype; `align` and `copy` mean nothing for the types that are read."""
    if not isinstance(spec, str) or not _TYPES.fullmatch(spec):
        asked = spec[:40] if isinstance(spec, str) else type(spec).__name__
        raise Refused(f"it holds an array of type {asked!r}, which is not read.")
    dtype: np.dtype[Any] = np.dtype(spec)

    def build(state: tuple[Any, ...]) -> np.dtype[Any]:
        _, order, *structure, size, _, _ = state[:8]
        if any(part is not None for part in structure) or len(state) > 8:
            raise Refused("it holds an array of a structured type, which is not read.")
        if not isinstance(order, str) or order not in ("<", ">", "|", "="):
            raise ValueError("an array has no byte order")
        if dtype.kind in "SU" and size != dtype.itemsize:
            raise ValueError("the length of an array's strings contradicts itself")
        return dtype.newbyteorder(order)  # type: ignore[arg-type]

    return Unbuilt(build)


def _reconstruct(kind: object, shape: object, code: object) -> Unbuilt:
    """numpy's `_reconstruct`: always an empty array of bytes, whose state follows."""
    if not isinstance(kind, str) or kind != NDARRAY:
        raise Refused("it holds a kind of array that is not read.")
    if not isinstance(shape, tuple) or shape != (0,) or not isinstance(code, str | bytes):
        raise ValueError("an array does not start empty")

    def build(state: tuple[Any, ...]) -> npt.NDArray[Any]:
        _, shape, dtype, fortran, values = state
        if not isinstance(fortran, int):
            raise ValueError("an array has no order of axes")
        return _array(values, dtype, shape, "F" if fortran else "C")

    return Unbuilt(build)


def _from_buffer(
    values: object, dtype: object, shape: object, order: object, axes: object = None
) -> npt.NDArray[Any]:
    """numpy's `_frombuffer` (protocol 5); order "K" is C order followed by a transposition."""
    if not isinstance(order, str) or order != "K" or axes is None:
        return _array(values, dtype, shape, order)
    if not isinstance(axes, tuple):
        raise ValueError("an array has no order of axes")
    return _array(values, dtype, shape, "C").transpose(axes)


def _scalar(dtype: object, values: object) -> Any:
    """numpy's `scalar`: one number or string."""
    if isinstance(dtype, np.dtype) and dtype.hasobject:
        raise Refused("it holds an object scalar, which is not read.")
    return _array(values, dtype, (), "C")[()]


def _array(values: object, dtype: object, shape: object, order: object) -> npt.NDArray[Any]:
    if not isinstance(dtype, np.dtype) or not isinstance(order, str) or order not in ("C", "F"):
        raise ValueError("an array has no type or no order of axes")
    if not isinstance(shape, tuple) or len(shape) > _MOST_AXES:
        raise ValueError("an array has no shape")
    if not all(isinstance(length, int) and 0 <= length < _LONGEST_AXIS for length in shape):
        raise ValueError("an array has an impossible shape")
    count = math.prod(shape)
    if dtype.hasobject:
        return _object_array(values, count).reshape(shape)  # numpy lists objects in C order, always
    if isinstance(values, str):
        values = values.encode("latin-1")  # how Python 2 has bytes
    if not isinstance(values, bytes | bytearray) or len(values) != count * dtype.itemsize:
        raise ValueError(f"an array of shape {shape} does not have as many values")
    if dtype.kind == "b" and values.translate(None, b"\0\1"):
        raise ValueError("an array of true and false holds something else")
    array: npt.NDArray[Any] = np.ndarray(shape, dtype, buffer=values, order="F" if order == "F" else "C")
    if dtype.kind == "U" and (np.frombuffer(values, f"{dtype.byteorder}u4") > sys.maxunicode).any():
        raise ValueError("a text holds what is no character")  # which Python's functions fail on, much later
    return array


def _object_array(values: object, count: int) -> npt.NDArray[Any]:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError("an array of objects does not have as many values as its shape says")
    # Freeing arrays nested a million deep would overflow the interpreter's stack.
    if any(isinstance(value, np.ndarray) and value.dtype.hasobject for value in values):
        raise Refused("it holds an array of objects in another one, which is not read.")
    return np.fromiter(values, dtype=object, count=count)


def _encode(text: object, encoding: object) -> bytes:
    """How protocols 0 to 2 write bytes: as text in Latin-1."""
    if not isinstance(text, str) or not isinstance(encoding, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes are not written as text")
    return text.encode("latin-1")


def _set(items: object = ()) -> set[Any]:
    return set(_members(items))


def _frozenset(items: object = ()) -> frozenset[Any]:
    return frozenset(_members(items))


def _members(items: object) -> list[Any]:
    if not isinstance(items, list | tuple) or any(isinstance(item, tuple | frozenset) for item in items):
        raise ValueError("a set is not made of plain values")
    return list(items)


def _complex(real: object, imaginary: object) -> complex:
    if not isinstance(real, float) or not isinstance(imaginary, float):
        raise ValueError("a complex number is not made of two numbers")
    return complex(real, imaginary)


def _no_bytes() -> bytes:
    """The empty bytes of protocols 0 to 2; with an argument it could ask for any amount of memory."""
    return b""


CALLS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _dtype,
    ("_codecs", "encode"): _encode,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _reconstruct for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
    **{(builtins, "set"): _set for builtins in ("builtins", "__builtin__")},
    **{(builtins, "frozenset"): _frozenset for builtins in ("builtins", "__builtin__")},
    **{(builtins, "complex"): _complex for builtins in ("builtins", "__builtin__")},
    **{(builtins, "bytes"): _no_bytes for builtins in ("builtins", "__builtin__")},
}
"""(module, name), as a pickle writes it -> what is called instead."""
