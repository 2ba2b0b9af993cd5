"""The arrays and labels of ST-GCN, 2s-AGCN and the CTR-GCN family, opened but not read.

a folder     <split>_data.npy, <split>_data_joint.npy or <split>_joint.npy: (N, C, T, V, M)
             <split>_label.pkl: ([name, ...], [label, ...])
an archive   x_<split>: (N, T, M * V * C), y_<split>: (N, classes) one-hot, or (N,)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.unpickle import read_pickle
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit_sources.numpy_files import npz_names, open_npy, open_npz

_DATA_NAMES = ("{}_data_joint.npy", "{}_data.npy", "{}_joint.npy")
_LABELS = "_label.pkl"
_MOST_CLASSES = 100_000
_FOLDER = "It needs train_data.npy or train_data_joint.npy, and train_label.pkl beside it."
_ARCHIVE = "It needs x_train and y_train."


@dataclass(frozen=True, kw_only=True)
class ArraySplit:
    """One split.

    Attributes:
        keypoints: (N, T, M, V, C), a view of what lies on the disk.
        names: of the N recordings.
        labels: of the N recordings.
        source: what errors call it.
    """

    keypoints: npt.NDArray[Any]
    names: tuple[str, ...]
    labels: tuple[int, ...]
    source: str


def open_folder(folder: Path, layout: Layout) -> dict[str, ArraySplit]:
    """The splits of a folder of .npy and label files, in alphabetical order.

    Raises:
        DataError: there are none, or one contradicts itself or the layout.
    """
    splits = {}
    for label_file in sorted(folder.glob(f"*{_LABELS}")):
        split = label_file.name.removesuffix(_LABELS)
        data_file = data_of_labels(label_file)
        if data_file is None:
            raise DataError(f"{label_file}: the recordings that it labels are not there.", hint=_FOLDER)
        array = open_npy(data_file)
        if array.ndim != 5 or array.shape[3] != layout.num_joints or not array.size:
            raise DataError(
                f"{data_file}: the array has shape {array.shape}.",
                hint=f"It must be (recordings, channels, frames, {layout.num_joints} joints of"
                f" {layout.name}, persons).",
            )
        names, labels = _names_and_labels(label_file, len(array))
        splits[split] = ArraySplit(
            keypoints=array.transpose(0, 2, 4, 3, 1),  # (N, C, T, V, M) -> (N, T, M, V, C)
            names=names,
            labels=labels,
            source=str(data_file),
        )
    if not splits:
        raise DataError(f"{folder}: there is no label file in it.", hint=_FOLDER)
    return splits


def data_of_labels(label_file: Path) -> Path | None:
    """The array whose recordings a file labels; None if it is not there, or that is no label file."""
    split = label_file.name.removesuffix(_LABELS)
    if split == label_file.name:
        return None
    candidates = [label_file.with_name(name.format(split)) for name in _DATA_NAMES]
    return next((file for file in candidates if file.is_file()), None)


def open_archive(file: Path, layout: Layout, *, channels: int) -> dict[str, ArraySplit]:
    """The splits of an archive, in its order. Recordings are called after split and number.

    Args:
        channels: C, which the format doesn't tell.

    Raises:
        DataError: as `open_folder`.
    """
    splits = {}
    for name in npz_names(file):
        if not name.startswith("x_"):
            continue
        split = name.removeprefix("x_")
        array = open_npz(file, name)
        width = layout.num_joints * channels
        if array.ndim != 3 or array.shape[2] % width or not array.size or array.dtype.kind != "f":
            raise DataError(
                f"{file}: {name} has shape {array.shape} and type {array.dtype}.",
                hint=f"It must be floats, (recordings, frames, persons x {layout.num_joints} joints of"
                f" {layout.name} x {channels}).",
            )
        labels = _labels_of_rows(open_npz(file, f"y_{split}"), len(array), f"{file}: y_{split}")
        splits[split] = ArraySplit(
            keypoints=array.reshape(*array.shape[:2], -1, layout.num_joints, channels),  # (N, T, M, V, C)
            names=tuple(f"{split}/{number}" for number in range(len(array))),
            labels=labels,
            source=f"{file}: {name}",
        )
    if not splits:
        raise DataError(f"{file}: there are no recordings in it.", hint=_ARCHIVE)
    return splits


def _names_and_labels(file: Path, count: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    content = read_pickle(file)
    if not isinstance(content, list | tuple) or len(content) != 2:
        raise DataError(f"{file}: this is no pair of names and labels.", hint="Store (names, labels).")
    names, labels = (
        each.tolist() if isinstance(each, np.ndarray) and each.ndim == 1 else each for each in content
    )
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise DataError(f"{file}: the names are no list of texts.", hint="Store (names, labels).")
    if not isinstance(labels, list | tuple) or not len(names) == len(labels) == count:
        raise DataError(
            f"{file}: it has {len(names)} names and"
            f" {len(labels) if isinstance(labels, list | tuple) else 'no'} labels for {count} recordings.",
            hint="Take the labels that were written with these recordings.",
        )
    if len(set(names)) < len(names):
        raise DataError(f"{file}: a name is there twice.", hint="Give every recording its own.")
    return tuple(names), _checked(labels, str(file))


def _labels_of_rows(array: npt.NDArray[Any], count: int, where: str) -> tuple[int, ...]:
    """Labels from rows that are one-hot, or from numbers."""
    if array.ndim not in (1, 2) or len(array) != count or not array.size:
        raise DataError(
            f"{where} has shape {array.shape} for {count} recordings.",
            hint="It must be (recordings, classes), with a single 1 in each row, or (recordings,).",
        )
    if array.ndim == 1:
        return _checked(array.tolist(), where)
    ones = array == 1  # (N, classes)
    wrong = np.flatnonzero((ones.sum(axis=1) != 1) | ((array != 0) & ~ones).any(axis=1))
    if wrong.size:
        raise DataError(
            f"{where}: row {wrong[0]} is not one-hot.", hint="Each row must have a single 1, the rest 0."
        )
    return tuple(ones.argmax(axis=1).tolist())


def _checked(labels: Iterable[Any], where: str) -> tuple[int, ...]:
    checked = []
    for number, label in enumerate(labels):
        whole = isinstance(label, int | float | np.integer) and not isinstance(label, bool)
        if not whole or not 0 <= label < _MOST_CLASSES or label != int(label):
            raise DataError(
                f"{where}: label {number} is {str(label)[:40]}.", hint="It must be a whole number from 0."
            )
        checked.append(int(label))
    return tuple(checked)
