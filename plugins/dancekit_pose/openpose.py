"""Files that OpenPose has written with --write_json, as a detector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from dancekit.data.detections import Array, check_frame_rate, check_persons, check_scale
from dancekit.data.found import Found, follow_found
from dancekit.data.openpose_json import read_frame, read_recording
from dancekit.data.paths import data_file
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout

Model = Literal["BODY_25", "COCO"]

_START = 65536  # bytes in which a file shows that it is OpenPose's
_LAYOUTS = {"BODY_25": "body25", "COCO": "openpose18"}


class OpenPoseFiles(Detector):
    """The keypoints of one recording: a folder with a JSON file for each frame, or one file as an image.

    Frames are numbered by the last number of their file names, as in dance_000000000012_keypoints.json;
    nobody is in the frames of which there is no file. Coordinates must be pixels (--keypoint_scale 0, 1, 2).

    Args:
        frame_rate: frames per second.
        model: BODY_25 writes 75 numbers a person, COCO 54.
        image_size: (width, height) of the pixels, if known.
        persons: the most persons of a clip, those of the highest scores.

    Raises:
        RecipeError: an argument makes no sense.
    """

    def __init__(
        self,
        *,
        frame_rate: float = 30.0,
        model: Model = "BODY_25",
        image_size: tuple[int, int] | None = None,
        persons: int = 20,
    ) -> None:
        if model not in get_args(Model):
            raise RecipeError(f"model is {model!r}.", hint=f"Take one of {', '.join(get_args(Model))}.")
        if image_size is not None and min(image_size) < 1:
            raise RecipeError(f"image_size is {tuple(image_size)}.", hint="Give width and height in pixels.")
        check_frame_rate(frame_rate)
        check_persons(persons)
        self.layout = Layout.named(_LAYOUTS[model])
        self.persons = persons
        self._frame_rate = frame_rate
        self._image_size = image_size

    @classmethod
    def recognises(cls, path: Path) -> bool:
        try:
            first = min(path.glob("*.json")) if path.is_dir() else path
            if first.suffix != ".json" or not first.is_file():  # opening a pipe would wait
                return False
            with first.open("rb") as file:
                start = file.read(_START)
            return b'"people"' in start and (b'"version"' in start or b'"pose_keypoints' in start)
        except (OSError, ValueError):
            return False

    def frames(self, source: Path) -> Iterator[Found]:
        """The people in one frame after the other; all files are read first, so that none is wrong later."""
        source = data_file(source)
        if source.is_file():
            frames = [_seen(read_frame(source, self.layout))]
        elif source.is_dir():
            frames = read_recording(source, self.layout)
        else:
            raise DataError(f"{source}: there is nothing there.", hint="Give a folder of OpenPose's files.")
        farthest = max((float(np.abs(each[:, :, :2]).max()) for each in frames if each.size), default=None)
        if farthest is not None and farthest <= 1:
            check_scale(farthest, "pixels", key="--keypoint_scale", where=str(source))
        rate = None if source.is_file() else self._frame_rate
        yield from follow_found(
            ((number / self._frame_rate, each) for number, each in enumerate(frames)),
            frame_rate=rate,
            image_size=self._image_size,
        )


def _seen(people: Array) -> Array:
    """Without those of whom no joint was found."""
    return people[(people[:, :, 2] > 0).any(axis=1)]
