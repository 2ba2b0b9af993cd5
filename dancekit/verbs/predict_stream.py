"""predict --stream: movements told while frames come in, in memory that does not grow with the recording."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from dancekit.console import say
from dancekit.errors import RecipeError
from dancekit.plugin import Registry
from dancekit.prediction.needs import ASSUMED_RATE, Recording, fit
from dancekit.prediction.predictor import Predictor
from dancekit.prediction.stream import PersonStream, Poses
from dancekit.prediction.timeline import Segment
from dancekit.verbs.inputs import Detectors, is_camera, needs_detector, picture_file, recordings_of
from dancekit.verbs.predict import Chosen

if TYPE_CHECKING:
    from dancekit.data.found import Found
    from dancekit.skeleton.layout import Layout

_RATE_FRAMES = 16  # from which the frame rate of a detector's poses is told


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
        segment = self.segment
        return (
            f"{segment.start_seconds:8.2f} s to {segment.end_seconds:8.2f} s  person {self.person}  "
            f"{segment.movement.replace('_', ' ')} {100 * segment.confidence:.0f}%"
        )

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
        if format is None and needs_detector(source):
            yield from _pictures(model, source, detectors)
            continue
        for each in recordings_of(
            source, overrides, registry, detectors=detectors, format=format, split=split
        ):
            yield from _recording(model, each.recording)


def _pictures(model: Chosen, source: str, detectors: Detectors) -> Iterator[Told]:
    if is_camera(source):
        raise RecipeError(
            f"{source} is a camera, and detectors read files.", hint="Record it, and name the video."
        )
    path = picture_file(source)
    detector = detectors.build(source)
    yield from told(model, path.name, detector.layout, poses_of(detector.frames(path)))


def poses_of(frames: Iterable[Found]) -> Iterator[Poses]:
    """What a detector finds, as the same places in every frame; whoever is nobody for certain is left out.

    The frame rate is that of the first frames, which are waited for.
    """
    moments = iter(frames)
    first = list(islice(moments, _RATE_FRAMES))
    from dancekit.data.found import usual_rate

    rate = usual_rate(np.array([each.time for each in first]))
    places: dict[int, int] = {}
    for each in chain(first, moments):
        for identity in each.identity.tolist():
            if identity >= 0:
                places.setdefault(identity, len(places))
        joints = each.people.shape[1]
        people = np.zeros((len(places), joints, 3), np.float32)  # (M, V, 3)
        for person, identity in zip(each.people, each.identity.tolist(), strict=True):
            if identity >= 0:
                people[places[identity]] = person
        yield Poses(
            keypoints=people[..., :2],
            score=people[..., 2],
            present=np.asarray((people[..., 2] > 0).any(1)),
            frame_rate=rate,
            image_size=each.image_size,
        )


def _recording(model: Chosen, recording: Recording) -> Iterator[Told]:
    def frames() -> Iterator[Poses]:
        for frame in range(recording.frames):
            yield Poses(
                keypoints=recording.keypoints[:, frame],
                score=recording.score[:, frame],
                present=recording.present[:, frame],
                frame_rate=recording.frame_rate,
                image_size=recording.image_size,
            )

    yield from told(model, recording.name, recording.layout, frames())


def told(model: Chosen, name: str, layout: Layout, frames: Iterator[Poses]) -> Iterator[Told]:
    """The movements in poses that come in one by one."""
    persons: dict[int, PersonStream] = {}
    predictor: Predictor | None = None
    rate = ASSUMED_RATE
    number = 0
    for number, poses in enumerate(frames, start=1):
        started = time.perf_counter()
        one = Recording(
            name=name,
            keypoints=poses.keypoints[:, None],  # (M, 1, V, C)
            score=poses.score[:, None],
            present=poses.present[:, None],
            layout=layout,
            frame_rate=poses.frame_rate,
            image_size=poses.image_size,
        )
        if predictor is None:
            predictor = model.for_recording(one)
            rate = one.rate
        fitted, said = fit(one, predictor.training)
        if number == 1:
            for sentence in said:
                say(f"{name}: {sentence}")
        for person in range(len(fitted.keypoints)):
            if person not in persons:
                if not fitted.present[person, 0]:
                    continue
                persons[person] = PersonStream(
                    segmenter=predictor.segmenter,
                    frame_rate=rate,
                    image_size=fitted.image_size,
                    first=number - 1,
                )
                if len(persons) == 1:
                    say(_promise(name, persons[person]))
            found = persons[person].push(
                fitted.keypoints[person, 0], fitted.score[person, 0], bool(fitted.present[person, 0])
            )
            yield from _each(name, person, found, number / rate, 1000 * (time.perf_counter() - started))
    for person, each in persons.items():
        started = time.perf_counter()
        found = each.close()
        yield from _each(name, person, found, number / rate, 1000 * (time.perf_counter() - started))
    if not persons:
        say(f"{name}: Nobody is there.")


def _promise(name: str, person: PersonStream) -> str:
    return (
        f"{name}: a movement is told {person.latency:.1f} s after it ends; "
        f"{person.most_frames} frames of each person are remembered."
    )


def _each(name: str, person: int, found: Sequence[Segment], now: float, cost: float) -> Iterator[Told]:
    for segment in found:
        yield Told(recording=name, person=person + 1, segment=segment, told_seconds=now, milliseconds=cost)
