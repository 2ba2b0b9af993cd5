"""The two recordings of a review: found by what a user wrote, in any format, videos by a detector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dancekit.errors import DataError, RecipeError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.wording import nearest
from dancekit_coach.motion import SURE

if TYPE_CHECKING:  # their modules import torch
    from dancekit.data.clips import Clip
    from dancekit.interfaces import Dataset
    from dancekit.skeleton.layout import Layout
    from dancekit.verbs.inputs import Detectors

MARK = "::"
TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
"""Without these nothing can be compared."""

ENDS = tuple(f"{side}_{end}" for side in ("left", "right") for end in ("elbow", "wrist", "knee", "ankle"))
"""What arms and legs are followed by."""

_MOST_NAMES = 5000  # among which a similar one is searched
_FEW = 4  # joints in a message


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """One recording.

    Attributes:
        source: what the user wrote, without the name of the recording.
        recording: its name in the data set, whoever is taken from it.
        classes: of its data set; none where it has no movements.
        person: who was taken from it, counted from 0; None is everybody.
    """

    clip: Clip
    layout: Layout
    source: str
    recording: str
    classes: tuple[str, ...] = ()
    person: int | None = None

    @property
    def persons(self) -> int:
        return len(self.clip.keypoints)

    @property
    def movement(self) -> str:
        """Its class; "" where it has none, or several persons with one each."""
        label = self.clip.label
        return self.classes[label] if isinstance(label, int) and 0 <= label < len(self.classes) else ""

    def alone(self, person: int) -> Found:
        """One of several persons, counted from 0; who it is stands in the name."""
        if self.persons == 1:
            return self
        clip, one = self.clip, slice(person, person + 1)
        label = clip.label[person] if isinstance(clip.label, tuple) else clip.label
        alone = replace(
            clip,
            keypoints=clip.keypoints[one],
            score=clip.score[one],
            present=clip.present[one],
            label=label,
            name=f"{clip.name}, person {person + 1}",
        )
        return replace(self, clip=alone, person=person)


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Looks recordings up, with the arguments that all of them have.

    Attributes:
        overrides: KEY=VALUE, arguments of the data set.
        format: the data set to read files with; None asks each whether it recognises them.
        detector: finds people in videos; None takes the one that is installed.
        detected: what was found in videos, by source and arguments: two people of one are found at once.
    """

    registry: Registry
    overrides: tuple[str, ...] = ()
    format: str | None = None
    detector: str | None = None
    detected: dict[tuple[str, ...], Found] = field(default_factory=dict, compare=False, repr=False)

    def one(self, source: str, name: str | None) -> Found:
        """The only recording of a source, or the one of this name.

        Raises:
            DataError: there is none, or it cannot be read.
            RecipeError: there are several and none is named, or none has the name.
        """
        seen: list[str] = []
        first: Found | None = None
        for found in self.all(source):
            called = found.clip.name
            if name in (called, called.rpartition("/")[2]):
                return found
            if name is None and first is not None:
                raise RecipeError(
                    f"{source} has several recordings, as {first.clip.name} and {called}.",
                    hint=f"Say which: {source}{MARK}{first.clip.name}.",
                )
            first = first or found
            if len(seen) < _MOST_NAMES:
                seen.append(called)
        if first is None:
            raise DataError(f"{source} has no recordings.", hint="Give a file that has one.")
        if name is not None:
            raise RecipeError(f"no recording of {source} is called {name!r}.", hint=nearest(name, seen))
        return first

    def all(self, source: str) -> Iterator[Found]:
        """Every recording of a source, one that is in several splits only once."""
        if self._pictures(source):
            yield self._detected(source)
            return
        from dancekit.verbs.source import find_source

        try:
            dataset = find_source(source, self.overrides, self.registry, format=self.format).open()
        except RecipeError as error:  # of several recordings: whose argument it is must be clear
            problems = error.problems if isinstance(error, RecipeErrors) else (error,)
            told = [
                RecipeError(f"{source}: {each.message.removeprefix('data: ')}", hint=each.hint)
                for each in problems
            ]
            raise RecipeErrors(told) from None
        for clip in _clips(dataset):
            yield Found(
                clip=clip,
                layout=dataset.layout,
                source=source,
                recording=clip.name,
                classes=tuple(dataset.classes),
            )

    def _pictures(self, source: str) -> bool:
        from dancekit.data.images import is_camera

        if self.format is not None or source in self.registry.names("dataset"):
            return False
        if is_camera(source):
            raise RecipeError(
                f"{source} is a camera, and reviews compare files.", hint="Record it, and name the video."
            )
        return self._detectors.takes(source)

    @property
    def _detectors(self) -> Detectors:
        from dancekit.verbs.inputs import Detectors

        return Detectors(registry=self.registry, chosen=self.detector)

    def _detected(self, source: str) -> Found:
        from dancekit.verbs.inputs import file_of

        asked = (source, self.detector or "", *self.overrides)
        if asked not in self.detected:
            detector = self._detectors.build(source, self.overrides)
            clip = detector(file_of(source))
            self.detected[asked] = Found(
                clip=clip, layout=detector.layout, source=source, recording=clip.name
            )
        return self.detected[asked]


