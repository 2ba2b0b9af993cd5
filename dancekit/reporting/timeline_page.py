"""The page of a timeline: a player, a lane for each person and a table, in one file that asks no network.

The player is that of `dancekit.reporting.viewer`, whose script this page's own follows.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from dancekit.prediction.timeline import UNKNOWN, Person, Segment, Timeline
from dancekit.reporting.packing import thinning
from dancekit.reporting.page import filled
from dancekit.reporting.skeletons import layout_contents, packed_size, skeletons
from dancekit.reporting.svg import spoken
from dancekit.skeleton.layout import Layout

HUES = 10
"""How many movements have a colour of their own; more take them again."""

_MOST_NUMBERS = 3_000_000  # bytes of the skeletons; as base64 a third more
_LAST_TICK = 97.0  # per cent
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds


class Drawn(Protocol):
    """The recording as it was, before it was fitted to the model."""

    @property
    def keypoints(self) -> npt.NDArray[np.float32]:
        """(M, F, V, C)"""

    @property
    def score(self) -> npt.NDArray[np.float32]:
        """(M, F, V)"""

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """(M, F)"""

    @property
    def layout(self) -> Layout:
        """Of the V joints."""

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(width, height) in pixels."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A segment as a lane draws it: where, in shares of the lane, and in which colour."""

    segment: Segment
    person: int
    left: float
    width: float
    hue: int

    @property
    def name(self) -> str:
        return spoken(self.segment.movement)


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One person: the stretches of time in which they are there, and their bars."""

    person: Person
    stays: tuple[tuple[float, float], ...]
    bars: tuple[Bar, ...]


def render(timeline: Timeline, recording: Drawn, *, calibration: str = "", video: str = "") -> str:
    """The whole page; equal contents give equal pages.

    Every name is escaped, and the page's own script is the only one that may run in it.

    Args:
        calibration: what is said of the confidence.
        video: the address of what the skeletons were found in; it stays a file of its own.
    """
    lanes = [_lane(person, timeline) for person in timeline.persons]
    bars = sorted((bar for lane in lanes for bar in lane.bars), key=_order)
    return filled(
        "timeline.html",
        styles=("page.css", "viewer.css", "timeline.css"),
        scripts=("viewer.js", "timeline.js"),
        title=timeline.recording,
        timeline=timeline,
        recordings=[timeline.recording],
        known=sum(bar.segment.known for bar in bars),
        lanes=lanes,
        bars=bars,
        totals=_totals(timeline),
        ticks=_ticks(timeline.seconds),
        calibration=calibration,
        clock=clock,
        contents=_contents(timeline, recording),
        video=video,
    )


def address_of(file: Path, *, folder: Path) -> str:
    """Where a page in `folder` finds a file: by a relative path, or an absolute one from another drive."""
    try:
        return quote(Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix())
    except ValueError:
        return file.resolve().as_uri()


def clock(seconds: float, digits: int = 1) -> str:
    """Seconds as 1:02.5, and from an hour on as 1:00:02.5."""
    whole, unit = round(seconds * 10**digits), 10**digits
    minutes, rest = divmod(whole, 60 * unit)
    hours, minutes = divmod(minutes, 60)
    width = 3 + digits if digits else 2
    tail = f"{rest / unit:0{width}.{digits}f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _order(bar: Bar) -> tuple[int, int]:
    return bar.segment.start_frame, bar.person


def _lane(person: Person, timeline: Timeline) -> Lane:
    frames = max(timeline.frames, 1)

    def share(start: int, stop: int) -> tuple[float, float]:
        return round(100 * start / frames, 4), round(100 * (stop - start) / frames, 4)

    bars = []
    for segment in person.segments:
        left, width = share(segment.start_frame, segment.end_frame)
        hue = _hue(segment.movement, timeline)
        bars.append(Bar(segment=segment, person=person.number, left=left, width=width, hue=hue))
    return Lane(person=person, stays=tuple(share(*stay) for stay in person.stays), bars=tuple(bars))


def _hue(movement: str, timeline: Timeline) -> int:
    """The number of the colour of a movement; 0 of what is unknown."""
    return 0 if movement == UNKNOWN else 1 + timeline.classes.index(movement) % HUES


def _totals(timeline: Timeline) -> list[dict[str, Any]]:
    """How often and how long each movement was done, the longest first; what is unknown last."""
    count: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for _, segment in timeline.segments:
        count[segment.movement] += 1
        seconds[segment.movement] += segment.end_seconds - segment.start_seconds
    rows = [
        {
            "name": spoken(name),
            "count": count[name],
            "seconds": seconds[name],
            "hue": _hue(name, timeline),
        }
        for name in count
    ]
    return sorted(rows, key=lambda row: (row["hue"] == 0, -row["seconds"]))


def _ticks(seconds: float) -> list[tuple[float, str]]:
    """Where the ruler has its marks, in per cent, and what stands there: a mark every few seconds.

    At the very end there is none, as what stands there would be cut off.
    """
    step = next((step for step in _TICKS if seconds / step <= 60), _TICKS[-1])
    places = [(round(100 * at / seconds, 4), at) for at in range(0, int(seconds) + 1, step) if seconds]
    return [(place, clock(at, 0)) for place, at in places if place <= _LAST_TICK]


def _contents(timeline: Timeline, recording: Drawn) -> dict[str, Any]:
    """What the script needs: the layout, the skeletons, and the segments of each person."""
    return {
        "layout": layout_contents(recording.layout),
        "recordings": [_skeletons(timeline, recording)],
        "persons": [
            [
                [
                    segment.start_frame,
                    segment.end_frame,
                    spoken(segment.movement),
                    segment.confidence,
                    _hue(segment.movement, timeline),
                ]
                for segment in person.segments
            ]
            for person in timeline.persons
        ],
        "numbers": [person.number for person in timeline.persons],
        "rate": timeline.frame_rate,
    }


def _skeletons(timeline: Timeline, recording: Drawn) -> dict[str, Any]:
    """The skeletons as the player reads them, thinned evenly where the recording is long."""
    seen = (recording.score > 0) & recording.present[..., None]  # (M, F, V)
    points = np.where(seen[..., None], recording.keypoints.astype(np.float64), np.nan)  # (M, F, V, C)
    score = np.where(seen, recording.score, 0)
    if len(points) == 0:  # the player shows an empty room
        points, score = np.full((1, *points.shape[1:]), np.nan), np.zeros((1, *score.shape[1:]))
    every = thinning([packed_size(points)], most=_MOST_NUMBERS)[0]
    return {
        "name": timeline.recording,
        "movement": timeline.recording,
        **skeletons(points, score, layout=recording.layout, rate=timeline.frame_rate, every=every),
        "picture": None if recording.image_size is None else list(recording.image_size),
        "backdrop": None,
        "notice": f"To keep the page small, one of {every} frames is drawn." if every > 1 else "",
    }
