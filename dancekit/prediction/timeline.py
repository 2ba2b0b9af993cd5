"""Who did which movement when: what prediction gives, and how it is written as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

UNKNOWN = "unknown"
"""The movement of a segment in which somebody moves and no class fits."""

FORMAT = "dancekit-timeline-1"
COLUMNS = (
    "recording",
    "person",
    "movement",
    "start_frame",
    "end_frame",
    "start_seconds",
    "end_seconds",
    "confidence",
)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One movement of one person.

    Attributes:
        movement: a class of the model, or `UNKNOWN`.
        start_frame: the first frame, from 0.
        end_frame: the frame after the last.
        start_seconds: when the first frame begins.
        end_seconds: when the last frame ends.
        confidence: the calibrated probability of the likeliest class, also where it is too low to name it; 0
            of what is unlike everything that the model recognises.
    """

    movement: str
    start_frame: int
    end_frame: int
    start_seconds: float
    end_seconds: float
    confidence: float

    @classmethod
    def of(cls, movement: str, frames: tuple[int, int], rate: float, confidence: float) -> Segment:
        """From the first frame and the one after the last, at `rate` frames per second."""
        start, end = (int(frame) for frame in frames)
        return cls(
            movement=movement,
            start_frame=start,
            end_frame=end,
            start_seconds=round(start / rate, 3),
            end_seconds=round(end / rate, 3),
            confidence=round(float(confidence), 4),
        )

    def later(self, frames: int, rate: float) -> Segment:
        """The same segment of a recording that begins `frames` earlier."""
        span = (self.start_frame + frames, self.end_frame + frames)
        return Segment.of(self.movement, span, rate, self.confidence)

    @property
    def known(self) -> bool:
        """Whether a movement fits."""
        return self.movement != UNKNOWN

    def text(self, person: int) -> str:
        """For people to read: when, which person, what, and how surely; nothing is said of 0."""
        sure = f" {100 * self.confidence:.0f}%" if self.confidence > 0 else ""
        return (
            f"{self.start_seconds:8.2f} s to {self.end_seconds:8.2f} s  person {person}  "
            f"{self.movement.replace('_', ' ')}{sure}"
        )


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person of a recording.

    Attributes:
        number: from 1, in the order of the recording's persons.
        stays: (first frame, frame after the last) of each time that the person is there.
        segments: in order of time; they don't overlap, and each lies within one stay.
    """

    number: int
    stays: tuple[tuple[int, int], ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What a model finds in one recording.

    Attributes:
        recording: its name.
        source: the file or data set that it is from, as the user named it.
        model: the run or the file that predicts.
        classes: that the model knows.
        frames: how many the recording has.
        frame_rate: frames per second.
        persons: everyone who is ever there; none in a recording without a person.
        notices: what was done to fit the recording to the model, a sentence each.
        threshold: below this confidence a movement is unknown.
    """

    recording: str
    source: str
    model: str
    classes: tuple[str, ...]
    frames: int
    frame_rate: float
    persons: tuple[Person, ...]
    notices: tuple[str, ...] = ()
    threshold: float = 0.0

    @property
    def seconds(self) -> float:
        return self.frames / self.frame_rate

    @property
    def segments(self) -> tuple[tuple[Person, Segment], ...]:
        """All of them, ordered by their start."""
        found = [(person, segment) for person in self.persons for segment in person.segments]
        return tuple(sorted(found, key=lambda pair: (pair[1].start_frame, pair[0].number)))

    def to_mapping(self) -> dict[str, Any]:
        """As the JSON document has it."""
        return {
            "format": FORMAT,
            **asdict(self),
            "classes": list(self.classes),
            "notices": list(self.notices),
            "seconds": round(self.seconds, 3),
            "persons": [
                {
                    "number": person.number,
                    "stays": [list(stay) for stay in person.stays],
                    "segments": [asdict(segment) for segment in person.segments],
                }
                for person in self.persons
            ],
        }


def to_csv(timelines: Iterable[Timeline]) -> str:
    """A row for each segment, ordered by recording and time; the columns are `COLUMNS`."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for timeline in timelines:
        for person, segment in timeline.segments:
            values = asdict(segment)
            rows.writerow(
                [_plain(timeline.recording), person.number, _plain(segment.movement)]
                + [values[column] for column in COLUMNS[3:]]
            )
    return text.getvalue()


def _plain(text: str) -> str:
    """A text that a spreadsheet takes for no formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
