"""Recordings as plain arrays and tables, in a skeleton and units that a recipe says: .npz, .npy and .csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from dancekit.data.clips import Clip
from dancekit.data.detections import Scale
from dancekit.data.paths import data_file
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.csv_columns import is_recording
from dancekit_sources.csv_table import read_header
from dancekit_sources.plain_arrays_files import ENDINGS, Told, read_plain, told_by
from dancekit_sources.plain_arrays_units import Units
from dancekit_sources.recognition import archive_names, files_of
from dancekit_sources.recording_files import named_files
from dancekit_sources.recording_names import (
    checked_frame_rate,
    found_in_names,
    group_pattern,
    labels_of_names,
    splits_of_names,
)
from dancekit_sources.recordings_archive import is_archive, open_archive
from dancekit_sources.splits import recordings_of


class PlainArrays(Dataset):
    """A folder of files of one recording each, or one archive of all that tells everything itself.

    The archive is what `dancekit data convert --to npz` writes (`dancekit_sources.recordings_archive`): give
    its path and nothing else. The other files are `dancekit_sources.plain_arrays_files`: arrays, in which a
    joint that is not a number is missing, and tables with names of joints. Such a recording is named after
    its file: the path below the folder, without the ending. In three dimensions they become metres, y up.

    Args:
        path: the folder, whose subfolders are searched too, or one file.
        layout: the skeleton.
        units: of recordings in two dimensions, y down: `pixels`, or `normalised` to 1.
        metres_per_unit: of recordings in three: 1 for metres, 0.01 for centimetres.
        vertical: the axis that points up, which 3D recordings need.
        frame_rate: frames per second; without it what the files say, if all of them do.
        image_size: (width, height) of the pixels, if known.
        label_pattern: a regular expression with one group that finds the class in the name, such as
            `^([^_]+)_`. Without it the labels are those in the files, if there are any.
        classes: the names of the classes, in the order of the labels; with a label_pattern those that are
            wanted, and recordings of others are left out. Empty: all, in alphabetical order, or class_0
            and so on for labels in the files.
        person_pattern: the same for who dances, so that no one is on two sides of a split. Without it what
            the files say.
        splits: name of a split -> a regular expression that finds the names of its recordings. Without it
            there is one split, "all".

    Raises:
        DataError: there is no recording, or a file cannot be used or does not fit the layout.
        RecipeError: a parameter makes no sense, or one is missing that the files don't tell.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout | None = None,
        units: Scale | None = None,
        metres_per_unit: float | None = None,
        vertical: Literal["y", "z"] | None = None,
        frame_rate: float | None = None,
        image_size: tuple[int, int] | None = None,
        label_pattern: str = "",
        classes: tuple[str, ...] = (),
        person_pattern: str = "",
        splits: dict[str, str] | None = None,
    ) -> None:
        self._source = data_file(path)
        self._splits: Mapping[str, Sequence[Any]]
        self._clip: Callable[[Any], Clip]
        if self._source.suffix.lower() == ".npz" and self._source.is_file() and is_archive(self._source):
            needless = {
                "layout": layout,
                "units": units,
                "metres_per_unit": metres_per_unit,
                "vertical": vertical,
                "frame_rate": frame_rate,
                "image_size": image_size,
                "label_pattern": label_pattern,
                "classes": classes,
                "person_pattern": person_pattern,
                "splits": splits,
            }
            _check_none(needless, self._source)
            archive = open_archive(self._source)
            self.layout, self.classes, self._splits = archive.layout, archive.classes, archive.splits
            self._clip = archive.clip
            self.splits = tuple(self._splits)
            return
        label_finder = group_pattern(label_pattern, key="label_pattern", example="^([^_]+)_")
        person_finder = group_pattern(person_pattern, key="person_pattern", example="_(s[0-9]+)_")
        self._units = Units.of(
            units=units, metres_per_unit=metres_per_unit, vertical=vertical, image_size=image_size
        )
        self._frame_rate = checked_frame_rate(frame_rate)
        self._image_size = image_size
        if layout is None:
            raise RecipeError(
                "layout is missing: the files don't tell which skeleton theirs is.",
                hint="Take a shipped one, such as coco17, or declare one.",
            )
        self.layout = layout
        files = named_files(self._source, ENDINGS, hint="Give a folder of recordings, or one.")
        told = {
            name: told_by(file, layout, coordinates=self._units.coordinates) for name, file in files.items()
        }
        _check_rates(told, files, self._frame_rate)
        labelled = {name: each.label for name, each in told.items() if each.label is not None}
        self._labels: Mapping[str, int | tuple[int, ...]]
        if label_finder is None and labelled:
            self.classes, self._labels = _told_labels(labelled, files, classes, self._source)
        else:
            self.classes, self._labels = labels_of_names(
                label_finder, files, classes=classes, source=self._source
            )
        self._files = {name: files[name] for name in self._labels}
        self._people = found_in_names(person_finder, self._files, key="person_pattern", source=self._source)
        if person_finder is None:
            self._people = {name: told[name].person for name in self._files}
        self._splits = splits_of_names(splits, self._files, source=self._source)
        self._clip = self._file_clip
        self.splits = tuple(self._splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return any(map(_is_recording, files_of(path, ".npz", ".csv")))

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in alphabetical order of their names, or in that of the archive."""
        return map(self._clip, recordings_of(self._splits, split, self._source))

    def _file_clip(self, name: str) -> Clip:
        file = self._files[name]
        plain = read_plain(file, self.layout, coordinates=self._units.coordinates)
        return Clip.of(
            self._units.applied(plain.keypoints, where=str(file)),
            score=plain.score,
            present=plain.present,
            label=self._labels[name],
            name=name,
            person=self._people[name],
            frame_rate=plain.frame_rate if self._frame_rate is None else self._frame_rate,
            image_size=self._image_size,
        )


def _is_recording(file: Path) -> bool:
    if file.suffix.lower() == ".npz":
        names = archive_names(file)
        return "keypoints" in names
    try:
        header = read_header(file)
    except DataError:
        return False
    return is_recording(header)


def _check_none(needless: Mapping[str, object], source: Path) -> None:
    if given := [key for key, value in needless.items() if value]:
        raise RecipeError(
            f"{', '.join(given)}: {source} tells this itself.", hint="Give its path and nothing else."
        )


def _check_rates(told: Mapping[str, Told], files: Mapping[str, Path], frame_rate: float | None) -> None:
    silent = [files[name] for name, each in told.items() if not each.timed]
    if frame_rate is None and silent:
        raise RecipeError(
            f"frame_rate is missing: {silent[0]} doesn't tell it.", hint="Set it to frames per second."
        )


def _told_labels(
    labels: Mapping[str, int | tuple[int, ...]],
    files: Mapping[str, Path],
    classes: tuple[str, ...],
    source: Path,
) -> tuple[tuple[str, ...], Mapping[str, int | tuple[int, ...]]]:
    """The classes, and the labels in the files, which all of them must have."""
    if silent := [file for name, file in files.items() if name not in labels]:
        raise DataError(
            f"{silent[0]}: it has no `label`, and others of {source} do.",
            hint="Store one in each, or set label_pattern.",
        )
    highest = max(each if isinstance(each, int) else max(each) for each in labels.values())
    names = classes or tuple(f"class_{label}" for label in range(highest + 1))
    if len(names) <= highest or len(set(names)) < len(names):
        raise RecipeError(
            f"classes are {len(set(names))} names, but the labels in {source} go up to {highest}.",
            hint=f"Name at least {highest + 1}, each once, in the order of the labels.",
        )
    return names, labels
