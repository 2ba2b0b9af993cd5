"""The page of a timeline: a player, a lane for each person and a table, in one file that asks no network.

The player is that of `dancekit.reporting.viewer`, whose script this page's own follows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from dancekit.prediction.timeline import UNKNOWN, Person, Segment, Timeline
from dancekit.reporting.gallery import Points
from dancekit.reporting.packing import pack_points, pack_scores, thinning
from dancekit.reporting.page import page_environment, page_file, script_hash
from dancekit.reporting.player import side_of
from dancekit.reporting.scene import area_of, body_height, room_of
from dancekit.reporting.svg import spoken
from dancekit.skeleton.layout import Layout

HUES = 10
"""How many movements have a colour of their own; more take them again."""

_MOST_NUMBERS = 3_000_000  # bytes of the skeletons; as base64 a third more
_TRAILS = (("wrist", "ankle"), ("hand", "foot"))
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


def render(timeline: Timeline, recording: Drawn, *, calibration: str = "", video: Path | None = None) -> str:
    """The whole page; equal contents give equal pages.

    Every name is escaped, and the page's own script is the only one that may run in it.

    Args:
        calibration: what is said of the confidence.
        video: that the skeletons are in, as the page finds it from where it lies; it stays a file of its own.
    """
    script = page_file("viewer.js") + page_file("timeline.js")
    styles = "".join(page_file(sheet) for sheet in ("page.css", "viewer.css", "timeline.css"))
    lanes = [_lane(person, timeline) for person in timeline.persons]
    bars = sorted((bar for lane in lanes for bar in lane.bars), key=_order)
    return (
        page_environment()
        .get_template("timeline.html")
        .render(
            timeline=timeline,
            known=sum(bar.segment.known for bar in bars),
            lanes=lanes,
            bars=bars,
            totals=_totals(timeline),
            ticks=_ticks(timeline.seconds),
            calibration=calibration,
            clock=clock,
            contents=_contents(timeline, recording),
            video=None if video is None else quote(video.as_posix()),
            style=Markup(styles),
            script=Markup(script),
            script_hash=script_hash(script),
        )
    )


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
        hue = 0
        if segment.known:
            hue = 1 + timeline.classes.index(segment.movement) % HUES
        bars.append(Bar(segment=segment, person=person.number, left=left, width=width, hue=hue))
    return Lane(person=person, stays=tuple(share(*stay) for stay in person.stays), bars=tuple(bars))


def _totals(timeline: Timeline) -> list[dict[str, Any]]:
    """How often and how long each movement was done, the longest first; what is unknown last."""
    count: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for _, segment in timeline.segments:
        count[segment.movement] += 1
        seconds[segment.movement] += segment.end_seconds - segment.start_seconds  # type: ignore[assignment]
    longest = max(seconds.values(), default=1)
    rows = [
        {
            "name": spoken(name),
            "count": count[name],
            "seconds": float(seconds[name]),
            "share": seconds[name] / longest,
            "hue": 0 if name == UNKNOWN else 1 + timeline.classes.index(name) % HUES,
        }
        for name in count
    ]
    return sorted(rows, key=lambda row: (row["hue"] == 0, -row["seconds"]))


def _ticks(seconds: float) -> list[tuple[float, str]]:
    """Where the ruler has its marks, in per cent, and what stands there: a mark every few seconds."""
    step = next((step for step in _TICKS if seconds / step <= 60), _TICKS[-1])
    return [
        (round(100 * at / seconds, 4), clock(at, 0)) for at in range(0, int(seconds) + 1, step) if seconds
    ]


def _contents(timeline: Timeline, recording: Drawn) -> dict[str, Any]:
    """What the script needs: the layout, the skeletons, and the segments of each person."""
    return {
        "layout": _layout(recording.layout),
        "recordings": [_skeletons(timeline, recording)],
        "persons": [
            [
                [segment.start_frame, segment.end_frame, spoken(segment.movement), segment.confidence]
                for segment in person.segments
            ]
            for person in timeline.persons
        ],
        "numbers": [person.number for person in timeline.persons],
        "rate": timeline.frame_rate,
    }


def _layout(layout: Layout) -> dict[str, Any]:
    joints = range(layout.num_joints)
    trails: list[int] = []
    for ends in _TRAILS:
        trails = trails or [j for j in joints if any(end in layout.joints[j].lower() for end in ends)]
    return {
        "joints": [spoken(name) for name in layout.joints],
        "bones": [list(bone) for bone in layout.bones],
        "sides": [side_of(joint, layout) for joint in joints],
        "trails": trails,
    }


def _skeletons(timeline: Timeline, recording: Drawn) -> dict[str, Any]:
    """The skeletons as the player reads them (`viewer.js`), thinned evenly where the recording is long."""
    seen = (recording.score > 0) & recording.present[..., None]  # (M, F, V)
    points = np.where(seen[..., None], recording.keypoints.astype(np.float64), np.nan)  # (M, F, V, C)
    score = np.where(seen, recording.score, 0)
    if len(points) == 0:  # the player shows an empty room
        points, score = np.full((1, *points.shape[1:]), np.nan), np.zeros((1, *score.shape[1:]))
    every = thinning([2 * points.size + score.size], most=_MOST_NUMBERS)[0]
    kept = points[:, ::every].swapaxes(0, 1)  # (F', M, V, C)
    in_space = points.shape[-1] == 3
    name = timeline.recording
    return {
        "name": name,
        "movement": name,
        "person": "",
        "split": "",
        "frames": timeline.frames,
        "every": every,
        "rate": timeline.frame_rate,
        "rate_known": True,
        "persons": kept.shape[1],
        "count": kept.shape[0],
        "coordinates": kept.shape[-1],
        **pack_points(kept),
        "scores": pack_scores(score[:, ::every].swapaxes(0, 1)),
        "body": float(f"{body_height(points):.4g}"),
        "picture": None if recording.image_size is None else list(recording.image_size),
        "area": None if in_space else _area(points),
        "room": _room(points, recording.layout, timeline.frame_rate, every) if in_space else None,
        "backdrop": None,
        "notice": f"To keep the page small, one of {every} frames is drawn." if every > 1 else "",
    }


def _area(points: Points) -> dict[str, list[float]]:
    area = area_of(points)
    return {"low": _short(area.low), "high": _short(area.high)}


def _room(points: Points, layout: Layout, rate: float, every: int) -> dict[str, Any]:
    room = room_of(points, layout, rate=rate)
    return {
        "low": _short(room.low),
        "high": _short(room.high),
        "path": [_short(place) for place in room.path[::every]],
        "facing": float(f"{room.facing:.4f}"),
        "follows": room.follows,
        "radius": float(f"{room.radius:.4g}"),
        "near_radius": float(f"{room.near_radius:.4g}"),
        "grid": room.grid_step,
    }


def _short(values: Points) -> list[float]:
    """Digits enough for a place in a picture."""
    return [float(f"{value:.5g}") for value in values]
