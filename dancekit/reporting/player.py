"""Skeletons that move: a picture of one frame, and the numbers with which the page moves it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from dancekit.reporting.contents import Array, Example
from dancekit.reporting.svg import element, picture, spoken
from dancekit.skeleton.layout import Layout

_WIDTH, _HEIGHT = 800, 1000
_MARGIN = 70
_MOST_NUMBERS = 24_000  # of one clip: about 100 kB of page


def still(example: Example) -> Markup:
    """The middle frame of a clip: bones and joints in the order that the page's script moves them."""
    points = in_picture(example.points)  # (M, T, V, 2)
    middle = points[:, points.shape[1] // 2]  # (M, V, 2)
    persons = [
        element(
            "g",
            _bones(pose, example.layout),
            _joints(pose, example.layout),
            class_="person" if example.subject in (None, m) else "person beside",
        )
        for m, pose in enumerate(middle)
    ]
    label = f"Skeleton dancing {spoken(example.label)}"
    return picture(_WIDTH, _HEIGHT, persons, label=label, class_="skeleton")


def motion(example: Example) -> dict[str, Any]:
    """A clip for the page's script: frame rate, bones, and per frame the joints of all persons.

    Long clips are thinned evenly in time; they last as long as they did.
    """
    points = in_picture(example.points)  # (M, T, V, 2)
    step = -(-points.size // _MOST_NUMBERS)
    thinned = points[:, ::step]
    frames = thinned.transpose(1, 0, 2, 3).reshape(thinned.shape[1], -1)  # (T, M*V*2)
    return {
        "rate": round((example.frame_rate or 30.0) / step, 3),
        "bones": [list(bone) for bone in example.layout.bones],
        "frames": [[None if np.isnan(value) else int(value) for value in frame] for frame in frames],
    }


def in_picture(points: Array) -> npt.NDArray[np.float64]:
    """Fit (M, T, V, 2) into the picture, in whole units; the scale is that of the whole clip.

    A few stray joints, as detectors make them, don't set the scale.
    """
    seen = points[np.isfinite(points).all(-1)]  # (n, 2)
    if len(seen) == 0:
        return np.full(points.shape, np.nan)
    low, high = np.percentile(seen, [0.5, 99.5], axis=0)  # (2,) each
    room = np.array([_WIDTH, _HEIGHT]) - 2 * _MARGIN
    scale = (room / np.maximum(high - low, 1e-9)).min()
    centred = (points - (low + high) / 2) * scale + np.array([_WIDTH, _HEIGHT]) / 2
    missing = ~np.isfinite(points).all(-1, keepdims=True)  # (M, T, V, 1)
    return np.where(missing, np.nan, np.rint(centred.clip(-_WIDTH, 2 * _HEIGHT)))


def side_of(joint: int, layout: Layout) -> str:
    """`left`, `right` or `middle`."""
    for left, right in layout.pairs:
        if joint in (left, right):
            return "left" if joint == left else "right"
    return "middle"


def _bones(pose: npt.NDArray[np.float64], layout: Layout) -> list[Markup]:
    return [
        element(
            "line",
            class_=side_of(child, layout),
            **_ends(pose[child], pose[parent]),
        )
        for child, parent in layout.bones
    ]


def _ends(child: npt.NDArray[np.float64], parent: npt.NDArray[np.float64]) -> dict[str, float | str]:
    if np.isnan([*child, *parent]).any():
        return {"visibility": "hidden"}
    return {"x1": child[0], "y1": child[1], "x2": parent[0], "y2": parent[1]}


def _joints(pose: npt.NDArray[np.float64], layout: Layout) -> list[Markup]:
    joints = []
    for joint, place in enumerate(pose):
        here: dict[str, float | str] = {"cx": place[0], "cy": place[1]}
        if np.isnan(place).any():
            here = {"visibility": "hidden"}
        joints.append(element("circle", r=9, class_=side_of(joint, layout), **here))
    return joints
