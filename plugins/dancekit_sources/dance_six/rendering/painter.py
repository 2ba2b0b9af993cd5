"""Skins around balls, as pixels: a canvas that holds colours and how much of each pixel is covered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.wardrobe import Colour

Canvas = npt.NDArray[np.uint8]
"""(S, S, 4): red, green, blue and cover, all 0 where nothing is."""

Pixels = npt.NDArray[np.float32]

_SHIFT = 4  # bits of a coordinate below a pixel
_ANGLES = np.arange(12) * (2 * np.pi / 12)
_CIRCLE: Array = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)  # (12, 2)
_LIT = 0.62  # share of a ball's radius that the light reaches fully


def blank(size: int) -> Canvas:
    """A canvas with nothing on it."""
    return np.zeros((size, size, 4), np.uint8)


def circles(middles: Array, radii: Array) -> npt.NDArray[np.int32]:
    """Points on circles (..., 2) in pixels with radii (...), as (..., 12, 2) for `skin`."""
    # OpenCV fills every pixel that an edge touches: as if the circle were half a pixel larger.
    points = middles[..., None, :] + (radii - 0.5).clip(0)[..., None, None] * _CIRCLE
    # Pixels are counted from their corners here, and from their middles by OpenCV.
    return np.asarray(np.rint((points - 0.5).clip(-2000, 2000) * (1 << _SHIFT)), np.int32)


def lit(middles: Array, radii: Array, towards_light: Array) -> tuple[Array, Array]:
    """The balls again, smaller and moved towards the light (2,): where it falls on them."""
    # Not quite to the rim: circles are of corners, and between two of these they are narrower.
    return middles + 0.9 * (1 - _LIT) * radii[..., None] * towards_light, _LIT * radii


def skin(canvas: Canvas, points: npt.NDArray[np.int32], colour: Colour, brightness: float = 1.0) -> None:
    """Fill what a skin around circles (..., 12, 2) encloses."""
    import cv2

    outline = cv2.convexHull(points.reshape(-1, 1, 2))
    red, green, blue = (channel * brightness for channel in colour)
    cv2.fillConvexPoly(canvas, outline, (red, green, blue, 255), cv2.LINE_8, _SHIFT)


def shrunk(canvas: Canvas, size: int) -> Canvas:
    """The canvas with fewer pixels: edges are then covered in part."""
    import cv2

    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def over(canvas: Canvas, behind: Pixels, light: Pixels | float = 1.0) -> Pixels:
    """A canvas in some light, before a picture (S, S, 3)."""
    return np.asarray(behind * (1 - cover(canvas)) + canvas[..., :3] * light, np.float32)


def cover(canvas: Canvas) -> Pixels:
    """(S, S, 4) to (S, S, 1): what share of each pixel is covered, 0 to 1."""
    return np.divide(canvas[..., 3:], 255, dtype=np.float32)
