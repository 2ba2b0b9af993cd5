"""What a review says, as plain data: the page, the command line and `result.json` are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from dancekit_coach.body import Array
from dancekit_coach.cues import Cue
from dancekit_coach.form import FormError
from dancekit_coach.phases import Phase
from dancekit_coach.provenance import Provenance
from dancekit_coach.range_of_motion import Range
from dancekit_coach.rhythm import Rhythm
from dancekit_coach.scoring import Score
from dancekit_coach.smoothness import Smoothness
from dancekit_coach.sway import Sway
from dancekit_coach.symmetry import Symmetry
from dancekit_coach.timing import Timing

SCHEMA = 1
"""The version of the mapping; it changes when a key changes its meaning or goes."""

_DIGITS = 6

Series = tuple[float | None, ...]
"""Numbers over time; None where nothing was seen."""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """Whether the reference was mirrored, and what decided it.

    Attributes:
        asked: off, on or auto.
        used: the student danced as in a mirror: the reference's left is the student's right.
        mismatch: degrees between the limbs without mirroring.
        mismatch_mirrored: the same with it.
        exchanged: left and right are danced the other way round than was asked for.
    """

    asked: Literal["off", "on", "auto"]
    used: bool
    mismatch: float
    mismatch_mirrored: float
    exchanged: bool

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One angle of both on the clock of the reference, in degrees, with the band of what is tolerated."""

    angle: str
    student: Series
    reference: Series
    tolerance: Series

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How good the recordings are.

    Attributes:
        jitter: standard deviation of the keypoints, in percent of the length of the trunk, of the clip.
        reference_jitter: the same of the reference.
        takes: how many takes of the reference there were, itself included.
    """

    jitter: float
    reference_jitter: float
    takes: int

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Review:
    """One clip beside a reference.

    Where `refused` says something, the clip shows another movement: there is no score, no cue and no measure,
    only how little they have in common.

    Attributes:
        name: of the clip.
        reference: the name of the reference.
        refused: why the two are not compared; "" where they are.
        unshared: the share that both movements have not in common, of course and pace: see `course`.
        rate: frames per second of the series below, on the clock of the reference.
        warp: (T,) seconds in the clip for each frame of the reference.
        lag: (T,) seconds late; None in still frames.
        not_measured: what -> why, of angles and of whole measures.
        rhythm: of the student and the reference, where they repeat themselves.
        extra: name of a further metric -> what it measured.
    """

    name: str
    reference: str
    refused: str
    unshared: float
    mirror: Mirror
    quality: Quality
    rate: float
    phases: tuple[Phase, ...]
    score: Score | None
    cues: tuple[Cue, ...]
    form: tuple[FormError, ...]
    timing: Timing | None
    ranges: tuple[Range, ...]
    symmetry: tuple[Symmetry, ...]
    smoothness: tuple[Smoothness, ...]
    sway: tuple[Sway, ...]
    rhythm: tuple[Rhythm | None, Rhythm | None]
    curves: tuple[Curve, ...]
    warp: Series
    lag: Series
    not_measured: Mapping[str, str]
    extra: Mapping[str, Mapping[str, Any]]
    provenance: Provenance

    def to_mapping(self) -> dict[str, Any]:
        """Lists, dicts, texts and numbers of six decimals: the same inputs give the same bytes of JSON."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "reference": self.reference,
            "refused": self.refused,
            "unshared": plain(self.unshared),
            "mirror": plain(self.mirror),
            "quality": plain(self.quality),
            "rate": plain(self.rate),
            "phases": [
                {
                    "name": p.name,
                    "kind": p.kind,
                    "start": plain(p.start / self.rate),
                    "stop": plain(p.stop / self.rate),
                }
                for p in self.phases
            ],
            "score": plain(self.score),
            "cues": plain(self.cues),
            "form": plain(self.form),
            "timing": plain(self.timing),
            "range_of_motion": plain(self.ranges),
            "symmetry": plain(self.symmetry),
            "smoothness": plain(self.smoothness),
            "sway": plain(self.sway),
            "rhythm": {"student": plain(self.rhythm[0]), "reference": plain(self.rhythm[1])},
            "curves": plain(self.curves),
            "warp": plain(self.warp),
            "lag": plain(self.lag),
            "not_measured": plain(self.not_measured),
            "extra": plain(self.extra),
            "provenance": plain(self.provenance),
        }


def series(values: Array) -> Series:
    """An array (T,) as numbers, with None for NaN."""
    return tuple(None if np.isnan(value) else float(value) for value in values)


def plain(value: Any) -> Any:
    """What JSON knows: numbers rounded, NaN and infinity None, objects by their `to_mapping`."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | np.floating):
        return round(float(value), _DIGITS) + 0.0 if np.isfinite(value) else None
    if isinstance(value, np.bool_ | np.integer):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    return plain(value.to_mapping())
