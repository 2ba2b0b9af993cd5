"""What a picture of a recording shows of it, on which scale, and where in it the joints are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from dancekit.reporting.gallery import Points, Shown
from dancekit.reporting.projection import DISTANCE, Camera
from dancekit.reporting.scene import Room, area_of, body_height, floor_lines, room_of
from dancekit.skeleton.layout import Layout

_YAW, _PITCH = math.radians(28), math.radians(11)  # a three-quarter view, from the side that the dancers face
_MARGIN = 0.07  # of the height
_STRAY = 0.5  # sizes of the room: what is farther outside sets no scale
_NARROWEST, _WIDEST = 0.45, 1.8  # of the height


class View(Protocol):
    """The same view of all moments of a recording.

    Attributes:
        size: (width, height) in pixels.
        body: how high a person appears, in pixels.
    """

    size: tuple[int, int]
    body: float

    def places(self, frame: int, *, turn: float = 0.0) -> tuple[Points, Points]:
        """Where the joints are: (M, V, 2) pixels, NaN where missing, and (M, V) how much larger they appear.

        Args:
            turn: radians by which the camera is turned from its place, for what has a camera.
        """


def view_of(
    shown: Shown, layout: Layout, *, frames: Sequence[int], height: int, turns: Sequence[float] = (0.0,)
) -> View:
    """A view that holds every one of `frames`, whichever of `turns` the camera makes.

    3D is seen from a three-quarter view, and the camera goes with who goes far. 2D is seen as it is: with a
    backdrop all of that, without one what the dancers fill.

    Args:
        height: of the pictures in pixels; the width follows from what they show.
    """
    if shown.in_space:
        return RoomView(shown, layout, frames=frames, height=height, turns=turns)
    return AreaView(shown, height=height)


class AreaView:
    """Of a recording in 2D."""

    def __init__(self, shown: Shown, *, height: int) -> None:
        self._points = shown.points  # (M, T, V, 2)
        if shown.backdrop is not None:
            low, high, margin = np.zeros(2), np.array(shown.backdrop.size, float), 0.0
        else:
            area = area_of(self._points)
            low, high, margin = area.low, area.high, _MARGIN * height
        width, tall = np.maximum(high - low, 1e-6)
        self.scale = min((height - 2 * margin) / tall, (_WIDEST * height - 2 * margin) / width)
        if shown.backdrop is None:
            across = max(_NARROWEST * height, width * self.scale + 2 * margin)
            self.size = (math.ceil(across), height)
        else:
            self.size = (round(width * self.scale), round(tall * self.scale))
        self._shift = np.array(self.size) / 2 - self.scale * (low + high) / 2
        self.body = self.scale * body_height(self._points)

    def places(self, frame: int, *, turn: float = 0.0) -> tuple[Points, Points]:
        points = self._points[:, frame]  # (M, V, 2)
        return points * self.scale + self._shift, np.ones(points.shape[:2])


class RoomView:
    """Of a recording in 3D."""

    def __init__(
        self, shown: Shown, layout: Layout, *, frames: Sequence[int], height: int, turns: Sequence[float]
    ) -> None:
        self._points = shown.points  # (M, T, V, 3)
        self.room = room_of(self._points, layout, rate=shown.rate)
        radius = self.room.near_radius if self.room.follows else self.room.radius
        self._lens = Camera(
            yaw=self.room.facing + _YAW, pitch=_PITCH, target=np.zeros(3), distance=DISTANCE * radius
        )
        extents = np.array([self._extent(frame, turn) for frame in frames for turn in turns])  # (n, 2, 2)
        low, high = extents[:, 0].min(0), extents[:, 1].max(0)  # (2,) each
        width, tall = np.maximum(high - low, 1e-6)
        scale = height * min((1 - 2 * _MARGIN) / tall, (_WIDEST - 2 * _MARGIN) / width)
        self.size = (math.ceil(max(_NARROWEST * height, width * scale + 2 * _MARGIN * height)), height)
        shift = np.array(self.size) / 2 - scale * (low + high) / 2
        self._lens = replace(self._lens, scale=scale, middle=(float(shift[0]), float(shift[1])))
        self.body = scale * body_height(self._points)

    def camera(self, frame: int, *, turn: float = 0.0) -> Camera:
        target = self.room.target(frame, follow=self.room.follows)
        return replace(self._lens, yaw=self._lens.yaw + turn, target=target)

    def places(self, frame: int, *, turn: float = 0.0) -> tuple[Points, Points]:
        return self.camera(frame, turn=turn).project(self._points[:, frame])

    def shadows(self, frame: int, *, turn: float = 0.0) -> Points:
        """(M, V, 2): where the joints' shadows are on the floor under them."""
        return self.camera(frame, turn=turn).project(_on_floor(self._points[:, frame], self.room))[0]

    def floor(self, frame: int, *, turn: float = 0.0) -> tuple[Points, Points]:
        """The lines of the floor: pieces (S, 2, 2), from and to in pixels, and their opacity (S,)."""
        camera = self.camera(frame, turn=turn)
        radius = max(1.3 * camera.distance / DISTANCE, 2 * self.room.grid_step)
        pieces, opacity = floor_lines(camera.target, self.room.floor, radius, self.room.grid_step)
        return camera.project(pieces)[0], opacity

    def _extent(self, frame: int, turn: float) -> Points:
        """(2, 2): low and high of a frame in a picture of scale 1, with the ground under the dancers."""
        room = self.room
        low, high = room.low.copy(), room.high.copy()
        if room.follows:
            low[[0, 2]], high[[0, 2]] = room.path[frame] - room.reach, room.path[frame] + room.reach
        joints = self._points[:, frame].reshape(-1, 3)  # (M*V, 3)
        joints = joints[np.isfinite(joints).all(1)]
        joints = joints.clip(low - _STRAY * (high - low), high + _STRAY * (high - low))
        middle = room.target(frame, follow=room.follows)
        column = np.array([[middle[0], y, middle[2]] for y in (room.low[1], room.high[1])])
        around = np.concatenate([joints, _on_floor(joints, room), column])  # (n, 3)
        places, _ = self.camera(frame, turn=turn).project(around)
        return np.array([np.nanmin(places, axis=0), np.nanmax(places, axis=0)])


def _on_floor(points: Points, room: Room) -> Points:
    return np.where([False, True, False], np.where(np.isnan(points), np.nan, room.floor), points)
