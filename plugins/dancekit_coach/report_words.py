"""What a review says in words: how close a movement was, what was found, and what none of it means."""

from __future__ import annotations

from collections.abc import Sequence

from dancekit.reporting.svg import spoken
from dancekit_coach.cues import Cue
from dancekit_coach.form import FormError
from dancekit_coach.report_angles import difference_words
from dancekit_coach.report_timing import tempo_words
from dancekit_coach.result import Mirror, Quality, Review
from dancekit_coach.scoring import Score
from dancekit_coach.timing import late_words

_LEVELS = (
    (90.0, "very close to the reference"),
    (75.0, "close to the reference"),
    (50.0, "the same movement, with clear differences"),
    (0.0, "far from the reference"),
)


def verdict(review: Review) -> str:
    """One sentence on how close the movement was, no surer than its interval."""
    if review.refused:
        return "Not compared: this looks like another movement."
    if review.score is None or review.score.low is None or review.score.high is None:
        return "No score: it would not be sure enough. What stands out is below."
    low, high = _level(review.score.low), _level(review.score.high)
    if low == high:
        return f"This was {_LEVELS[low][1]}."
    return f"This was between “{_LEVELS[low][1]}” and “{_LEVELS[high][1]}”."


def summary(review: Review) -> list[str]:
    """A review on a terminal, a line each: how close it was, how surely, and what to work on."""
    lines = [verdict(review)]
    if review.refused:
        lines.append(sentence(review.refused))
    if review.score is not None:
        lines.append(score_words(review.score))
    return [*lines, *(f"- {cue.words}" for cue in review.cues)]


def sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def score_words(score: Score | None) -> str:
    """The interval and the coverage, or why there is none."""
    if score is None:
        return ""
    if score.value is None or score.low is None or score.high is None:
        return sentence(score.withheld)
    covered = "All" if score.coverage > 0.995 else f"{score.coverage:.0%}"
    points = (
        f"{score.low:.0f}"
        if round(score.low) == round(score.high)
        else f"{score.low:.0f} to {score.high:.0f}"
    )
    return f"{points} of 100, with 90% certainty. {covered} of what the score counts was measured."


def found_words(form: Sequence[FormError]) -> str:
    """How many differences are beyond tolerance, real, or within error."""
    if not form:
        return "No joint could be compared."
    angles, phases = ({getattr(each, name) for each in form} for name in ("angle", "phase"))
    beyond = sum(each.beyond_tolerance for each in form)
    real = sum(each.beyond_error and not each.beyond_tolerance for each in form)
    return (
        f"{_count(len(angles), 'angle')} of the body in {_count(len(phases), 'part')} of the movement: "
        f"{beyond} of {len(form)} differ clearly, {real} a little, as good performances do, and in "
        f"{len(form) - beyond - real} there is no difference that can be measured."
    )


def cue_words(cue: Cue, review: Review) -> str:
    """The measured difference that a cue is about, and when it was."""
    if cue.about == "sides":
        return "Left and right are danced the other way round."
    if cue.about == "start" and review.timing is not None:
        return f"The start was {late_words(cue.error, review.timing.resolution)}."
    if cue.about == "tempo":
        return f"The tempo was {tempo_words(1 + cue.error)} than that of the reference."
    begins = next(phase.start / review.rate for phase in review.phases if phase.name == cue.phase)
    difference = difference_words(cue.about, cue.error)
    return f"In the part “{spoken(cue.phase)}”, from {begins:.1f} s on: {difference}."


def mirror_words(mirror: Mirror) -> str:
    """Which side was compared with which, and what decided it."""
    costs = f"as filmed both differ by {mirror.mismatch:.0f}°, mirrored by {mirror.mismatch_mirrored:.0f}°"
    side = (
        "The reference was mirrored, as before a mirror" if mirror.used else "The reference was not mirrored"
    )
    how = "found from the fit" if mirror.asked == "auto" else "as asked for"
    return f"{side}, {how}: {costs}."


def quality_words(quality: Quality) -> str:
    """How much the keypoints jitter, and where the tolerances come from."""
    jitter = (
        f"The points of the body jitter by {_percent(quality.jitter)} of the trunk’s length in the dancer’s "
        f"recording and by {_percent(quality.reference_jitter)} in the reference."
    )
    if quality.takes >= 3:
        return f"{jitter} What is tolerated comes from {quality.takes} takes of the reference."
    takes = "There is one take" if quality.takes == 1 else "There are two takes"
    return (
        f"{jitter} {takes} of the reference, so the tolerances are the usual ones: 10 degrees for arms, "
        "trunk and head, 15 for legs. Three takes or more would tell how much the reference itself varies."
    )


def _percent(value: float) -> str:
    return "less than 0.1%" if value < 0.1 else f"{value:.1f}%"


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"


def _level(points: float) -> int:
    return next(place for place, (least, _) in enumerate(_LEVELS) if points >= least)
