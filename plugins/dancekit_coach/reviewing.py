"""A review as the command makes it: the page, `result.json`, and what is kept of it in a dancer's file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dancekit.errors import DancekitError, DataError, RecipeError, RunError
from dancekit_coach.mastery import Trial
from dancekit_coach.motion import prepared
from dancekit_coach.plan import Fault
from dancekit_coach.report_skeletons import Overlay
from dancekit_coach.result import Review
from dancekit_coach.store_export import write_whole
from dancekit_coach.symmetry import SMALLEST_DIFFERENCE
from dancekit_coach.timing import TOLERANCE

if TYPE_CHECKING:
    from dancekit.data.clips import Clip
    from dancekit.skeleton.layout import Layout

RESULT, REVIEW_PAGE = "result.json", "report.html"


@dataclass(frozen=True, kw_only=True)
class ReviewFile:
    """What a plan takes from a `result.json`."""

    movement: str
    faults: tuple[Fault, ...]

    @classmethod
    def read(cls, path: Path) -> ReviewFile:
        """Read what `coach review` wrote.

        Raises:
            DataError: it cannot be read, or it is something else.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            movement = str(content["movement"])
            faults = (
                *_of_form(content, movement),
                *_of_timing(content, movement),
                *_of_sides(content, movement),
            )
        except (OSError, ValueError, KeyError, TypeError, DancekitError) as error:
            raise DataError(
                f"{path} is no result of a review: {' '.join(str(error).split())[:120]}.",
                hint=f"Give the {RESULT} that `dancekit coach review` wrote.",
            ) from None
        return cls(movement=movement, faults=faults)


def _of_form(content: Mapping[str, Any], movement: str) -> Iterator[Fault]:
    for each in content["form"]:
        if each["beyond_tolerance"] is True:
            yield Fault(
                movement=movement,
                measure=each["angle"],
                phase=each["phase"],
                error=each["error"],
                detectable=each["detectable"],
                tolerance=each["tolerance"],
            )


def _of_timing(content: Mapping[str, Any], movement: str) -> Iterator[Fault]:
    """Being late or early, where both began with the music; no finer than a frame."""
    timing = content["timing"]
    if not timing or not timing["together"] or timing["at_limit"]:
        return
    for phase, lag in timing["by_phase"].items():
        if abs(lag) > TOLERANCE:
            yield Fault(
                movement=movement,
                measure="timing",
                phase=phase,
                error=lag,
                detectable=1 / content["rate"],
                tolerance=TOLERANCE,
            )


def _of_sides(content: Mapping[str, Any], movement: str) -> Iterator[Fault]:
    """The most uneven joint; which one it is, no drill asks."""
    uneven = [each for each in content["symmetry"] if each["beyond_error"] is True]
    worst = max(uneven, key=lambda each: abs(each["symmetry_angle"] - each["reference"]), default=None)
    if worst is not None:
        yield Fault(
            movement=movement,
            measure="symmetry",
            phase="any",
            error=worst["symmetry_angle"] - worst["reference"],
            detectable=worst["detectable"],
            tolerance=SMALLEST_DIFFERENCE,
        )


def result_text(review: Review, movement: str) -> str:
    """What is written as `result.json`: the same inputs give the same bytes."""
    content: Mapping[str, Any] = {**review.to_mapping(), "movement": movement}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def trial_of(review: Review, movement: str, day: date) -> Trial | None:
    """The take as mastery counts it; None where there is no total, which is not a bad one."""
    score = review.score
    if score is None or score.value is None or score.low is None or score.high is None:
        return None
    return Trial(movement=movement, day=day, score=score.value, width=score.high - score.low)


def overlay_of(
    review: Review,
    clip: Clip,
    layout: Layout,
    reference: Clip,
    reference_layout: Layout,
    *,
    cutoff: float,
    persons: tuple[int | None, int | None] = (None, None),
) -> Overlay:
    """Both dancers as they were compared."""
    student = prepared(clip, layout, rate=review.rate, person=persons[0], cutoff=cutoff)
    model = prepared(reference, reference_layout, rate=review.rate, person=persons[1], cutoff=cutoff)
    if review.mirror.used:
        model = model.mirrored()
    warp = np.array([np.nan if second is None else second for second in review.warp])
    return Overlay.of(student, model, warp)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts into a folder, each whole or not at all; the folder is made where it is missing.

    Raises:
        RunError: one cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{folder} cannot be made: {error.strerror}.", hint="Name another folder with --out."
        ) from None
    for name, text in files.items():
        write_whole(folder / name, text)


def movement_name(asked: str | None, known: Sequence[str], fallback: str) -> str:
    """What the movement is called in the dancer's file: as asked, else its class, else the reference."""
    chosen = asked or next((name for name in known if name), fallback.rpartition("/")[2])
    if not chosen.strip():
        raise RecipeError("the movement has no name.", hint="Give it one with --movement.")
    return chosen
