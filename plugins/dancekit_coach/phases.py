"""The parts of a movement: cycles where it repeats itself, otherwise moves and holds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from dancekit_coach.body import Array
from dancekit_coach.cycles import Cycle, cycle_starts
from dancekit_coach.filtering import runs

Kind = Literal["move", "hold", "cycle"]

_SHORTEST = {"move": 0.2, "hold": 0.25}  # seconds
_SHORTEST_PART = 0.3  # seconds of a part of a long move
_BLOCK = 0.5  # seconds, the least of what is resampled together


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A part of the reference.

    Attributes:
        start: its first frame.
        stop: one past its last.
    """

    name: str
    kind: Kind
    start: int
    stop: int

    @property
    def frames(self) -> slice:
        return slice(self.start, self.stop)


def find_phases(
    speed: Array,
    moving: npt.NDArray[np.bool_],
    features: Array,
    rate: float,
    cycle: Cycle | None,
) -> tuple[Phase, ...]:
    """Cut the reference; the phases follow one another without a gap, from the first frame to the last.

    Args:
        speed: (T,) of the body.
        moving: (T,) where it counts as moving.
        features: (T, D) by which cycles are found.
    """
    if cycle is not None:
        starts = cycle_starts(features, rate, cycle)
        if len(starts) >= 3:
            return _cycles(starts, len(speed), rate)
    parts: list[tuple[Kind, int, int]] = []
    flags = _settled(moving, rate)
    edges = [0, *(np.flatnonzero(np.diff(flags.astype(np.int8))) + 1).tolist(), len(flags)]
    for start, stop in pairwise(edges):
        if flags[start]:
            cuts = [start, *_minima(speed, start, stop, rate), stop]
            parts += [("move", a, b) for a, b in pairwise(cuts)]
        else:
            parts.append(("hold", start, stop))
    return tuple(
        Phase(name=name, kind=kind, start=start, stop=stop)
        for name, (kind, start, stop) in zip(_names([kind for kind, _, _ in parts]), parts, strict=True)
    )


def blocks(phases: tuple[Phase, ...], rate: float) -> list[tuple[int, int]]:
    """Phases cut into pieces of half a second or more where they are long enough: what is resampled."""
    found: list[tuple[int, int]] = []
    for phase in phases:
        pieces = max(int((phase.stop - phase.start) / (_BLOCK * rate)), 1)
        edges = np.linspace(phase.start, phase.stop, pieces + 1).round().astype(int).tolist()
        found += list(pairwise(edges))
    return found


def _settled(moving: npt.NDArray[np.bool_], rate: float) -> npt.NDArray[np.bool_]:
    """Without holds and moves that are too short to be any."""
    flags = moving.copy()
    for value, kind in ((False, "hold"), (True, "move")):
        for start, stop in runs(flags == value):
            if stop - start < _SHORTEST[kind] * rate and (stop - start) < len(flags):
                flags[start:stop] = not value
    return flags


def _minima(speed: Array, start: int, stop: int, rate: float) -> list[int]:
    """Frames within a move where it turns or stops for a moment: at most half as fast as on both sides."""
    part = speed[start:stop]
    least = round(_SHORTEST_PART * rate)
    if len(part) < 2 * least:
        return []
    found, facts = find_peaks(-part, distance=least, prominence=0)
    depth = facts["prominences"]
    return [
        start + int(place)
        for place, prominence in zip(found, depth, strict=True)
        if prominence >= part[place] and least <= place <= len(part) - least
    ]


def _cycles(starts: list[int], frames: int, rate: float) -> tuple[Phase, ...]:
    """Cycles, with what is left before and after; leftovers too short to be measured join their neighbour."""
    least = round(_SHORTEST_PART * rate)
    starts = list(starts)
    found: list[Phase] = []
    if starts[0] < least:
        starts[0] = 0
    else:
        found.append(Phase(name="beginning", kind="cycle", start=0, stop=starts[0]))
    ends_early = frames - starts[-1] >= least
    if not ends_early:
        starts[-1] = frames
    for number, (start, stop) in enumerate(pairwise(starts), start=1):
        found.append(Phase(name=f"cycle {number}", kind="cycle", start=start, stop=stop))
    if ends_early:
        found.append(Phase(name="end", kind="cycle", start=starts[-1], stop=frames))
    return tuple(found)


def _names(kinds: list[Kind]) -> list[str]:
    """Prepare, rise, hold and return where the movement has that form; numbered otherwise."""
    moves, holds = kinds.count("move"), kinds.count("hold")
    inner = kinds[kinds[0] == "hold" :]
    if inner in (["move"], ["move", "hold"], ["move", "hold", "move"], ["move", "hold", "move", "hold"]):
        names = ["rise", "hold", "return", "rest"][: len(inner)]
        return ["prepare", *names] if kinds[0] == "hold" else names
    numbers = {"move": iter(range(1, moves + 1)), "hold": iter(range(1, holds + 1))}
    return [f"{kind} {next(numbers[kind])}" for kind in kinds]
