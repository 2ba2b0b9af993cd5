"""The annotation pickles of PYSKL, in which most public sets of skeletons are shared.

A file is `{"split": {name: [frame_dir, ...]}, "annotations": [item, ...]}`, or the bare list of items.
An item is a dict:

    frame_dir       text, the name of the recording
    label           int; a list gives one per person
    keypoint        (M, T, V, C) or (T, V, C); C = 2 (pixels) or 3
    total_frames    T; optional
    keypoint_score  (M, T, V); optional
    img_shape       (height, width); optional, for keypoints in pixels

Those of Kinetics-400 have no `keypoint`: `dancekit_sources.pyskl_keypoint_files` says where it is. Three keys
more are read that dancekit writes and PYSKL passes over: `present` (M, T), `person` and `frame_rate`.

It is read without running anything (`dancekit.data.unpickle`), so a file from a stranger is safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dancekit.data.clips import Clip
from dancekit.data.detections import check_persons
from dancekit.data.paths import data_file
from dancekit.data.unpickle import read_pickle
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.pyskl_annotations import Annotation, plain
from dancekit_sources.pyskl_keypoint_files import DetachedAnnotation
from dancekit_sources.recognition import start_of, starts_as_pickle
from dancekit_sources.recording_names import (
    checked_frame_rate,
    found_in_names,
    group_pattern,
    read_classes,
)
from dancekit_sources.splits import recordings_of

_MOST_PROBLEMS = 5
_FIRST_KEY = 64
"""Bytes of a pickle in which the first key of a dict stands."""
_FORMAT = "A PYSKL file is a list of annotations, or a dict with `annotations` and `split`."


class Pyskl(Dataset):
    """Recordings of an annotation pickle; every one is checked before the first is used.

    NaN and infinite joints are missing, and a person whose keypoints are all exactly zero in a frame
    is absent from it, since that is how the format pads.

    Args:
        path: the pickle, absolute or found as `dancekit.data.paths.data_file` says.
        layout: the skeleton of the keypoints.
        classes: a text file with the name of one class a line, in the order of the labels; it may lie
            beside the pickle. Without it they are called class_0, class_1 and so on.
        person_pattern: a regular expression with one group that finds the person in `frame_dir`, such
            as `_s(\\d+)_`, so that no one is on two sides of a split. Empty: unknown.
        frame_rate: frames per second, which the format doesn't tell; without it what dancekit wrote.
        keypoint_files: the folder of the keypoint files, or one of them, for annotations without
            `keypoint`; it may lie beside the pickle. People in these are followed as
            `dancekit.data.tracking.follow` says, and those of the highest scores are kept, summed
            over joints and frames. Recordings of one file come one after the other.
        least_box_score: in keypoint files, detections whose `box_score` is below it are left out.
        persons: in keypoint files, the most persons of a recording.

    Raises:
        DataError: a file is missing, or what it says cannot be used.
        RecipeError: a parameter makes no sense.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout,
        classes: Path | None = None,
        person_pattern: str = "",
        frame_rate: float | None = None,
        keypoint_files: Path | None = None,
        least_box_score: float = 0.5,
        persons: int = 2,
    ) -> None:
        check_persons(persons)
        if not math.isfinite(least_box_score):
            raise RecipeError(f"least_box_score is {least_box_score}.", hint="Give a number from 0 to 1.")
        pattern = group_pattern(person_pattern, key="person_pattern", example=r"_s(\d+)_")
        self.layout = layout
        self._frame_rate = checked_frame_rate(frame_rate)
        self._file = data_file(path)
        items, splits = _content(read_pickle(self._file), self._file)
        self._least_box_score = least_box_score
        self._most_persons = persons
        folder = None if keypoint_files is None else data_file(keypoint_files, beside=self._file)
        self._annotations = _annotations(items, layout, self._file, folder)
        self._splits = _checked_splits(splits, self._annotations, self._file)
        self.splits = tuple(self._splits)
        highest = max(annotation.highest_label for annotation in self._annotations.values())
        self.classes = read_classes(classes, highest=highest, beside=self._file)
        self._persons = found_in_names(pattern, self._annotations, key="person_pattern", source=self._file)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        start = start_of(path)
        first_key = start[:_FIRST_KEY]
        listed = b"annotations" in first_key and b"keypoint" in start
        return starts_as_pickle(start) and (b"frame_dir" in start or b"split" in first_key or listed)

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in the order of the file's list."""
        names = recordings_of(self._splits, split, self._file)
        if not names:
            raise DataError(f"{self._file}: the split {split!r} is empty.", hint="Choose another one.")
        places = {file: place for place, file in enumerate(dict.fromkeys(map(self._file_of, names)))}
        return self._clips(sorted(names, key=lambda name: places[self._file_of(name)]))

    def _clips(self, names: Iterable[str]) -> Iterator[Clip]:
        """The clips in an order in which every keypoint file is read once, and is not in memory for long."""
        opened, content = None, None
        for name in names:
            annotation = self._annotations[name]
            person, rate = self._persons[name], self._frame_rate
            if isinstance(annotation, Annotation):
                yield annotation.clip(person=person, frame_rate=rate)
                continue
            if annotation.file != opened:
                opened, content = annotation.file, read_pickle(annotation.file)
            yield annotation.clip(
                content,
                self.layout,
                least_box_score=self._least_box_score,
                persons=self._most_persons,
                person=person,
                frame_rate=rate,
            )

    def _file_of(self, name: str) -> Path | None:
        annotation = self._annotations[name]
        return annotation.file if isinstance(annotation, DetachedAnnotation) else None


