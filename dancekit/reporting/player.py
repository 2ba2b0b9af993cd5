"""Skeletons that move: a picture of one frame, and the numbers with which the page moves it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from dancekit.reporting.contents import Array, Example
from dancekit.reporting.svg import element, picture, spoken
from dancekit.skeleton.layout import Layout

_WIDTH, _HEIGHT = 800, 1000
_MARGIN = 70
_TITLE = 64  # room above the skeletons for what is written there
_MOST_NUMBERS = 24_000  # of one clip: about 100 kB of page


def still(example: Example) -> Markup:
    """The middle frame of a clip: bones and joints in the order that the page's script moves them."""
    points = in_picture(example.points)  # (M, T, V, 2)
    middle = points[:, points.shape[1] // 2]  # (M, V, 2)
    persons = [
        person(pose, example.layout, class_="person" if example.subject in (None, m) else "person beside")
        for m, pose in enumerate(middle)
    ]
    return skeleton_picture(persons, label=f"Skeleton dancing {spoken(example.label)}")


def motion(example: Example) -> dict[str, Any]:
    """A clip for the page's script: frame rate, bones, and per frame the joints of all persons.

    Long clips are thinned evenly in time; they last as long as they did.
    """
    points = in_picture(example.points)  # (M, T, V, 2)
    step = -(-points.size // _MOST_NUMBERS)
    frames = points[:, ::step].transpose(1, 0, 2, 3)  # (T, M, V, 2)
    return {
        "rate": round((example.frame_rate or 30.0) / step, 3),
        "bones": [list(bone) for bone in example.layout.bones],
        "frames": written_frames(frames.reshape(len(frames), -1)),
    }


def written_frames(frames: npt.NDArray[np.float64]) -> list[list[int | None]]:
    """(T, numbers) for the page's script, which takes what is missing as null."""
    return [[None if np.isnan(value) else int(value) for value in frame] for frame in frames]


def person(
    pose: npt.NDArray[np.float64], layout: Layout, *, class_: str = "person", style: str | None = None
) -> Markup:
    """The bones and joints of a pose (V, 2) in the picture, each in the style of its side.

    Args:
        style: of all of them, in place of their sides'.
    """
    return element("g", _bones(pose, layout, style), _joints(pose, layout, style), class_=class_)


def skeleton_picture(persons: Iterable[Markup], *, label: str, title: str = "") -> Markup:
    """Persons in their picture.

    Args:
        label: what it shows, for those who can't see it.
        title: is written above them.
    """
    if not title:
        return picture(_WIDTH, _HEIGHT, persons, label=label, class_="skeleton")
    name = element("text", title, x=36, y=_TITLE, class_="view-name")
    moved = element("g", persons, transform=f"translate(0 {_TITLE})")
    return picture(_WIDTH, _HEIGHT + _TITLE, name, moved, label=label, class_="skeleton")


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


def _bones(pose: npt.NDArray[np.float64], layout: Layout, style: str | None) -> list[Markup]:
    return [
        element(
            "line",
            class_=style or side_of(child, layout),
            **_ends(pose[child], pose[parent]),
        )
        for child, parent in layout.bones
    ]


def _ends(child: npt.NDArray[np.float64], parent: npt.NDArray[np.float64]) -> dict[str, float | str]:
    if np.isnan([*child, *parent]).any():
        return {"visibility": "hidden"}
    return {"x1": child[0], "y1": child[1], "x2": parent[0], "y2": parent[1]}


def _joints(pose: npt.NDArray[np.float64], layout: Layout, style: str | None) -> list[Markup]:
    joints = []
    for joint, place in enumerate(pose):
        here: dict[str, float | str] = {"cx": place[0], "cy": place[1]}
        if np.isnan(place).any():
            here = {"visibility": "hidden"}
        joints.append(element("circle", r=9, class_=style or side_of(joint, layout), **here))
    return joints
