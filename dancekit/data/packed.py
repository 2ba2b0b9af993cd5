"""All recordings of a data set in one folder that is mapped into memory: opening costs neither time nor RAM.

    my.store/
        store.json              format, layout, classes, splits, where it comes from, its licence
        names.json              names of the recordings and of the people
        keypoints.npy           (R, V, C) float32   rows as in RecordingStore
        score.npy               (R, V) float32
        present.npy             (R,) bool
        frames.npy persons.npy  (N,) int64
        label.npy               (N,) or (N, M) int64
        frame_rate.npy          (N,) float32
        image_size.npy          (N, 2) float32
        split_0.npy ...         int64, the recordings of each split

Every array is a plain .npy file, so numpy alone can read a store. A store is written beside its place and
renamed when it is whole.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.errors import DataError, LayoutError
from dancekit.skeleton.layout import Layout

if TYPE_CHECKING:
    from dancekit.data.store import RecordingStore

FORMAT = "dancekit-store-1"
INDEX = "store.json"
NAMES = "names.json"
ROWS: dict[str, np.dtype[Any]] = {
    "keypoints": np.dtype("<f4"),
    "score": np.dtype("<f4"),
    "present": np.dtype("?"),
}
OF_CLIPS: dict[str, np.dtype[Any]] = {
    "frames": np.dtype("<i8"),
    "persons": np.dtype("<i8"),
    "label": np.dtype("<i8"),
    "frame_rate": np.dtype("<f4"),
    "image_size": np.dtype("<f4"),
}
SPLIT: np.dtype[Any] = np.dtype("<i8")
_WAY_OUT = "Import the recordings again: `dancekit data import`."
_DAMAGE = (OSError, ValueError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Packed:
    """An opened store. Its clips need no torch.

    Attributes:
        arrays: what its files hold, by their names, and `first`, (N,) the row of each recording's first
            frame of its first person.
        names, people: of the recordings, in the order in which they were packed.
        splits: name -> (n,) the places of its recordings.
        about: what was said of the source: `source`, `licence` and so on.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    names: tuple[str, ...]
    people: tuple[str, ...]
    layout: Layout
    classes: tuple[str, ...]
    splits: Mapping[str, npt.NDArray[np.int64]]
    about: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def recordings(self) -> RecordingStore:
        """All of them, as tensors that share the memory of the arrays."""
        import torch

        from dancekit.data.store import RecordingStore

        tensors: dict[str, Any] = {name: torch.from_numpy(array) for name, array in self.arrays.items()}
        return RecordingStore(**tensors, names=self.names, people=self.people, layout=self.layout)

    def clip(self, place: int) -> Clip:
        """One recording."""
        arrays = self.arrays
        persons, frames = int(arrays["persons"][place]), int(arrays["frames"][place])
        start = int(arrays["first"][place])
        return Clip.of_rows(
            *(arrays[name][start : start + persons * frames] for name in ROWS),
            persons=persons,
            label=arrays["label"][place],
            frame_rate=float(arrays["frame_rate"][place]),
            image_size=arrays["image_size"][place],
            name=self.names[place],
            person=self.people[place],
        )

    def split(self, name: str) -> RecordingStore:
        """The recordings of one split; they share the memory of all."""
        return self.recordings.select(self.splits[name])


def is_packed(folder: Path) -> bool:
    """Whether a folder calls itself a store."""
    try:
        with (folder / INDEX).open("rb") as file:
            return FORMAT.encode() in file.read(256)
    except (OSError, ValueError):  # no path at all has a zero byte in it
        return False


def open_packed(folder: Path) -> Packed:
    """Open a store; the keypoints are read when they are used, and shared by all processes that do.

    Raises:
        DataError: it is no store, was written by a newer dancekit, or is damaged.
    """
    index = _read_json(folder / INDEX)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise DataError(
            f"{folder}: this is no store that this dancekit reads.", hint="It may be of a newer version."
        )
    try:
        return _open(folder, index)
    except LayoutError as error:
        raise DataError(f"{folder / INDEX}: {error.message}", hint=_WAY_OUT) from None
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise DataError(f"{folder}: the store is damaged: {reason}.", hint=_WAY_OUT) from None


