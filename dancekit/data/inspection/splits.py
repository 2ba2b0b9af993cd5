"""Which splits are meant to be apart, by their names, so that what they share is a leak."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Literal

Role = Literal["train", "other", "none"]

_ROLE = re.compile(
    r"(?<![a-z])(?:(train(?:ing)?)|val(?:id(?:ation)?|idate)?|dev|eval(?:uation)?|test(?:ing)?)(?![a-z])",
    re.IGNORECASE,
)


def role(split: str) -> tuple[Role, str]:
    """What a split is for, and the rest of its name: `xsub_val` is not for training, and of `xsub_`."""
    found = _ROLE.search(split)
    if found is None:
        return "none", ""
    return ("train" if found[1] else "other"), split[: found.start()] + split[found.end() :]


def is_train(split: str) -> bool:
    return role(split)[0] == "train"


def apart(names: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of splits that should share nothing; one for training comes first.

    Two protocols of one data set, such as `xsub_train` and `xset_val`, may share recordings, and so may a
    split that has no role and one that it holds whole, such as `all`.

    Args:
        names: split -> the names of its recordings.
    """
    held = {split: frozenset(recordings) for split, recordings in names.items()}
    for one, other in combinations(names, 2):
        (first, stem), (second, other_stem) = role(one), role(other)
        if first == "none" or second == "none":
            whole = [held[one] >= held[other]] if first == "none" else []
            whole += [held[other] >= held[one]] if second == "none" else []
            separate = not any(whole)
        elif _ROLE.search(one)[0].lower() == _ROLE.search(other)[0].lower():  # type: ignore[index]
            separate = False
        else:
            separate = stem == other_stem or not stem or not other_stem
        if separate:
            yield (other, one) if second == "train" and first != "train" else (one, other)
