"""The dancer over the reference: both at one moment of the movement, at one size, from two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from dancekit.reporting.player import in_picture, person, skeleton_picture, written_frames
from dancekit.reporting.svg import element, number, spoken
from dancekit.skeleton.layout import Layout
from dancekit_coach.body import JOINTS, Array, joint, neck, seen, trunk_length
from dancekit_coach.filtering import at_positions
from dancekit_coach.motion import Motion
from dancekit_coach.phases import Phase

_MOST_NUMBERS = 48_000  # of all frames: about 200 kB of page
_MOST_KEY_FRAMES = 6
_STYLES = ("reference", "dancer")
_FRONT = "from the front: left is on the right"

DRAWN = Layout.from_mapping(
    {
        "name": "coach",
        "joints": [*JOINTS, "neck"],
        "bones": {
            "neck": "pelvis",
            "head": "neck",
            **{
                f"{side}_{child}": parent if parent in ("neck", "pelvis") else f"{side}_{parent}"
                for side in ("left", "right")
                for child, parent in (
                    ("shoulder", "neck"),
                    ("elbow", "shoulder"),
                    ("wrist", "elbow"),
                    ("hip", "pelvis"),
                    ("knee", "hip"),
                    ("ankle", "knee"),
                )
            },
        },
        "centre": "pelvis",
        "pairs": {f"left_{name}": f"right_{name}" for name in
                  ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")},
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class KeyFrame:
    """One moment of the movement, drawn.

    Attributes:
        phase: in the middle of which it is.
        second: on the clock of the reference.
        share: of the whole movement that is over, 0 to 1.
    """

    phase: str
    second: float
    share: float
    drawing: Markup


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """Two dancers frame by frame.

    Attributes:
        views: name -> (2, T, V, 2) the reference and the dancer in the picture, V joints of `DRAWN`.
        rate: frames per second on the clock of the reference.
        flat: as filmed, in 2D.
    """

    views: dict[str, Array]
    rate: float
    flat: bool

    @classmethod
    def of(cls, student: Motion, reference: Motion, warp: Array) -> Overlay:
        """Lay both over one another: at the hips, with trunks of one length, facing one way.

        Args:
            reference: mirrored already, where it was compared so.
            warp: (T,) seconds of the student for each frame of the reference; NaN where there is none.
        """
        moved = at_positions(student.points, warp * student.rate)
        first, second = _placed(reference.points), _placed(moved)
        if not reference.flat:
            second = _turned(second, _turn_onto(second, first))
            front = _front(first)
            first, second = _turned(first, front), _turned(second, front)
        both = np.stack([first, second])  # (2, T, V, C)
        flip = np.array([1.0, -1.0])  # pictures run down
        if reference.flat:
            return cls(views={"as filmed": in_picture(both * flip)}, rate=reference.rate, flat=True)
        # Fitted together, both views have one scale; from the side, the dancer faces to the right.
        sides = np.concatenate([both[..., [0, 1]], both[..., [2, 1]]]) * flip  # (4, T, V, 2)
        fitted = in_picture(sides)
        return cls(views={_FRONT: fitted[:2], "from the side": fitted[2:]}, rate=reference.rate, flat=False)

    def still(self) -> Markup:
        """The middle frame of each view."""
        pictures = []
        for name, points in self.views.items():
            persons = [
                person(points[who, points.shape[1] // 2], DRAWN, style=style)
                for who, style in enumerate(_STYLES)
            ]
            pictures.append(
                skeleton_picture(persons, label=f"The dancer over the reference, {name}", title=name)
            )
        return Markup("").join(pictures)

    def key_frames(self, phases: Sequence[Phase]) -> tuple[KeyFrame, ...]:
        """The middle of what is seen of both in each phase, in the first view.

        Of many phases, some that are evenly spread.
        """
        (view, *_) = self.views.values()
        chosen = np.linspace(0, len(phases) - 1, min(len(phases), _MOST_KEY_FRAMES)).round().astype(int)
        found = []
        for phase in (phases[place] for place in chosen):
            frame = _middle_seen(view[:, phase.frames]) + phase.start
            lines = [
                element("path", d=_lines(view[who, frame]), class_=style) for who, style in enumerate(_STYLES)
            ]
            share = frame / max(view.shape[1] - 1, 1)
            name = spoken(phase.name)
            drawing = skeleton_picture(lines, label=f"The dancer over the reference, {name}")
            second = frame / self.rate
            found.append(KeyFrame(phase=name, second=second, share=round(share, 4), drawing=drawing))
        return tuple(found)

    def motion(self) -> dict[str, Any]:
        """For the page's script: bones of each skeleton, and per frame the joints of all."""
        frames = np.concatenate(
            [view.transpose(1, 0, 2, 3).reshape(view.shape[1], -1) for view in self.views.values()], axis=1
        )  # (T, numbers)
        step = max(-(-frames.size // _MOST_NUMBERS), int(self.rate // 30), 1)
        bones = [list(bone) for bone in DRAWN.bones]
        return {
            "rate": round(self.rate / step, 3),
            "skeletons": [bones] * (2 * len(self.views)),
            "frames": written_frames(frames[::step]),
        }


def _middle_seen(poses: Array) -> int:
    """The frame in the middle of those of two persons (2, T, V, 2) that show both; of all where none does."""
    both = seen(poses).any(axis=-1).all(axis=0)  # (2, T, V) -> (T,)
    frames = np.flatnonzero(both) if both.any() else np.arange(poses.shape[1])
    return int(frames[(len(frames) - 1) // 2])


def _lines(pose: Array) -> str:
    """The bones of a pose (V, 2) that are seen, as a path."""
    ends = [(pose[child], pose[parent]) for child, parent in DRAWN.bones]
    return "".join(
        f"M{number(a[0])} {number(a[1])}L{number(b[0])} {number(b[1])}"
        for a, b in ends
        if not np.isnan([*a, *b]).any()
    )


def _placed(points: Array) -> Array:
    """(T, V, C) with the pelvis above the origin, its usual height at 0, and a trunk of length 1."""
    with_neck = np.concatenate([points, neck(points)[:, None]], axis=1)  # (T, V, C)
    pelvis = joint(points, "pelvis").copy()  # (T, C)
    seen = pelvis[~np.isnan(pelvis).any(axis=-1)]
    pelvis[:, 1] = np.median(seen[:, 1]) if len(seen) else 0.0
    placed: Array = (with_neck - pelvis[:, None]) / trunk_length(points)
    return placed


def _turn_onto(points: Array, onto: Array) -> float:
    """The one turn about the vertical that brings points (T, V, 3) nearest to others, in radians."""
    both = np.isfinite(points).all(-1) & np.isfinite(onto).all(-1)
    (x, _, z), (u, _, w) = points[both].T, onto[both].T
    return float(np.arctan2((z * u - x * w).sum(), (x * u + z * w).sum()))


def _front(points: Array) -> float:
    """The turn that shows the chest for most of the time: the dancer's left to the right of the picture."""
    across = joint(points, "left_shoulder") - joint(points, "right_shoulder")  # (T, 3)
    x, _, z = np.nanmean(across, axis=0)
    return float(np.arctan2(z, x))


def _turned(points: Array, angle: float) -> Array:
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)
