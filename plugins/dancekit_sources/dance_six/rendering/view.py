"""What part of the camera's image a recording's pictures show, and points of the world in it."""

from __future__ import annotations

from dataclasses import dataclass

from dancekit_sources.dance_six.camera import Cameras, project
from dancekit_sources.dance_six.curves import Array

_BODY = 0.2  # metres from the joints to the farthest skin: a hand, a toe, a skirt
_MARGIN = 0.06  # share of the side that is left free around the dancer


@dataclass(frozen=True, kw_only=True)
class View:
    """A square of the camera's image around all that the dancer does in a recording.

    Attributes:
        camera: one.
        corner: (2,) its upper left corner in pixels of the camera's image; may lie outside.
        side: in those pixels.
        size: pixels of a side of the picture.
    """

    camera: Cameras
    corner: Array
    side: float
    size: int

    @classmethod
    def around(cls, joints: Array, camera: Cameras, *, size: int) -> View:
        """The view of a recording, joints (T, J, 3) in the world, in pictures of `size`."""
        pixels, depth = project(joints[None], camera)  # (1, T, J, 2), (1, T, J)
        reach = (_BODY * camera.focal / depth)[..., None]  # (1, T, J, 1)
        low, high = (pixels - reach).min((0, 1, 2)), (pixels + reach).max((0, 1, 2))  # (2,)
        side = float((high - low).max()) * (1 + 2 * _MARGIN)
        return cls(camera=camera, corner=(low + high - side) / 2, side=side, size=size)

    def finer(self) -> View:
        """The same with twice as many pixels a side, to paint on before it is shrunk."""
        return View(camera=self.camera, corner=self.corner, side=self.side, size=2 * self.size)

    def see(self, points: Array) -> tuple[Array, Array]:
        """Points of the world, (..., 3), in pixels of the picture, (..., 2), and their depth in metres."""
        pixels, depth = project(points.reshape(1, 1, -1, 3), self.camera)
        places = (pixels[0, 0] - self.corner) * (self.size / self.side)
        return places.reshape(*points.shape[:-1], 2), depth.reshape(points.shape[:-1])

    def pixels_of(self, metres: float | Array, depth: Array) -> Array:
        """How many pixels of the picture a length has at some depth, metres."""
        long: Array = metres * self.camera.focal[0] / depth * (self.size / self.side)
        return long
