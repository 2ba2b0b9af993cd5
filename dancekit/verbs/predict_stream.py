"""predict --stream: movements told while frames come in, in memory that does not grow with the recording."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dancekit.console import say
from dancekit.data.images import is_camera
from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.prediction.needs import ASSUMED_RATE, Recording, fit
from dancekit.prediction.predictor import Predictor
from dancekit.prediction.stream import PersonStream, Poses
from dancekit.prediction.timeline import Segment
from dancekit.verbs.inputs import Detectors, file_of, recordings_of
from dancekit.verbs.predict import Chosen

if TYPE_CHECKING:
    from dancekit.data.found import Found
    from dancekit.skeleton.layout import Layout

_OF_PEOPLE = ("keypoints", "score", "number")
_RATE_FRAMES = 16  # from which the frame rate of a detector's poses is told
_LONGEST_BREAK = 3600.0  # seconds without a frame: more is a broken clock


@dataclass(frozen=True, kw_only=True)
class Told:
    """A movement that is final.

    Attributes:
        told_seconds: how far the recording was when it was told.
        milliseconds: that the model and all around it took for the frame with which it was told.
    """

    recording: str
    person: int
    segment: Segment
    told_seconds: float
    milliseconds: float

    @property
    def text(self) -> str:
        return self.segment.text(self.person)

    def to_mapping(self) -> dict[str, Any]:
        return {
            "recording": self.recording,
            "person": self.person,
            **asdict(self.segment),
            "told_seconds": round(self.told_seconds, 3),
            "milliseconds": round(self.milliseconds, 1),
        }


def stream(
    model: Chosen,
    sources: Sequence[str],
    overrides: Sequence[str],
    registry: Registry,
    *,
    detector: str | None = None,
    format: str | None = None,
    split: str | None = None,
) -> Iterator[Told]:
    """The movements of one source after the other, each as soon as it is final.

    Raises:
        RecipeError: the model would have to lift, which needs the frames to come.
        DataError: a source cannot be read.
    """
    if model.predictor.lift is not None:
        raise RecipeError(
            "--stream does not lift with another run.", hint="Take a run whose recipe has the lifter in it."
        )
    detectors = Detectors(registry=registry, chosen=detector)
    for source in sources:
        if format is None and detectors.takes(source):
            yield from _pictures(model, source, overrides, detectors)
            continue
        for each in recordings_of(
            source, overrides, registry, detectors=detectors, format=format, split=split
        ):
            yield from _recording(model, each.recording)


def _pictures(model: Chosen, source: str, overrides: Sequence[str], detectors: Detectors) -> Iterator[Told]:
    path = Path(source) if is_camera(source) else file_of(source)
    name = f"camera {source}" if is_camera(source) else path.name
    detector = detectors.build(source, overrides)
    yield from told(model, name, detector.layout, poses_of(detector.frames(path), name=name))


def poses_of(frames: Iterable[Found], *, name: str) -> Iterator[Poses]:
    """What a detector finds, at a constant rate.

    The rate is that of the first frames, which are waited for. Every moment has the frame that is nearest to
    it; where there is none nobody is there. Whoever is nobody for certain is left out.

    Args:
        name: of the recording, for errors.

    Raises:
        DataError: for an hour or longer there is no frame.
    """
    moments = iter(frames)
    first = list(islice(moments, _RATE_FRAMES))
    from dancekit.data.found import usual_rate

    rate = usual_rate(np.array([each.time for each in first]))
    numbers: dict[int, int] = {}  # of everyone who ever was
    told = 0
    for each in chain(first, moments):
        number = round((each.time - first[0].time) * (rate or ASSUMED_RATE))
        if number < told:
            continue
        if number - told > _LONGEST_BREAK * (rate or ASSUMED_RATE):
            raise DataError(
                f"{name}: there is no frame between {told / (rate or ASSUMED_RATE):.0f} and "
                f"{each.time - first[0].time:.0f} seconds.",
                hint="Its clock may be broken: convert the video to a constant frame rate.",
            )
        poses = _poses(each, numbers, rate)
        nobody = replace(poses, **{name: getattr(poses, name)[:0] for name in _OF_PEOPLE})
        yield from repeat(nobody, number - told)
        yield poses
        told = number + 1


def _poses(found: Found, numbers: dict[int, int], rate: float | None) -> Poses:
    here = (found.identity >= 0) & (found.people[..., 2] > 0).any(1)  # (D,)
    people = found.people[here].astype(np.float32)  # (M, V, 3)
    return Poses(
        keypoints=people[..., :2],
        score=people[..., 2],
        number=np.array(
            [numbers.setdefault(each, len(numbers) + 1) for each in found.identity[here].tolist()], np.int64
        ),
        frame_rate=rate,
        image_size=found.image_size,
    )


def _recording(model: Chosen, recording: Recording) -> Iterator[Told]:
    def frames() -> Iterator[Poses]:
        for frame in range(recording.frames):
            here = np.flatnonzero(recording.present[:, frame])  # (M,)
            yield Poses(
                keypoints=recording.keypoints[here, frame],
                score=recording.score[here, frame],
                number=here + 1,
                frame_rate=recording.frame_rate,
                image_size=recording.image_size,
            )

    yield from told(model, recording.name, recording.layout, frames())


def told(model: Chosen, name: str, layout: Layout, frames: Iterator[Poses]) -> Iterator[Told]:
    """The movements in poses that come in one by one.

    Raises:
        KeyboardInterrupt: the user stopped it; what was danced up to then is told first.
    """
    persons: dict[int, PersonStream] = {}  # by number, who is there or was a moment ago
    promised = False
    predictor: Predictor | None = None
    rate = ASSUMED_RATE
    frame = 0
    stopped: list[KeyboardInterrupt] = []
    for frame, poses in enumerate(_until_stopped(frames, stopped)):
        started = time.perf_counter()
        one = Recording(
            name=name,
            keypoints=poses.keypoints[:, None],  # (M, 1, V, C)
            score=poses.score[:, None],
            present=np.ones((len(poses.number), 1), bool),
            layout=layout,
            frame_rate=poses.frame_rate,
            image_size=poses.image_size,
        )
        if predictor is None:
            predictor = model.for_recording(one)
            rate = one.rate
        fitted, said = fit(one, predictor.training)
        here = {number: row for row, number in enumerate(poses.number.tolist()) if fitted.present[row, 0]}
        for number in here.keys() - persons.keys():
            persons[number] = PersonStream(
                segmenter=predictor.segmenter,
                frame_rate=rate,
                image_size=fitted.image_size,
                first=frame,
            )
        if here and not promised:
            for sentence in (*said, _promise(next(iter(persons.values())))):
                say(f"{name}: {sentence}")
            promised = True
        for number, person in sorted(persons.items()):
            if number in here:
                row = here[number]
                found = person.push(fitted.keypoints[row, 0], fitted.score[row, 0])
            else:
                found = person.miss()
            if not person.remembered:
                del persons[number]
            yield from _each(name, number, found, (frame + 1) / rate, started)
    for number, person in sorted(persons.items()):
        started = time.perf_counter()
        yield from _each(name, number, person.close(), (frame + 1) / rate, started)
    if not promised:
        say(f"{name}: Nobody is there.")
    if stopped:
        raise stopped[0]


def _until_stopped(frames: Iterator[Poses], stopped: list[KeyboardInterrupt]) -> Iterator[Poses]:
    """The frames up to an interruption, which is kept: a camera has no other end."""
    try:
        yield from frames
    except KeyboardInterrupt as interruption:
        stopped.append(interruption)


def _promise(person: PersonStream) -> str:
    return (
        f"a movement before a rest is told at most {person.latency:.1f} s after it ends; "
        f"at most {person.most_frames} frames of each person are remembered."
    )


def _each(name: str, person: int, found: Sequence[Segment], now: float, started: float) -> Iterator[Told]:
    cost = 1000 * (time.perf_counter() - started)
    for segment in found:
        yield Told(recording=name, person=person, segment=segment, told_seconds=now, milliseconds=cost)
