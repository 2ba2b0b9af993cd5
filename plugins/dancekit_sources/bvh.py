"""Recordings of motion capture as BVH files, as most studios and archives hand them out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.paths import data_file
from dancekit.errors import DataError, LayoutError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.convert import conversion_matrix, convert
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest
from dancekit_sources.bvh_hierarchy import Hierarchy
from dancekit_sources.bvh_kinematics import world_positions
from dancekit_sources.bvh_layout import kept_joints, layout_of
from dancekit_sources.bvh_names import usual_names
from dancekit_sources.bvh_parse import read_bvh, read_hierarchy
from dancekit_sources.recognition import files_of, start_of
from dancekit_sources.recording_files import named_files
from dancekit_sources.recording_names import (
    found_in_names,
    group_pattern,
    labels_of_names,
    splits_of_names,
)
from dancekit_sources.splits import recordings_of
from dancekit_sources.vertical import y_up

_ENDING = ".bvh"


class Bvh(Dataset):
    """A folder of BVH files, or one file: one person each, in metres, y up, in the world.

    A recording is named after its file: the path below the folder, without the ending. The frame rate
    is the file's own, and so are the bone lengths. The hierarchies are read at once, the motions when
    they are asked for.

    Args:
        path: a folder, whose subfolders are searched too, or one file.
        metres_per_unit: the format doesn't tell its unit: 0.01 for centimetres, 0.0254 for inches,
            0.056444 for the recordings of the CMU archive.
        layout: the skeleton that is wanted; its joints are found by name, and derived ones computed.
            Without it the hierarchy is the layout, and all files must have the same joints.
        rename: names in the files -> names in the layout. Without it joints that are called as in
            MotionBuilder, Mixamo, Poser, DAZ, Unreal or Rigify, or after the joints, such as LeftKnee, get
            the names that the shipped layouts have; {} keeps all as they are.
        end_sites: use the ends of the last bones as joints too, called after their joint with `_end`.
        vertical: the axis that points up in the files. BVH says y, but some programs write z.
        label_pattern: a regular expression with one group that finds the class in the name, such as
            `^([^_]+)_`. Empty: not known.
        classes: the classes that are wanted, in the order of the labels; recordings of others are left
            out. Empty: all, in alphabetical order.
        person_pattern: the same for who dances, so that no one is on two sides of a split.
        splits: name of a split -> a regular expression that finds the names of its recordings. Without
            it there is one split, "all".

    Raises:
        DataError: there is no recording, or one cannot be read or lacks a joint.
        RecipeError: a parameter makes no sense.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        metres_per_unit: float,
        layout: Layout | None = None,
        rename: dict[str, str] | None = None,
        end_sites: bool = False,
        vertical: Literal["y", "z"] = "y",
        label_pattern: str = "",
        classes: tuple[str, ...] = (),
        person_pattern: str = "",
        splits: dict[str, str] | None = None,
    ) -> None:
        if not (math.isfinite(metres_per_unit) and metres_per_unit > 0):
            raise RecipeError(
                f"metres_per_unit is {metres_per_unit}.", hint="Give 0.01 for files in centimetres."
            )
        label_finder = group_pattern(label_pattern, key="label_pattern", example="^([^_]+)_")
        person_finder = group_pattern(person_pattern, key="person_pattern", example="_(s[0-9]+)_")
        self._metres_per_unit = metres_per_unit
        self._rename = rename
        self._kept = () if layout is None else layout.joints
        self._end_sites = end_sites
        self._vertical: Literal["y", "z"] = vertical
        self._source = data_file(path)
        files = named_files(self._source, (_ENDING,), hint="Give a folder of BVH recordings.")
        self.classes, self._labels = labels_of_names(
            label_finder, files, classes=classes, source=self._source
        )
        self._files = {name: files[name] for name in self._labels}
        self._persons = found_in_names(person_finder, self._files, key="person_pattern", source=self._source)
        self._splits = splits_of_names(splits, self._files, source=self._source)
        self.splits = tuple(self._splits)
        hierarchies = {name: read_hierarchy(file) for name, file in self._files.items()}
        _check_rename(rename or {}, hierarchies, self._source)
        layouts = {name: self._file_layout(self._files[name], each) for name, each in hierarchies.items()}
        first = next(iter(layouts))
        self.layout = layout or layouts[first]
        for name, each in layouts.items():
            if layout is None:
                _check_same(each, self._files[name], layouts[first], self._files[first])
            else:
                _check_convertible(each, layout, self._files[name])

    @classmethod
    def recognises(cls, path: Path) -> bool:
        files = files_of(path, _ENDING)
        return any(start_of(file).lstrip()[:9].upper() == b"HIERARCHY" for file in files)

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in alphabetical order of their names."""
        return map(self._clip, recordings_of(self._splits, split, self._source))

    def _clip(self, name: str) -> Clip:
        file = self._files[name]
        recording = read_bvh(file)
        kept = kept_joints(recording.hierarchy, end_sites=self._end_sites)
        units = world_positions(recording.hierarchy, recording.values)[:, kept]  # (T, V, 3)
        points = y_up(units * self._metres_per_unit, self._vertical)
        source = self._file_layout(file, recording.hierarchy)
        keypoints, score = _converted(points, source, self.layout)
        return Clip.of(
            keypoints,
            score=score,
            label=self._labels[name],
            name=name,
            person=self._persons[name],
            frame_rate=recording.frame_rate,
        )

    def _file_layout(self, file: Path, hierarchy: Hierarchy) -> Layout:
        rename = self._rename
        if rename is None:
            rename = usual_names((joint.name for joint in hierarchy.joints), keep=self._kept)
        try:
            return layout_of(
                hierarchy, name=self._source.stem or "bvh", rename=rename, end_sites=self._end_sites
            )
        except LayoutError as error:
            raise DataError(f"{file}: {error.message}", hint=f"{error.hint} See `rename`.") from None


def _converted(
    points: npt.NDArray[np.float64], source: Layout, target: Layout
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(T, V source, 3) to (T, V target, 3), and the score (T, V target): 0 where not finite."""
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is missing
        single = points.astype(np.float32)
    score = np.asarray(np.isfinite(single).all(axis=-1), dtype=np.float32)  # (T, V source)
    return (single, score) if source == target else convert(single, score, source, target)


def _check_rename(rename: Mapping[str, str], hierarchies: Mapping[str, Hierarchy], source: Path) -> None:
    known = dict.fromkeys(joint.name for each in hierarchies.values() for joint in each.joints)
    for name in rename:
        if name not in known:
            raise DataError(
                f"{source}: rename speaks of the unknown joint {name!r}.", hint=nearest(name, known)
            )


def _check_same(layout: Layout, file: Path, first: Layout, first_file: Path) -> None:
    if layout != first:
        raise DataError(
            f"{file}: its joints are not those of {first_file.name}.",
            hint="Set `layout` to the skeleton that is wanted, with `rename` for its names, or put them into"
            " folders of their own.",
        )


def _check_convertible(layout: Layout, target: Layout, file: Path) -> None:
    try:
        conversion_matrix(layout, target)
    except LayoutError as error:
        raise DataError(
            f"{file}: {error.message}",
            hint=f"Give {{name in the file: name in the layout}} as `rename`; the file has"
            f" {', '.join(layout.joints)[:600]}.",
        ) from None
