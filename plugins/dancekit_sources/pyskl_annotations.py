"""One annotation of a PYSKL pickle: checked as it is read, made a Clip when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout, layout_names

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
    """

    name: str
    keypoints: npt.NDArray[Any]
    score: npt.NDArray[Any] | None
    labels: int | tuple[int, ...]
    image_size: tuple[int, int] | None

    @classmethod
    def of(cls, item: object, *, layout: Layout) -> Annotation:
        """Check one item of the file's list.

        Raises:
            DataError: it lacks something or contradicts itself or the layout. The message doesn't
                say which item it is, so that the same problem of many can be told once.
        """
        if not isinstance(item, Mapping):
            raise DataError(
                f"is a {type(item).__name__}, not a dict.", hint=f"It needs {', '.join(_REQUIRED)}."
            )
        for key in _REQUIRED:
            if key not in item:
                raise DataError(f"has no `{key}`.", hint=f"It needs {', '.join(_REQUIRED)}.")
        if not isinstance(item["frame_dir"], str):
            raise DataError("has a `frame_dir` that is no text.", hint="It must name the recording.")
        keypoints = _keypoints(item["keypoint"], layout)
        persons, frames = keypoints.shape[:2]
        total = item.get("total_frames", frames)
        if not _whole(total) or total != frames:
            raise DataError(
                "has another number of frames in `total_frames` than in `keypoint`.",
                hint="The frames are the second axis of `keypoint`: (persons, frames, joints, coordinates).",
            )
        return cls(
            name=str(item["frame_dir"]),
            keypoints=keypoints,
            score=_score(item.get("keypoint_score"), keypoints.shape[:-1]),
            labels=_labels(item["label"], persons),
            image_size=_image_size(item.get("img_shape")) if keypoints.shape[-1] == 2 else None,
        )

    @property
    def highest_label(self) -> int:
        return self.labels if isinstance(self.labels, int) else max(self.labels)

    def clip(self, *, person: str, frame_rate: float | None) -> Clip:
        """The recording in the array contract.

        PYSKL fills the place of an absent person with zeros. So a person whose keypoints are all
        exactly zero in a frame is absent from it, whatever the score says.
        """
        there = (self.keypoints != 0).any(axis=(2, 3), keepdims=True)[..., 0]  # (M, T, 1)
        score = np.ones(self.keypoints.shape[:-1]) if self.score is None else self.score  # (M, T, V)
        return Clip.of(
            self.keypoints,
            score=np.where(there, score, 0),
            label=self.labels,
            name=self.name,
            person=person,
            frame_rate=frame_rate,
            image_size=self.image_size,
        )


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
        fitting = [name for name in layout_names() if Layout.named(name).num_joints == joints]
        raise DataError(
            f"has {joints} joints, but layout {layout.name} has {layout.num_joints}.",
            hint=f"Layouts with {joints} joints: {', '.join(fitting)}."
            if fitting
            else "No shipped layout has as many: declare one in a YAML file.",
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


def plain(value: object) -> object:
    """An array of numbers or names as a list; one whose shape is larger than its bytes stays as it is."""
    if isinstance(value, np.ndarray) and value.ndim <= 1 and value.itemsize > 0:
        return value.tolist()
    return value


def _labels(value: object, persons: int) -> int | tuple[int, ...]:
    stored = plain(value)
    if not isinstance(stored, list | tuple):
        return _label(stored)
    if len(stored) != persons:
        raise DataError(
            f"has {len(stored)} labels for {persons} persons.", hint="Give one label, or one per person."
        )
    return tuple(_label(each) for each in stored)


def _label(value: object) -> int:
    if not _whole(value) or not 0 <= value < _MOST_CLASSES:
        raise DataError(
            "has a `label` that is no class.", hint="It must be a whole number from 0, or one per person."
        )
    return int(value)


def _image_size(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    sides = plain(value)
    if not isinstance(sides, list | tuple) or len(sides) != 2 or not all(_whole(x) and x > 0 for x in sides):
        raise DataError("has an `img_shape` that is no (height, width).", hint="Store two whole numbers.")
    height, width = sides
    return int(width), int(height)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
