"""What a review's score is the mean of: the form of each joint, the tempo and the timing."""

from __future__ import annotations

import numpy as np

from dancekit_coach.angles import ANGLES, Angle
from dancekit_coach.body import Array
from dancekit_coach.comparison import Comparison
from dancekit_coach.form import SCALE as FORM_SCALE
from dancekit_coach.phases import blocks
from dancekit_coach.scoring import Component
from dancekit_coach.timing import SCALE as TIMING_SCALE
from dancekit_coach.timing import TEMPO_SCALE, TEMPO_TOLERANCE, lag_over_time, tolerated

WEIGHTS = {"tempo": 2.0, "timing": 1.0}
"""In joints that the movement uses fully: engineering defaults. `benchmarks/coach_score.py` shows what each
component tells apart on recordings of people."""

_STILL_WEIGHT = 0.25  # of an angle that the movement does not use
_FULL_RANGE = 30.0  # degrees of range from which on an angle has its full weight
_HALF = ("plane", "forward", "left", "twist", "tilt")


def components_of(
    comparison: Comparison, tolerance: Array, jitter: Array, *, together: bool
) -> list[Component]:
    """The components of the score, all over the frames in which the reference dances.

    The angles that the movement uses weigh four times what the others do, and a plane or a lean half of what
    a joint does.

    Args:
        tolerance: of the form, (P, A) degrees.
        jitter: of the errors, (K, T, A) degrees.
        together: both began at one moment of the music, so that being late costs points.
    """
    pieces = tuple(blocks(comparison.phases, comparison.rate))
    over_time = comparison.over_time(tolerance)  # (T, A)
    errors = comparison.while_dancing(comparison.errors)
    found = [
        Component(
            name=angle.name,
            weight=_weight(angle, comparison.reference_angles[:, place]),
            errors=None if angle.name in comparison.not_measured else _measured(errors[:, place]),
            tolerance=over_time[:, place],
            scale=FORM_SCALE,
            jitter=jitter[:, :, place],
            blocks=pieces,
        )
        for place, angle in enumerate(ANGLES)
        if angle.name not in comparison.idle
    ]
    alignment = comparison.alignment
    tempo = np.full(len(errors), np.log(alignment.tempo_ratio))
    late = lag_over_time(comparison) if together else alignment.local_timing
    others = {
        "tempo": (tempo, TEMPO_TOLERANCE, TEMPO_SCALE),
        "timing": (late, tolerated(comparison.frame_time), TIMING_SCALE),
    }
    for name, (values, allowed, scale) in others.items():
        found.append(
            Component(
                name=name,
                weight=WEIGHTS[name],
                errors=_measured(comparison.while_dancing(values)),
                tolerance=np.full(len(errors), allowed),
                scale=scale,
                jitter=None,
                blocks=pieces,
            )
        )
    return found


def _measured(errors: Array) -> Array | None:
    return None if np.isnan(errors).all() else errors


def _weight(angle: Angle, reference: Array) -> float:
    weight = 0.5 if angle.name.endswith(_HALF) else 1.0
    known = reference[~np.isnan(reference)]
    used = float(np.ptp(np.percentile(known, [2.5, 97.5]))) / _FULL_RANGE if len(known) else 0.0
    return weight * (_STILL_WEIGHT + (1 - _STILL_WEIGHT) * min(used, 1.0))