def split_name(written: str, name: str | None, option: str) -> tuple[str, str | None]:
    """FILE::NAME as (FILE, NAME); a file whose own name has the mark is taken as it is.

    Raises:
        RecipeError: the recording is named twice.
    """
    if MARK not in written or Path(written).exists():
        return written, name
    source, _, inside = written.partition(MARK)
    if name is not None:
        raise RecipeError(f"{written} names a recording, and {option} another.", hint="Name it once.")
    return source, inside or None


def choose_person(found: Found, asked: int | None, option: str) -> tuple[Found, str]:
    """The person to look at, and what is to be said about it; "" where there is only one.

    Args:
        asked: counted from 1; None takes the one of whom most is seen.
        option: how the user asks for another.

    Raises:
        RecipeError: there is no such person.
    """
    persons = found.persons
    if asked is not None and not 1 <= asked <= persons:
        raise RecipeError(
            f"{found.clip.name} has no person {asked}.",
            hint="It has one person." if persons == 1 else f"Take {option} 1 to {persons}.",
        )
    if persons == 1:
        return found, ""
    if asked is not None:
        return found.alone(asked - 1), ""
    most = int(np.argmax(found.clip.score.sum(axis=(1, 2))))  # (M,)
    return found.alone(most), (
        f"{found.clip.name} shows {persons} persons; person {most + 1} is looked at, of whom most is seen. "
        f"Take another with {option}."
    )


def check_usable(found: Found) -> None:
    """Check that the trunk is found by the names of its joints, and time by the frame rate.

    Raises:
        DataError: the layout calls them something else, or has none; or the frame rate is not known.
    """
    joints = found.layout.joints
    lacking = [name for name in TRUNK if name not in joints]
    if lacking:
        raise DataError(
            f"{found.clip.name}: among its joints {', '.join(joints[:_FEW])} ... there is no "
            f"{', no '.join(lacking)}.",
            hint="Say which are meant, as with 'rename={LeftArm: left_shoulder}', or name the layout that it "
            "was recorded in with layout=NAME.",
        )
    if found.clip.frame_rate is None:
        raise DataError(
            f"{found.clip.name}: how many frames per second it has is not known.",
            hint="Say it, as with frame_rate=30.",
        )


def body_seen(found: Found) -> float:
    """The share of trunk, arms and legs over time that is seen, of the person of whom it is most; 0 to 1."""
    joints = found.layout.joints
    seen = found.clip.score >= SURE  # (M, T, V)
    shares = [seen[:, :, joints.index(name)].mean(axis=1) for name in (*TRUNK, *ENDS) if name in joints]
    return float(np.sum(shares, axis=0).max()) / len(TRUNK + ENDS) if shares else 0.0


def _clips(dataset: Dataset) -> Iterator[Clip]:
    seen: set[str] = set()
    for split in dataset.splits:
        for clip in dataset.recordings(split):
            if clip.name not in seen:
                seen.add(clip.name)
                yield clip
