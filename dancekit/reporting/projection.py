"""From points in space to points in a picture; viewer.js has the same formulas.

Space is in metres, x to the right, y up, z towards the one who looks from the front. Pictures are in
pixels, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit.reporting.gallery import Points

DISTANCE = 3.5
"""How far away the camera is, in radii of what it looks at."""

_NEAREST = 0.1  # of the distance: what is nearer to the camera is not drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class Camera:
    """Looks at a point from some distance.

    Attributes:
        yaw: where it stands, radians: 0 in front (+z), a quarter turn at +x.
        pitch: how far above, radians: 0 level, a quarter turn on top.
        target: (3,) the point in the middle of the picture, metres.
        distance: to the target, metres.
        scale: pixels per metre at the target.
        middle: where the target is in the picture, pixels.
    """

    yaw: float
    pitch: float
    target: Points
    distance: float
    scale: float = 1.0
    middle: tuple[float, float] = (0.0, 0.0)

    def project(self, points: Points) -> tuple[Points, Points]:
        """Where points (..., 3) are in the picture, and how near.

        Returns:
            places (..., 2), NaN for what is missing or behind the camera; magnification (...), how much
            larger a thing appears there than at the target.
        """
        x, y, z = np.moveaxis(points - self.target, -1, 0)  # (...) each
        right = np.cos(self.yaw) * x - np.sin(self.yaw) * z
        forward = np.sin(self.yaw) * x + np.cos(self.yaw) * z
        up = np.cos(self.pitch) * y - np.sin(self.pitch) * forward
        nearer = np.sin(self.pitch) * y + np.cos(self.pitch) * forward
        depth = self.distance - nearer
        with np.errstate(invalid="ignore", divide="ignore"):
            magnification = np.where(depth > _NEAREST * self.distance, self.distance / depth, np.nan)
        factor = self.scale * magnification
        places = np.stack(
            [self.middle[0] + factor * right, self.middle[1] - factor * up], axis=-1
        )  # (..., 2)
        return places, magnification
