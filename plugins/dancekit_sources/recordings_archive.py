"""One npz archive with all recordings of a data set, as `dancekit data convert --to npz` writes it.

format                        "dancekit-recordings-1"
layout                        JSON, as `Layout.from_mapping` reads it
classes, names, people        texts: of the labels, of the N recordings, of who dances in each
labels                        (N,) or (N, M) whole numbers, -1 for unknown or nobody
frames, persons               (N,) whole numbers
frame_rate, image_size        (N,) and (N, 2), NaN for unknown
keypoints, score, present     (R, V, C), (R, V) and (R,): a row is one person in one frame, recording by
                              recording, person by person
split_NAME                    whole numbers, the recordings of a split; without any, all are "all"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.guarded_files import parse_json
from dancekit.errors import DataError, LayoutError
from dancekit.skeleton.layout import Layout
from dancekit_sources.numpy_files import npz_names, npz_texts, open_npz

FORMAT = "dancekit-recordings-1"
_SPLIT = "split_"
_LONGEST_LAYOUT = 64 * 1024
_AGAIN = "Write it again with `dancekit data convert --to npz`."

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An opened archive; the rows are read when they are asked for.

    Attributes:
        first: (N,) the row of each recording's first frame.
        splits: name -> the places of its recordings.
    """

    file: Path
    layout: Layout
    classes: tuple[str, ...]
    names: tuple[str, ...]
    people: tuple[str, ...]
    labels: Array
    frames: Array
    persons: Array
    frame_rate: Array
    image_size: Array
    keypoints: Array
    score: Array
    present: Array
    first: Array
    splits: Mapping[str, tuple[int, ...]]

    def clip(self, place: int) -> Clip:
        """One recording."""
        m, t = int(self.persons[place]), int(self.frames[place])
        here = slice(int(self.first[place]), int(self.first[place]) + m * t)
        label, rate, size = self.labels[place], self.frame_rate[place], self.image_size[place]
        return Clip.of(
            self.keypoints[here].reshape(m, t, *self.keypoints.shape[1:]),  # (M, T, V, C)
            score=self.score[here].reshape(m, t, -1),  # (M, T, V)
            present=self.present[here].reshape(m, t),  # (M, T)
            label=int(label) if label.ndim == 0 else label[:m].tolist(),
            name=self.names[place],
            person=self.people[place],
            frame_rate=None if np.isnan(rate) else float(rate),
            image_size=None if np.isnan(size).any() else (int(size[0]), int(size[1])),
        )


def is_archive(file: Path) -> bool:
    """Whether an .npz archive says that it is one of these, of whatever version.

    Raises:
        DataError: it is no archive.
    """
    return "format" in npz_names(file)


def open_archive(file: Path) -> Archive:
    """Open an archive and check that its parts go together.

    Raises:
        DataError: it is of another format, lacks a part, or contradicts itself.
    """
    if npz_texts(file, "format") != (FORMAT,):
        raise DataError(
            f"{file}: its format is {', '.join(npz_texts(file, 'format'))[:60]!r}, not {FORMAT!r}.",
            hint="It may be of a newer dancekit.",
        )
    keypoints = _array(file, "keypoints", "f", dimensions=3)
    layout = _layout(file, keypoints)
    names = _distinct(file, "names")
    classes = _distinct(file, "classes")
    rows, count = len(keypoints), len(names)
    labels = _labels(file, count, len(classes))
    frames = _array(file, "frames", "iu", (count,))
    persons = _array(file, "persons", "iu", (count,))
    lengths = [m * t for m, t in zip(persons.tolist(), frames.tolist(), strict=True)]
    if min(lengths) < 1 or min(persons.min(), frames.min()) < 1 or sum(lengths) != rows:
        raise DataError(f"{file}: its {count} recordings do not make the {rows} rows it has.", hint=_AGAIN)
    if labels.ndim == 2 and labels.shape[1] < persons.max():
        raise DataError(f"{file}: it has recordings of more persons than labels.", hint=_AGAIN)
    people = npz_texts(file, "people")
    if len(people) != count:
        raise DataError(f"{file}: people are {len(people)} for {count} recordings.", hint=_AGAIN)
    return Archive(
        file=file,
        layout=layout,
        classes=classes,
        names=names,
        people=people,
        labels=labels,
        frames=frames,
        persons=persons,
        frame_rate=_positive(file, "frame_rate", (count,)),
        image_size=_positive(file, "image_size", (count, 2), least=1),
        keypoints=keypoints,
        score=_array(file, "score", "f", keypoints.shape[:2]),
        present=_array(file, "present", "b", (rows,)),
        first=np.cumsum([0, *lengths[:-1]]),
        splits=_splits(file, count),
    )


