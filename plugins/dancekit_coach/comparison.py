"""Two motions side by side: aligned, their angles on the clock of the reference, and what is not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit_coach.alignment import Alignment
from dancekit_coach.angles import ANGLES, Angle, joint_angles, wrapped
from dancekit_coach.body import JOINTS, Array
from dancekit_coach.course import Course, course_of
from dancekit_coach.cycles import Cycle, find_cycle
from dancekit_coach.features import alignment_features, speed_of
from dancekit_coach.filtering import at_positions
from dancekit_coach.interfaces import Aligner
from dancekit_coach.motion import Motion
from dancekit_coach.phases import Phase, find_phases
from dancekit_coach.view import WIDEST_VIEW, view_angle, view_gate

_ENOUGH = 0.2  # seconds in which an angle must be seen in both
_MOSTLY = 0.5  # the share of the reference's frames in which the student's must be seen too

_NEEDS = {
    "elbow_flexion": ("shoulder", "elbow", "wrist"),
    "shoulder_elevation": ("shoulder", "elbow"),
    "shoulder_plane": ("shoulder", "elbow"),
    "knee_flexion": ("hip", "knee", "ankle"),
    "hip_elevation": ("hip", "knee"),
    "hip_plane": ("hip", "knee"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What every measure works on. Shapes: T frames of the reference, A angles, J joints.

    Attributes:
        cycle: of the reference; None where it does not repeat itself.
        points: (T, J, C) the student's, where and when the reference's frame is done.
        angles: (T, A) the student's degrees.
        reference_angles: (T, A)
        errors: (T, A) student - reference, -180 to 180; NaN where not measured.
        course: what both movements have in common.
        not_measured: angle -> why.
        idle: angles the reference itself does not have, such as the plane of a hanging arm; they count
            neither as measured nor as missing.
    """

    student: Motion
    reference: Motion
    alignment: Alignment
    phases: tuple[Phase, ...]
    cycle: Cycle | None
    points: Array
    angles: Array
    reference_angles: Array
    errors: Array
    course: Course
    not_measured: Mapping[str, str]
    idle: frozenset[str]

    @property
    def rate(self) -> float:
        return self.reference.rate

    @property
    def frame_time(self) -> float:
        """Seconds from frame to frame of the recording that has fewer of them: no time is known better."""
        return max(self.student.frame_time, self.reference.frame_time)

    @property
    def unshared(self) -> float:
        """The share that both movements have not in common, from 0 to 2 for opposites: see `course`."""
        return 1 - self.course.shared

    def over_time(self, by_phase: Array) -> Array:
        """Values of each phase (P, ...) for every frame of the reference, (T, ...)."""
        return np.repeat(by_phase, [phase.stop - phase.start for phase in self.phases], axis=0)

    def while_dancing(self, values: Array) -> Array:
        """Values (T, ...) without those before the reference's first move and after its last.

        Waiting for the music to begin is not scored.
        """
        frames = np.flatnonzero(self.alignment.moving)
        dancing = values.copy()
        dancing[: frames[0]] = dancing[frames[-1] + 1 :] = np.nan
        return dancing

    @property
    def compared(self) -> npt.NDArray[np.bool_]:
        """(T,) frames of the reference for which the student's recording has a moment."""
        return ~np.isnan(self.alignment.warp)


