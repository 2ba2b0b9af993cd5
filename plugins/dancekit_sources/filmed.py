"""Recordings of any data set with the videos that their keypoints were found in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from dancekit.data.clips import Clip
from dancekit.data.images import VIDEOS, Video
from dancekit.data.pictures import Pictures, Strip
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.schema import Nested

if TYPE_CHECKING:
    from dancekit.data.store import RecordingStore

Recordings = Annotated[Callable[..., Dataset], Nested("dataset")]
Shows = Literal["person", "whole"]
Window = tuple[int, int, int]
"""The left and upper edge and the side of a square, in pixels of the video."""

_MARGIN = 0.15  # share of the square that is added on each side: keypoints lie inside a body


class Filmed(Dataset):
    """Another data set, of whose recordings there are videos.

    The video of the recording NAME is the file NAME.mp4 below the folder, or with another ending of videos.
    Its frames are those of the recording, one by one.

    Args:
        recordings: the data set.
        folder: of the videos, with subfolders where names have slashes.
        shows: `person`: a square around all keypoints of the recording, in pixels of the video; `whole`: a
            square around the whole picture. What lies outside the picture is black.

    Raises:
        RecipeError: there is no such folder, or `shows` is not known.
    """

    def __init__(self, *, recordings: Recordings, folder: Path, shows: Shows = "person") -> None:
        if shows not in get_args(Shows):
            raise RecipeError(
                f"filmed: shows is {shows!r}.", hint=f"Take one of {', '.join(get_args(Shows))}."
            )
        if not folder.is_dir():
            raise RecipeError(f"filmed: there is no folder {folder}.", hint="Give the folder of the videos.")
        self._recordings, self._folder, self._shows = recordings(), folder, shows
        self.layout = self._recordings.layout
        self.classes, self.splits = self._recordings.classes, self._recordings.splits

    def recordings(self, split: str) -> Iterable[Clip]:
        return self._recordings.recordings(split)

    def packed(self, split: str) -> RecordingStore | None:
        return self._recordings.packed(split)

    def pictures(self, split: str) -> VideoPictures:
        """The videos of a split; each is opened when it is first read.

        Raises:
            DataError: a recording has no video, or keypoints without a place in it.
        """
        there = {
            file.relative_to(self._folder).with_suffix("").as_posix(): file
            for file in sorted(self._folder.rglob("*"))
            if file.suffix.lower() in VIDEOS
        }
        files, windows = {}, {}
        for clip in self.recordings(split):
            if clip.name not in there:
                raise DataError(
                    f"{self._folder} has no video of {clip.name}.",
                    hint=f"It is called {clip.name}.mp4, or ends in another of {', '.join(VIDEOS)}.",
                )
            files[clip.name] = there[clip.name]
            if self._shows == "person":
                windows[clip.name] = window_of(clip)
        return VideoPictures(files=files, windows=windows)


class VideoPictures(Pictures):
    """Frames of videos, of which one is open at a time.

    Args:
        files: of each recording.
        windows: the square that is shown of each; the whole picture of one that is not named.
    """

    def __init__(self, *, files: dict[str, Path], windows: dict[str, Window]) -> None:
        self._files, self._windows = files, windows
        self._open: tuple[str, Video] | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_open": None}  # an open video stays in its process

    def read(self, name: str, moments: npt.NDArray[np.int64], *, size: int) -> Strip:
        if name not in self._files:
            raise DataError(f"there is no video of a recording {name!r} in this split.")
        if self._open is None or self._open[0] != name:
            self._open = (name, Video(self._files[name]))
        video = self._open[1]
        left, top, side = self._windows.get(name) or around(*video.size)
        shown = {}
        for moment in np.unique(moments).tolist():  # forward, for a video is slow to go back in
            square = video.picture(moment).crop((left, top, left + side, top + side))
            scaled = square.resize((size, size), Image.Resampling.BILINEAR)
            shown[moment] = np.asarray(scaled).transpose(2, 0, 1)  # (3, size, size)
        return Strip(frames=np.stack([shown[moment] for moment in moments.tolist()]))


def window_of(clip: Clip) -> Window:
    """The square around all that a recording shows, with a margin.

    Raises:
        DataError: its keypoints are not in pixels of a video, or there are none.
    """
    if clip.keypoints.shape[-1] != 2 or clip.image_size is None:
        raise DataError(
            f"{clip.name}: its keypoints are not in pixels of its video.", hint="Take `shows: whole`."
        )
    seen = clip.keypoints[(clip.score > 0) & clip.present[..., None]]  # (points, 2)
    if not len(seen):
        raise DataError(f"{clip.name}: nobody is seen in it.", hint="Take it out, or take `shows: whole`.")
    low, high = seen.min(0).astype(float), seen.max(0).astype(float)
    side = max(1, round(float((high - low).max()) * (1 + 2 * _MARGIN)))
    left, top = np.rint((low + high - side) / 2).astype(int).tolist()
    return left, top, side


def around(width: int, height: int) -> Window:
    """The square around a whole picture."""
    side = max(width, height)
    return (width - side) // 2, (height - side) // 2, side
