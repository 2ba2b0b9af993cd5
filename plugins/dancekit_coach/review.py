"""A review: one clip of a dancer beside a reference, with what was measured, how surely, and what was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from dancekit.errors import DataError, RecipeError
from dancekit_coach.alignment import WarpingAligner
from dancekit_coach.angles import ANGLES
from dancekit_coach.body import FRONTAL_RATIO, Array, trunk_length
from dancekit_coach.comparison import Comparison, compare
from dancekit_coach.cues import CueWords, choose_cues, shipped_words
from dancekit_coach.error import (
    by_phase,
    detectable_change,
    jitter_of_errors,
    natural_variability,
    tolerances,
)
from dancekit_coach.filtering import CUTOFF
from dancekit_coach.form import form_errors
from dancekit_coach.interfaces import Aligner, Metric, Scorer
from dancekit_coach.motion import Motion, common_rate, frame_rate_of, prepared
from dancekit_coach.provenance import Provenance
from dancekit_coach.range_of_motion import ranges_of_motion
from dancekit_coach.result import Curve, Mirror, Quality, Review, series
from dancekit_coach.rhythm import rhythms
from dancekit_coach.scored import components_of
from dancekit_coach.scoring import WeightedScorer
from dancekit_coach.smoothness import smoothness_of_strokes
from dancekit_coach.sway import sway_in_holds
from dancekit_coach.symmetry import symmetries
from dancekit_coach.timing import lag_over_time, measure_timing

if TYPE_CHECKING:  # the module of Clip imports torch
    from dancekit.data.clips import Clip
    from dancekit.skeleton.layout import Layout

UNSHARED = 0.7
"""The share of both movements that is not shared above which a clip is another movement: of pairs of one
movement in two styles, one in forty is above it; of two movements, seven in ten."""

UNSHARED_WITH_TAKES = 0.4
"""With takes of the reference, the least limit: beginners differ from a teacher more than teachers do."""

MIRROR_GAIN = 0.8
"""With `auto`, the mirrored reference must fit at least this much better, as a share of the mismatch."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is known of the recordings and the dancer, and how to look.

    Attributes:
        cutoff: hertz of the low-pass filter; 10 for fast dance.
        together: both recordings begin at one moment of the music, so that being late is a fault.
        vertical: y of 3D recordings is the vertical.
        frontal_ratio: width of the dancer's shoulders over length of the trunk, seen from the front; for 2D.
        reference_frontal_ratio: the same of the reference's dancer.
        own_best: angle -> degrees, the widest range this dancer has shown.
        own_symmetry: angle without its side -> percent, this dancer's usual symmetry angle.
        cues: a file of sentences instead of the shipped one.
        seed: of the Monte Carlo and the bootstrap.
    """

    cutoff: float = CUTOFF
    together: bool = False
    vertical: bool = True
    frontal_ratio: float = FRONTAL_RATIO
    reference_frontal_ratio: float = FRONTAL_RATIO
    own_best: Mapping[str, float] = field(default_factory=dict)
    own_symmetry: Mapping[str, float] = field(default_factory=dict)
    cues: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.cutoff <= 12:
            raise RecipeError(
                f"cutoff is {self.cutoff:g} Hz.", hint="Take 1 to 12: 6 is usual, 10 for fast dance."
            )
        for name in ("frontal_ratio", "reference_frontal_ratio"):
            if not 0.3 <= getattr(self, name) <= 1.5:
                raise RecipeError(f"{name} is {getattr(self, name):g}.", hint="Bodies have 0.5 to 1.")
        if self.seed < 0:
            raise RecipeError(f"seed is {self.seed}.", hint="Take 0 or any positive whole number.")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The exchangeable parts of a review."""

    aligner: Aligner = field(default_factory=WarpingAligner)
    scorer: Scorer = field(default_factory=WeightedScorer)
    metrics: tuple[Metric, ...] = ()


MirrorMode = Literal["off", "on", "auto"]


def review(
    clip: Clip,
    reference: Clip,
    *,
    layout: Layout,
    reference_layout: Layout | None = None,
    takes: Sequence[Clip] = (),
    mirror: MirrorMode = "auto",
    times: Sequence[float] | None = None,
    reference_times: Sequence[float] | None = None,
    person: int | None = None,
    reference_person: int | None = None,
    options: Options | None = None,
    parts: Parts | None = None,
) -> Review:
    """Compare a dancer's clip with a reference. The same inputs give the same review.

    Args:
        clip: keypoints in 3D (metres, y up) or 2D (pixels, y down); the reference must have as many axes.
        layout: of the clip; any that has shoulders, hips and limbs by name.
        reference_layout: of the reference and its takes; None: that of the clip.
        takes: further takes of the reference; with two or more, its natural variability replaces the usual
            tolerances and the usual limit of what is refused.
        mirror: `on` compares with the mirrored reference, `auto` decides by how well it fits and says so.
            With `on` and `off`, a dancer who takes the other side is told so.
        times: the clip's time stamps in seconds where its frames are not even; `reference_times` likewise.
        person: which of the clip's persons; None: the one of whom most is seen; `reference_person` likewise.

    Raises:
        DataError: a recording is too short, still, or shows too little of the body to be compared.
        RecipeError: an argument is not one of those allowed.
    """
    options, parts = options or Options(), parts or Parts()
    if mirror not in get_args(MirrorMode):
        raise RecipeError(f"mirror is {mirror!r}.", hint=f"Take one of {', '.join(get_args(MirrorMode))}.")
    if clip.keypoints.shape[-1] != reference.keypoints.shape[-1]:
        raise DataError(
            f"{clip.name} and {reference.name} are not both in 2D or both in 3D.",
            hint="Lift the one in 2D to 3D first, or give a reference in 2D.",
        )
    theirs = reference_layout or layout
    rate = common_rate(frame_rate_of(clip, times), frame_rate_of(reference, reference_times))
    student = prepared(clip, layout, rate=rate, times=times, person=person, cutoff=options.cutoff)
    model = prepared(
        reference, theirs, rate=rate, times=reference_times, person=reference_person, cutoff=options.cutoff
    )
    others = [prepared(take, theirs, rate=rate, cutoff=options.cutoff) for take in takes]
    comparison, chosen, unshared = _mirrored(student, model, mirror, options, parts)
    if chosen.used:
        others = [take.mirrored() for take in others]
    compared = [_compared(take, comparison.reference, options, parts) for take in others]
    context = _Context(
        comparison=comparison,
        takes=tuple(compared),
        mirror=chosen,
        options=options,
        parts=parts,
        provenance=Provenance.of(clip, reference, takes, seed=options.seed),
    )
    refused = _refusal(comparison, unshared, compared)
    return _refused(context, refused) if refused else _measured(context)


