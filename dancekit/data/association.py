"""From the people of one frame to the detections of the next: who is who.

A detection is one person in one frame: (V, 3), x, y and score of each joint; 0 = not seen. Lengths are
measured in body sizes, so pixels and normalised coordinates, near and far people are treated alike.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.assignment import assign

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_JOINTS_IN_COMMON = 3
_STEADINESS = 0.5
_COASTING = 8
"""Frames over which an unseen person is expected to keep moving."""


@dataclass(frozen=True, kw_only=True)
class People:
    """The P people followed, as last seen.

    Attributes:
        identity: (P,) their numbers.
        points: (P, V, 2) where each joint was last.
        known: (P, V) whether it was ever seen.
        velocity: (P, 2) of the whole body, per frame.
        size: (P,) the diagonal of the box around the joints.
        moment: (P,) when they were last seen, in frames.
    """

    identity: Integers
    points: Array
    known: npt.NDArray[np.bool_]
    velocity: Array
    size: Array
    moment: Array

    @classmethod
    def born(cls, detections: Array, *, first: int, moment: float) -> People:
        """People seen for the first time, numbered from `first`."""
        count = len(detections)
        return cls(
            identity=np.arange(first, first + count),
            points=detections[:, :, :2],
            known=detections[:, :, 2] > 0,
            velocity=np.zeros((count, 2)),
            size=sizes(detections),
            moment=np.full(count, float(moment)),
        )

    def __len__(self) -> int:
        return len(self.identity)

    @property
    def centre(self) -> Array:
        """(P, 2) the mean of the joints that were ever seen."""
        known = self.known[..., None]  # (P, V, 1)
        return np.asarray((self.points * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1))

    def expected(self, moment: float) -> Array:
        """(P, V, 2) where the joints should be: a body moves on as it did, for a few frames."""
        passed = np.minimum(moment - self.moment, _COASTING)  # (P,)
        return self.points + (self.velocity * passed[:, None])[:, None]

    def of(self, which: npt.NDArray[Any]) -> People:
        """Some of them, by place or by mask."""
        return People(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def seen_as(self, detections: Array, moment: float) -> People:
        """The same people, each seen again as the detection at the same place."""
        points, seen = detections[:, :, :2], detections[:, :, 2] > 0  # (P, V, 2), (P, V)
        both = (seen & self.known)[..., None]  # (P, V, 1)
        moved = np.where(both, points - self.points, 0).sum(axis=1) / both.sum(axis=1)  # (P, 2)
        moved /= (moment - self.moment)[:, None]
        now = replace(self, velocity=_STEADINESS * self.velocity + (1 - _STEADINESS) * moved)
        return replace(
            now,
            points=np.where(seen[..., None], points, now.expected(moment)),
            known=self.known | seen,
            size=np.maximum(sizes(detections), self.size / 2),  # half hidden is not half as large
            moment=np.full_like(self.moment, moment),
        )

    def and_also(self, others: People) -> People:
        return People(
            **{
                each.name: np.concatenate([getattr(self, each.name), getattr(others, each.name)])
                for each in fields(self)
            }
        )


def assigned(people: People, detections: Array, moment: float, gate: float) -> Integers:
    """Assign detections to people so that the sum of distances to where they are expected is least.

    The distance is the mean over the joints seen in both, weighted by score, and at least three joints
    must be.

    Args:
        detections: (D, V, 3).
        moment: of the detections, in frames.
        gate: the largest distance, in body sizes.

    Returns:
        (D,) the place of each detection's person; -1 for somebody new, who is beyond the gate of everyone.
    """
    known = len(people)
    # A column for each person, and one for each detection that costs the gate: to be somebody new.
    cost = np.full((len(detections), known + len(detections)), gate)
    cost[:, :known] = _distances(people, detections, moment).clip(max=gate + 1)
    columns = assign(cost)
    return np.where(columns < known, columns, -1)


def _distances(people: People, detections: Array, moment: float) -> Array:
    """(D, P) in body sizes; infinite where too few joints are seen in both."""
    largest = np.maximum(people.size, sizes(detections)[:, None])  # (D, P)
    score = detections[:, None, :, 2] * people.known  # (D, P, V)
    away = detections[:, None, :, :2] - people.expected(moment)  # (D, P, V, 2)
    apart = np.sqrt((away**2).sum(axis=-1))  # (D, P, V)
    enough = (np.count_nonzero(score, axis=-1) >= min(_JOINTS_IN_COMMON, score.shape[-1])) & (largest > 0)
    mean = (score * apart).sum(axis=-1) / np.where(enough, score.sum(axis=-1) * largest, 1)
    return np.where(enough, mean, np.inf)


def sizes(detections: Array) -> Array:
    """(D, V, 3) to (D,): the diagonal of the box around the joints that are seen; 0 without any."""
    points, seen = detections[:, :, :2], detections[:, :, 2:] > 0
    highest = np.where(seen, points, -np.inf).max(axis=1)  # (D, 2)
    lowest = np.where(seen, points, np.inf).min(axis=1)  # (D, 2)
    sides = np.where(seen.any(axis=1), highest - lowest, 0)
    return np.asarray(np.sqrt((sides**2).sum(axis=-1)))
