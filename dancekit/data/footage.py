"""The frames of a video or a camera one after the other, each with its time; an image is one frame.

Imports no torch.
"""

from __future__ import annotations

import math
import os
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.images import VIDEOS, is_camera, is_picture, read_image
from dancekit.data.paths import data_file
from dancekit.errors import DataError, DataWarning

Picture = npt.NDArray[np.uint8]

USUAL_RATE = 30.0
"""Frames per second, of a video or a folder of images that doesn't say."""
_FASTEST = 1000.0
"""Frames per second; what a file says beyond is the unit of its clock."""
_SHARE_LOST = 0.02
"""Of the frames a file says it has; containers that only estimate it are off by less."""
_MOVING = (*VIDEOS, ".gif")


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """One frame.

    Attributes:
        time: in seconds from the first frame, later than that of the frame before.
        picture: (H, W, 3) red, green and blue, upright.
    """

    time: float
    picture: Picture


class Footage:
    """What is filmed as frames with times, of which only one is in memory.

    The source is a video, an image, a folder of images that are the frames of one video, or the number of a
    camera. A video is turned as its file says that the camera was held. Grey becomes three equal channels,
    and what is transparent in an image is put on white. Frames of variable rate have the times that the file
    gives them, and those of a camera the times at which they came. A camera ends with its last picture.

    A warning says where something is lost or assumed: a video that breaks off before its end, and the frame
    rate of a folder.

    Attributes:
        size: (width, height) in pixels, upright.
        frame_rate: frames per second, or the mean of them where it varies; None of an image.

    Raises:
        DataError: the source is not there, is empty, is nothing of all this, or has no frame.
    """

    size: tuple[int, int]
    frame_rate: float | None

    def __init__(self, source: Path) -> None:
        self._source = source
        self._pictures: list[Path] = []
        self._capture: Any = None
        self._first: Any = None
        self._camera = camera_number(source)
        if self._camera is not None:
            self._open()
            return
        self._source = source = data_file(source)
        if source.is_file() and source.stat().st_size == 0:
            raise DataError(f"{source} is empty.", hint="Fetch or record it again.")
        if source.is_file() and source.suffix.lower() in _MOVING:
            self._open()
            return
        self._pictures = _frames_in(source) if source.is_dir() else [source]
        first = read_image(self._pictures[0])
        self.size, self.frame_rate = first.size, USUAL_RATE if source.is_dir() else None

    def __iter__(self) -> Iterator[Shot]:
        """The frames from the first on."""
        if self._pictures:
            yield from self._images()
        else:
            yield from self._frames()

    def _images(self) -> Iterator[Shot]:
        if self.frame_rate is not None:
            warnings.warn(
                f"{self._source.name} is taken for the frames of one video, {USUAL_RATE:g} of them a second.",
                DataWarning,
                stacklevel=3,
            )
        for number, file in enumerate(self._pictures):
            picture = np.asarray(read_image(file))
            if picture.shape[1::-1] != self.size:
                raise DataError(
                    f"{file} has another size than {self._pictures[0].name}, so they are no frames of one "
                    "video.",
                    hint="Name photos one by one.",
                )
            yield Shot(time=number / (self.frame_rate or 1), picture=picture)

    def _open(self) -> None:
        """Read the first frame, which shows whether it is a video, and how large upright."""
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # its complaints are said as an error here
        os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
        import cv2

        self._capture = cv2.VideoCapture(str(self._source) if self._camera is None else self._camera)
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        read, self._first = self._capture.read() if self._capture.isOpened() else (False, None)
        if not read:
            raise self._unreadable()
        rate = float(self._capture.get(cv2.CAP_PROP_FPS) or 0)
        self.frame_rate = rate if math.isfinite(rate) and 0 < rate <= _FASTEST else USUAL_RATE
        self.size = (self._first.shape[1], self._first.shape[0])

    def _unreadable(self) -> DataError:
        if self._camera is not None:
            return DataError(
                f"Camera {self._camera} gives no picture.",
                hint="Check that it is connected and that no other program uses it; the first camera is 0.",
            )
        return DataError(
            f"{self._source} cannot be read as a video.",
            hint="It may be damaged, or its format unknown here: convert it to MP4.",
        )

    def _frames(self) -> Iterator[Shot]:
        import cv2

        if self._capture is None:  # it has been gone through before
            self._open()
        capture, values = self._capture, self._first
        self._capture = self._first = None
        assert self.frame_rate is not None
        usual = 1 / self.frame_rate
        expected = 0.0 if self._camera is not None else capture.get(cv2.CAP_PROP_FRAME_COUNT)
        start = self._clock(capture)
        at, frames, read = 0.0, 0, True
        try:
            while read:
                frames += 1
                yield Shot(time=at, picture=cv2.cvtColor(values, cv2.COLOR_BGR2RGB))
                read, values = capture.read()
                told = self._clock(capture) - start
                at = told if math.isfinite(told) and told > at else at + usual
        finally:
            capture.release()
        if math.isfinite(expected) and frames < expected * (1 - _SHARE_LOST) - 1:
            warnings.warn(
                f"{self._source.name} breaks off: {frames} of its {expected:.0f} frames can be read.",
                DataWarning,
                stacklevel=3,
            )

    def _clock(self, capture: Any) -> float:
        """Seconds at the last frame that was read."""
        import cv2

        if self._camera is not None:
            return time.monotonic()
        return float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000


def camera_number(source: Path) -> int | None:
    """The number of a camera, where a source is nothing else and no file is called so."""
    return int(str(source)) if is_camera(str(source)) and not source.exists() else None


def _frames_in(folder: Path) -> list[Path]:
    """The images in a folder, ordered by name, in which 10 comes behind 9."""
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]
    images = [file for file in files if is_picture(file) and file.suffix.lower() not in _MOVING]
    if not images:
        raise DataError(f"{folder}: there is no image in it.", hint="Give a video, an image or their folder.")
    if len(images) < len(files):
        odd = min(set(files) - set(images))
        raise DataError(
            f"{folder}: {odd.name} is no image.", hint="Keep the frames of a video in a folder of their own."
        )
    return sorted(images, key=_in_order)


def _in_order(file: Path) -> list[tuple[int, str]]:
    """Numbers by their value, words by their letters."""
    parts = re.findall(r"\d+|\D+", file.name, re.ASCII)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
