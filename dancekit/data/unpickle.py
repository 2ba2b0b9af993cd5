"""Reading pickles of plain values and numpy arrays, without ever running what a file asks for.

The field shares its annotations as pickles, and a pickle is a program: whoever loads one with the
`pickle` module runs what its author wrote. Here the opcodes are read one after the other and only
those that make values are obeyed. Nothing is imported or looked up by a name in the file; the few
functions that numpy's arrays need are our own (`dancekit.data.pickled_arrays`).

Memory and time stay proportional to the size of the file: sizes that the file claims are compared
with what it holds, and the memo is a dict, so that a high index costs nothing.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from pickletools import genops
from typing import Any, cast

from dancekit.data.pickled_arrays import CALLS, NDARRAY, Call, Refused, Unbuilt
from dancekit.errors import DataError

_KEY_TYPES = (str, bytes, int, float, complex, bool, type(None))
_DEEPEST = 1000
_WAY_OUT = "Give a file written by pickle.dump."
# What malformed content makes the steps below, pickletools and numpy raise.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
_OTHER_FORMATS = {
    b"{": "JSON",
    b"[": "JSON",
    b"<": "HTML or XML",
    b"PK": "a zip archive, such as .npz or a PyTorch checkpoint",
    b"\x93NUMPY": "a .npy array",
    b"\x1f\x8b": "a gzip archive",
    b"\x89HDF": "HDF5",
    b"version https://git-lfs": "a Git LFS pointer",
}


def read_pickle(path: str | Path) -> Any:
    """The content of a pickle file made of plain values and numpy arrays.

    Plain values are dict, list, tuple, set, frozenset, str, bytes, bytearray, numbers, bool and None;
    numpy's are arrays, scalars and dtypes of numbers, bool, str and bytes, and object arrays of any of
    these. Pickles of protocol 0 to 5 are read, from numpy 1 and 2 and from Python 2, whose strings are
    taken as Latin-1. Arrays may be read-only. Keys of dicts and members of sets are plain values
    or numpy scalars.

    Raises:
        DataError: the file cannot be read, is no pickle, is damaged, or asks for anything else, such
            as code: that is not run.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise DataError(f"{path}: the file is empty.", hint="Fetch or write it again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return parse_pickle(content, name=str(path))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(
            f"{path}: it cannot be read: {reason}.", hint="Give a file written by pickle."
        ) from None


def parse_pickle(content: bytes | mmap.mmap, *, name: str) -> Any:
    """As `read_pickle`, for a pickle in memory, such as the object array inside an .npy file.

    Args:
        name: what errors call it.
    """
    start = bytes(content[:64]).lstrip()
    for magic, form in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise DataError(
                f"{name}: it looks like {form}, not like a pickle.",
                hint=_WAY_OUT,
            )
    try:
        return _Reader(len(content)).read(content)
    except Refused as refusal:
        raise DataError(f"{name}: {refusal}", hint=refusal.hint) from None
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DataError(
            f"{name}: it is no pickle, damaged or cut short ({reason}).", hint="Fetch or write it again."
        ) from None


