"""Pinhole cameras and how they see the world.

In the frame of a camera x points right, y down and z away from it, as pixels do: x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.curves import Array

IMAGE_SIZE = (1280, 720)


@dataclass(frozen=True, kw_only=True)
class Cameras:
    """One still camera per recording.

    Attributes:
        target: (N, 3) the point in the world that the middle of the image shows.
        yaw: (N,) where the camera stands around the target: 0 in direction +z, pi/2 in direction +x.
        pitch: (N,) how far it looks down.
        roll: (N,) how far it is turned clockwise about its line of sight.
        distance: (N,) metres from the target.
        focal: (N,) focal length in pixels.

    All angles are in radians. The principal point is the middle of an image of `IMAGE_SIZE`.
    """

    target: Array
    yaw: Array
    pitch: Array
    roll: Array
    distance: Array
    focal: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, joints: Array, frames: np.ndarray) -> Cameras:
        """A camera that a person might have put up in front of each dancer, or for a few behind.

        Args:
            joints: (N, T, J, 3) of `JOINTS` in the world.
            frames: (N,) how many of them are recorded.
        """
        count = len(joints)
        pelvis, spine = joints[:, :, JOINTS.index("pelvis")], joints[:, :, JOINTS.index("spine")]
        middle = np.take_along_axis(spine, (frames // 2)[:, None, None], axis=1)[:, 0]
        target = middle + rng.normal(0, 1, (count, 3)) * [0.15, 0.1, 0.15]
        left = joints[:, 0, JOINTS.index("left_hip")] - pelvis[:, 0]
        facing = np.arctan2(-left[:, 2], left[:, 0])  # the heading of the first frame
        behind = rng.random(count) < 0.25
        side = rng.uniform(-1, 1, count)
        around = np.where(behind, np.pi + side, np.radians(80) * side)
        distance = rng.uniform(2.8, 7.0, count)
        share_of_image = rng.uniform(0.5, 0.95, count)
        return cls(
            target=target,
            yaw=facing + around,
            pitch=np.radians(rng.uniform(-6, 24, count)),
            roll=np.radians(rng.uniform(-5, 5, count)),
            distance=distance,
            focal=share_of_image * IMAGE_SIZE[1] * distance / 2.3,
        )

    def of(self, index: npt.NDArray[np.int64]) -> Cameras:
        """The cameras at `index`."""
        return Cameras(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def axes(self) -> Array:
        """The camera's right, down and away as rows in world coordinates, (N, 3, 3)."""
        (sy, cy), (sp, cp), (sr, cr) = ((np.sin(a), np.cos(a)) for a in (self.yaw, self.pitch, self.roll))
        zero = np.zeros_like(sy)
        right = np.stack([cy, zero, -sy], axis=-1)
        away = np.stack([-sy * cp, -sp, -cy * cp], axis=-1)
        down = np.cross(away, right)
        turned_right = cr[:, None] * right + sr[:, None] * down
        turned_down = cr[:, None] * down - sr[:, None] * right
        return np.stack([turned_right, turned_down, away], axis=1)

    def positions(self) -> Array:
        """Where the cameras stand in the world, (N, 3) in metres."""
        return self.target - self.distance[:, None] * self.axes()[:, 2]


def project(points: Array, cameras: Cameras) -> tuple[Array, Array]:
    """See points (N, T, V, 3) of the world with the camera of each recording.

    Returns:
        Pixels (N, T, V, 2), also outside of the image, and depth (N, T, V) along the line of sight, metres.
    """
    from_camera = points - cameras.positions()[:, None, None]
    seen = from_camera @ cameras.axes().swapaxes(1, 2)[:, None]  # (N, T, V, 3)
    depth = seen[..., 2]
    centre = np.array(IMAGE_SIZE) / 2
    pixels: Array = cameras.focal[:, None, None, None] * seen[..., :2] / depth[..., None] + centre
    return pixels, depth