def _content(content: Any, file: Path) -> tuple[list[Any], dict[Any, Any] | None]:
    """The items of a file, and its splits; None where it has none."""
    items, splits = content, None
    if isinstance(content, dict):
        items, splits = content.get("annotations"), content.get("split")
    if not isinstance(items, list | tuple) or not isinstance(splits, dict | None):
        raise DataError(f"{file}: these are not PYSKL's annotations.", hint=_FORMAT)
    if not items:
        raise DataError(f"{file}: the list of annotations is empty.", hint=_FORMAT)
    return list(items), splits


def _annotations(
    items: list[Any], layout: Layout, file: Path, keypoint_files: Path | None
) -> dict[str, Annotation | DetachedAnnotation]:
    """The checked items by name; all that is wrong is told in one error, the same thing once."""
    annotations: dict[str, Annotation | DetachedAnnotation] = {}
    problems: dict[tuple[str, str], list[str]] = {}
    for number, item in enumerate(items):
        try:
            annotation: Annotation | DetachedAnnotation
            if isinstance(item, dict) and "keypoint" not in item and "raw_file" in item:
                annotation = DetachedAnnotation.of(item, folder=keypoint_files)
            else:
                annotation = Annotation.of(item, layout=layout)
            if annotation.name in annotations:
                raise DataError("is there twice.", hint="Give every recording its own `frame_dir`.")
            annotations[annotation.name] = annotation
        except DataError as error:
            name = item.get("frame_dir") if isinstance(item, dict) else None
            which = repr(name[:100]) if isinstance(name, str) else f"number {number}"
            problems.setdefault((error.message, error.hint), []).append(which)
    if problems:
        lines = [
            f"{file}: annotation {where[0]}{f' (like {len(where) - 1} more)' if len(where) > 1 else ''}"
            f" {message} {hint}"
            for (message, hint), where in problems.items()
        ]
        if len(lines) > _MOST_PROBLEMS:
            lines[_MOST_PROBLEMS:] = [f"{file}: and {len(lines) - _MOST_PROBLEMS} more kinds of problems."]
        raise DataError("\n".join(lines))
    return annotations


def _checked_splits(
    splits: dict[Any, Any] | None, annotations: Mapping[str, object], file: Path
) -> dict[str, tuple[str, ...]]:
    """The names of each split; a file without splits has one, "all"."""
    if splits is None:
        return {"all": tuple(annotations)}
    checked: dict[str, tuple[str, ...]] = {}
    for split, listed in splits.items():
        names = plain(listed)
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in (split, *names)):
            raise DataError(
                f"{file}: a split is no list of names.", hint="It must list the `frame_dir` of annotations."
            )
        unknown = [name for name in names if name not in annotations]
        if unknown:
            raise DataError(
                f"{file}: {len(unknown)} of the {len(names)} names of split {split!r} have no annotation,"
                f" the first is {unknown[0][:100]!r}.",
                hint="Take them out of the split, or add their annotations.",
            )
        # PYSKL asks whether a name is in the list, so one that is there twice counts once.
        checked[str(split)] = tuple(dict.fromkeys(map(str, names)))
    if not checked:
        raise DataError(f"{file}: there is no split in it.", hint="Name at least one, or leave out `split`.")
    return checked