def compare(
    student: Motion,
    reference: Motion,
    aligner: Aligner,
    *,
    vertical: bool = True,
    frontal_ratio: float | None = None,
    reference_frontal_ratio: float | None = None,
) -> Comparison:
    """Align two motions and measure their angles.

    Args:
        vertical: y is known to be the vertical in both.
        frontal_ratio: of the student, for 2D: see `view.view_angle`. None: what is usual in its layout.

    Raises:
        DataError: they cannot be aligned.
    """
    alignment = aligner.align(student, reference)
    points = at_positions(student.points, alignment.warp)
    angles = joint_angles(points, vertical=vertical)
    reference_angles = joint_angles(reference.points, vertical=vertical)
    views: dict[str, Array] = {}
    if reference.flat:
        ratios = {"clip": frontal_ratio, "reference": reference_frontal_ratio}
        for who, motion in (("clip", student), ("reference", reference)):
            ratio = ratios[who] if ratios[who] is not None else motion.frontal_ratio
            if ratio is None:
                views[who] = np.full(len(motion.points), np.nan)
            else:
                views[who] = view_angle(motion.points, motion.rate, ratio)
            gate = view_gate(motion.points, views[who])
            if who == "clip":
                angles = np.where(at_positions(gate, alignment.warp) == 1, angles, np.nan)
            else:
                reference_angles = np.where(gate == 1, reference_angles, np.nan)
    if student.head != reference.head:
        angles[:, [angle.part == "head" for angle in ANGLES]] = np.nan
    errors = wrapped(angles - reference_angles)
    reasons, idle = _not_measured(student, reference, alignment, angles, reference_angles, vertical, views)
    for place, angle in enumerate(ANGLES):
        if angle.name in reasons or angle.name in idle:
            errors[:, place] = np.nan
    _, features = alignment_features(student, reference)
    cycle = find_cycle(features, reference.rate)
    speed = speed_of(features, reference.rate, reference.points.shape[-1])
    return Comparison(
        student=student,
        reference=reference,
        alignment=alignment,
        phases=find_phases(speed, alignment.moving, features, reference.rate, cycle),
        cycle=cycle,
        points=points,
        angles=angles,
        reference_angles=reference_angles,
        errors=errors,
        course=course_of(student, reference, alignment, vertical=vertical),
        not_measured=reasons,
        idle=idle,
    )


def _not_measured(
    student: Motion,
    reference: Motion,
    alignment: Alignment,
    angles: Array,
    reference_angles: Array,
    vertical: bool,
    views: Mapping[str, Array],
) -> tuple[dict[str, str], frozenset[str]]:
    reasons: dict[str, str] = {}
    idle: set[str] = set()
    compared = ~np.isnan(alignment.warp)
    enough = _ENOUGH * reference.rate
    for place, angle in enumerate(ANGLES):
        here, there = ~np.isnan(angles[:, place]), ~np.isnan(reference_angles[:, place])
        both = (here & there).sum()
        if both >= enough and both >= _MOSTLY * (there & compared).sum():
            continue
        if reference.flat and not angle.planar:
            reasons[angle.name] = "it needs a recording in 3D"
        elif angle.name.startswith("trunk_inclination") and not vertical:
            reasons[angle.name] = "which way is up is not known"
        elif angle.part == "head" and student.head != reference.head:
            reasons[angle.name] = "the two recordings mark the head at different places"
        elif reason := _unseen(angle, student, reference):
            reasons[angle.name] = reason
        elif reference.flat:
            reasons[angle.name] = _view_reason(views)
        elif there.sum() < enough:
            idle.add(angle.name)
        elif angle.name.endswith("_plane"):
            reasons[angle.name] = "the limb is not raised far enough to have a plane"
        else:
            reasons[angle.name] = "too few moments show it in both recordings"
    return reasons, frozenset(idle)


def _unseen(angle: Angle, student: Motion, reference: Motion) -> str:
    """Which joint is hidden too much of the time, in words; "" where none is."""
    kind = angle.name.removeprefix(f"{angle.side}_")
    needs = [f"{angle.side}_{name}" for name in _NEEDS.get(kind, ())] or (
        ["head"] if angle.part == "head" else []
    )
    for who, motion in (("clip", student), ("reference", reference)):
        for name in (*needs, "left_shoulder", "right_shoulder", "pelvis", "left_hip", "right_hip"):
            if angle.side and name in ("left_hip", "right_hip") and name not in needs:
                continue
            seen = (motion.confidence[:, JOINTS.index(name)] > 0).mean()
            if seen < _MOSTLY:
                return f"the {name.replace('_', ' ')} is seen in {seen:.0%} of the {who}"
    return ""


def _view_reason(views: Mapping[str, Array]) -> str:
    for who, view in views.items():
        if np.isnan(view).all():
            return (
                f"how wide shoulders look from the front is not known for the layout of the {who}; "
                "--facing reads it off a dancer who mostly faces the camera"
            )
        if (np.nan_to_num(view, nan=90.0) > WIDEST_VIEW).mean() > 1 - _MOSTLY:
            return f"in the {who} the body is turned more than {WIDEST_VIEW:.0f} degrees away from the camera"
    return "the limb points towards the camera or away from it"
