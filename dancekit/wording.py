"""Words for errors: the nearest right name, and what a type is called by people."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Path: "a path"}


def nearest(name: str, choices: Iterable[str]) -> str:
    """A hint for a name that does not exist: the most similar one, or all there are."""
    known = list(choices)
    similar = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    if similar:
        return f"Did you mean {similar[0]!r}?"
    return f"There is: {', '.join(known)}." if known else "There is none."


def describe(hint: Any) -> str:
    """What a type annotation asks for, in words: `tuple[int, ...]` is "a list of whole numbers"."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is None or hint is type(None):
        return "nothing"
    if origin is Literal:
        return "one of " + ", ".join(repr(arg) for arg in args)
    if origin in (Union, types.UnionType):
        return " or ".join(describe(arg) for arg in args)
    if origin in (tuple, list):
        if args and args[-1] is not Ellipsis and origin is tuple:
            return f"a list of {len(args)}: " + ", ".join(describe(arg) for arg in args)
        return "a list" if not args else f"a list, each {describe(args[0])}"
    if origin is dict:
        return "a mapping" if not args else f"a mapping, each {describe(args[1])}"
    return _NAMES.get(hint, getattr(hint, "__name__", str(hint)))
