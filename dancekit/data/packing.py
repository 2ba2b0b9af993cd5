"""Writing a store: recordings go to the disk one by one, so that any number of them fits in memory."""

from __future__ import annotations

import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.packed import FORMAT, INDEX, NAMES, OF_CLIPS, ROWS, SPLIT
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

Progress = Callable[[str, int, int], None]
"""Told after each recording: the split, and the recordings and frames so far."""

_HEADER = 128  # bytes of an .npy header whose shape is filled in at the end
_STALE = 3600  # seconds after which a half-written store is taken for an interrupted one


def write_packed(
    folder: Path,
    splits: Mapping[str, Iterable[Clip]],
    *,
    layout: Layout,
    classes: tuple[str, ...],
    about: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a store; a recording that is in several splits is kept once.

    Everything goes to a folder beside, which takes its place when it is whole; whatever goes wrong
    before leaves nothing. An older store of that name is replaced.

    Args:
        splits: name -> its recordings.
        about: JSON values that say where the recordings come from.

    Raises:
        DataError: a split is empty, two recordings have one name, or they don't go together.
    """
    with _beside(folder) as part:
        writer = _Writer(part, layout, classes)
        with writer.files:
            for split, clips in splits.items():
                for clip in clips:
                    writer.add(split, clip)
                    if progress is not None:
                        progress(split, len(writer.names), writer.rows)
                if not writer.splits.get(split):
                    raise DataError(f"split {split!r} is empty.", hint="Leave it out, or take another one.")
        writer.finish(about or {})


class _Writer:
    """Recordings of one store on their way to the disk."""

    def __init__(self, folder: Path, layout: Layout, classes: tuple[str, ...]) -> None:
        self.folder, self.layout, self.classes = folder, layout, classes
        self.names: dict[str, int] = {}
        self.people: list[str] = []
        self.splits: dict[str, list[int]] = {}
        self.rows = 0
        self.files = ExitStack()
        self._digests: list[int] = []
        self._coordinates: int | None = None
        self._labels: list[int | tuple[int, ...]] = []
        self._of_clips: dict[str, list[Any]] = {name: [] for name in OF_CLIPS if name != "label"}
        self._streams: dict[str, IO[bytes]] = {}
        for name in ROWS:
            stream = self.files.enter_context((folder / f"{name}.npy").open("wb"))
            stream.write(bytes(_HEADER))
            self._streams[name] = stream

    def add(self, split: str, clip: Clip) -> None:
        digest = zlib.crc32(clip.score.tobytes(), zlib.crc32(clip.keypoints.tobytes()))
        places = self.splits.setdefault(split, [])
        place = self.names.get(clip.name)
        if place is None:
            place = self.names[clip.name] = len(self.names)
            self._digests.append(digest)
            self._write(clip)
        elif self._digests[place] != digest:
            raise DataError(
                f"two recordings are called {clip.name[:200]!r}.", hint="Give each a name of its own."
            )
        places.append(place)

    def _write(self, clip: Clip) -> None:
        self._check(clip)
        for name, dtype in ROWS.items():
            values: npt.NDArray[Any] = getattr(clip, name)
            # (M, T, ...) in C order: person by person, frame by frame
            self._streams[name].write(np.ascontiguousarray(values, dtype=dtype).data)
        persons, frames = clip.present.shape
        self.rows += persons * frames
        self.people.append(clip.person)
        self._labels.append(clip.label)
        self._of_clips["frames"].append(frames)
        self._of_clips["persons"].append(persons)
        self._of_clips["frame_rate"].append(clip.frame_rate or np.nan)
        self._of_clips["image_size"].append(clip.image_size or (np.nan, np.nan))

    def _check(self, clip: Clip) -> None:
        joints, coordinates = clip.keypoints.shape[2:]
        if joints != self.layout.num_joints:
            raise DataError(
                f"{clip.name}: it has {joints} joints, the layout {self.layout.name} has"
                f" {self.layout.num_joints}."
            )
        if self._coordinates not in (None, coordinates):
            raise DataError(
                f"{clip.name}: it has {coordinates} coordinates, others have {self._coordinates}."
            )
        self._coordinates = coordinates
        highest = max(clip.label) if isinstance(clip.label, tuple) else clip.label
        if highest >= len(self.classes):
            raise DataError(
                f"{clip.name}: it has label {highest}, and there are {len(self.classes)} classes.",
                hint="Labels count from 0.",
            )

    def finish(self, about: Mapping[str, Any]) -> None:
        """Fill in the headers, then write what is known of the clips, and the index last."""
        joints = self.layout.num_joints
        trailing: dict[str, tuple[int, ...]] = {
            "keypoints": (joints, self._coordinates or 0),
            "score": (joints,),
            "present": (),
        }
        for name, dtype in ROWS.items():
            with (self.folder / f"{name}.npy").open("r+b") as file:
                file.write(_header(dtype, (self.rows, *trailing[name])))
        for name, values in self._of_clips.items():
            self._save(name, np.array(values, dtype=OF_CLIPS[name]))
        self._save("label", self._label_array())
        for number, places in enumerate(self.splits.values()):
            self._save(f"split_{number}", np.array(places, dtype=SPLIT))
        names = {"names": list(self.names), "people": self.people}
        (self.folder / NAMES).write_text(json.dumps(names), encoding="utf-8")
        index = {
            "format": FORMAT,
            "recordings": len(self.names),
            "layout": self.layout.to_mapping(),
            "classes": list(self.classes),
            "splits": list(self.splits),
            "about": dict(about),
        }
        (self.folder / INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")

    def _label_array(self) -> npt.NDArray[np.int64]:
        """(N,), or (N, M) where a recording has a label for each person; -1 where it has fewer."""
        if all(isinstance(label, int) for label in self._labels):
            return np.array(self._labels, dtype=np.int64)
        persons = self._of_clips["persons"]
        labels = np.full((len(persons), max(persons)), -1)
        for row, label, here in zip(labels, self._labels, persons, strict=True):
            row[:here] = label
        return labels

    def _save(self, name: str, values: npt.NDArray[Any]) -> None:
        np.save(self.folder / f"{name}.npy", values.astype(values.dtype.newbyteorder("<"), copy=False))


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The header of an .npy file (version 1.0), always of the same length."""
    fields = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    text = repr(fields).encode("latin-1").ljust(_HEADER - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` if nothing goes wrong, and is gone otherwise."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear_interrupted(folder)
    part = folder.with_name(f"{folder.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    part.mkdir()
    try:
        yield part
        for file in part.iterdir():  # on the disk before the name says that it is whole
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())
        _put_in_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put_in_place(part: Path, folder: Path) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    old = part.with_suffix(".old")
    folder.rename(old)  # who has it open keeps it
    try:
        part.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _clear_interrupted(folder: Path) -> None:
    """Remove what a killed import left: a half-written store that nobody has written to for an hour."""
    for left in folder.parent.glob(f"{folder.name}.*-*.part"):
        try:
            newest = max(file.stat().st_mtime for file in (left, *left.iterdir()))
        except OSError:
            continue
        if time.time() - newest > _STALE:
            shutil.rmtree(left, ignore_errors=True)
