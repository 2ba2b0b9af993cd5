"""Who dances and when: what stays with a dancer, and what each recording draws anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.anatomy import Bodies
from dancekit_sources.dance_six.curves import Array, pulse

Integers = npt.NDArray[np.int64]

FRAME_RATE = 30
SHORTEST, LONGEST = 1.5, 4.0
MOST_FRAMES = round(LONGEST * FRAME_RATE)
TIME: Array = np.arange(MOST_FRAMES) / FRAME_RATE
"""Seconds of every frame of the longest recording; (T,). Shorter ones are cut at the end."""


@dataclass(frozen=True, kw_only=True)
class Dancers:
    """N dancers with their habits, each (N,).

    Attributes:
        favourite: the side of the better arm: 0 left, 1 right.
        tempo: 1 is usual, more is quicker.
        expression: 0 hints at a movement, 1 dances it fully.
        unrest: how much the body sways and the hands are never still; 1 is usual.
        stoop: forward lean of the chest and the head, radians.
    """

    bodies: Bodies
    favourite: Integers
    tempo: Array
    expression: Array
    unrest: Array
    stoop: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int) -> Dancers:
        return cls(
            bodies=Bodies.draw(rng, count),
            favourite=(rng.random(count) < 0.8).astype(np.int64),
            tempo=np.exp(rng.normal(0, 0.15, count)),
            expression=rng.beta(2, 2, count),
            unrest=np.exp(rng.normal(0, 0.3, count)).clip(0.5, 1.8),
            stoop=rng.normal(0.05, 0.05, count),
        )

    def of(self, index: Integers) -> Dancers:
        """The dancers at `index`, again and in any order: who performs each recording."""
        return Dancers(
            bodies=self.bodies.of(index),
            favourite=self.favourite[index],
            tempo=self.tempo[index],
            expression=self.expression[index],
            unrest=self.unrest[index],
            stoop=self.stoop[index],
        )


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When the movement of each of N recordings happens; seconds, each (N, 1).

    Attributes:
        frames: (N,) how many frames are recorded.
        start: the movement leaves the idle pose; before 0: the recording begins amid it.
        rise: how long that takes.
        stop: the way back begins; often after the recording's end.
        fall: how long that takes.
    """

    frames: Integers
    start: Array
    rise: Array
    stop: Array
    fall: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, tempo: Array) -> Timing:
        count = len(tempo)
        frames = np.rint(rng.uniform(SHORTEST, LONGEST, count) * FRAME_RATE).astype(np.int64)
        length = frames[:, None] / FRAME_RATE  # (N, 1)
        pace = (tempo * np.exp(rng.normal(0, 0.12, count)))[:, None]
        rise = rng.uniform(0.45, 0.95, (count, 1)) / pace
        fall = rng.uniform(0.45, 0.95, (count, 1)) / pace
        # What is left beside rise and hold is shared out between before and after.
        hold = np.maximum(rng.uniform(0.35, 0.75, (count, 1)) * length, 0.8)
        idle = (length - hold - rise).clip(0)
        begun = rng.random((count, 1)) < 0.25
        amid = rng.uniform(-0.6, 0.0, (count, 1)) * rise
        start = np.where(begun, amid, rng.uniform(0, 0.9, (count, 1)) * idle)
        goes_back = rng.random((count, 1)) < 0.55
        stop = np.where(goes_back, np.minimum(start + rise + hold, length - 0.1), length + 1)
        return cls(frames=frames, start=start, rise=rise, stop=stop, fall=fall)

    def shape(self, *, delay: Array | float = 0.0, haste: Array | float = 1.0) -> Array:
        """How far the movement is performed, 0 to 1, (N, T); later by `delay` seconds."""
        start, stop = self.start + delay, self.stop + delay / 2
        return pulse(TIME, start=start, rise=self.rise * haste, stop=stop, fall=self.fall)
