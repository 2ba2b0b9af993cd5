"""What the pages say in words: how close a movement was, what was found, and what none of it means."""

from __future__ import annotations

from collections.abc import Sequence

from dancekit.reporting.svg import spoken
from dancekit_coach.angles import ANGLES
from dancekit_coach.form import FormError
from dancekit_coach.result import Review
from dancekit_coach.scoring import Score

_LEVELS = (
    (90.0, "very close to the reference"),
    (75.0, "close to the reference"),
    (50.0, "the same movement, with clear differences"),
    (0.0, "far from the reference"),
)

LIMITS = (
    "This is not a medical device and makes no diagnosis. It does not predict or prevent injuries, and it is "
    "no therapy.",
    "It compares a movement with one reference. Another way of dancing it is a difference, not always a "
    "mistake: a teacher tells which.",
    "Expression, musicality, artistry, talent and the shape of a body are not measured.",
    "Joint angles are not called normal or abnormal. Nothing here asks for more range than is comfortable.",
    "The tolerances and scales of the score are engineering defaults, not found by a study of dancers.",
    "Recordings have errors. What is smaller than the error is grey, and nothing is said of it.",
)
"""What stands on the page of limits of every review."""

CARE_LIMITS = (
    "This is not a medical device and makes no diagnosis. It does not predict or prevent injuries, and it is "
    "no therapy.",
    "Load is the effort that was told times minutes. It says how much changed; it is no risk number.",
    "How a day feels is compared with the dancer’s own past only, never with other people.",
    "Stress, sleep and pain are what was written down; nothing is inferred from recordings.",
    "The rules limit change and keep rest. That they prevent injuries is not shown.",
    "Red flags are signs to get help on. The list is not complete: with any doubt, ask a professional.",
)
"""What stands on the page of limits of every week."""


def verdict(review: Review) -> str:
    """One sentence on how close the movement was, no surer than its interval."""
    if review.refused:
        return "Not compared: this looks like another movement."
    if review.score is None or review.score.low is None or review.score.high is None:
        return "No total: it would not be sure enough. What stands out is below."
    low, high = _level(review.score.low), _level(review.score.high)
    if low == high:
        return f"This was {_LEVELS[low][1]}."
    return f"This was between “{_LEVELS[low][1]}” and “{_LEVELS[high][1]}”."


def score_words(score: Score) -> str:
    """The interval and the coverage, or why there is none."""
    covered = f"{score.coverage:.0%} of what the score is made of was measured"
    if score.value is None or score.low is None or score.high is None:
        return f"No total, because {score.withheld}. {covered}."
    return f"{score.low:.0f} to {score.high:.0f} of 100 with 90% certainty; {covered}."


def found_words(form: Sequence[FormError]) -> str:
    """How many differences are beyond tolerance, real, or within error."""
    if not form:
        return "No joint could be compared."
    beyond = sum(each.beyond_tolerance for each in form)
    real = sum(each.beyond_error and not each.beyond_tolerance for each in form)
    return (
        f"Of {len(form)} comparisons of a joint in a phase, {beyond} differ by more than good performances "
        f"do, {real} differ measurably but within that, and {len(form) - beyond - real} are within the error "
        "of measurement."
    )


def mirror_words(review: Review) -> str:
    """Which side was compared with which, and what decided it."""
    mirror = review.mirror
    costs = f"mismatch {mirror.mismatch:.0f}° as filmed, {mirror.mismatch_mirrored:.0f}° mirrored"
    side = (
        "The reference was mirrored, as before a mirror" if mirror.used else "The reference was not mirrored"
    )
    how = "found from the fit" if mirror.asked == "auto" else "as asked for"
    return f"{side}, {how} ({costs})."


def angle_words(name: str) -> str:
    """An angle for reading: left_elbow_flexion is "left elbow flexion"."""
    return (
        spoken(name)
        .replace("shoulder elevation", "arm elevation")
        .replace("hip elevation", "thigh elevation")
    )


def angle_order(name: str) -> int:
    """Where an angle stands in every figure and table."""
    names = [angle.name for angle in ANGLES]
    return names.index(name) if name in names else len(names)


def _level(points: float) -> int:
    return next(place for place, (least, _) in enumerate(_LEVELS) if points >= least)
