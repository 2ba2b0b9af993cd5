"""The annotation pickles of PYSKL, in which most public sets of skeletons are shared.

A file is `{"split": {name: [frame_dir, ...]}, "annotations": [item, ...]}`, or the bare list of items.
An item is a dict:

    frame_dir       text, the name of the recording
    label           int; a list gives one per person
    keypoint        (M, T, V, C) or (T, V, C); C = 2 (pixels) or 3
    total_frames    T; optional
    keypoint_score  (M, T, V); optional
    img_shape       (height, width); optional, for keypoints in pixels

It is read without running anything (`dancekit.data.unpickle`), so a file from a stranger is safe.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dancekit.data.clips import Clip
from dancekit.data.paths import data_file
from dancekit.data.unpickle import read_pickle
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.pyskl_annotations import Annotation, plain

_MOST_PROBLEMS = 5
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
        frame_rate: frames per second, which the format doesn't tell.

    Raises:
        DataError: a file is missing, or what it says cannot be used.
        RecipeError: `person_pattern` or `frame_rate` makes no sense.
    """

    def __init__(
        self,
        *,
        path: Path,
        layout: Layout,
        classes: Path | None = None,
        person_pattern: str = "",
        frame_rate: float | None = None,
    ) -> None:
        pattern = _pattern(person_pattern)
        if frame_rate is not None and not (math.isfinite(frame_rate) and frame_rate > 0):
            raise RecipeError(f"frame_rate is {frame_rate}.", hint="Give frames per second, or leave it out.")
        self.layout = layout
        self._frame_rate = frame_rate
        self._file = data_file(path)
        items, splits = _content(read_pickle(self._file), self._file)
        self._annotations = _annotations(items, layout, self._file)
        self._splits = _checked_splits(splits, self._annotations, self._file)
        self.splits = tuple(self._splits)
        self.classes = _classes(classes, self._annotations.values(), self._file)
        self._persons = _persons(pattern, self._annotations, self._file)

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in the order of the file's list."""
        if split not in self._splits:
            near = get_close_matches(split, self.splits, n=1)
            guess = f"Did you mean {near[0]!r}? " if near else ""
            raise DataError(
                f"{self._file}: there is no split {split!r}.",
                hint=f"{guess}There are: {', '.join(self.splits)}.",
            )
        names = self._splits[split]
        if not names:
            raise DataError(f"{self._file}: the split {split!r} is empty.", hint="Choose another one.")
        return (
            self._annotations[name].clip(person=self._persons[name], frame_rate=self._frame_rate)
            for name in names
        )


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


def _annotations(items: list[Any], layout: Layout, file: Path) -> dict[str, Annotation]:
    """The checked items by name; all that is wrong is told in one error, the same thing once."""
    annotations: dict[str, Annotation] = {}
    problems: dict[tuple[str, str], list[str]] = {}
    for number, item in enumerate(items):
        try:
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
    splits: dict[Any, Any] | None, annotations: dict[str, Annotation], file: Path
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


def _classes(path: Path | None, annotations: Iterable[Annotation], file: Path) -> tuple[str, ...]:
    highest = max(annotation.highest_label for annotation in annotations)
    if path is None:
        return tuple(f"class_{label}" for label in range(highest + 1))
    found = data_file(path, beside=file)
    try:
        lines = found.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{found}: it cannot be read.", hint="Give a UTF-8 text, a class a line.") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) <= highest:
        raise DataError(
            f"{found}: it names {len(names)} classes, but the labels of {file} go up to {highest}.",
            hint=f"Name at least {highest + 1}, one a line, in the order of the labels.",
        )
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{found}: the class {double!r} is there twice.", hint="Give each its own name.")
    return names


def _pattern(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise RecipeError(
            f"person_pattern {pattern!r} is no regular expression: {error}.", hint=r"Such as _s(\d+)_."
        ) from None
    if compiled.groups != 1:
        raise RecipeError(
            f"person_pattern {pattern!r} has {compiled.groups} groups.",
            hint=r"Put the person in one pair of brackets, such as _s(\d+)_; (?:...) makes no group.",
        )
    return compiled


def _persons(pattern: re.Pattern[str] | None, names: Iterable[str], file: Path) -> dict[str, str]:
    """Who dances in each recording; "" where there is no pattern."""
    if pattern is None:
        return dict.fromkeys(names, "")
    found = {name: pattern.search(name) for name in names}
    persons = {name: match[1] for name, match in found.items() if match and match[1]}
    if missing := [name for name in found if name not in persons]:
        raise DataError(
            f"{file}: person_pattern {pattern.pattern!r} finds no person in {len(missing)} of {len(found)}"
            f" names, the first is {missing[0][:100]!r}.",
            hint="Mend the pattern, or leave it out if the names don't tell.",
        )
    return persons
