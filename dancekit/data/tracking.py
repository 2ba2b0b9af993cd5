"""Following people through frames in which they were detected one by one, while the frames arrive.

In each frame the people followed so far are expected where their last motion takes them, and the detections
are assigned to them (`dancekit.data.association`). Who is nobody's is a candidate, and a person once seen
often enough; who is not seen for long is gone, and may come back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit.data.association import Array, Integers, People, assigned

MOST_DETECTIONS = 100
"""In one frame; of more, those of the highest scores are followed."""
GATE = 0.5
"""In body sizes: farther than this from where a person was expected is somebody else."""
_REACH = 1.0
"""In body sizes: how far from where they were last seen somebody may come back."""
_SCALE = 1.5
"""How many times larger or smaller somebody may come back."""


@dataclass
class _Candidate:
    """Somebody new, who may be a mistake of the detector."""

    frame: int  # in which they were seen first
    moment: float
    seen: int = 0


class Tracker:
    """Gives each detection the number of its person, counted from 0 in the order of appearance.

    Numbers come with a delay of 2 `birth` - 2 frames, after which it is known whether somebody new is a
    person; memory does not grow with the number of frames.

    Somebody who is not seen for longer than `patience` and comes back keeps the number only where nothing
    else fits: within one body size of where they were last seen, at most half as large again or as small,
    nobody else gone from there, and nobody else new there. Of the look of people nothing is known: another
    person who enters where one has just left is taken for the first.

    Args:
        patience: in frames; who is not seen for longer is not followed any more.
        gate: the largest distance to the expected place, in body sizes.
        birth: in so many of the 2 `birth` - 1 frames from the first on somebody new has to be seen.
        memory: in frames; for how long after they were last seen people may get their number back; 0: never.

    Raises:
        ValueError: a number makes no sense.
    """

    def __init__(self, *, patience: float, gate: float = GATE, birth: int = 1, memory: float = 0) -> None:
        if not (patience >= 0 and gate > 0 and birth >= 1 and memory >= 0):
            raise ValueError("patience and memory are at least 0, birth at least 1, and gate more than 0")
        self._patience, self._gate, self._birth, self._memory = patience, gate, birth, memory
        self._window = 2 * birth - 1
        self._frame = -1
        self._moment = -np.inf
        self._people: People | None = None  # with numbers of tracks, not of persons
        self._gone: People | None = None
        self._tracks = self._persons = 0  # how many there have been
        self._candidates: dict[int, _Candidate] = {}
        self._person: dict[int, int] = {}  # of each confirmed track
        self._waiting: deque[Integers] = deque()

    def update(self, detections: Array, moment: float | None = None) -> list[Integers]:
        """Take the next frame.

        Args:
            detections: (D, V, 3), D any number also 0.
            moment: when it was, in frames, later than the last; without it one frame later.

        Returns:
            The numbers, (D,) each, of the frames that are decided now, in order: one, or none in the first
            frames. -1 for what is nobody, and for those beyond the 100 of the highest scores.

        Raises:
            ValueError: `moment` is not later than the last.
        """
        if moment is None:
            moment = self._moment + 1 if self._frame >= 0 else 0.0
        if not moment > self._moment:
            raise ValueError(f"moments increase, but {moment} comes after {self._moment}")
        self._frame, self._moment = self._frame + 1, moment
        self._waiting.append(self._followed(detections, moment))
        self._confirm([each for each, who in self._candidates.items() if who.seen >= self._birth])
        late = [each for each, who in self._candidates.items() if self._frame - who.frame >= self._window - 1]
        self._drop(late)
        return [self._decided()] if len(self._waiting) == self._window else []

    def finish(self) -> list[Integers]:
        """The numbers of the frames that are not decided yet: there is no more to come.

        In a recording too short to be seen often enough, whoever is in all of it is a person.
        """
        steady = [each for each, who in self._candidates.items() if who.seen == self._frame + 1]
        self._confirm(steady)
        self._drop(list(self._candidates))
        return [self._decided() for _ in range(len(self._waiting))]

    def _followed(self, every: Array, moment: float) -> Integers:
        """(D,) numbers of tracks."""
        of_frame = np.full(len(every), -1, dtype=np.int64)
        strongest = np.arange(len(every))
        if len(every) > MOST_DETECTIONS:
            strongest = np.sort(np.argsort(-every[:, :, 2].sum(axis=1), kind="stable")[:MOST_DETECTIONS])
        detections = every[strongest]
        people = self._here(moment, joints=every.shape[1])
        person = assigned(people, detections, moment, self._gate)
        old = person >= 0
        of_frame[strongest[old]] = people.identity[person[old]]
        new = People.born(detections[~old], first=self._tracks, moment=moment)
        of_frame[strongest[~old]] = new.identity
        self._tracks += len(new)
        away = people.of(np.delete(np.arange(len(people)), person[old]))
        self._people = people.of(person[old]).seen_as(detections[old], moment).and_also(away).and_also(new)
        for each in new.identity.tolist():
            self._candidates[each] = _Candidate(self._frame, moment)
        for each in of_frame[of_frame >= 0].tolist():
            if each in self._candidates:
                self._candidates[each].seen += 1
        return of_frame

    def _here(self, moment: float, *, joints: int) -> People:
        """Who is still followed; who is not any more may be remembered."""
        if self._people is None:
            return People.born(np.zeros((0, joints, 3)), first=0, moment=moment)
        gone = moment - self._people.moment > self._patience
        if not gone.any():
            return self._people
        leaving = self._people.of(gone)
        for each in leaving.identity.tolist():
            self._candidates.pop(each, None)
        if self._memory:
            leaving = leaving.of(np.isin(leaving.identity, list(self._person)))
            remembered = leaving if self._gone is None else self._gone.and_also(leaving)
            recent = moment - remembered.moment <= self._memory
            self._gone = remembered.of(recent).of(np.arange(-min(int(recent.sum()), MOST_DETECTIONS), 0))
        return self._people.of(~gone)

    def _confirm(self, tracks: list[int]) -> None:
        for each in tracks:
            before = self._returning(each) if self._memory else None
            if before is None:
                self._person[each] = self._persons
                self._persons += 1
            else:
                self._person[each] = self._person[before]
                self._forget(before)
        for each in tracks:
            del self._candidates[each]

    def _returning(self, track: int) -> int | None:
        """The track that a new one goes on from, if one and no other can be."""
        assert self._people is not None
        newcomer = self._people.of(self._people.identity == track)
        came = self._candidates[track].moment
        unseen = [self._people.of(np.isin(self._people.identity, list(self._person)))]
        if self._gone is not None:
            unseen.append(self._gone)
        lost = unseen[0] if len(unseen) == 1 else unseen[0].and_also(unseen[1])
        lost = lost.of((lost.moment < came) & (came - lost.moment <= self._memory))
        fitting = lost.of(_may_be(newcomer, lost))
        if len(fitting) != 1:
            return None
        others = self._people.of(np.isin(self._people.identity, list(self._candidates)))
        rivals = others.of((others.identity != track) & (others.moment == self._moment))
        if _may_be(fitting, rivals).any():
            return None
        return int(fitting.identity[0])

    def _forget(self, track: int) -> None:
        """Nobody is to be taken for this track again: another has gone on from it."""
        if self._gone is not None:
            self._gone = self._gone.of(self._gone.identity != track)
        self._drop([track])

    def _drop(self, tracks: list[int]) -> None:
        for each in tracks:
            self._candidates.pop(each, None)
        if tracks and self._people is not None:
            self._people = self._people.of(~np.isin(self._people.identity, tracks))

    def _decided(self) -> Integers:
        tracks = self._waiting.popleft()
        persons = np.array([self._person.get(each, -1) for each in tracks.tolist()], dtype=np.int64)
        self._person = {each: person for each, person in self._person.items() if each in self._alive()}
        return persons

    def _alive(self) -> set[int]:
        """Tracks whose numbers may still be asked for."""
        known = [each.identity for each in (self._people, self._gone) if each is not None]
        return set(np.concatenate([*known, *self._waiting]).tolist())


def _may_be(one: People, others: People) -> npt.NDArray[np.bool_]:
    """(P,) which of the others may be this person, by where they are and how large."""
    larger = np.maximum(one.size, others.size)  # (P,)
    smaller = np.minimum(one.size, others.size)
    apart = np.linalg.norm(others.centre - one.centre, axis=1)
    return np.asarray((apart <= _REACH * larger) & (larger <= _SCALE * smaller))


def track(
    frames: Iterable[Array],
    *,
    patience: float,
    gate: float = GATE,
    birth: int = 1,
    memory: float = 0,
    moments: Iterable[float] | None = None,
) -> Iterator[Integers]:
    """The numbers of each frame's detections, as `Tracker` gives them, while the frames arrive.

    Args:
        frames: of each frame, in order, (D, V, 3).
        moments: when each was, in frames; without them they are one frame apart.
    """
    tracker = Tracker(patience=patience, gate=gate, birth=birth, memory=memory)
    if moments is None:
        for detections in frames:
            yield from tracker.update(detections)
    else:
        for detections, moment in zip(frames, moments, strict=True):
            yield from tracker.update(detections, moment)
    yield from tracker.finish()


def follow(frames: Iterable[Array], *, patience: int, gate: float = GATE) -> list[Integers]:
    """The numbers of each frame's detections where every detection is taken for a person.

    People are expected where their last motion takes them, and a detection that nobody is nearer to than
    the gate is somebody new.

    Args:
        frames: of each frame, in order, (D, V, 3), D any number also 0.
        patience: a person not seen in this many frames in a row is gone; who comes then is new.
        gate: the largest distance to the expected place, in body sizes.

    Returns:
        Of each frame (D,) numbers; -1 for those beyond the 100 of the highest scores.
    """
    return list(track(frames, patience=patience, gate=gate))
