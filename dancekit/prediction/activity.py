"""Whether a person is in a movement, frame by frame: by how much they move and how far they are from rest.

A movement that is held has no motion, so motion alone can't tell a raised arm from a pause. A person who
pauses, however, comes back to one posture again and again; in a hold they are away from it. So the activity
of a frame is

    a = sqrt((e / (E0 + E1 n))^2 + (d / D)^2),      log odds = K log a

where e is the motion energy, n the speed that the detector's jitter alone has, and d how far the posture is
from that of rest, the mean over the quarter of the joints that are farthest, in body sizes. The constants are
fitted by logistic regression to 16 performances made of dance_six, in which the truth is known.
"""

from __future__ import annotations

import numpy as np

from dancekit.prediction.motion import Flags, Floats, Motion, top

_ENERGY, _PER_NOISE, _AWAY, _STEEP = 0.31, 0.6, 0.35, 5.65  # E0, E1, D, K
_UNKNOWN = 0.23  # d while the posture of rest is not known
SUREST = 6.0  # log odds

_QUIET = 0.35  # energy below which a person may be at rest
_EVERY = 0.25  # seconds of quiet from one remembered posture to the next
_FEWEST, _MOST = 16, 64  # postures that are remembered
_NEAR, _FAR = 0.3, 0.5  # distances at which postures are alike, and wholly different
_BLOCK = 1.0  # seconds for which what is known of rest stays the same


class Activity:
    """The log odds that a person is in a movement, as their frames come in.

    The posture of rest is the one that quiet postures of the past most often are like: the one with the least
    mean distance to the others, with distances cut off at half a body size, and then the median of those that
    are like it. It is known once there are 4 seconds of quiet and half of them are like it. Only what went
    before has a say, so that a recording that is still coming in gives the same.

    Args:
        rate: frames per second.
    """

    def __init__(self, rate: float) -> None:
        self._block = max(1, round(_BLOCK * rate))
        self._every = max(1, round(_EVERY * rate))
        self._frames = 0
        self._quiet = 0  # frames
        self._kept: list[tuple[Floats, Flags]] = []  # (V, C), (V,) each
        self._rest: tuple[Floats, Flags] | None = None

    def follow(self, motion: Motion, first: int, last: int) -> Floats:
        """(last - first,) log odds of the next frames: those from `first` up to `last` of `motion`."""
        away = np.full(max(last - first, 0), _UNKNOWN)
        for frame in range(first, last):
            if self._frames % self._block == 0:
                self._learn()
            self._frames += 1
            posture, known = motion.posture[frame], motion.known[frame]
            if self._rest is not None:
                away[frame - first] = distance(posture, known, *self._rest)
            if motion.energy[frame] < _QUIET:
                self._quiet += 1
                if self._quiet % self._every == 0:
                    self._kept = [*self._kept, (posture, known)][-_MOST:]
        usual = _ENERGY + _PER_NOISE * motion.noise[first:last]
        active = np.hypot(motion.energy[first:last] / usual, away / _AWAY)
        odds: Floats = (_STEEP * np.log(active.clip(1e-6))).clip(-SUREST, SUREST)
        return odds

    def _learn(self) -> None:
        if len(self._kept) < _FEWEST:
            return
        posture = np.stack([each for each, _ in self._kept])  # (n, V, C)
        known = np.stack([each for _, each in self._kept])  # (n, V)
        apart = distance(posture[:, None], known[:, None], posture, known)  # (n, n)
        alike = apart[np.minimum(apart, _FAR).sum(1).argmin()] < _NEAR
        if 2 * alike.sum() < len(alike):
            return
        often = 2 * known[alike].sum(0) >= alike.sum()  # (V,)
        places = np.where(known[alike][..., None], posture[alike], np.nan)[:, often]
        rest = np.zeros(posture.shape[1:])
        rest[often] = np.nanmedian(places, axis=0)
        self._rest = (rest, often)


def distance(posture: Floats, known: Flags, other: Floats, other_known: Flags) -> Floats:
    """(...,) how far apart two postures (..., V, C) are: the mean over the farthest quarter of the joints."""
    return top(np.linalg.norm(posture - other, axis=-1), known & other_known)
