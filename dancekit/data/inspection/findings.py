"""What a finding is, and how one is worded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dancekit.data.inspection.bodies import Array
from dancekit.data.inspection.measurements import Measurements

Severity = Literal["problem", "notice"]

_NAMED = 5
_LONGEST = 80


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to know before training.

    Attributes:
        code: names the kind for programs.
        severity: a problem makes results wrong; a notice may be meant.
        sentence: what was found, in how many clips, and some of them.
        advice: what to do.
        clips: how many it concerns.
        names: of up to five of them; of people, classes or joints where it concerns these.
    """

    code: str
    severity: Severity
    sentence: str
    advice: str
    clips: int
    names: tuple[str, ...]


def clips_finding(
    found: Measurements,
    which: Array,
    *,
    code: str,
    severity: Severity,
    says: str,
    advice: str,
    names: Sequence[str] = (),
) -> list[Finding]:
    """A finding about some clips, or none where it is about no clip.

    Args:
        which: (N,) whether it concerns each clip.
        says: the sentence; `{clips}` becomes "3 of 90 clips".
        names: what to call the clips, in their order. By default their own names, which are not said where
            it is about all of them.
    """
    count = int(which.sum())
    if not count:
        return []
    called = tuple(names) or tuple(found.name[np.flatnonzero(which)[:_NAMED]])
    where = f": {listed(called, count)}" if count < len(found) or names else ""
    return [
        Finding(
            code=code,
            severity=severity,
            sentence=f"{says.replace('{clips}', of_clips(count, len(found)))}{where}.",
            advice=advice,
            clips=count,
            names=called[:_NAMED],
        )
    ]


def of_clips(count: int, total: int) -> str:
    """`3 of 90 clips`, `all 90 clips`."""
    if total == 1:
        return "the only clip"
    if count == total:
        return "both clips" if total == 2 else f"all {total:,} clips"
    return f"{count:,} of {total:,} clips"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 clip`, `2,000 clips`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], count: int | None = None) -> str:
    """Up to five names and how many more there are."""
    shown = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names[:_NAMED]]
    more = (len(names) if count is None else count) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
