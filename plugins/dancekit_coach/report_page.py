"""The page of a review: all that was found, from one sentence down to every angle."""

from __future__ import annotations

from dataclasses import dataclass

from dancekit_coach.report_angles import KINDS, angle_order, angle_words
from dancekit_coach.report_bars import score_bar, sides_bar, sides_words
from dancekit_coach.report_base import render
from dancekit_coach.report_curves import angle_chart, excess_of
from dancekit_coach.report_heat_map import SHADES, heat_map, told
from dancekit_coach.report_limits import MEASURES, REVIEW_LIMITS
from dancekit_coach.report_progress import Progress, progress_chart
from dancekit_coach.report_skeletons import Overlay
from dancekit_coach.report_timing import timing_facts, timing_strip
from dancekit_coach.report_words import (
    cue_words,
    found_words,
    mirror_words,
    quality_words,
    score_words,
    sentence,
    verdict,
)
from dancekit_coach.result import Review
from dancekit_coach.timing import TOLERANCE

_SHOWN = 6  # angles that are open from the start
_TOLD = 30  # differences in words


@dataclass(frozen=True, kw_only=True)
class ReviewPage:
    """What the page of a review shows.

    Attributes:
        overlay: both dancers; None where they are not shown.
        numbers: the score is shown as a number from the start.
        notes: further sentences, as how the reference was chosen.
    """

    review: Review
    overlay: Overlay | None = None
    progress: Progress | None = None
    numbers: bool = False
    notes: tuple[str, ...] = ()


def render_review(page: ReviewPage) -> str:
    """The whole page; equal contents give equal pages, and every name and text is escaped."""
    review, overlay, progress = page.review, page.overlay, page.progress
    curves = sorted(review.curves, key=lambda curve: (-excess_of(curve), angle_order(curve.angle)))
    charts = [(curve.angle, angle_chart(curve, review)) for curve in curves]
    beyond = sorted(
        (each for each in review.form if each.beyond_tolerance),
        key=lambda each: (-each.excess, angle_order(each.angle), each.phase),
    )
    return render(
        "review.html",
        page=page,
        review=review,
        verdict=verdict(review),
        refused=sentence(review.refused) if review.refused else "",
        score_words=score_words(review.score),
        found=found_words(review.form),
        mirror=mirror_words(review.mirror),
        interval=score_bar(review.score),
        cues=[(cue.words, cue_words(cue, review)) for cue in review.cues],
        heat=heat_map(review.form, review.phases) if review.form else None,
        shades=SHADES,
        differences=[told(each) for each in beyond[:_TOLD]],
        kinds=KINDS,
        charts=charts[:_SHOWN],
        more_charts=charts[_SHOWN:],
        strip=timing_strip(review),
        tolerated=TOLERANCE if review.timing is None else review.timing.tolerance,
        timing=[] if review.timing is None else timing_facts(review.timing),
        symmetry=[(each, sides_bar(each), sides_words(each)) for each in review.symmetry],
        progress=None if progress is None else progress_chart(progress),
        missing=_by_reason(review),
        quality=quality_words(review.quality),
        key_frames=() if overlay is None else overlay.key_frames(review.phases),
        motions=[] if overlay is None else [overlay.motion()],
        limits=REVIEW_LIMITS,
    )


def _by_reason(review: Review) -> list[tuple[str, list[str]]]:
    """Why something was not measured, and what, in the order of the angles."""
    found: dict[str, list[str]] = {}
    for what in sorted(review.not_measured, key=lambda name: (angle_order(name), name)):
        words = MEASURES.get(what) or angle_words(what)
        found.setdefault(review.not_measured[what], []).append(words)
    return list(found.items())
