"""What the names of recordings tell, found by regular expressions of the user."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dancekit.errors import DataError, RecipeError


def group_pattern(pattern: str, *, key: str) -> re.Pattern[str]:
    """A regular expression with exactly one group.

    Args:
        key: the argument that it comes from, for errors.

    Raises:
        RecipeError: it is no such expression.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise RecipeError(
            f"{key} {pattern!r} is no regular expression: {error}.", hint=r"Such as ^([a-z]+)_."
        ) from None
    if compiled.groups != 1:
        raise RecipeError(
            f"{key} {pattern!r} has {compiled.groups} groups.",
            hint=r"Put what it finds in one pair of brackets, such as ^([a-z]+)_; (?:...) makes no group.",
        )
    return compiled


def found_in(names: Iterable[str], pattern: re.Pattern[str], *, key: str, source: Path) -> dict[str, str]:
    """What the group of the pattern finds in each name.

    Args:
        key: the argument that the pattern comes from, for errors.
        source: where the names come from, for errors.

    Raises:
        DataError: it finds nothing in a name.
    """
    matches = {name: pattern.search(name) for name in names}
    found = {name: match[1] for name, match in matches.items() if match and match[1]}
    if missing := [name for name in matches if name not in found]:
        raise DataError(
            f"{source}: {key} {pattern.pattern!r} finds nothing in {len(missing)} of {len(matches)} names,"
            f" the first is {missing[0][:100]!r}.",
            hint="Mend the pattern, or rename what it should find.",
        )
    return found
