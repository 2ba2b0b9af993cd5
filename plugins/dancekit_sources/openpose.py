"""Folders as OpenPose writes them with --write_json: one for each recording, a file for each frame.

{"version": 1.3, "people": [{"pose_keypoints_2d": [x, y, score, ...]}, ...]}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.detections import (
    Scale,
    check_frame_rate,
    check_persons,
    check_scale,
    patience_of,
)
from dancekit.data.openpose_json import read_recording
from dancekit.data.paths import data_file
from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import follow
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.recognition import folder_entries, start_of
from dancekit_sources.recording_names import found_in_names, group_pattern, required_pattern
from dancekit_sources.splits import recordings_of

Array = npt.NDArray[np.float64]

_ENDING = "_keypoints.json"
_LOOKED_INTO = 10


class OpenPose(Dataset):
    """Recordings in two coordinates, y down, with the people followed from frame to frame.

    The folder holds either a folder for each recording, which make the one split `all`, or a folder for
    each split with the recordings' folders in it. Frames are numbered by the last number of their file
    names, as in dance_000000000012_keypoints.json; nobody is in the frames of which there is no file.

    People are followed as `dancekit.data.tracking.follow` says; who is not seen for half a second
    comes back as somebody new. Those of the highest scores are kept, summed over joints and frames.

    Args:
        path: the folder.
        layout: body25 for the model BODY_25 (75 numbers a person), openpose18 for COCO (54 numbers).
        keypoint_scale: what OpenPose's --keypoint_scale made of the coordinates: `pixels` (0, 1, 2) or
            `normalised` (3: from 0 to 1; 4: from -1 to 1).
        frame_rate: frames per second.
        label_pattern: a regular expression with one group that finds the class in the name of a
            recording's folder, such as `^([a-z]+)_`. The classes are what it finds, in alphabetical order.
        person_pattern: likewise for the person, so that no one is on two sides of a split. Empty: unknown.
        image_size: (width, height) of the pixels, if known.
        persons: the most persons of a recording.

    Raises:
        DataError: there is no recording, a name tells no class, or a file cannot be used.
        RecipeError: an argument makes no sense.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout,
        keypoint_scale: Scale,
        frame_rate: float,
        label_pattern: str,
        person_pattern: str = "",
        image_size: tuple[int, int] | None = None,
        persons: int = 2,
    ) -> None:
        if keypoint_scale not in get_args(Scale):
            raise RecipeError(
                f"keypoint_scale is {keypoint_scale!r}.", hint=f"Take one of {', '.join(get_args(Scale))}."
            )
        if image_size is not None and (keypoint_scale != "pixels" or min(image_size) < 1):
            raise RecipeError(
                f"image_size is {tuple(image_size)}.",
                hint="Give width and height in pixels, for keypoints in pixels only.",
            )
        check_frame_rate(frame_rate)
        check_persons(persons)
        labels = required_pattern(label_pattern, key="label_pattern", example=r"^([a-z]+)_")
        people = group_pattern(person_pattern, key="person_pattern", example=r"_s(\d+)_")
        self.layout = layout
        self._scale = keypoint_scale
        self._frame_rate = frame_rate
        self._image_size = image_size
        self._persons = persons
        self._folder = data_file(path)
        self._splits = _recording_folders(self._folder)
        self.splits = tuple(self._splits)
        names = {folder.name for folders in self._splits.values() for folder in folders}
        self._labels = found_in_names(labels, sorted(names), key="label_pattern", source=self._folder)
        self._people = found_in_names(people, sorted(names), key="person_pattern", source=self._folder)
        self.classes = tuple(sorted(set(self._labels.values())))

    @classmethod
    def recognises(cls, path: Path) -> bool:
        _, folders = folder_entries(path)
        deeper = [inner for folder in folders[:_LOOKED_INTO] for inner in folder_entries(folder)[1]]
        return any(
            b'"people"' in start_of(file)
            for folder in (*folders[:_LOOKED_INTO], *deeper[:_LOOKED_INTO])
            for file in folder_entries(folder)[0][:1]
            if file.name.endswith(_ENDING)
        )

    def recordings(self, split: str) -> Iterator[Clip]:
        """The recordings of a split by name; each is read when its turn comes."""
        return map(self._clip, recordings_of(self._splits, split, self._folder))

    def _clip(self, folder: Path) -> Clip:
        frames = read_recording(folder, self.layout)
        _check_scale(frames, self._scale, folder)
        identities = follow(frames, patience=patience_of(self._frame_rate))
        kept = strongest_persons(frames, identities, self._persons)
        return Clip.of(
            kept.keypoints,
            score=kept.score,
            present=kept.present,
            label=self.classes.index(self._labels[folder.name]),
            name=folder.name,
            person=self._people.get(folder.name, ""),
            frame_rate=self._frame_rate,
            image_size=self._image_size,
        )


def _check_scale(frames: list[Array], scale: Scale, folder: Path) -> None:
    farthest = max((float(np.abs(frame[:, :, :2]).max()) for frame in frames if frame.size), default=None)
    if farthest is not None:
        check_scale(farthest, scale, key="keypoint_scale", where=str(folder))


def _recording_folders(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The folders with JSON files, by split."""
    if not folder.is_dir():
        raise DataError(
            f"{folder}: this is no folder.", hint="Name the one that holds the recordings' folders."
        )
    inside = sorted(each for each in folder.iterdir() if each.is_dir())
    recordings = tuple(each for each in inside if _holds_frames(each))
    deeper = {
        each.name: tuple(sorted(inner for inner in each.iterdir() if inner.is_dir() and _holds_frames(inner)))
        for each in inside
        if each not in recordings
    }
    splits = {split: folders for split, folders in deeper.items() if folders}
    if recordings and splits:
        raise DataError(
            f"{folder}: {recordings[0].name} is a recording, and {next(iter(splits))} is a folder of some.",
            hint="Put all recordings in folders of splits, or none.",
        )
    if not recordings and not splits:
        raise DataError(
            f"{folder}: there is no folder of JSON files in it.",
            hint="It must hold a folder for each recording, with a file for each frame.",
        )
    return splits or {"all": recordings}


def _holds_frames(folder: Path) -> bool:
    return next(folder.glob("*.json"), None) is not None
