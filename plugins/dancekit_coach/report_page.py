"""The pages of the coach: one HTML file each that needs nothing else and asks no network for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from itertools import groupby
from typing import Any

import numpy as np
from jinja2 import ChoiceLoader, FunctionLoader
from markupsafe import Markup

from dancekit.reporting.page import page_environment, page_file, script_hash
from dancekit_coach.care_interfaces import MasteryModel
from dancekit_coach.mastery import LocalLevel, MasteryState, Trial
from dancekit_coach.report_figures import (
    angle_chart,
    heat_map,
    interval_on_scale,
    progress_chart,
    symmetry_bar,
    timing_strip,
)
from dancekit_coach.report_skeletons import Overlay
from dancekit_coach.report_words import (
    LIMITS,
    angle_order,
    angle_words,
    found_words,
    mirror_words,
    score_words,
    verdict,
)
from dancekit_coach.result import Curve, Review
from dancekit_coach.scoring import Score

_SHOWN = 6  # curves that are open from the start


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How one movement went over the days.

    Attributes:
        trials: of this movement, the last one this review's.
        states: the mastery after each day with a trial.
        words: what that says.
    """

    movement: str
    trials: tuple[Trial, ...]
    states: tuple[tuple[date, MasteryState], ...]
    words: str

    @classmethod
    def of(cls, movement: str, trials: Sequence[Trial], model: MasteryModel | None = None) -> Progress | None:
        """None where there is no trial of the movement."""
        model = model or LocalLevel()
        mine = tuple(
            sorted((each for each in trials if each.movement == movement), key=lambda each: each.day)
        )
        if not mine:
            return None
        state, states = model.start(), []
        for day, of_day in groupby(mine, key=lambda trial: trial.day):
            state = model.after(state, tuple(of_day))
            states.append((day, state))
        last = mine[-1].day
        sure = model.probability(state, last)
        known = "Mastered." if model.mastered(state, last) else "Not mastered yet."
        half = 164.5 * state.variance**0.5
        words = (
            f"{known} Estimated mastery {100 * state.mean:.0f} ± {half:.0f} of 100 (90%); the chance that it "
            f"is at least 80 is {sure:.0%}. It counts as mastered after 90% on two different days."
        )
        return cls(movement=movement, trials=mine, states=tuple(states), words=words)


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
    notes: tuple[str, ...] = field(default=())


def render_review(page: ReviewPage) -> str:
    """The whole page; equal contents give equal pages, and every name and text is escaped."""
    review = page.review
    curves = sorted(review.curves, key=lambda curve: (-_excess(curve), angle_order(curve.angle)))
    charts = [(curve, angle_chart(curve, review)) for curve in curves]
    score, progress = review.score, page.progress
    return render(
        "review.html",
        page=page,
        review=review,
        verdict=verdict(review),
        score_words="" if score is None else score_words(score),
        found=found_words(review.form),
        mirror=mirror_words(review),
        interval=None if score is None else _interval(score),
        heat=heat_map(review.form, review.phases, tuple(review.not_measured)) if review.form else None,
        charts=charts[:_SHOWN],
        more_charts=charts[_SHOWN:],
        strip=timing_strip(review) if any(value is not None for value in review.lag) else None,
        symmetry=[(each, symmetry_bar(each.symmetry_angle, each.detectable)) for each in review.symmetry],
        progress=None if progress is None else progress_chart(progress.trials, progress.states),
        missing=sorted(review.not_measured.items(), key=lambda each: (angle_order(each[0]), each[0])),
        motions=[] if page.overlay is None else [page.overlay.motion()],
        limits=LIMITS,
    )


def render(template: str, **contents: Any) -> str:
    """A page of this plugin, which extends the base of all pages of dancekit and moves by its script."""
    environment = page_environment()
    environment.loader = ChoiceLoader([FunctionLoader(_own_file), FunctionLoader(page_file)])
    environment.filters["angle"] = angle_words
    script = page_file("page.js") + (_own_file("coach.js") or "")
    style = page_file("page.css") + (_own_file("coach.css") or "")
    return environment.get_template(template).render(
        style=Markup(style), script=Markup(script), script_hash=script_hash(script), **contents
    )


def _interval(score: Score) -> Markup | None:
    if score.value is None or score.low is None or score.high is None:
        return None
    return interval_on_scale(score.low, score.value, score.high)


def _own_file(name: str) -> str | None:
    """A file of this plugin; None where it has none of that name."""
    file = resources.files("dancekit_coach").joinpath(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _excess(curve: Curve) -> float:
    """By how much the dancer leaves the band, in mean degrees: what is shown first."""
    beyond = [
        max(abs((one - other + 180) % 360 - 180) - allowed, 0.0)
        for one, other, allowed in zip(curve.student, curve.reference, curve.tolerance, strict=True)
        if one is not None and other is not None and allowed is not None
    ]
    return float(np.mean(beyond)) if beyond else -1.0
