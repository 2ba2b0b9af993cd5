"""The arrays that ST-GCN, 2s-AGCN, MS-G3D and the CTR-GCN family train on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from dancekit.data.clips import Clip
from dancekit.data.paths import data_file
from dancekit.errors import DataError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.recognition import archive_names, folder_entries
from dancekit_sources.recording_names import (
    checked_frame_rate,
    found_in_names,
    group_pattern,
    read_classes,
)
from dancekit_sources.splits import recordings_of
from dancekit_sources.stgcn_files import ArraySplit, data_of_labels, open_archive, open_folder
from dancekit_sources.vertical import required_vertical, y_up

_CHANNELS = {"3d": 3, "2d": 2, "2d_score": 3}


class StgcnArrays(Dataset):
    """A folder of `train_data.npy` and `train_label.pkl`, or an archive with `x_train` and `y_train`.

    The splits are those that are there, such as train and val or test. Arrays are mapped, so that only
    the recordings in use are in memory; those of a compressed archive have to be unpacked first.

    The formats fill up with zeros. So a person whose joints are all exactly zero in a frame is absent
    from it, one who is nowhere is left out, and a recording ends with the last frame that has somebody.
    Where a preprocessing has repeated frames to fill up, they stay.

    Args:
        path: the folder, or the .npz file.
        layout: the skeleton.
        channels: what the channels are: "3d" for x, y, z in metres, "2d" for x and y, "2d_score" for x,
            y and a score, as the Kinetics skeletons have it.
        vertical: the axis that points up, which 3D recordings need: y in the cameras' own coordinates
            (ST-GCN, CTR-GCN), z where the spine was turned upright (2s-AGCN, MS-G3D).
        classes: a text file with the name of one class a line, in the order of the labels; it may lie
            beside the recordings. Without it they are called class_0, class_1 and so on.
        person_pattern: a regular expression with one group that finds the person in the name, such as
            `P([0-9]+)` of NTU's; the archives have no names. Empty: unknown.
        frame_rate: frames per second, which the formats don't tell.

    Raises:
        DataError: a file cannot be read, or contradicts itself or the layout.
        RecipeError: a parameter makes no sense, or `vertical` is missing.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout,
        channels: Literal["3d", "2d", "2d_score"],
        vertical: Literal["y", "z"] | None = None,
        classes: Path | None = None,
        person_pattern: str = "",
        frame_rate: float | None = None,
    ) -> None:
        pattern = group_pattern(person_pattern, key="person_pattern", example="P([0-9]+)")
        self._vertical = required_vertical(
            vertical,
            coordinates=3 if channels == "3d" else 2,
            hint="Set it to y for ST-GCN's and CTR-GCN's arrays, to z for those of 2s-AGCN and MS-G3D.",
        )
        self._frame_rate = checked_frame_rate(frame_rate)
        self._channels = channels
        self.layout = layout
        self._source = data_file(path)
        if self._source.is_dir():
            self._arrays = open_folder(self._source, layout)
        else:
            self._arrays = open_archive(self._source, layout, channels=_CHANNELS[channels])
        for array in self._arrays.values():
            if array.keypoints.shape[-1] != _CHANNELS[channels]:
                raise DataError(
                    f"{array.source}: it has {array.keypoints.shape[-1]} channels, but {channels} are"
                    f" {_CHANNELS[channels]}.",
                    hint="Set `channels` to what they are.",
                )
        self._splits = {split: range(len(each.names)) for split, each in self._arrays.items()}
        self.splits = tuple(self._splits)
        highest = max(max(each.labels) for each in self._arrays.values())
        self.classes = read_classes(classes, highest=highest, beside=self._source)
        self._persons = {
            split: found_in_names(pattern, each.names, key="person_pattern", source=self._source)
            for split, each in self._arrays.items()
        }

    @classmethod
    def recognises(cls, path: Path) -> bool:
        names = archive_names(path)
        if any(name.startswith("x_") and f"y_{name[2:]}" in names for name in names):
            return True
        return any(data_of_labels(file) for file in folder_entries(path)[0])

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in the order of its array."""
        places = recordings_of(self._splits, split, self._source)
        return (self._clip(self._arrays[split], self._persons[split], place) for place in places)

    def _clip(self, array: ArraySplit, persons: dict[str, str], place: int) -> Clip:
        with np.errstate(over="ignore"):  # what float32 cannot hold is missing
            stored = np.array(array.keypoints[place], dtype=np.float32)  # (T, M, V, C)
        values = stored.transpose(1, 0, 2, 3)  # (M, T, V, C)
        there = (values != 0).any(axis=(2, 3))  # (M, T)
        dancing = there.any(axis=1)  # (M,)
        last = int(np.flatnonzero(there.any(axis=0))[-1]) if dancing.any() else 0
        dancing[0] |= not dancing.any()  # nobody at all is one person who is absent
        values, there = values[dancing, : last + 1], there[dancing, : last + 1]
        points, score = values, np.broadcast_to(there[..., None], values.shape[:-1])  # (M, T, V)
        if self._channels == "3d":
            points = y_up(values, self._vertical)
        elif self._channels == "2d_score":
            points, score = values[..., :2], values[..., 2]
        name = array.names[place]
        return Clip.of(
            points,
            score=score,
            label=array.labels[place],
            name=name,
            person=persons[name],
            frame_rate=self._frame_rate,
        )
