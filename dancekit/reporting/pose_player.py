"""What a lifter was given beside what it made of it: three pictures that move together."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from dancekit.reporting.contents import Array
from dancekit.reporting.lifting_contents import PoseExample
from dancekit.reporting.player import in_picture, person, skeleton_picture, written_frames
from dancekit.reporting.svg import spoken

_MOST_NUMBERS = 48_000  # of one example: about 200 kB of page
_SMOOTHING = 1.0  # seconds over which the path of the dancer in the picture is averaged
_FASTEST = 30.0  # pictures a second: more are not needed to see how it moves


def pose_still(example: PoseExample) -> Markup:
    """The middle frame: the 2D input, then the lifted over the true pose as the camera and from its side.

    The page's script moves the skeletons in the order in which they stand here.
    """
    given, posed = _places(example)  # (1, T, V, 2) and (4, T, V', 2)
    middle = len(example.keypoints) // 2
    movement = f" of {spoken(example.movement)}" if example.movement else ""

    def view(name: str, persons: list[Markup]) -> Markup:
        return skeleton_picture(persons, label=f"{name}{movement}", title=name)

    def both(first: int) -> list[Markup]:
        return [
            person(posed[first + i, middle], example.output_layout, style=style)
            for i, style in enumerate(("true", "lifted"))
        ]

    return (
        view("2D input", [person(given[0, middle], example.input_layout)])
        + view("camera’s view", both(0))
        + view("side view", both(2))
    )


def pose_motion(example: PoseExample) -> dict[str, Any]:
    """For the page's script: frame rate, the bones of each skeleton, and per frame the joints of all."""
    given, posed = _places(example)
    frames = np.concatenate(
        [each.transpose(1, 0, 2, 3).reshape(each.shape[1], -1) for each in (given, posed)], axis=1
    )  # (T, 2 V + 8 V')
    rate = example.frame_rate or _FASTEST
    step = max(-(-frames.size // _MOST_NUMBERS), int(rate / _FASTEST + 1e-6), 1)
    bones = [example.input_layout.bones, *(example.output_layout.bones,) * len(posed)]
    return {
        "rate": round(rate / step, 3),
        "skeletons": [[list(bone) for bone in each] for each in bones],
        "frames": written_frames(frames[::step]),
    }


def _places(example: PoseExample) -> tuple[Array, Array]:
    """Of the input (1, T, V, 2) and, all on one scale, of (4, T, V', 2): true and lifted, front and side.

    The picture of the input goes with the dancer, as the poses do. From the side the camera is on the left:
    what is farther from it is farther to the right.
    """
    poses = np.stack([example.target, example.lifted])  # (2, T, V', 3)
    front = poses[..., [0, 1]] * [1, -1]  # metres have y upwards
    side = poses[..., [2, 1]] * [-1, -1]
    given = example.keypoints - _path(example.keypoints, example.frame_rate or _FASTEST)[:, None]
    return in_picture(given[None]), in_picture(np.concatenate([front, side]))


def _path(points: Array, rate: float) -> Array:
    """(T, V, 2) to (T, 2): where the dancer is, smoothly; over frames without anyone it goes straight."""
    known = np.isfinite(points).all(axis=-1).any(axis=-1)  # (T,)
    if not known.any():
        return np.zeros((len(points), 2))
    middle = np.nanmedian(points[known], axis=1)  # (known, 2)
    times = np.arange(len(points))
    path = np.stack([np.interp(times, times[known], column) for column in middle.T])  # (2, T)
    half = min(int(_SMOOTHING * rate / 2), len(points) - 1)
    kernel = np.full(2 * half + 1, 1 / (2 * half + 1))
    wide = np.pad(path, ((0, 0), (half, half)), mode="reflect", reflect_type="odd")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in wide], axis=1)