def _open(folder: Path, index: Mapping[str, Any]) -> Packed:
    layout = Layout.from_mapping(index["layout"])
    classes = _texts(index["classes"], "the classes")
    names = _read_json(folder / NAMES)
    arrays = {name: _array(folder / f"{name}.npy", dtype) for name, dtype in {**ROWS, **OF_CLIPS}.items()}
    count = _check_shapes(arrays, layout)
    frames, persons = arrays["frames"], arrays["persons"]
    # Sizes are compared with what is there before anything is computed from them.
    rows = len(arrays["present"])
    if min(frames.min(), persons.min()) < 1 or max(frames.max(), persons.max()) > rows:
        raise ValueError("a recording has an impossible length")
    ends = np.cumsum(frames * persons)
    if ends[-1] != rows or (ends <= 0).any():
        raise ValueError(f"its {count} recordings do not have the {rows} rows that are there")
    if arrays["label"].max() >= len(classes) or arrays["label"].min() < -1:
        raise ValueError("a label is none of its classes")
    splits = {}
    for number, split in enumerate(_texts(index["splits"], "the splits")):
        places = _array(folder / f"split_{number}.npy", SPLIT)
        if places.ndim != 1 or (len(places) and not 0 <= places.min() <= places.max() < count):
            raise ValueError(f"split {split[:100]!r} lists recordings that are not there")
        splits[split] = np.asarray(places)
    about = index.get("about", {})
    return Packed(
        arrays={**arrays, "first": ends - frames * persons},
        names=_texts(names["names"], "the names", count),
        people=_texts(names["people"], "the people", count),
        layout=layout,
        classes=classes,
        splits=splits,
        about=about if isinstance(about, dict) else {},
    )


def _check_shapes(arrays: Mapping[str, npt.NDArray[Any]], layout: Layout) -> int:
    """The number of recordings, once every array has a shape that goes with the others."""
    rows, count = len(arrays["present"]), len(arrays["frames"])
    coordinates = arrays["keypoints"].shape[-1]
    most = arrays["label"].shape[1:]  # persons, where each has a label
    wanted = {
        "keypoints": (rows, layout.num_joints, coordinates),
        "score": (rows, layout.num_joints),
        "present": (rows,),
        "frames": (count,),
        "persons": (count,),
        "label": (count, *most),
        "frame_rate": (count,),
        "image_size": (count, 2),
    }
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, not {shape}")
    if count == 0 or coordinates not in (2, 3) or len(most) > 1:
        raise ValueError("there are no recordings in two or three coordinates")
    return count


def _array(file: Path, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """An array, mapped privately: torch asks for memory that can be written, and nobody writes to it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array: npt.NDArray[Any] = np.load(file, mmap_mode="c", allow_pickle=False)
    except Exception as error:  # a literal of Python is evaluated in its header, and may fail in any way
        raise ValueError(f"{file.name}: {error}") from None
    if array.dtype != dtype:
        raise ValueError(f"{file.name} holds {array.dtype}, not {dtype}")
    return array.view(np.ndarray)


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{file}: it cannot be read: {reason}.", hint=_WAY_OUT) from None
    except (ValueError, RecursionError):
        raise DataError(f"{file}: this is no JSON; the store is damaged.", hint=_WAY_OUT) from None


def _texts(value: Any, what: str, count: int | None = None) -> tuple[str, ...]:
    if not isinstance(value, list) or not set(map(type, value)) <= {str}:
        raise ValueError(f"{what} are no list of texts")
    if count is not None and len(value) != count:
        raise ValueError(f"{what} are {len(value)} for {count} recordings")
    return tuple(value)
