"""A floor and a wall behind the dancer, and which point of them each pixel of a view shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit_sources.dance_six.camera import IMAGE_SIZE
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.view import View


@dataclass(frozen=True, kw_only=True)
class Room:
    """A floor at height 0 and a wall across the line of sight. Pixels are those of a view, (S, S).

    Attributes:
        origin: (3,) the place on the floor from which `aside` and `away` are measured.
        right: (3,) of the camera, level.
        ahead: (3,) level, from the camera to the wall.
        wall: metres from the origin to it.
        on_wall: which pixels show the wall; the others show the floor.
        aside: metres to the right of the origin of what a pixel shows.
        height: metres above the floor; 0 on it.
        away: metres beyond the origin.
    """

    origin: Array
    right: Array
    ahead: Array
    wall: float
    on_wall: np.ndarray
    aside: Array
    height: Array
    away: Array

    @classmethod
    def behind(cls, origin: Array, view: View, *, wall: float) -> Room:
        """The room in which the wall is so many metres behind a place on the floor."""
        _, _, line_of_sight = axes = view.camera.axes()[0]
        ahead = line_of_sight * [1, 0, 1] / np.hypot(line_of_sight[0], line_of_sight[2])
        right = np.array([-ahead[2], 0, ahead[0]])
        eye = view.camera.positions()[0] - origin

        places = (np.arange(view.size) + 0.5) * (view.side / view.size)
        across, down = np.meshgrid(view.corner[0] + places, view.corner[1] + places)
        middle = np.array(IMAGE_SIZE) / 2
        plane = [(across - middle[0]) / view.camera.focal, (down - middle[1]) / view.camera.focal]
        rays = np.stack([*plane, np.ones_like(across)], axis=-1) @ axes  # (S, S, 3)

        forward = rays @ ahead
        to_wall = (wall - eye @ ahead) / np.maximum(forward, 1e-6)
        falling = rays[..., 1] < -1e-6
        to_floor = np.where(falling, -eye[1] / np.where(falling, rays[..., 1], 1), np.inf)
        on_wall = to_wall < to_floor
        seen = eye + np.minimum(to_wall, to_floor)[..., None] * rays  # (S, S, 3)
        return cls(
            origin=origin,
            right=right,
            ahead=ahead,
            wall=wall,
            on_wall=on_wall,
            aside=seen @ right,
            height=np.where(on_wall, seen[..., 1], 0.0),
            away=seen @ ahead,
        )

    def place(self, aside: Array, height: Array, away: Array) -> Array:
        """Points of the world, (..., 3), from where they are in the room."""
        place: Array = self.origin + aside[..., None] * self.right + away[..., None] * self.ahead
        return place + np.multiply.outer(height, [0.0, 1.0, 0.0])
