"""What the names of recordings tell: class, person and split, found by regular expressions.

Formats without labels carry them in the names of files. A pattern with one group takes them out, and
every name that it doesn't fit is an error, so that no recording is left out in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from dancekit.data.paths import data_file
from dancekit.errors import DataError, RecipeError
from dancekit.wording import nearest

UNLABELLED = "unlabelled"
"""The one class of a data set whose labels are not known; its recordings have the label -1."""


def group_pattern(pattern: str, *, key: str, example: str) -> re.Pattern[str] | None:
    """A regular expression as `required_pattern` checks it; None for the empty one."""
    return required_pattern(pattern, key=key, example=example) if pattern else None


def required_pattern(pattern: str, *, key: str, example: str) -> re.Pattern[str]:
    """A regular expression with exactly one group.

    Args:
        key: the parameter that it comes from.
        example: a pattern that would do.

    Raises:
        RecipeError: it is no regular expression, or has another number of groups.
    """
    compiled = _compiled(pattern, key, example)
    if compiled.groups != 1:
        raise RecipeError(
            f"{key} {pattern!r} has {compiled.groups} groups.",
            hint=f"Put what is wanted in one pair of brackets, such as {example}; (?:...) makes no group.",
        )
    return compiled


def found_in_names(
    pattern: re.Pattern[str] | None, names: Iterable[str], *, key: str, source: Path
) -> dict[str, str]:
    """What the group of a pattern holds in each name; "" everywhere without a pattern.

    Raises:
        DataError: a name does not have it.
    """
    if pattern is None:
        return dict.fromkeys(names, "")
    matches = {name: pattern.search(name) for name in names}
    found = {name: match[1] for name, match in matches.items() if match and match[1]}
    if missing := [name for name in matches if name not in found]:
        raise DataError(
            f"{source}: {key} {pattern.pattern!r} finds nothing in {len(missing)} of {len(matches)} names,"
            f" the first is {missing[0][:100]!r}.",
            hint="Mend the pattern, or leave it empty if the names don't tell.",
        )
    return found


def labels_of_names(
    pattern: re.Pattern[str] | None,
    names: Iterable[str],
    *,
    classes: tuple[str, ...],
    source: Path,
) -> tuple[tuple[str, ...], dict[str, int]]:
    """The classes, and the label of each recording that is used.

    Args:
        classes: those that are wanted, in the order of the labels: recordings of others are left out.
            Empty: all that are found, in alphabetical order.

    Raises:
        DataError: a name has no class, or a class has no recording.
    """
    if pattern is None:
        if classes:
            raise RecipeError(
                "classes are given, but nothing says which recording is of which.",
                hint=r"Set label_pattern too, such as ^([^_]+)_.",
            )
        return (UNLABELLED,), dict.fromkeys(names, -1)
    found = found_in_names(pattern, names, key="label_pattern", source=source)
    known = sorted(set(found.values()))
    wanted = classes or tuple(known)
    for wrong in wanted:
        if wrong not in known:
            raise DataError(f"{source}: no recording is of the class {wrong!r}.", hint=nearest(wrong, known))
        if wanted.count(wrong) > 1:
            raise RecipeError(f"classes has {wrong!r} twice.", hint="Name each class once.")
    places = {name: place for place, name in enumerate(wanted)}
    return wanted, {name: places[each] for name, each in found.items() if each in places}


def splits_of_names(
    patterns: Mapping[str, str] | None, names: Iterable[str], *, source: Path
) -> dict[str, tuple[str, ...]]:
    """The recordings of each split: those whose name its pattern finds, in their own order.

    Without patterns all recordings are one split, "all".

    Raises:
        RecipeError: a pattern is no regular expression.
        DataError: a pattern finds no recording.
    """
    names = tuple(names)
    if patterns is None:
        return {"all": names}
    splits = {}
    for split, pattern in patterns.items():
        compiled = _compiled(pattern, f"splits.{split}", "^(s1|s2)/")
        splits[split] = tuple(name for name in names if compiled.search(name))
        if not splits[split]:
            raise DataError(
                f"{source}: splits.{split} {pattern!r} finds none of the {len(names)} recordings.",
                hint=f"Their names are such as {names[0][:100]!r}." if names else "",
            )
    return splits


def read_classes(path: Path | None, *, highest: int, beside: Path) -> tuple[str, ...]:
    """The names of the classes from a text, one a line in the order of the labels.

    Args:
        path: the text; without it they are called class_0, class_1 and so on.
        highest: the highest label of the recordings.
        beside: the data set, beside which the text may lie.

    Raises:
        DataError: it cannot be read, or names too few classes, or one of them twice.
    """
    if path is None:
        return tuple(f"class_{label}" for label in range(max(highest, 0) + 1))
    found = data_file(path, beside=beside)
    try:
        lines = found.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{found}: it cannot be read.", hint="Give a UTF-8 text, a class a line.") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if not names or len(names) <= highest:
        raise DataError(
            f"{found}: it names {len(names)} classes, but the labels of {beside} go up to {highest}.",
            hint=f"Name at least {max(highest, 0) + 1}, one a line, in the order of the labels.",
        )
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{found}: the class {double!r} is there twice.", hint="Give each its own name.")
    return names


def checked_frame_rate(frame_rate: float | None) -> float | None:
    """A frame rate that a recipe gives.

    Raises:
        RecipeError: it is no positive number.
    """
    if frame_rate is not None and not (math.isfinite(frame_rate) and frame_rate > 0):
        raise RecipeError(f"frame_rate is {frame_rate}.", hint="Give frames per second, or leave it out.")
    return frame_rate


def _compiled(pattern: str, key: str, example: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise RecipeError(
            f"{key} {pattern!r} is no regular expression: {error}.", hint=f"Such as {example}."
        ) from None
