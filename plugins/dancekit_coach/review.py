"""A review: one clip of a dancer beside a reference, with what was measured, how surely, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from dancekit.errors import DataError, RecipeError
from dancekit_coach.angles import ANGLES
from dancekit_coach.body import Array, trunk_length
from dancekit_coach.comparison import Comparison
from dancekit_coach.cues import CueWords, choose_cues, shipped_words
from dancekit_coach.error import (
    by_phase,
    detectable_change,
    jitter_of_errors,
    natural_variability,
    tolerances,
)
from dancekit_coach.form import form_errors
from dancekit_coach.matching import compared, mirrored, refusal
from dancekit_coach.motion import Motion, common_rate, frame_rate_of, prepared
from dancekit_coach.options import MirrorMode, Options, Parts
from dancekit_coach.provenance import Provenance
from dancekit_coach.range_of_motion import ranges_of_motion
from dancekit_coach.result import Curve, Mirror, Quality, Review, series
from dancekit_coach.rhythm import rhythms
from dancekit_coach.scored import components_of
from dancekit_coach.smoothness import smoothness_of_strokes
from dancekit_coach.sway import sway_in_holds
from dancekit_coach.symmetry import symmetries
from dancekit_coach.timing import lag_over_time, measure_timing

if TYPE_CHECKING:  # the module of Clip imports torch
    from dancekit.data.clips import Clip
    from dancekit.skeleton.layout import Layout

__all__ = ("MirrorMode", "Options", "Parts", "review")


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
    comparison, chosen, unshared = mirrored(student, model, mirror, options, parts)
    if chosen.used:
        others = [take.mirrored() for take in others]
    repeated = tuple(compared(take, comparison.reference, options, parts) for take in others)
    context = _Context(
        comparison=comparison,
        takes=repeated,
        mirror=chosen,
        options=options,
        parts=parts,
        provenance=Provenance.of(clip, reference, takes, seed=options.seed),
    )
    refused = refusal(comparison, unshared, repeated)
    return _refused(context, refused) if refused else _measured(context)


@dataclass(frozen=True, kw_only=True)
class _Context:
    comparison: Comparison
    takes: tuple[Comparison, ...]
    mirror: Mirror
    options: Options
    parts: Parts
    provenance: Provenance


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
        comparison.course,
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
