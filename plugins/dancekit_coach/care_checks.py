"""Checks of what a person enters: numbers, words, regions of the body. Each error says the way out."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import cast

from dancekit.errors import DataError
from dancekit.wording import nearest

REGIONS = (
    "head",
    "neck",
    "shoulder",
    "elbow",
    "wrist",
    "upper_back",
    "lower_back",
    "hip",
    "thigh",
    "knee",
    "lower_leg",
    "ankle",
    "foot",
)
"""Regions of the body: where pain is asked for, and what drills load. Sides are not told apart."""


def number(value: object, what: str, low: float, high: float) -> float:
    """A finite number within [low, high].

    Raises:
        DataError: it is anything else: text, true, NaN, infinite, too small or too large.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"{what} is {value!r}.", hint=f"Give a number from {low:g} to {high:g}.")
    if not low <= value <= high:
        raise DataError(f"{what} is {value:g}.", hint=f"Give a number from {low:g} to {high:g}.")
    return float(value)


def whole(value: object, what: str, low: int, high: int) -> int:
    """A whole number within [low, high].

    Raises:
        DataError: it is anything else.
    """
    checked = number(value, what, low, high)
    if checked != int(checked):
        raise DataError(f"{what} is {value!r}.", hint=f"Give a whole number from {low} to {high}.")
    return int(checked)


def one_of(value: object, what: str, choices: Collection[str]) -> str:
    """One of some words.

    Raises:
        DataError: it is none of them; the hint names the nearest.
    """
    if not isinstance(value, str) or value not in choices:
        raise DataError(f"{what} is {value!r}.", hint=nearest(str(value), choices))
    return value


def name(value: object, what: str) -> str:
    """Text of one line that is not empty, at most 200 characters.

    Raises:
        DataError: it is anything else.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise DataError(f"{what} is {value!r:.60}.", hint="Give one line of text, at most 200 characters.")
    return value


def names(values: object, what: str, choices: Collection[str] | None = None) -> tuple[str, ...]:
    """A list of names, each once, in the order given; of `choices` if there are any.

    Raises:
        DataError: it is no list, or an entry is doubled or unknown.
    """
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise DataError(f"{what} is {values!r:.60}.", hint="Give a list of names.")
    an_entry = f"An entry of {what[:1].lower()}{what[1:]}"
    found: list[str] = []
    for value in cast(Iterable[object], values):
        entry = name(value, an_entry)
        if choices is not None:
            one_of(entry, an_entry, choices)
        if entry in found:
            raise DataError(f"{what} names {entry!r} twice.", hint="Name it once.")
        found.append(entry)
    return tuple(found)


def pain_map(pain: object, what: str) -> Mapping[str, float] | None:
    """Pain from 0 to 10 per region; None where nobody asked. Regions that an answer leaves out do not hurt.

    Raises:
        DataError: a region is unknown, or a value is no number from 0 to 10.
    """
    if pain is None:
        return None
    if not isinstance(pain, Mapping):
        raise DataError(
            f"{what} is {pain!r:.60}.", hint="Give a number from 0 to 10 for each region that hurts."
        )
    checked = {
        one_of(region, f"A region of {what}", REGIONS): number(value, f"{what} in the {region}", 0, 10)
        for region, value in pain.items()
    }
    return MappingProxyType(dict(sorted(checked.items())))
