"""How steadily a pose is held: the sway of the pelvis in holds, and the extrapolated centre of mass.

Without feet the base of support would be a guess, so a margin of stability is never given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancekit_coach.body import JOINTS, Array, joint, leg_length
from dancekit_coach.comparison import Comparison
from dancekit_coach.filtering import passed_speed

SHORTEST = 1.0
"""Seconds of a hold in which sway can be measured."""

_GRAVITY = 9.81
_PERSON = (0.4, 1.3)  # metres of a leg; other sizes are not in metres


@dataclass(frozen=True, kw_only=True)
class Sway:
    """Sway in one hold, over the ground, in lengths of the leg.

    Attributes:
        path: the way of the pelvis, per second.
        reference_path: the same of the reference.
        from_jitter: `path` of a pelvis that stands still, from jitter alone.
        extrapolated: root mean square distance of the extrapolated centre of mass from its middle; None where
            the recording is not in metres.
    """

    phase: str
    path: float
    reference_path: float
    from_jitter: float
    extrapolated: float | None

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def extrapolated_centre(ground: Array, rate: float, leg: float) -> Array:
    """x + v / sqrt(g / l) over time (T, 2), metres (Hof, Gazendam and Sinke 2005)."""
    velocity = np.gradient(ground, 1 / rate, axis=0)
    centre: Array = ground + velocity / np.sqrt(_GRAVITY / leg)
    return centre


def sway_in_holds(comparison: Comparison, *, vertical: bool) -> tuple[tuple[Sway, ...], str]:
    """The sway in every hold of the reference that lasts; and why there is none, where there is none."""
    if comparison.reference.flat:
        return (), "it needs a recording in 3D"
    if not vertical:
        return (), "which way is up is not known"
    legs = [leg_length(motion.points) for motion in (comparison.student, comparison.reference)]
    if np.isnan(legs).any():
        return (), "the legs are not seen"
    grounds = [
        joint(motion.points, "pelvis")[:, [0, 2]] for motion in (comparison.student, comparison.reference)
    ]
    found = []
    for phase in comparison.phases:
        span = comparison.alignment.warp[[phase.start, phase.stop - 1]]
        if phase.kind != "hold" or np.isnan(span).any():
            continue
        theirs = grounds[0][round(float(span[0])) : round(float(span[1])) + 1]
        ours = grounds[1][phase.frames]
        if min(len(theirs), len(ours)) < SHORTEST * comparison.rate or np.isnan(theirs).any():
            continue
        if np.isnan(ours).any():
            continue
        found.append(
            Sway(
                phase=phase.name,
                path=_path(theirs, comparison.rate) / legs[0],
                reference_path=_path(ours, comparison.rate) / legs[1],
                from_jitter=_jitter_path(comparison) / legs[0],
                extrapolated=_extrapolated(theirs, comparison.rate, legs[0]),
            )
        )
    return tuple(found), "" if found else f"no pose is held for {SHORTEST:g} s in both recordings"


def _path(ground: Array, rate: float) -> float:
    """Metres per second, or whatever the unit is."""
    return float(np.linalg.norm(np.diff(ground, axis=0), axis=1).mean() * rate)


def _jitter_path(comparison: Comparison) -> float:
    """The path per second of a pelvis that stands still: the mean length of two Gaussian steps."""
    student = comparison.student
    level = float(np.nan_to_num(student.jitter[JOINTS.index("pelvis")]))
    return level * passed_speed(student.rate, student.cutoff) * float(np.sqrt(np.pi / 2))


def _extrapolated(ground: Array, rate: float, leg: float) -> float | None:
    if not _PERSON[0] <= leg <= _PERSON[1]:
        return None
    centre = extrapolated_centre(ground, rate, leg)
    away = centre - centre.mean(axis=0)
    return float(np.sqrt((away**2).sum(axis=1).mean()) / leg)
