"""The dancer, and the dancer's shadow, as layers that go over a backdrop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.body import middles, parts_of
from dancekit_sources.dance_six.rendering.painter import Canvas, blank, circles, lit, shrunk, skin
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Looks

_SHADED = 0.7  # brightness of what turns away from the light
_SHADOW = 0.28  # metres, its radius on the floor
_TURN = np.arange(12) * (2 * np.pi / 12)
_DISC: Array = _SHADOW * np.stack([np.cos(_TURN), np.zeros(12), np.sin(_TURN)], axis=-1)  # (12, 3)


def dancer(looks: Looks, joints: Array, view: View, towards_light: Array) -> Iterator[Canvas]:
    """The dressed body at T moments, part by part, the nearer over the farther.

    Args:
        joints: (T, 22, 3) in the world.
        towards_light: (2,) in the picture, right and down.
    """
    at, parts, fine = middles(joints), parts_of(looks), view.finer()
    pixels, depth = fine.see(np.stack([at[ball] for part in parts for ball in part.balls], axis=1))
    radii = fine.pixels_of(np.array([radius for part in parts for radius in part.radii]), depth)  # (T, B)
    outlines = circles(pixels, radii)  # (T, B, 12, 2)
    lights = circles(*lit(pixels, radii, towards_light))  # (T, B, 12, 2)
    ends = np.cumsum([len(part.balls) for part in parts]).tolist()
    balls = [slice(end - len(part.balls), end) for end, part in zip(ends, parts, strict=True)]
    depths = [depth[:, each].mean(1) - part.nearer for each, part in zip(balls, parts, strict=True)]
    orders = np.argsort(-np.stack(depths, axis=1), axis=1, kind="stable")  # (T, P)
    for outline, light, order in zip(outlines, lights, orders.tolist(), strict=True):
        canvas = blank(fine.size)
        for place in order:
            skin(canvas, outline[balls[place]], parts[place].colour, _SHADED)
            skin(canvas, light[balls[place]], parts[place].colour)
        yield shrunk(canvas, view.size)


def shadow(joints: Array, view: View) -> Iterator[Canvas]:
    """What the dancer keeps the light from at T moments: the floor under both feet and between them."""
    at, fine = middles(joints), view.finer()
    above = np.stack([at["left_ankle"], at["right_ankle"], at["pelvis"]], axis=1)  # (T, 3, 3)
    rims = (above * [1.0, 0.0, 1.0])[:, :, None] + _DISC  # (T, 3, 12, 3)
    pixels, _ = fine.see(rims)  # (T, 3, 12, 2)
    for outline in circles(pixels, np.ones(pixels.shape[:-1])):
        canvas = blank(fine.size)
        skin(canvas, outline, (0, 0, 0))
        yield shrunk(canvas, view.size)
