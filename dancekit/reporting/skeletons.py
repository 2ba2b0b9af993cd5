"""Skeletons as the script of the player reads them (`viewer.js`): packed joints, and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.reporting.gallery import Points
from dancekit.reporting.packing import pack_points, pack_scores
from dancekit.reporting.player import side_of
from dancekit.reporting.scene import area_of, body_height, room_of
from dancekit.reporting.svg import spoken
from dancekit.skeleton.layout import Layout

_TRAILS = (("wrist", "ankle"), ("hand", "foot"))


def layout_contents(layout: Layout) -> dict[str, Any]:
    """Names, bones and sides of the joints, and which of them leave trails."""
    joints = range(layout.num_joints)
    trails: list[int] = []
    for ends in _TRAILS:
        trails = trails or [j for j in joints if any(end in layout.joints[j].lower() for end in ends)]
    return {
        "joints": [spoken(name) for name in layout.joints],
        "bones": [list(bone) for bone in layout.bones],
        "sides": [side_of(joint, layout) for joint in joints],
        "trails": trails,
    }


def packed_size(points: Points) -> int:
    """Bytes of points (M, F, V, C) and their scores, with all frames: 16 bits a coordinate, 8 a score."""
    return int(2 * points.size + points[..., 0].size)


def skeletons(
    points: Points, score: npt.NDArray[np.floating], *, layout: Layout, rate: float, every: int
) -> dict[str, Any]:
    """The persons of one recording, one of `every` frames.

    Args:
        points: (M, F, V, C), NaN where a joint is missing.
        score: (M, F, V), 0 where it is missing.
        rate: frames per second of all frames.
    """
    kept = points[:, ::every].swapaxes(0, 1)  # (F', M, V, C)
    in_space = points.shape[-1] == 3
    return {
        "frames": points.shape[1],
        "every": every,
        "rate": rate,
        "persons": kept.shape[1],
        "count": kept.shape[0],
        "coordinates": kept.shape[-1],
        **pack_points(kept),
        "scores": pack_scores(score[:, ::every].swapaxes(0, 1)),
        "body": float(f"{body_height(points):.4g}"),
        "area": None if in_space else _area(points),
        "room": _room(points, layout, rate, every) if in_space else None,
    }


def _area(points: Points) -> dict[str, Any]:
    area = area_of(points)
    return {"low": _short(area.low), "high": _short(area.high)}


def _room(points: Points, layout: Layout, rate: float, every: int) -> dict[str, Any]:
    room = room_of(points, layout, rate=rate)
    return {
        "low": _short(room.low),
        "high": _short(room.high),
        "path": [_short(place) for place in room.path[::every]],
        "facing": float(f"{room.facing:.4f}"),
        "follows": room.follows,
        "radius": float(f"{room.radius:.4g}"),
        "near_radius": float(f"{room.near_radius:.4g}"),
        "grid": room.grid_step,
    }


def _short(values: Points) -> list[float]:
    """Digits enough for a place in a picture."""
    return [float(f"{value:.5g}") for value in values]
