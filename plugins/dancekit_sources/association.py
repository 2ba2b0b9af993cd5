"""Following people through frames in which they were detected one by one.

A detection is one person in one frame: (V, 3), x, y and score of each joint; 0 = not seen. Lengths are
measured in body sizes, so pixels and normalised coordinates, near and far people are treated alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit_sources.assignment import assign

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_DETECTIONS = 100
"""In one frame; of more, those of the highest scores are followed."""
GATE = 0.5
"""In body sizes: farther than this from where a person was expected is somebody else."""
_JOINTS_IN_COMMON = 3
_STEADINESS = 0.5
_COASTING = 5
"""Frames over which an unseen person is expected to keep moving."""


@dataclass(kw_only=True)
class _People:
    """The P people followed, as last seen.

    Attributes:
        identity: (P,) their numbers.
        points: (P, V, 2) where each joint was last.
        known: (P, V) whether it was ever seen.
        velocity: (P, 2) of the whole body, per frame.
        size: (P,) the diagonal of the box around the joints.
        frame: (P,) when they were last seen.
    """

    identity: Integers
    points: Array
    known: npt.NDArray[np.bool_]
    velocity: Array
    size: Array
    frame: Integers

    @classmethod
    def born(cls, detections: Array, *, first: int, frame: int) -> _People:
        """People seen for the first time, numbered from `first`."""
        count = len(detections)
        return cls(
            identity=np.arange(first, first + count),
            points=detections[:, :, :2],
            known=detections[:, :, 2] > 0,
            velocity=np.zeros((count, 2)),
            size=_sizes(detections),
            frame=np.full(count, frame),
        )

    def expected(self, frame: int) -> Array:
        """(P, V, 2) where the joints should be: a body moves on as it did, for a few frames."""
        passed = np.minimum(frame - self.frame, _COASTING)  # (P,)
        return self.points + (self.velocity * passed[:, None])[:, None]

    def of(self, which: npt.NDArray[Any]) -> _People:
        """Some of them, by place or by mask."""
        return _People(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def seen_as(self, detections: Array, frame: int) -> _People:
        """The same people, each seen again as the detection at the same place."""
        points, seen = detections[:, :, :2], detections[:, :, 2] > 0  # (P, V, 2), (P, V)
        both = (seen & self.known)[..., None]  # (P, V, 1)
        moved = np.where(both, points - self.points, 0).sum(axis=1) / both.sum(axis=1)  # (P, 2)
        moved /= (frame - self.frame)[:, None]
        now = replace(self, velocity=_STEADINESS * self.velocity + (1 - _STEADINESS) * moved)
        return replace(
            now,
            points=np.where(seen[..., None], points, now.expected(frame)),
            known=self.known | seen,
            size=np.maximum(_sizes(detections), self.size / 2),  # half hidden is not half as large
            frame=np.full_like(self.frame, frame),
        )

    def and_also(self, others: _People) -> _People:
        return _People(
            **{
                each.name: np.concatenate([getattr(self, each.name), getattr(others, each.name)])
                for each in fields(self)
            }
        )


def follow(frames: Iterable[Array], *, patience: int, gate: float = GATE) -> list[Integers]:
    """Give each detection the number of its person, counted from 0 in the order of appearance.

    In each frame the people followed so far are expected where their last motion takes them, and the
    detections are assigned to them so that the sum of distances is least; a detection that nobody is
    nearer to than the gate is a new person. The distance is the mean over the joints seen in both,
    weighted by score, and at least three joints must be.

    Args:
        frames: of each frame, in order, (D, V, 3), D any number also 0.
        patience: a person not seen in this many frames in a row is gone; who comes then is new.
        gate: the largest distance to the expected place, in body sizes.

    Returns:
        Of each frame (D,) numbers; -1 for those beyond the 100 of the highest scores.
    """
    people: _People | None = None
    born = 0
    identities: list[Integers] = []
    for frame, every in enumerate(frames):
        of_frame = np.full(len(every), -1, dtype=np.int64)
        strongest = np.arange(len(every))
        if len(every) > MOST_DETECTIONS:
            strongest = np.sort(np.argsort(-every[:, :, 2].sum(axis=1), kind="stable")[:MOST_DETECTIONS])
        detections = every[strongest]
        if people is None:
            people = _People.born(detections, first=born, frame=frame)
            of_frame[strongest] = people.identity
        else:
            gone = frame - people.frame > patience
            people = people.of(~gone) if gone.any() else people
            person = _assigned(people, detections, frame, gate)
            old = person >= 0
            of_frame[strongest[old]] = people.identity[person[old]]
            away = np.delete(np.arange(len(people.identity)), person[old])
            here = people.of(person[old]).seen_as(detections[old], frame)
            if len(away):
                here = here.and_also(people.of(away))
            if not old.all():
                new = _People.born(detections[~old], first=born, frame=frame)
                of_frame[strongest[~old]] = new.identity
                here = here.and_also(new)
            people = here
        born = max(born, int(of_frame.max(initial=-1)) + 1)
        identities.append(of_frame)
    return identities


def _assigned(people: _People, detections: Array, frame: int, gate: float) -> Integers:
    """(D,) the place of each detection's person; -1 for somebody new."""
    known = len(people.identity)
    # A column for each person, and one for each detection that costs the gate: to be somebody new.
    cost = np.full((len(detections), known + len(detections)), gate)
    cost[:, :known] = _distances(people, detections, frame).clip(max=gate + 1)
    columns = assign(cost)
    return np.where(columns < known, columns, -1)


def _distances(people: _People, detections: Array, frame: int) -> Array:
    """(D, P) in body sizes; infinite where too few joints are seen in both."""
    sizes = np.maximum(people.size, _sizes(detections)[:, None])  # (D, P)
    score = detections[:, None, :, 2] * people.known  # (D, P, V)
    away = detections[:, None, :, :2] - people.expected(frame)  # (D, P, V, 2)
    apart = np.sqrt((away**2).sum(axis=-1))  # (D, P, V)
    enough = (np.count_nonzero(score, axis=-1) >= min(_JOINTS_IN_COMMON, score.shape[-1])) & (sizes > 0)
    mean = (score * apart).sum(axis=-1) / np.where(enough, score.sum(axis=-1) * sizes, 1)
    return np.where(enough, mean, np.inf)


def _sizes(detections: Array) -> Array:
    """(D, V, 3) to (D,): the diagonal of the box around the joints that are seen; 0 without any."""
    points, seen = detections[:, :, :2], detections[:, :, 2:] > 0
    highest = np.where(seen, points, -np.inf).max(axis=1)  # (D, 2)
    lowest = np.where(seen, points, np.inf).min(axis=1)  # (D, 2)
    sides = np.where(seen.any(axis=1), highest - lowest, 0)
    return np.asarray(np.sqrt((sides**2).sum(axis=-1)))
