"""The faults in a `result.json`: what of a review a plan works on and a dancer's file keeps."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dancekit.errors import DancekitError, DataError
from dancekit_coach.faults import SIDES, Fault
from dancekit_coach.symmetry import SMALLEST_DIFFERENCE
from dancekit_coach.timing import TEMPO_TOLERANCE, tolerated


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
            return cls(movement=str(content["movement"]), faults=faults_of(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, DancekitError) as e:
            raise DataError(
                f"{path} is no result of a review: {' '.join(str(e).split())[:120]}.",
                hint="Give the result.json that `dancekit coach review` wrote.",
            ) from None


def faults_now(given: Sequence[ReviewFile], kept: Iterable[Fault]) -> tuple[Fault, ...]:
    """What a plan works on: of each movement the last file that is given, else what is kept of it."""
    latest = {file.movement: file.faults for file in given}
    return (
        *(fault for faults in latest.values() for fault in faults),
        *(fault for fault in kept if fault.movement not in latest),
    )


def faults_of(content: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The faults in the plain data of a review, as `result.json` has them.

    Where left and right are exchanged, every other difference follows from that and is none of its own. A
    clip that was refused has none.
    """
    movement = str(content["movement"])
    if content["refused"]:
        return ()
    if content["mirror"]["exchanged"] is True:
        return (Fault(movement=movement, measure=SIDES, phase="any", error=1, detectable=0, tolerance=1),)
    return (
        *_of_form(content, movement),
        *_of_timing(content, movement),
        *_of_tempo(content, movement),
        *_of_sides(content, movement),
    )


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
    resolution = _resolution(content)
    for phase, lag in timing["by_phase"].items():
        if abs(lag) > tolerated(resolution):
            yield Fault(
                movement=movement,
                measure="timing",
                phase=phase,
                error=lag,
                detectable=resolution,
                tolerance=tolerated(resolution),
            )


def _resolution(content: Mapping[str, Any]) -> float:
    """Seconds of a frame as it was recorded; results of older versions tell those of the comparison."""
    return float(content["timing"].get("resolution", 1 / content["rate"]))


def _of_tempo(content: Mapping[str, Any], movement: str) -> Iterator[Fault]:
    """Quicker or slower as a whole; no finer than two frames over the length of the reference."""
    timing = content["timing"]
    tempo = math.log(timing["tempo_ratio"]) if timing else 0.0
    if abs(tempo) > TEMPO_TOLERANCE:
        yield Fault(
            movement=movement,
            measure="tempo",
            phase="any",
            error=tempo,
            detectable=2 * _resolution(content) * content["rate"] / max(len(content["warp"]), 2),
            tolerance=TEMPO_TOLERANCE,
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
