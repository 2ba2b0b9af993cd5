"""The recordings of a split, summed up in numbers that print and that JSON has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dancekit.data.inspection.bodies import Array
from dancekit.data.inspection.measurements import NO_PERSON, Measurements
from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of some numbers: the least, the one that 5 % lie below, the middle, 95 %, the most."""

    least: float
    low: float
    median: float
    high: float
    most: float

    @classmethod
    def of(cls, values: Array) -> Spread | None:
        """None without a number; NaN is none."""
        known = values[np.isfinite(values)]
        if not len(known):
            return None
        least, low, median, high, most = np.quantile(known.astype(float), (0, 0.05, 0.5, 0.95, 1)).tolist()
        return cls(least=least, low=low, median=median, high=high, most=most)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Of the clips of a split, or of all splits, each clip once.

    Attributes:
        frames: of all clips, whoever is in them.
        hours: of the clips with a known frame rate; None where there is none.
        classes: name -> clips, or persons where each has a label.
        people: name -> clips.
        persons: in a clip -> clips.
        frame_rates: frames a second -> clips.
        pictures: "width x height" -> clips.
        seconds: of the clips with a known frame rate.
        missing: share of the joints of persons who are there.
        joints: joint -> share of it that is missing.
        empty: share of frames that nobody is in.
        uncertain: share of the seen joints whose score is below 0.3.
        size: of bodies in the unit of the keypoints.
        bones: child joint -> variation of the bone's length as a share of it, the middle of the clips; 3D.
        bytes: of memory.
    """

    clips: int
    frames: int
    hours: float | None
    bytes: int
    classes: Mapping[str, int]
    label_per_person: bool
    unlabelled: int
    people: Mapping[str, int]
    without_person: int
    persons: Mapping[str, int]
    frame_rates: Mapping[str, int]
    without_frame_rate: int
    pictures: Mapping[str, int]
    lengths: Spread
    seconds: Spread | None
    missing: float
    joints: Mapping[str, float]
    empty: float
    uncertain: float
    size: Spread | None
    bones: Mapping[str, float]
    still_clips: int
    clips_with_jumps: int
    clips_with_repeated_frames: int


def summarise(found: Measurements, *, layout: Layout, classes: Sequence[str]) -> Summary:
    """Sum up what was measured of at least one clip."""
    seconds = found.frames / found.frame_rate  # (N,) NaN where the rate is unknown
    hours = float(np.nansum(seconds)) / 3600 if np.isfinite(seconds).any() else None
    labels = found.label[found.label != NO_PERSON]
    there = int(found.completeness.present.sum())
    seen = found.completeness.seen.sum(0)  # (V,)
    missing = 1 - seen / there if there else np.ones(len(seen))
    lengths = Spread.of(found.frames)
    assert lengths is not None  # every clip has a length
    sizes = ["" if np.isnan(size).any() else f"{size[0]:.0f} x {size[1]:.0f}" for size in found.image_size]
    rates = [f"{rate:g}" for rate in found.frame_rate if np.isfinite(rate)]
    people = found.person[found.person != ""]
    return Summary(
        clips=len(found),
        frames=int(found.frames.sum()),
        hours=hours,
        bytes=int(found.bytes.sum()),
        classes={name: int((labels == place).sum()) for place, name in enumerate(classes)},
        label_per_person=found.label.shape[1] > 1,
        unlabelled=int((labels < 0).sum()),
        people=_counts(people),
        without_person=len(found) - len(people),
        persons=_counts(map(str, sorted(found.persons.tolist()))),
        frame_rates=_counts(rates),
        without_frame_rate=len(found) - len(rates),
        pictures=_counts(size for size in sizes if size),
        lengths=lengths,
        seconds=Spread.of(seconds),
        missing=float(missing.mean()),
        joints=dict(zip(layout.joints, missing.tolist(), strict=True)),
        empty=float(found.completeness.empty.sum() / found.frames.sum()),
        uncertain=float(found.completeness.uncertain.sum() / max(1, seen.sum())),
        size=Spread.of(found.shape.size),
        bones=_bones(found, layout),
        still_clips=int(found.motion.still.sum()),
        clips_with_jumps=int((found.motion.jumps.any(1) | (found.motion.starts > 0)).sum()),
        clips_with_repeated_frames=int((found.motion.repeated > 0).sum()),
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values))


def _bones(found: Measurements, layout: Layout) -> dict[str, float]:
    varies = {}
    for (child, _), of_clips in zip(layout.bones, found.shape.bones.T, strict=True):
        known = of_clips[np.isfinite(of_clips)]
        if len(known):
            varies[layout.joints[child]] = float(np.median(known))
    return varies
