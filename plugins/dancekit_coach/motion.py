"""One dancer's movement, prepared: joints by name at an even rate, filtered, with their jitter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dancekit.errors import DataError
from dancekit_coach.body import JOINTS, LIMBS, Array, joint, trunk_length
from dancekit_coach.filtering import (
    CUTOFF,
    gaps_filled,
    low_passed,
    noise_level,
    passed_noise,
    resampled,
    without_outliers,
)
from dancekit_coach.view import FRONTAL_RATIO

if TYPE_CHECKING:  # the module of Clip imports torch
    from dancekit.data.clips import Clip
    from dancekit.skeleton.layout import Layout

SURE = 0.3
"""Joints with a lower score are missing."""

SHORTEST = 0.5
"""Seconds below which there is nothing to compare."""

LONGEST = 180.0
"""Seconds above which a clip is refused rather than kept working on for minutes."""

_EARS = ("left_ear", "right_ear")


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """What the analysis works on.

    Attributes:
        points: (T, J, C) filtered, y up; NaN where missing.
        confidence: (T, J) the scores; 0 where missing.
        rate: frames per second, 30 or 60.
        frame_time: seconds from one frame to the next as it was recorded.
        cutoff: hertz of the low-pass filter.
        jitter: (J,) standard deviation of a coordinate before the filter, in the unit of the points.
        head: by which joints the head was found: only like is compared with like.
        name: of the clip, for messages.
        frontal_ratio: what `view.shoulder_ratio` is from the front in its layout; None: not known.
    """

    points: Array
    confidence: Array
    rate: float
    frame_time: float
    cutoff: float
    jitter: Array
    head: str
    name: str
    frontal_ratio: float | None = None

    @property
    def flat(self) -> bool:
        return int(self.points.shape[-1]) == 2

    @property
    def seconds(self) -> float:
        return (len(self.points) - 1) / self.rate

    def mirrored(self) -> Motion:
        """Left and right exchanged, and the body seen in a mirror."""
        swap = [JOINTS.index(_other_side(name)) for name in JOINTS]
        points = self.points[:, swap].copy()
        points[..., 0] *= -1
        return replace(self, points=points, confidence=self.confidence[:, swap], jitter=self.jitter[swap])


def common_rate(*rates: float) -> float:
    """60 frames per second where all recordings have them, or nearly; otherwise 30."""
    return 60.0 if min(rates) >= 50 else 30.0


def frame_rate_of(clip: Clip, times: Sequence[float] | None) -> float:
    """Frames per second by the time stamps or by what the clip says.

    Raises:
        DataError: neither says it, or it makes no sense.
    """
    if times is not None:
        clock = _checked_times(clip, times)
        return 1 / float(np.median(np.diff(clock)))
    rate = clip.frame_rate
    if rate is None:
        raise DataError(
            f"{clip.name}: how many frames per second it has is not known.",
            hint="Give the clip its frame_rate, or the time stamp of every frame.",
        )
    if not 5 <= rate <= 1000:
        raise DataError(
            f"{clip.name}: {rate:g} frames per second cannot be used.",
            hint="From 5 to 1000 can; below that, movements are lost.",
        )
    return float(rate)


def prepared(
    clip: Clip,
    layout: Layout,
    *,
    rate: float,
    times: Sequence[float] | None = None,
    person: int | None = None,
    cutoff: float = CUTOFF,
) -> Motion:
    """A clip's person, in the steps that `filtering` describes.

    Args:
        rate: frames per second of the result.
        times: the time stamps of the frames in seconds, where they are not even.
        person: which of the clip's persons; None: the one of whom most is seen.

    Raises:
        DataError: too short, or the trunk is never seen, or the time stamps do not fit.
    """
    if clip.keypoints.shape[2] != layout.num_joints:
        raise DataError(
            f"{clip.name}: it has {clip.keypoints.shape[2]} joints, but layout {layout.name} "
            f"has {layout.num_joints}.",
            hint="Name the layout that the clip was recorded in.",
        )
    who = _person(clip, person)
    raw, confidence, head = _named_joints(clip, layout, who)
    clock = (
        np.arange(clip.frames) / frame_rate_of(clip, None) if times is None else _checked_times(clip, times)
    )
    seconds = float(clock[-1] - clock[0]) if len(clock) else 0.0
    if clip.frames < 4 or seconds < SHORTEST:
        raise DataError(
            f"{clip.name}: it lasts {seconds:.2f} s in {clip.frames} frames, which is too short to compare.",
            hint=f"Give a recording of at least {SHORTEST:g} s.",
        )
    if seconds > LONGEST:
        raise DataError(
            f"{clip.name}: it lasts {seconds / 60:.0f} minutes.",
            hint=f"Cut out the movement to review; {LONGEST / 60:.0f} minutes are the most.",
        )
    even = resampled(raw, clock, rate)
    sure = np.nan_to_num(resampled(confidence[..., None], clock, rate)[..., 0])  # (T, J)
    size = trunk_length(even)
    if not size > 0:
        raise DataError(
            f"{clip.name}: the shoulders and hips are in no frame seen together.",
            hint="Film the whole body, from the head to the feet.",
        )
    clean = gaps_filled(without_outliers(even, floor=0.02 * size), rate)
    filtered = low_passed(clean, rate, cutoff)
    return Motion(
        points=filtered,
        confidence=np.where(np.isnan(filtered).any(axis=-1), 0.0, np.maximum(sure, SURE)),
        rate=rate,
        frame_time=float(np.median(np.diff(clock))),
        cutoff=cutoff,
        jitter=noise_level(clean, filtered, rate, cutoff),
        head=head,
        name=clip.name,
        frontal_ratio=FRONTAL_RATIO.get(layout.name),
    )


def angular_noise(motion: Motion) -> float:
    """Degrees by which the directions of the limbs jitter after the filter: root mean square over limbs."""
    passed = motion.jitter * passed_noise(motion.rate, motion.cutoff)  # (J,)
    squares = []
    for _, start, end in LIMBS:
        length = np.linalg.norm(joint(motion.points, end) - joint(motion.points, start), axis=-1)
        if not np.isnan(length).all():
            ends = passed[JOINTS.index(start)] ** 2 + passed[JOINTS.index(end)] ** 2
            squares.append(ends / np.nanmedian(length) ** 2 * (motion.points.shape[-1] - 1))
    return float(np.degrees(np.sqrt(np.mean(squares)))) if squares else 0.0


def _named_joints(clip: Clip, layout: Layout, person: int) -> tuple[Array, Array, str]:
    """Points (T, J, C) with y up and NaN where missing, scores (T, J), and how the head was found."""
    score = clip.score[person].astype(np.float64)  # (T, V)
    points = clip.keypoints[person].astype(np.float64)  # (T, V, C)
    points[score < SURE] = np.nan
    if points.shape[-1] == 2:
        points[..., 1] *= -1  # pixels run down
    sources: dict[str, tuple[str, ...]] = {name: (name,) for name in JOINTS}
    hips = ("left_hip", "right_hip")
    if all(name in layout.joints for name in hips):
        sources["pelvis"] = hips
    if all(name in layout.joints for name in _EARS):
        sources["head"] = _EARS
    taken = np.full((len(points), len(JOINTS), points.shape[-1]), np.nan)
    confidence = np.zeros((len(points), len(JOINTS)))
    for place, names in enumerate(sources.values()):
        if all(name in layout.joints for name in names):
            columns = [layout.index(name) for name in names]
            taken[:, place] = points[:, columns].mean(axis=1)
            confidence[:, place] = score[:, columns].min(axis=1)
    confidence[np.isnan(taken).any(axis=-1)] = 0.0
    return taken, confidence, "+".join(sources["head"])


def _person(clip: Clip, person: int | None) -> int:
    if person is None:
        return int(clip.score.sum(axis=(1, 2)).argmax())
    if not 0 <= person < len(clip.score):
        raise DataError(
            f"{clip.name}: there is no person {person}.",
            hint=f"It has {len(clip.score)}, counted from 0.",
        )
    return person


def _checked_times(clip: Clip, times: Sequence[float]) -> Array:
    clock = np.asarray(times, dtype=np.float64)
    if clock.shape != (clip.frames,):
        raise DataError(
            f"{clip.name}: there are {clock.size} time stamps for {clip.frames} frames.",
            hint="Give one for every frame.",
        )
    if not np.isfinite(clock).all() or (np.diff(clock) <= 0).any():
        raise DataError(
            f"{clip.name}: the time stamps do not rise from frame to frame.",
            hint="Give them in seconds, in the order of the frames, each later than the one before.",
        )
    return clock


def _other_side(name: str) -> str:
    for here, there in (("left_", "right_"), ("right_", "left_")):
        if name.startswith(here):
            return there + name.removeprefix(here)
    return name
