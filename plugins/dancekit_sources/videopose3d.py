"""The archives of VideoPose3D and of the lifters after it: `data_3d_*.npz` and `data_2d_*.npz`.

    positions_3d   subject -> action -> (T, V, 3), in metres
    positions_2d   subject -> action -> [camera -> (T, V, 2), or (T, V, 3) with a score], in pixels
    metadata       {"layout_name": ..., "num_joints": ..., "frame_rate": ...}; optional, in parts too

Both are dicts stored as arrays of objects, which are read without running them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.paths import data_file
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.fitting_layouts import layouts_with
from dancekit_sources.numpy_files import npz_names, open_npz
from dancekit_sources.recognition import archive_names
from dancekit_sources.recording_names import (
    checked_frame_rate,
    found_in_names,
    group_pattern,
    labels_of_names,
    splits_of_names,
)
from dancekit_sources.splits import recordings_of
from dancekit_sources.vertical import required_vertical, y_up

_KEYS = {"positions_3d": 3, "positions_2d": 2}
_FORMAT = (
    "`positions_3d` or `positions_2d` must hold subject -> action -> array, or a list with one per camera."
)
_LAYOUTS = {"h36m": "h36m17", "coco": "coco17"}
"""What `metadata` calls a layout, and what it is called here."""
_MOST_RECORDINGS = 1_000_000
"""A pickle can name the same recordings time after time; this bounds what is made of it."""


@dataclass(frozen=True, kw_only=True)
class _Recording:
    subject: str
    action: str
    values: npt.NDArray[Any]


class VideoPose3D(Dataset):
    """Recordings named `subject/action`, or `subject/action/camera` with cameras counted from 0.

    Every subject is a split, and "all" is all of them; `splits` says otherwise. A joint that is not
    finite is missing.

    Args:
        path: the .npz archive.
        layout: the skeleton. Without it that of `metadata`, and for 3D recordings of 17 joints without
            metadata h36m17.
        vertical: the axis that points up, which 3D recordings need: z in those made from Human3.6M and
            HumanEva. 2D ones have none.
        frame_rate: frames per second; without it that of `metadata`, which most files don't have.
        image_size: (width, height) in pixels of 2D recordings.
        label_pattern: a regular expression with one group that finds the class in the name of the
            action. By default its first word: "Walking" in `Walking 1`. Empty: not known.
        classes: the classes that are wanted, in the order of the labels; recordings of others are left
            out. Empty: all, in alphabetical order.
        person_pattern: the same for the person in the name of the subject, by default all of it;
            `(S[0-9]+)$` for HumanEva's `Train/S1`. Empty where subjects are no persons.
        splits: name of a split -> a regular expression that finds the names of its recordings, such as
            `^S(1|5|6|7|8)/`.

    Raises:
        DataError: the archive cannot be read, or does not fit the layout.
        RecipeError: a parameter makes no sense, or one is missing that the format doesn't tell.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout | None = None,
        vertical: Literal["y", "z"] | None = None,
        frame_rate: float | None = None,
        image_size: tuple[int, int] | None = None,
        label_pattern: str = r"^([^\W\d_]+)",
        classes: tuple[str, ...] = (),
        person_pattern: str = "(.+)",
        splits: dict[str, str] | None = None,
    ) -> None:
        label_finder = group_pattern(label_pattern, key="label_pattern", example="^([A-Za-z]+)")
        person_finder = group_pattern(person_pattern, key="person_pattern", example="(S[0-9]+)$")
        if image_size is not None and min(image_size) <= 0:
            raise RecipeError(f"image_size is {image_size}.", hint="Give width and height in pixels.")
        given_rate = checked_frame_rate(frame_rate)
        self._file = data_file(path)
        content, self._coordinates, metadata = _content(self._file)
        self._vertical = required_vertical(
            vertical,
            coordinates=self._coordinates,
            hint="Set it to z for Human3.6M and HumanEva, to y for data_3d_cmu.npz.",
        )
        recordings = _recordings(content, self._file)
        self.layout = layout or _layout(recordings, metadata, self._coordinates, self._file)
        _check_arrays(recordings, self.layout, self._coordinates, self._file)
        self._frame_rate = _metadata_rate(metadata) if given_rate is None else given_rate
        self._image_size = image_size if self._coordinates == 2 else None
        actions = {each.action: None for each in recordings.values()}
        self.classes, labels = labels_of_names(label_finder, actions, classes=classes, source=self._file)
        self._labels = {
            name: labels[each.action] for name, each in recordings.items() if each.action in labels
        }
        self._recordings = {name: recordings[name] for name in self._labels}
        subjects = {each.subject: None for each in self._recordings.values()}
        self._persons = found_in_names(person_finder, subjects, key="person_pattern", source=self._file)
        self._splits = (
            _splits_by_subject(self._recordings)
            if splits is None
            else splits_of_names(splits, self._recordings, source=self._file)
        )
        self.splits = tuple(self._splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return not archive_names(path).isdisjoint(_KEYS)

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in the order of the archive."""
        return map(self._clip, recordings_of(self._splits, split, self._file))

    def _clip(self, name: str) -> Clip:
        recording = self._recordings[name]
        points, score = recording.values, None  # (T, V, C)
        if self._coordinates == 3:
            points = y_up(points, self._vertical)
        elif points.shape[-1] == 3:
            points, score = points[..., :2], points[..., 2]
        return Clip.of(
            points,
            score=score,
            label=self._labels[name],
            name=name,
            person=self._persons[recording.subject],
            frame_rate=self._frame_rate,
            image_size=self._image_size,
        )


def _content(file: Path) -> tuple[Mapping[Any, Any], int, Mapping[Any, Any]]:
    """The subjects, the number of coordinates, and the metadata."""
    names = npz_names(file)
    key = next((name for name in _KEYS if name in names), None)
    if key is None:
        raise DataError(f"{file}: there is neither `positions_3d` nor `positions_2d` in it.", hint=_FORMAT)
    metadata = _dict(file, "metadata") if "metadata" in names else {}
    return _dict(file, key), _KEYS[key], metadata


def _dict(file: Path, name: str) -> Mapping[Any, Any]:
    array = open_npz(file, name)
    value = array.item() if array.ndim == 0 else array
    if not isinstance(value, dict):
        raise DataError(f"{file}: `{name}` is no dict.", hint=_FORMAT)
    return value


def _recordings(content: Mapping[Any, Any], file: Path) -> dict[str, _Recording]:
    recordings: dict[str, _Recording] = {}
    for subject, action, values in _actions(content, file):
        for name, view in _views(f"{subject}/{action}", values):
            if not isinstance(view, np.ndarray) or view.dtype.kind not in "fiu":
                raise DataError(f"{file}: {name[:200]!r} is no array of numbers.", hint=_FORMAT)
            if name in recordings:
                raise DataError(f"{file}: {name[:200]!r} is there twice.", hint="Rename one of the actions.")
            recordings[name] = _Recording(subject=subject, action=action, values=view)
        if len(recordings) > _MOST_RECORDINGS:
            raise DataError(f"{file}: there are more than {_MOST_RECORDINGS} recordings.", hint=_FORMAT)
    if not recordings:
        raise DataError(f"{file}: there is no recording in it.", hint=_FORMAT)
    return recordings


def _actions(content: Mapping[Any, Any], file: Path) -> Iterator[tuple[str, str, Any]]:
    for subject, actions in content.items():
        if not isinstance(subject, str) or not subject or not isinstance(actions, dict):
            raise DataError(f"{file}: subject {str(subject)[:100]!r} is no dict of actions.", hint=_FORMAT)
        for action, values in actions.items():
            if not isinstance(action, str) or not action:
                raise DataError(f"{file}: an action of subject {subject[:100]!r} has no name.", hint=_FORMAT)
            yield subject, action, values


def _views(name: str, values: Any) -> Iterator[tuple[str, Any]]:
    """The recordings of one action by name: one per camera where it has a list, or an array of arrays."""
    stacked = isinstance(values, np.ndarray) and values.size and values.ndim
    if stacked and (values.ndim == 4 or values.dtype.hasobject):
        values = list(values)
    if not isinstance(values, list | tuple):
        yield name, values
        return
    for camera, view in enumerate(values):
        yield f"{name}/{camera}", view


def _layout(
    recordings: Mapping[str, _Recording], metadata: Mapping[Any, Any], coordinates: int, file: Path
) -> Layout:
    values = next(iter(recordings.values())).values
    joints = values.shape[1] if values.ndim == 3 else 0
    named = metadata.get("layout_name")
    name = _LAYOUTS.get(named) if isinstance(named, str) else None
    if named is None and coordinates == 3:
        name = "h36m17"
    if name is None or Layout.named(name).num_joints != joints:
        raise RecipeError(
            f"layout is missing: {file} doesn't tell which skeleton its {joints} joints are.",
            hint=layouts_with(joints),
        )
    return Layout.named(name)


def _check_arrays(recordings: Mapping[str, _Recording], layout: Layout, coordinates: int, file: Path) -> None:
    allowed = (2, 3) if coordinates == 2 else (3,)
    for name, each in recordings.items():
        shape = each.values.shape
        if len(shape) != 3 or shape[2] not in allowed or not each.values.size:
            raise DataError(
                f"{file}: {name[:200]!r} has shape {shape}.",
                hint=f"It must be (frames, joints, {' or '.join(map(str, allowed))}), none of them 0.",
            )
        if shape[1] != layout.num_joints:
            raise DataError(
                f"{file}: {name[:200]!r} has {shape[1]} joints, but layout {layout.name} has"
                f" {layout.num_joints}.",
                hint=layouts_with(shape[1]),
            )


def _metadata_rate(metadata: Mapping[Any, Any]) -> float | None:
    rate = metadata.get("frame_rate")
    known = isinstance(rate, int | float | np.integer | np.floating) and 0 < rate < float("inf")
    return float(rate) if known and rate is not None else None


def _splits_by_subject(recordings: Mapping[str, _Recording]) -> dict[str, tuple[str, ...]]:
    """Every subject by its name, after "all"; a subject of that name doesn't get a split of its own."""
    splits: dict[str, list[str]] = {"all": []}
    for name, each in recordings.items():
        splits["all"].append(name)
        if each.subject != "all":
            splits.setdefault(each.subject, []).append(name)
    return {split: tuple(names) for split, names in splits.items()}