class _Reader:
    """Obeys the opcodes of one pickle.

    A stand-in (`Call`, `Unbuilt`) lives on the stack and in the memo only: whatever puts values
    into a container or hands them out goes through `_plain`, which refuses it.
    """

    def __init__(self, size: int) -> None:
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        # References let a short file hand one long value to a function time after time.
        self.allowance = 8 * size + 4096

    def read(self, content: bytes | mmap.mmap) -> Any:
        for opcode, argument, _ in genops(cast(bytes, content)):
            if opcode.name in _LITERALS:
                self.stack.append(argument)
            elif opcode.name in _CONSTANTS:
                self.stack.append(_CONSTANTS[opcode.name])
            elif step := _STEPS.get(opcode.name):
                step(self, argument)
            elif opcode.name not in _IGNORED:
                raise Refused(
                    f"it asks for something outside the file ({opcode.name}), which is code; it was not run."
                )
        if len(self.stack) != 1 or self.marked:
            raise ValueError("values are left over at its end")
        return self.pop()

    def pop(self) -> Any:
        return _plain(self.stack.pop())

    def pop_marked(self) -> list[Any]:
        """All values since the last mark."""
        items = self.stack
        self.stack = self.marked.pop()
        for item in items:
            _plain(item)
        return items

    def push_marked(self, collect: Callable[[list[Any]], Any]) -> None:
        items = self.pop_marked()
        self.stack.append(collect(items))

    def mark(self, _: Any) -> None:
        if len(self.marked) == _DEEPEST:
            raise ValueError("it is nested too deeply")
        self.marked.append(self.stack)
        self.stack = []

    def discard(self, _: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.pop_marked()

    def duplicate(self, _: Any) -> None:
        self.stack.append(_plain(self.stack[-1]))

    def put(self, index: Any) -> None:
        value = self.stack[-1]
        if index is None:
            index = len(self.memo)
        self.memo[index] = value
        if isinstance(value, Unbuilt):
            value.memo_indices.append(index)

    def get(self, index: Any) -> None:
        value = self.memo[index]
        if isinstance(value, Unbuilt):
            raise ValueError("an array is part of itself")
        self.stack.append(value)

    def append(self, _: Any) -> None:
        item = self.pop()
        _top(self.stack, list).append(item)

    def extend(self, _: Any) -> None:
        items = self.pop_marked()
        _top(self.stack, list).extend(items)

    def add(self, _: Any) -> None:
        items = self.pop_marked()
        _top(self.stack, set).update(_keys(items))

    def set_item(self, _: Any) -> None:
        value, key = self.pop(), self.pop()
        _top(self.stack, dict).update(_pairs([key, value]))

    def set_items(self, _: Any) -> None:
        items = self.pop_marked()
        _top(self.stack, dict).update(_pairs(items))

    def tuple_of(self, count: int) -> None:
        items = tuple(reversed([self.pop() for _ in range(count)]))
        self.stack.append(items)

    def find(self, argument: str | None) -> None:
        """Look a name up among those that are allowed, and nowhere else."""
        if argument is None:
            name, module = self.pop(), self.pop()
        else:
            module, _, name = argument.partition(" ")
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("it looks up what is no name")
        if (module, name) == ("numpy", "ndarray"):
            self.stack.append(NDARRAY)
        elif (module, name) in CALLS:
            self.stack.append(Call(CALLS[module, name]))
        else:
            asked = f"{module}.{name}"[:80]
            raise Refused(f"it asks for the code {asked!r}, which does not belong to data; it was not run.")

    def reduce(self, _: Any) -> None:
        arguments, call = self.pop(), self.stack.pop()
        if not isinstance(call, Call) or not isinstance(arguments, tuple):
            raise ValueError("something that is no function is called")
        self._spend(arguments)
        self.stack.append(call.function(*arguments))

    def build(self, _: Any) -> None:
        state, unbuilt = self.pop(), self.stack.pop()
        if not isinstance(unbuilt, Unbuilt) or not isinstance(state, tuple):
            raise ValueError("a value is changed that cannot be")
        self._spend(state)
        value = unbuilt.build(state)
        self.stack.append(value)
        for index in unbuilt.memo_indices:
            self.memo[index] = value

    def _spend(self, arguments: tuple[Any, ...]) -> None:
        sized = (str, bytes, bytearray, list, tuple)
        self.allowance -= sum(len(argument) for argument in arguments if isinstance(argument, sized))
        if self.allowance < 0:
            raise ValueError("it holds far more than its size allows")


def _plain(value: Any) -> Any:
    if isinstance(value, Call | Unbuilt):
        raise ValueError("an unfinished value is used")
    return value


def _top(stack: list[Any], kind: type) -> Any:
    if type(stack[-1]) is not kind:
        raise ValueError(f"a {type(stack[-1]).__name__} is filled as if it were a {kind.__name__}")
    return stack[-1]


def _keys(items: list[Any]) -> list[Any]:
    # No tuples: the hash of one nested a million deep would overflow the interpreter's stack.
    for item in items:
        if not isinstance(item, _KEY_TYPES) and not hasattr(type(item), "dtype"):
            raise ValueError(f"a {type(item).__name__} is used as a key")
    return items


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(_keys(items[::2]), items[1::2], strict=True))


_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_PYTHON_2_STRINGS = ("STRING", "BINSTRING", "SHORT_BINSTRING")
_STRINGS = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_LITERALS = frozenset((*_NUMBERS, *_PYTHON_2_STRINGS, *_STRINGS, *_BYTES))
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_IGNORED = frozenset({"PROTO", "FRAME", "STOP"})
_STEPS: dict[str, Callable[[_Reader, Any], None]] = {
    "MARK": _Reader.mark,
    "POP": _Reader.discard,
    "POP_MARK": lambda reader, _: reader.pop_marked().clear(),
    "DUP": _Reader.duplicate,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Reader.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Reader.get),
    "EMPTY_LIST": lambda reader, _: reader.stack.append([]),
    "EMPTY_DICT": lambda reader, _: reader.stack.append({}),
    "EMPTY_SET": lambda reader, _: reader.stack.append(set()),
    "LIST": lambda reader, _: reader.push_marked(list),
    "TUPLE": lambda reader, _: reader.push_marked(tuple),
    "DICT": lambda reader, _: reader.push_marked(_pairs),
    "FROZENSET": lambda reader, _: reader.push_marked(lambda items: frozenset(_keys(items))),
    "TUPLE1": lambda reader, _: reader.tuple_of(1),
    "TUPLE2": lambda reader, _: reader.tuple_of(2),
    "TUPLE3": lambda reader, _: reader.tuple_of(3),
    "APPEND": _Reader.append,
    "APPENDS": _Reader.extend,
    "ADDITEMS": _Reader.add,
    "SETITEM": _Reader.set_item,
    "SETITEMS": _Reader.set_items,
    "GLOBAL": _Reader.find,
    "STACK_GLOBAL": _Reader.find,
    "REDUCE": _Reader.reduce,
    "BUILD": _Reader.build,
}
