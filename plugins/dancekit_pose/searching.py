"""Several people with a model that sees one large person best: where to look, and whom to go on looking at.

A model that makes every picture small before it looks misses people who are small in it. So now and then
people are looked for in parts of the picture too, and whoever is found is then looked at in a window of their
own that goes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from dancekit.data.association import sizes
from dancekit.data.detections import Array, stacked
from dancekit.data.footage import Picture

_SEARCH = (1.0, 5.0)
"""Seconds from one search to the next: in large parts, which are few, and in small ones too."""
_PATIENCE = 0.5
"""Seconds: who is not seen for longer is not looked at any more."""
_SAME = 0.15
"""In body sizes: joints that are nearer to each other on average are those of one person."""
_FAR = 0.5
"""In body sizes: who is so far from where a person just was is somebody else."""
_ROOM = 2.0
"""How many times larger than a person their window is."""
_LOOKS = 4
"""In so many windows a pose that is somebody has become what it is."""
_EDGE = 0.08
"""Of a window: who is nearer to its border gets a new one."""
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
        """With room around a person (V, 3), inside a picture of this (width, height)."""
        low, high = _box(person)
        side = max(16, round(_ROOM * float((high - low).max())))
        width, height = min(side, size[0]), min(side, size[1])
        middle = (low + high) / 2
        left = round(min(max(middle[0] - width / 2, 0), size[0] - width))
        top = round(min(max(middle[1] - height / 2, 0), size[1] - height))
        return cls(left=left, top=top, width=width, height=height)

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


@dataclass
class _Followed:
    window: Window
    model: Model
    pose: Array  # (V, 3) as last seen
    seen: float  # when that was


class Followers:
    """The people in the frames of one video, each in a window of their own.

    Args:
        searching: a model for single pictures.
        following: makes a model for the window of one person, in which so many people are.
        people: the most that are followed.
        joints: V.
        size: (width, height) of the frames.
    """

    def __init__(
        self,
        *,
        searching: Model,
        following: Callable[[int], Model],
        people: int,
        joints: int,
        size: tuple[int, int],
    ) -> None:
        self._searching, self._following = searching, following
        self._people, self._joints, self._size = people, joints, size
        self._followed: list[_Followed] = []
        self._searched = [-np.inf, -np.inf]  # when in large parts, and when in small ones

    def __call__(self, picture: Picture, time: float) -> Array:
        """(D, V, 3): everyone in the next frame, who was found first before the others."""
        here: list[Array] = []
        for each in self._followed:
            found = each.window.people(each.model, picture, time)
            nearest = min(found, key=partial(_apart, each.pose), default=None)
            if nearest is None or not same(nearest, each.pose, most=_FAR):
                continue
            each.pose, each.seen = nearest, time
            if not any(same(each.pose, other) for other in here):
                here.append(each.pose)
            else:
                each.seen = -np.inf  # two have come to look at one person
        for each in [each for each in self._followed if time - each.seen > _PATIENCE]:
            each.model.close()
            self._followed.remove(each)
        for each in self._followed:
            if each.seen == time and not each.window.suits(each.pose, self._size):
                self._look(each)
        if len(self._followed) < self._people and time - self._searched[0] >= _SEARCH[0]:
            here += self._newcomers(picture, time)
        return stacked(here, self._joints)

    def close(self) -> None:
        for each in self._followed:
            each.model.close()
        self._followed.clear()

    def _look(self, followed: _Followed) -> None:
        """Move the window to where the person is, with a new model: one goes on from where it last looked."""
        followed.model.close()
        others = [each.pose for each in self._followed if each is not followed]
        followed.window, followed.model = self._begun(followed.pose, others)

    def _begun(self, pose: Array, others: list[Array]) -> tuple[Window, Model]:
        """A window, and a model that finds as many people in it as there are."""
        window = Window.around(pose, self._size)
        return window, self._following(1 + sum(window.shows(other) for other in others))

    def _newcomers(self, picture: Picture, time: float) -> list[Array]:
        small = time - self._searched[1] >= _SEARCH[1]
        self._searched = [time, time if small else self._searched[1]]
        known = [each.pose for each in self._followed]

        def unknown(poses: Iterable[Array]) -> list[Array]:
            return [pose for pose in poses if not any(same(pose, other) for other in known)]

        found = unknown(candidates(self._searching, picture, time, parts_of(self._size, small=small)))
        new = unknown(confirmed(self._searching, picture, time, found))[: self._people - len(known)]
        for place, pose in enumerate(new):
            window, model = self._begun(pose, known + new[:place] + new[place + 1 :])
            self._followed.append(_Followed(window=window, model=model, pose=pose, seen=time))
        return new


def everyone(model: Model, picture: Picture, time: float) -> list[Array]:
    """Everyone in one picture, (V, 3) each, the most certain first."""
    size = (picture.shape[1], picture.shape[0])
    return confirmed(model, picture, time, candidates(model, picture, time, parts_of(size)))


def candidates(model: Model, picture: Picture, time: float, parts: Iterable[Window]) -> list[Array]:
    """Who is found in parts of a picture, each person once: the most certain first."""
    return _each_once(pose for part in parts for pose in part.people(model, picture, time))


def confirmed(model: Model, picture: Picture, time: float, poses: Iterable[Array]) -> list[Array]:
    """Poses as they are seen again in windows of their own, until they stay what they are.

    Of somebody whom the border of a part cuts, and of what is nobody, models make up poses; in windows with
    room around it such a pose becomes the whole person, or nobody.
    """
    again = (_settled(model, picture, time, pose) for pose in poses)
    return _each_once(pose for pose in again if pose is not None)


def _settled(model: Model, picture: Picture, time: float, pose: Array) -> Array | None:
    for _ in range(_LOOKS):
        window = Window.around(pose, (picture.shape[1], picture.shape[0]))
        before = pose
        found = window.people(model, picture, time)
        if not len(found):
            return None
        pose = min(found, key=partial(_apart, before))
        if same(pose, before):
            return pose
    return None


def _each_once(poses: Iterable[Array]) -> list[Array]:
    found = list(poses)
    kept: list[Array] = []
    for pose in strongest(np.stack(found)) if found else ():
        if not any(same(pose, other) for other in kept):
            kept.append(pose)
    return kept


def strongest(people: Array) -> Array:
    """(D, V, 3): those of the highest scores first."""
    return people[np.argsort(-people[:, :, 2].sum(axis=1), kind="stable")] if len(people) else people


def same(one: Array, other: Array, *, most: float = _SAME) -> bool:
    """Whether two poses (V, 3) are of one person: their joints are at `most` body sizes from each other."""
    return _apart(one, other) < most * float(sizes(np.stack([one, other])).max())


def _apart(one: Array, other: Array) -> float:
    """The mean distance of the joints that are seen in both; infinite without any."""
    both = (one[:, 2] > 0) & (other[:, 2] > 0)  # (V,)
    return float(np.linalg.norm(one[both, :2] - other[both, :2], axis=1).mean()) if both.any() else np.inf


def _box(person: Array) -> tuple[Array, Array]:
    """(2,) each: the corners of the box around the joints that are seen."""
    points = person[person[:, 2] > 0, :2]
    return points.min(axis=0), points.max(axis=0)