def _array(
    file: Path, name: str, kinds: str, shape: tuple[int, ...] | None = None, *, dimensions: int = 0
) -> Array:
    """An array of a kind of numbers, and of a shape, or of some dimensions of which none is 0."""
    array = open_npz(file, name)
    fits = array.shape == shape if shape is not None else array.ndim == dimensions and array.size > 0
    if array.dtype.kind not in kinds or not fits:
        wanted = f" for {shape}" if shape is not None else ""
        raise DataError(
            f"{file}: {name} has shape {array.shape}{wanted} and type {array.dtype}.", hint=_AGAIN
        )
    return array


def _layout(file: Path, keypoints: Array) -> Layout:
    text = "".join(npz_texts(file, "layout"))
    if len(text) > _LONGEST_LAYOUT:  # checking the bones takes time that grows faster than they do
        raise DataError(f"{file}: its layout is of {len(text)} letters.", hint=_AGAIN)
    try:
        layout = Layout.from_mapping(parse_json(text, name=f"{file}: layout"))
    except LayoutError as error:
        raise DataError(f"{file}: {error.message}", hint=error.hint) from None
    if keypoints.shape[1:] not in ((layout.num_joints, 2), (layout.num_joints, 3)):
        raise DataError(
            f"{file}: keypoints have shape {keypoints.shape} for the {layout.num_joints} joints of its layout"
            f" {layout.name}.",
            hint=_AGAIN,
        )
    return layout


def _distinct(file: Path, name: str) -> tuple[str, ...]:
    texts = npz_texts(file, name)
    if not texts or not all(texts) or len(set(texts)) < len(texts):
        raise DataError(f"{file}: {name} are none, or one is empty or there twice.", hint=_AGAIN)
    return texts


def _labels(file: Path, count: int, classes: int) -> Array:
    labels = open_npz(file, "labels")
    fits = labels.ndim in (1, 2) and len(labels) == count and labels.size > 0 and labels.dtype.kind in "iu"
    if not fits or not -1 <= int(labels.min()) <= int(labels.max()) < classes:
        raise DataError(f"{file}: labels are not of {count} recordings of {classes} classes.", hint=_AGAIN)
    return labels


def _positive(file: Path, name: str, shape: tuple[int, ...], *, least: float = 0) -> Array:
    array = _array(file, name, "f", shape)
    known = array[~np.isnan(array)]
    if not (np.isfinite(known) & (known > 0) & (known >= least)).all():
        raise DataError(f"{file}: {name} has numbers that are not positive.", hint=_AGAIN)
    return array


def _splits(file: Path, count: int) -> dict[str, tuple[int, ...]]:
    """Every split that is not empty."""
    splits = {}
    for name in npz_names(file):
        if not name.startswith(_SPLIT):
            continue
        places = open_npz(file, name)
        if places.dtype.kind not in "iu" or places.ndim != 1:
            raise DataError(f"{file}: {name} is no list of whole numbers.", hint=_AGAIN)
        if not places.size:
            continue
        if not 0 <= int(places.min()) <= int(places.max()) < count or len(np.unique(places)) < len(places):
            raise DataError(f"{file}: {name} lists a recording twice, or one that is not there.", hint=_AGAIN)
        splits[name.removeprefix(_SPLIT)] = tuple(places.tolist())
    return splits or {"all": tuple(range(count))}
