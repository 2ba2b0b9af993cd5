"""Detections as pose estimators write them: lists of numbers, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeGuard

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError, RecipeError

Array = npt.NDArray[np.float64]
Scale = Literal["pixels", "normalised"]

MOST_FRAMES = 100_000
"""Of one recording: most of an hour at 30 frames per second. More is taken for a damaged frame number."""
_FARTHEST_NORMALISED = 1.5
"""Normalised coordinates end at 1; keypoints at the edge are placed a little outside."""


def numbers(values: Any, count: int, *, where: str, what: str) -> Array:
    """A list of exactly `count` numbers; what single precision cannot hold is infinite.

    Args:
        where: the file and the place in it, for errors.
        what: the key, for errors.

    Raises:
        DataError: it is anything else.
    """
    if not isinstance(values, list) or not set(map(type, values)) <= {int, float}:
        raise DataError(f"{where}: `{what}` is no list of numbers.", hint="Write the file again.")
    if len(values) != count:
        raise DataError(
            f"{where}: `{what}` has {len(values)} numbers in place of {count}.",
            hint="Name the layout or the model that it was made with, such as layout=openpose18 or "
            "model=COCO, or write the file again.",
        )
    try:
        with np.errstate(over="ignore"):
            return np.array(values, dtype=np.float64).astype(np.float32).astype(np.float64)
    except OverflowError:
        raise DataError(
            f"{where}: `{what}` has a number that is no coordinate.", hint="Write the file again."
        ) from None


def detection(points: Array, score: Array) -> Array:
    """(V, C) and (V,) to (V, C + 1): zeros where the score is not positive or a coordinate not finite."""
    seen = np.isfinite(points).all(axis=1) & np.isfinite(score) & (score > 0)  # (V,)
    return np.where(seen[:, None], np.column_stack([points, score]), 0)


def all_frames(frames: Mapping[int, Array], *, where: str) -> list[Array]:
    """From the first frame number to the last, each (D, V, C + 1); nobody is in those that are not there.

    Detections without any joint are left out.

    Args:
        frames: frame number -> (D, V, C + 1), the score last.
        where: the recording, for errors.

    Raises:
        DataError: there is no frame, or there are more than 100,000 from first to last.
    """
    if not frames:
        raise DataError(f"{where}: there is no frame in it.", hint="Write it again, or leave it out.")
    first, last = min(frames), max(frames)
    if last - first >= MOST_FRAMES:
        raise DataError(
            f"{where}: the frames are numbered from {first} to {last}, more than {MOST_FRAMES}.",
            hint="Number them in steps of one, and divide what is longer.",
        )
    nobody = np.zeros((0, *frames[first].shape[1:]))
    placed = (frames.get(number, nobody) for number in range(first, last + 1))
    return [each[(each[:, :, -1] > 0).any(axis=1)] for each in placed]


def stacked(people: list[Array], joints: int, *, values: int = 3) -> Array:
    """Detections of one frame: D of (V, values) to (D, V, values)."""
    return np.stack(people) if people else np.zeros((0, joints, values))


def check_persons(persons: int) -> None:
    """Raises RecipeError unless at least one person is kept."""
    if persons < 1:
        raise RecipeError(f"persons is {persons}.", hint="Keep at least one.")


def check_frame_rate(frame_rate: float) -> None:
    """Raises RecipeError unless it is a positive number."""
    if not (math.isfinite(frame_rate) and frame_rate > 0):
        raise RecipeError(f"frame_rate is {frame_rate}.", hint="Give frames per second.")


def check_scale(farthest: float, scale: Scale, *, key: str, where: str) -> None:
    """Pixels taken for normalised, or the other way about, would be found out only by poor results.

    Args:
        farthest: the largest coordinate of a recording.
        scale: what a recipe says.
        key: the parameter that says it.

    Raises:
        DataError: it cannot be so.
    """
    if scale == "normalised" and farthest > _FARTHEST_NORMALISED:
        raise DataError(
            f"{where}: keypoints go up to {farthest:g}, so they are not normalised.",
            hint=f"Set {key} to pixels.",
        )
    if scale == "pixels" and farthest <= 1:
        raise DataError(
            f"{where}: no keypoint is beyond 1, so they are no pixels.",
            hint=f"Set {key} to normalised.",
        )


def patience_of(frame_rate: float) -> int:
    """The frames of half a second: who is hidden for longer comes back as somebody new."""
    return max(1, round(min(frame_rate / 2, MOST_FRAMES)))


def is_whole(value: Any) -> TypeGuard[int]:
    """A whole number as JSON has it, which true and false are not."""
    return type(value) is int


def entries(content: Any, key: str, *, file: Path) -> list[Any]:
    """The list under a key of a JSON object.

    Raises:
        DataError: there is none.
    """
    listed = content.get(key) if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise DataError(f"{file}: there is no list `{key}` in it.", hint="Check that it is the right file.")
    return listed
