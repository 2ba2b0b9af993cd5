"""NTU RGB+D 60 and 120: folders of `.skeleton` files, as their authors hand them out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from dancekit.data.clips import Clip
from dancekit.data.guarded_files import MEBIBYTE, read_limited
from dancekit.data.paths import data_file
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.ntu_bodies import choose_bodies
from dancekit_sources.ntu_parse import JOINTS, Body, parse_skeleton
from dancekit_sources.ntu_protocol import PROTOCOLS, Recording, names_in
from dancekit_sources.recognition import files_below
from dancekit_sources.splits import recordings_of

Edition = Literal["ntu60", "ntu120"]

_ENDING = ".skeleton"
_LARGEST = 256 * MEBIBYTE
"""The published files have at most a few MiB."""
_FRAME_RATE = 30.0
_SCORES = np.array([0.0, 0.5, 1.0], dtype=np.float32)
"""Of a joint that is not tracked, inferred, tracked."""


class Ntu(Dataset):
    """Kinect v2 recordings in metres, y up as the sensor stands, at 30 frames per second.

    The splits are the published ones that the folder has recordings of: `xsub_train`, `xsub_val`,
    `xview_train` and `xview_val` of ntu60; `xsub_train`, `xsub_val`, `xset_train` and `xset_val` of
    ntu120. The published test side is called `val`; hold out persons of the train side to validate on.

    Kinect tracks furniture too, so bodies are chosen as `dancekit_sources.ntu_bodies.choose_bodies` says:
    those of 11 frames or fewer are dropped, then those that are wider than 0.8 times their height in
    69.754 % of their frames or more, and the ones of most motion variance are kept. A body is present in
    the frames in which it was tracked. A joint that Kinect inferred has the score 0.5, one that it did
    not track is missing.

    Args:
        path: the folder; its subfolders are searched too. It may hold ntu120 for ntu60: setups above 17
            are left out.
        protocol: which edition.
        persons: the most bodies of a recording.
        missing: a text file with names of recordings to leave out, such as the authors' lists of samples
            with missing skeletons; it may lie beside the folder.

    Raises:
        DataError: there is no recording, a name is not SsssCcccPpppRrrrAaaa or is there twice, or a file
            cannot be read.
        RecipeError: `protocol` or `persons` makes no sense.
    """

    cached = True

    def __init__(
        self, *, path: Path, protocol: Edition, persons: int = 2, missing: Path | None = None
    ) -> None:
        if protocol not in PROTOCOLS:
            raise RecipeError(
                f"protocol is {protocol!r}.", hint=f"Take one of {', '.join(get_args(Edition))}."
            )
        if persons < 1:
            raise RecipeError(f"persons is {persons}.", hint="Keep at least one body.")
        self.layout = Layout.named("ntu25")
        self._persons = persons
        self._folder = data_file(path)
        edition = PROTOCOLS[protocol]
        self.classes = edition.classes
        left_out = _left_out(missing, self._folder)
        self._files = _files(self._folder)
        held = [
            recording
            for recording in map(_recording, self._files.values())
            if edition.holds(recording) and recording.name not in left_out
        ]
        if not held:
            raise DataError(
                f"{self._folder}: there is no {_ENDING} file of {protocol} in it.",
                hint="Name the folder with files such as S001C001P001R001A001.skeleton.",
            )
        divided = {
            split: [recording for recording in held if edition.in_split(recording, split)]
            for split in edition.splits
        }
        self._splits = {split: recordings for split, recordings in divided.items() if recordings}
        self.splits = tuple(self._splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return any(file.suffix == _ENDING and Recording.of(file.stem) for file in files_below(path))

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split by name; each file is read when its turn comes."""
        return map(self._clip, recordings_of(self._splits, split, self._folder))

    def _clip(self, recording: Recording) -> Clip:
        file = self._files[recording.name]
        frames, bodies = parse_skeleton(read_limited(file, most=_LARGEST), name=str(file))
        chosen = choose_bodies(bodies, self._persons)
        if not chosen:
            raise DataError(
                f"{file}: nobody was tracked in any of its {frames} frames.",
                hint=f"Give a list of names to leave out as `missing`, with {recording.name} in it.",
            )
        return _clip(recording, frames, chosen)


def _clip(recording: Recording, frames: int, bodies: tuple[Body, ...]) -> Clip:
    keypoints = np.zeros((len(bodies), frames, JOINTS, 3), dtype=np.float32)  # (M, T, V, C)
    score = np.zeros((len(bodies), frames, JOINTS), dtype=np.float32)  # (M, T, V)
    present = np.zeros((len(bodies), frames), dtype=bool)  # (M, T)
    for person, body in enumerate(bodies):
        keypoints[person, body.frames] = body.keypoints
        score[person, body.frames] = _SCORES[body.state]
        present[person, body.frames] = True
    return Clip.of(
        keypoints,
        score=score,
        present=present,
        label=recording.action - 1,
        name=recording.name,
        person=f"P{recording.person:03d}",
        frame_rate=_FRAME_RATE,
    )


def _files(folder: Path) -> dict[str, Path]:
    """The files by the name of their recording, in the order of the names."""
    found: dict[str, Path] = {}
    for file in sorted(folder.rglob(f"*{_ENDING}"), key=lambda file: (file.stem, file)):
        if file.stem in found:
            raise DataError(
                f"{file}: this recording is also in {found[file.stem].parent}.", hint="Keep one of the two."
            )
        found[file.stem] = file
    return found


def _recording(file: Path) -> Recording:
    recording = Recording.of(file.stem)
    if recording is None:
        raise DataError(
            f"{file}: the name tells no setup, camera, person, repetition and action.",
            hint="Name it as the data set does: S001C001P001R001A001.skeleton.",
        )
    return recording


def _left_out(missing: Path | None, folder: Path) -> frozenset[str]:
    if missing is None:
        return frozenset()
    file = data_file(missing, beside=folder)
    names = names_in(read_limited(file, most=16 * MEBIBYTE).decode("latin-1"))
    if not names:
        raise DataError(
            f"{file}: there is no name of a recording in it.", hint="Write one a line: S001C001P001R001A001."
        )
    return names
