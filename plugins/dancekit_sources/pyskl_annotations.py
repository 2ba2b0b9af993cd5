"""One annotation of a PYSKL pickle: checked as it is read, made a Clip when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit_sources.fitting_layouts import layouts_with

_REQUIRED = ("frame_dir", "label", "keypoint")
_MOST_CLASSES = 100_000
"""A label above it is damage, not a class; the names of the classes are made from the highest one."""


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What an annotation says, in the types and shapes that it must have.

    Attributes:
        name: `frame_dir`, by which the splits name it.
        keypoints: (M, T, V, C), as stored.
        score: (M, T, V), as stored; None where the file has none.
        labels: one class, or one per person.
        image_size: (width, height) in pixels; the file has (height, width).
        present: (M, T), `person` and `frame_rate`: as dancekit writes them, beside PYSKL's keys.
    """

    name: str
    keypoints: npt.NDArray[Any]
    score: npt.NDArray[Any] | None
    labels: int | tuple[int, ...]
    image_size: tuple[int, int] | None
    present: npt.NDArray[np.bool_] | None
    person: str
    frame_rate: float | None

    @classmethod
    def of(cls, item: object, *, layout: Layout) -> Annotation:
        """Check one item of the file's list.

        Raises:
            DataError: it lacks something or contradicts itself or the layout. The message doesn't
                say which item it is, so that the same problem of many can be told once.
        """
        checked = checked_item(item, _REQUIRED)
        keypoints = _keypoints(checked["keypoint"], layout)
        persons, frames = keypoints.shape[:2]
        total = checked.get("total_frames", frames)
        if not is_whole_number(total) or total != frames:
            raise DataError(
                "has another number of frames in `total_frames` than in `keypoint`.",
                hint="The frames are the second axis of `keypoint`: (persons, frames, joints, coordinates).",
            )
        return cls(
            name=str(checked["frame_dir"]),
            keypoints=keypoints,
            score=_score(checked.get("keypoint_score"), keypoints.shape[:-1]),
            labels=checked_labels(checked["label"], persons),
            image_size=checked_image_size(checked.get("img_shape")) if keypoints.shape[-1] == 2 else None,
            present=_present(checked.get("present"), keypoints.shape[:2]),
            person=_person(checked.get("person", "")),
            frame_rate=_frame_rate(checked.get("frame_rate")),
        )

    @property
    def highest_label(self) -> int:
        return self.labels if isinstance(self.labels, int) else max(self.labels)

    def clip(self, *, person: str, frame_rate: float | None) -> Clip:
        """The recording in the array contract.

        PYSKL fills the place of an absent person with zeros. So a person whose keypoints are all
        exactly zero in a frame is absent from it, whatever the score says, unless `present` says it.

        Args:
            person: "" takes what the annotation says; so does None for `frame_rate`.
        """
        if self.present is None:
            there = (self.keypoints != 0).any(axis=(2, 3), keepdims=True)[..., 0]  # (M, T, 1)
        else:
            there = self.present[..., None]  # (M, T, 1)
        score = np.ones(self.keypoints.shape[:-1]) if self.score is None else self.score  # (M, T, V)
        return Clip.of(
            self.keypoints,
            score=np.where(there, score, 0),
            present=self.present,
            label=self.labels,
            name=self.name,
            person=person or self.person,
            frame_rate=self.frame_rate if frame_rate is None else frame_rate,
            image_size=self.image_size,
        )


def checked_item(item: object, required: tuple[str, ...]) -> Mapping[str, Any]:
    """An item of the file's list that has all that it must; raises DataError as `Annotation.of`."""
    needs = f"It needs {', '.join(required)}."
    if not isinstance(item, Mapping):
        raise DataError(f"is a {type(item).__name__}, not a dict.", hint=needs)
    for key in required:
        if key not in item:
            raise DataError(f"has no `{key}`.", hint=needs)
    if not isinstance(item["frame_dir"], str):
        raise DataError("has a `frame_dir` that is no text.", hint="It must name the recording.")
    return item


def _keypoints(value: object, layout: Layout) -> npt.NDArray[Any]:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise DataError("has a `keypoint` that is no array of numbers.", hint="Store a float array.")
    array = value[None] if value.ndim == 3 else value  # (M, T, V, C)
    if array.ndim != 4 or array.shape[-1] not in (2, 3) or not array.size:
        raise DataError(
            f"has a `keypoint` of shape {value.shape}.",
            hint="It must be (persons, frames, joints, 2 or 3) with at least one of each.",
        )
    joints = array.shape[2]
    if joints != layout.num_joints:
        raise DataError(
            f"has {joints} joints, but layout {layout.name} has {layout.num_joints}.",
            hint=layouts_with(joints),
        )
    return array


def _score(value: object, shape: tuple[int, ...]) -> npt.NDArray[Any] | None:
    if value is None:
        return None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        raise DataError("has a `keypoint_score` that is no array of numbers.", hint="Store a float array.")
    array = value[None] if value.ndim == 2 else value  # (M, T, V)
    if array.shape != shape:
        raise DataError(
            f"has a `keypoint_score` of shape {value.shape} for keypoints of {shape}.",
            hint="It must have the shape of `keypoint` without the coordinates.",
        )
    return array


def _present(value: object, shape: tuple[int, ...]) -> npt.NDArray[np.bool_] | None:
    if value is None:
        return None
    if not isinstance(value, np.ndarray) or value.dtype != bool or value.shape != shape:
        raise DataError("has a `present` that does not fit.", hint=f"It must be bool, {shape}, or left out.")
    return value


def _person(value: object) -> str:
    if not isinstance(value, str):
        raise DataError("has a `person` that is no text.", hint="Store a name, or leave it out.")
    return str(value)


def _frame_rate(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float | np.integer | np.floating) or not 0 < value < np.inf:
        raise DataError("has a `frame_rate` that is none.", hint="Store frames per second, or leave it out.")
    return float(value)


def plain(value: object) -> object:
    """An array of numbers or names as a list; one whose shape is larger than its bytes stays as it is."""
    if isinstance(value, np.ndarray) and value.ndim <= 1 and value.itemsize > 0:
        return value.tolist()
    return value


def checked_labels(value: object, persons: int) -> int | tuple[int, ...]:
    """`label`: one class, or one per person; raises DataError as `Annotation.of`."""
    stored = plain(value)
    if not isinstance(stored, list | tuple):
        return _label(stored)
    if len(stored) != persons:
        raise DataError(
            f"has {len(stored)} labels for {persons} persons.", hint="Give one label, or one per person."
        )
    return tuple(_label(each) for each in stored)


def _label(value: object) -> int:
    if not is_whole_number(value) or not 0 <= value < _MOST_CLASSES:
        raise DataError(
            "has a `label` that is no class.", hint="It must be a whole number from 0, or one per person."
        )
    return int(value)


def checked_image_size(value: object) -> tuple[int, int] | None:
    """`img_shape` as (width, height); raises DataError as `Annotation.of`."""
    if value is None:
        return None
    sides = plain(value)
    if isinstance(sides, list | tuple) and len(sides) == 2:
        height, width = sides
        if is_whole_number(height) and is_whole_number(width) and min(height, width) > 0:
            return int(width), int(height)
    raise DataError("has an `img_shape` that is no (height, width).", hint="Store two whole numbers.")


def is_whole_number(value: object) -> TypeGuard[int]:
    """A whole number of Python's or numpy's, which true and false are not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