@dataclass(frozen=True, kw_only=True)
class _Context:
    comparison: Comparison
    takes: tuple[Comparison, ...]
    mirror: Mirror
    options: Options
    parts: Parts
    provenance: Provenance


def _compared(student: Motion, reference: Motion, options: Options, parts: Parts) -> Comparison:
    return compare(
        student,
        reference,
        parts.aligner,
        vertical=options.vertical,
        frontal_ratio=options.frontal_ratio,
        reference_frontal_ratio=options.reference_frontal_ratio,
    )


def _mirrored(
    student: Motion, reference: Motion, asked: MirrorMode, options: Options, parts: Parts
) -> tuple[Comparison, Mirror, float]:
    """The comparison as asked for, what was chosen, and the lower share that is not shared of both."""
    as_filmed = _compared(student, reference, options, parts)
    turned = _compared(student, reference.mirrored(), options, parts)
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


def _refusal(comparison: Comparison, unshared: float, takes: Sequence[Comparison]) -> str:
    """Why the clip is another movement than the reference; "" where it is not, on whichever side."""
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


def _measured(context: _Context) -> Review:
    comparison, options = context.comparison, context.options
    jitter = jitter_of_errors(comparison, seed=options.seed, vertical=options.vertical)
    change = detectable_change(jitter, comparison.phases)
    natural = natural_variability([by_phase(take.errors, comparison.phases) for take in context.takes])
    tolerance = tolerances(change, natural)
    timing = measure_timing(comparison, together=options.together)
    form = form_errors(comparison, change, tolerance)
    score = context.parts.scorer.score(
        components_of(comparison, tolerance, jitter, together=options.together),
        seed=options.seed,
    )
    words = shipped_words() if options.cues is None else CueWords.from_yaml(options.cues)
    symmetry, no_symmetry = symmetries(comparison, jitter, dict(options.own_symmetry))
    smoothness, no_smoothness = smoothness_of_strokes(comparison)
    sway, no_sway = sway_in_holds(comparison, vertical=options.vertical)
    reasons = {"symmetry": no_symmetry, "smoothness": no_smoothness, "sway": no_sway}
    reasons["margin_of_stability"] = "the feet are not seen well enough to know the base of support"
    return Review(
        **_frame(context),
        refused="",
        score=score,
        cues=choose_cues(form, timing, words, exchanged=context.mirror.exchanged),
        form=form,
        timing=timing,
        ranges=ranges_of_motion(comparison, jitter, options.own_best),
        symmetry=symmetry,
        smoothness=smoothness,
        sway=sway,
        rhythm=rhythms(comparison),
        curves=_curves(comparison, tolerance),
        lag=series(lag_over_time(comparison)),
        not_measured={**comparison.not_measured, **{what: why for what, why in reasons.items() if why}},
        extra={metric.name: metric.measure(comparison) for metric in context.parts.metrics},
    )


def _refused(context: _Context, reason: str) -> Review:
    return Review(
        **_frame(context),
        refused=reason,
        score=None,
        cues=(),
        form=(),
        timing=None,
        ranges=(),
        symmetry=(),
        smoothness=(),
        sway=(),
        rhythm=(None, None),
        curves=(),
        lag=(),
        not_measured={"everything": reason},
        extra={},
    )


def _frame(context: _Context) -> dict[str, Any]:
    """What every review has, refused or not."""
    comparison = context.comparison
    return {
        "name": comparison.student.name,
        "reference": comparison.reference.name,
        "unshared": comparison.unshared,
        "mirror": context.mirror,
        "quality": Quality(
            jitter=_relative_jitter(comparison.student),
            reference_jitter=_relative_jitter(comparison.reference),
            takes=len(context.takes) + 1,
        ),
        "rate": comparison.rate,
        "phases": comparison.phases,
        "warp": series(comparison.alignment.warp / comparison.rate),
        "provenance": context.provenance,
    }


def _curves(comparison: Comparison, tolerance: Array) -> tuple[Curve, ...]:
    found = []
    bands = comparison.over_time(tolerance)  # (T, A)
    for place, angle in enumerate(ANGLES):
        if angle.name in comparison.not_measured or angle.name in comparison.idle:
            continue
        found.append(
            Curve(
                angle=angle.name,
                student=series(comparison.angles[:, place]),
                reference=series(comparison.reference_angles[:, place]),
                tolerance=series(bands[:, place]),
            )
        )
    return tuple(found)


def _relative_jitter(motion: Motion) -> float:
    """Percent of the length of the trunk."""
    seen = motion.jitter[~np.isnan(motion.jitter)]
    return float(100 * np.sqrt(np.mean(seen**2)) / trunk_length(motion.points))
