"""Whether two recordings can be reviewed side by side: on which side of the mirror, and whether at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancekit_coach.comparison import Comparison, compare
from dancekit_coach.motion import Motion
from dancekit_coach.options import MirrorMode, Options, Parts
from dancekit_coach.result import Mirror

UNSHARED = 0.7
"""The share of both movements that is not shared above which a clip is another movement: 1 in 100 pairs of
one movement in two styles is above it, and 87 in 100 of two movements (`benchmarks/coach_score.py`)."""

UNSHARED_WITH_TAKES = 0.4
"""With takes of the reference, the least limit: beginners differ from a teacher more than teachers do."""

MIRROR_GAIN = 0.8
"""With `auto`, the mirrored reference must fit at least this much better, as a share of the mismatch."""


def compared(student: Motion, reference: Motion, options: Options, parts: Parts) -> Comparison:
    """See `comparison.compare`."""
    return compare(
        student,
        reference,
        parts.aligner,
        vertical=options.vertical,
        frontal_ratio=options.frontal_ratio,
        reference_frontal_ratio=options.reference_frontal_ratio,
    )


def mirrored(
    student: Motion, reference: Motion, asked: MirrorMode, options: Options, parts: Parts
) -> tuple[Comparison, Mirror, float]:
    """The comparison as asked for, what was chosen, and the lower share that is not shared of both."""
    as_filmed = compared(student, reference, options, parts)
    turned = compared(student, reference.mirrored(), options, parts)
    costs = as_filmed.alignment.mismatch, turned.alignment.mismatch
    used = asked == "on" or (asked == "auto" and costs[1] < MIRROR_GAIN * costs[0])
    chosen, other = (costs[1], costs[0]) if used else costs
    mirror = Mirror(
        asked=asked,
        used=used,
        mismatch=costs[0],
        mismatch_mirrored=costs[1],
        exchanged=asked != "auto" and other < MIRROR_GAIN * chosen,
    )
    return turned if used else as_filmed, mirror, min(as_filmed.unshared, turned.unshared)


def refusal(comparison: Comparison, unshared: float, takes: Sequence[Comparison]) -> str:
    """Why the clip is another movement than the reference; "" where it is not, on whichever side.

    Args:
        unshared: the lower share that is not shared, of both sides of the mirror.
        takes: other takes of the reference against it; with two or more, what 99 % of them keep is the limit.
    """
    limit, than = UNSHARED, "is usual"
    if len(takes) >= 2:
        own = [take.unshared for take in takes]
        limit, than = max(float(np.percentile(own, 99)), UNSHARED_WITH_TAKES), "its own takes allow"
    if unshared <= limit:
        return ""
    return (
        f"this does not look like the movement of {comparison.reference.name}: "
        f"{unshared:.0%} of both is not shared, more than the {limit:.0%} that {than}"
    )
