"""Parts of a picture, for a model that sees one large person best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dancekit.data.detections import Array
from dancekit.data.footage import Picture

_ROOM = 2.0
"""How many times larger than a person a window is in which they move."""
_MARGIN = 0.25
"""Around a person in a window close to them, in their longest sides."""
_EDGE = 0.08
"""Of a window: who is nearer to its border gets a new one."""
_LEAST = 16
"""Pixels: no window is smaller, if the picture isn't."""
_HEIGHTS = (1.0, 0.5)
"""Of large and of small parts, in heights of the picture."""
_NARROW = 2 / 3
"""The width of a part to its height: people are upright."""


class Model(Protocol):
    """Finds people in pictures of one kind, one after the other."""

    def __call__(self, picture: Picture, time: float, /) -> Array:
        """(D, V, 3): x and y in pixels, and score."""

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Window:
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def around(cls, person: Array, size: tuple[int, int]) -> Window:
        """With room around a person (V, 3) to move in, inside a picture of this (width, height)."""
        low, high = _box(person)
        return cls._amid(person, np.full(2, _ROOM * (high - low).max()), size)

    @classmethod
    def close_to(cls, person: Array, size: tuple[int, int]) -> Window:
        """That shows as little else as can be."""
        low, high = _box(person)
        sides = high - low
        return cls._amid(person, sides + 2 * _MARGIN * sides.max(), size)

    @classmethod
    def _amid(cls, person: Array, sides: Array, size: tuple[int, int]) -> Window:
        whole = np.array(size)
        length = np.minimum(np.maximum(np.rint(sides), _LEAST), whole)
        start = np.rint((sum(_box(person)) - length) / 2).clip(0, whole - length)
        return cls(left=int(start[0]), top=int(start[1]), width=int(length[0]), height=int(length[1]))

    def of(self, picture: Picture) -> Picture:
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def people(self, model: Model, picture: Picture, time: float) -> Array:
        """Who is in it, in pixels of the whole picture."""
        found = model(self.of(picture), time)
        corner = np.array([self.left, self.top, 0])
        return np.where(found[..., 2:] > 0, found + corner, 0)

    def shows(self, person: Array) -> bool:
        """Whether the middle of a person (V, 3) is in it."""
        low, high = _box(person)
        x, y = ((low + high) / 2).tolist()
        return bool(self.left <= x < self.left + self.width and self.top <= y < self.top + self.height)

    def suits(self, person: Array, size: tuple[int, int]) -> bool:
        """Whether a person is well inside, and it is not far too large for them."""
        best = Window.around(person, size)
        if max(best.width, best.height) < 0.6 * max(self.width, self.height):
            return False
        low, high = _box(person)
        start = np.array([self.left, self.top])
        stop = start + np.array([self.width, self.height])
        margin = _EDGE * (stop - start)
        near_start = (start > 0) & (low < start + margin)  # (2,); beyond the picture there is nothing to see
        near_stop = (stop < size) & (high > stop - margin)
        return not bool((near_start | near_stop).any())


def windows_of(person: Array, size: tuple[int, int]) -> Iterator[Window]:
    """Where to look for one person, one after the other: with room around them, and close to them.

    In a window that shows several people, a model may find the others only.
    """
    yield Window.around(person, size)
    yield Window.close_to(person, size)


def parts_of(size: tuple[int, int], *, small: bool = True) -> Iterator[Window]:
    """The whole picture of this (width, height), and parts of it that overlap by half, the large first."""
    yield Window(left=0, top=0, width=size[0], height=size[1])
    for share in _HEIGHTS if small else _HEIGHTS[:1]:
        height = max(1, round(share * size[1]))
        width = min(size[0], max(1, round(_NARROW * height)))
        if (width, height) == size:
            continue
        for top in _places(size[1], height):
            for left in _places(size[0], width):
                yield Window(left=left, top=top, width=width, height=height)


def _places(whole: int, part: int) -> list[int]:
    """Where parts begin that overlap by half, or a little more, from one end to the other."""
    count = 1 + int(np.ceil(2 * (whole - part) / part))
    return [round(place) for place in np.linspace(0, whole - part, count)]


def _box(person: Array) -> tuple[Array, Array]:
    """(2,) each: the corners of the box around the joints that are seen."""
    points = person[person[:, 2] > 0, :2]
    return points.min(axis=0), points.max(axis=0)
