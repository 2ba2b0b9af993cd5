"""Recordings of MediaPipe's pose landmarks, in the forms of `dancekit_sources.mediapipe_parse`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.detections import check_frame_rate, check_persons, patience_of
from dancekit.data.paths import data_file
from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import follow
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.csv_table import read_header
from dancekit_sources.mediapipe_parse import ENDINGS, Kind, find_columns, read_landmarks
from dancekit_sources.recognition import files_of, start_of
from dancekit_sources.recording_files import named_files
from dancekit_sources.recording_names import (
    found_in_names,
    group_pattern,
    labels_of_names,
    splits_of_names,
)
from dancekit_sources.splits import recordings_of

Array = npt.NDArray[np.float64]

_HIPS = (23, 24)
_FARTHEST_HIPS = 0.1
"""Metres from the origin, which lies between them."""
_NEAREST_HIPS = 0.01
"""Parts of the image from its upper left corner, where nobody's hips are."""
_PIXELS = 10
_CERTAIN = (b'"pose_landmarks"', b'"pose_world_landmarks"', b'"worldLandmarks"', b'"visibility"')


class MediapipeLandmarks(Dataset):
    """A folder of files, or one file: JSON, CSV or .npy, one recording each, of 33 joints.

    A recording is named after its file: the path below the folder, without the ending. The score of a
    joint is its visibility. Several persons in JSON are followed as `dancekit.data.tracking.follow`
    says, and who is not seen for half a second comes back as somebody new; where no frame has more than
    one, that is one person throughout. Those of the highest scores are kept, summed over joints and frames.

    Args:
        path: the folder, whose subfolders are searched too, or one file.
        frame_rate: frames per second.
        landmarks: `image` are x and y as parts of the image's width and height, y down; `world` are
            metres from between the hips, which are turned to y up.
        image_size: (width, height) in pixels. With it image landmarks become pixels; without, they stay
            from 0 to 1, so that an image that is no square is squeezed to one.
        label_pattern: a regular expression with one group that finds the class in the name, such as
            `^([^_]+)_`. Empty: not known.
        classes: the classes that are wanted, in the order of the labels; recordings of others are left
            out. Empty: all, in alphabetical order.
        person_pattern: the same for who dances, so that no one is on two sides of a split.
        splits: name of a split -> a regular expression that finds the names of its recordings. Without
            it there is one split, "all".
        persons: the most persons of a recording.

    Raises:
        DataError: there is no recording, or a file cannot be used.
        RecipeError: a parameter makes no sense.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        frame_rate: float,
        landmarks: Kind = "image",
        image_size: tuple[int, int] | None = None,
        label_pattern: str = "",
        classes: tuple[str, ...] = (),
        person_pattern: str = "",
        splits: dict[str, str] | None = None,
        persons: int = 2,
    ) -> None:
        if landmarks not in get_args(Kind):
            raise RecipeError(
                f"landmarks is {landmarks!r}.", hint=f"Take one of {', '.join(get_args(Kind))}."
            )
        if image_size is not None and (landmarks != "image" or min(image_size) < 1):
            raise RecipeError(
                f"image_size is {tuple(image_size)}.",
                hint="Give width and height in pixels, for landmarks in the image only.",
            )
        check_frame_rate(frame_rate)
        check_persons(persons)
        label_finder = group_pattern(label_pattern, key="label_pattern", example="^([^_]+)_")
        person_finder = group_pattern(person_pattern, key="person_pattern", example="_(s[0-9]+)_")
        self.layout = Layout.named("mediapipe33")
        self._frame_rate = frame_rate
        self._kind: Kind = landmarks
        self._image_size = image_size
        self._persons = persons
        self._source = data_file(path)
        files = named_files(self._source, ENDINGS, hint="Give a folder of landmarks.")
        self.classes, self._labels = labels_of_names(
            label_finder, files, classes=classes, source=self._source
        )
        self._files = {name: files[name] for name in self._labels}
        self._people = found_in_names(person_finder, self._files, key="person_pattern", source=self._source)
        self._splits = splits_of_names(splits, self._files, source=self._source)
        self.splits = tuple(self._splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return any(map(_is_recording, files_of(path, ".json", ".csv")))

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in alphabetical order of their names; each is read when its turn comes."""
        return map(self._clip, recordings_of(self._splits, split, self._source))

    def _clip(self, name: str) -> Clip:
        file = self._files[name]
        found = read_landmarks(file, self._kind)
        _check_hips(found.frames, self._kind, file)
        identities = found.identities
        if identities is None:
            identities = follow(found.seen, patience=patience_of(self._frame_rate))
        kept = strongest_persons(found.frames, identities, self._persons)
        points = kept.keypoints  # (M, T, V, C)
        if self._kind == "world":
            # x is to the right in the image, y down and z away from the camera: three axes of a right hand.
            # Half a turn about x brings y up and z towards the camera; negating y alone would mirror people.
            points = points * (1, -1, -1)
        elif self._image_size is not None:
            points = points * self._image_size
        return Clip.of(
            points,
            score=kept.score,
            present=kept.present,
            label=self._labels[name],
            name=name,
            person=self._people[name],
            frame_rate=self._frame_rate,
            image_size=self._image_size,
        )


def _is_recording(file: Path) -> bool:
    """JSON and tables alone: an array of 33 joints may be anybody's."""
    if file.suffix.lower() == ".json":
        start = start_of(file)
        return start.lstrip()[:1] == b"[" and any(key in start for key in _CERTAIN)
    try:
        return find_columns(read_header(file), "image") is not None
    except DataError:
        return False


def _check_hips(frames: list[Array], kind: Kind, file: Path) -> None:
    """Landmarks of one kind taken for the other would be found out only by poor results."""
    hips = np.concatenate(frames)[:, _HIPS]  # (all D, 2, C + 1)
    middles = hips[(hips[..., -1] > 0).all(axis=1)].mean(axis=1)[:, :-1]  # (D, C)
    if not len(middles):
        return
    away = float(np.median(np.abs(middles).max(axis=1)))
    if kind == "world" and away > _FARTHEST_HIPS:
        raise DataError(
            f"{file}: the hips are {away:.2f} from the origin, so these are no world landmarks.",
            hint="Set landmarks to image, or store pose_world_landmarks.",
        )
    if kind == "image" and away < _NEAREST_HIPS:
        raise DataError(
            f"{file}: the hips lie in the origin, so these are no landmarks in the image.",
            hint="Set landmarks to world, or store pose_landmarks.",
        )
    if kind == "image" and away > _PIXELS:
        raise DataError(
            f"{file}: the hips are {away:.0f} from the origin, so these are pixels, not parts of the image.",
            hint="Store what MediaPipe gives, or read pixels with the data set arrays.",
        )
