"""Names that a module hands on from another one, which is imported only when one of them is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from typing import Any


def names_of(other: str, names: Collection[str], *, here: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: so what needs torch can be had where what does not is.

    Source: PEP 562.

    Args:
        other: the module that has the names.
        here: the module that hands them on.
    """

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {here!r} has no attribute {name!r}")
        return getattr(importlib.import_module(other), name)

    return get
