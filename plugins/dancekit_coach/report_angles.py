"""Angles in words that a dancer uses, in the one order that every figure and table has."""

from __future__ import annotations

from dataclasses import dataclass

from dancekit.reporting.svg import spoken
from dancekit_coach.angles import ANGLES


@dataclass(frozen=True, kw_only=True)
class AngleWords:
    """How one kind of angle is spoken of; `{side}` stands for left or right.

    Attributes:
        name: what rows and charts are called.
        part: what is higher or lower, as in "left arm 20° higher".
        more: where the dancer has more of it than the reference.
        less: where she has less.
        means: what its degrees are.
    """

    name: str
    part: str
    more: str
    less: str
    means: str


KINDS = {
    "elbow_flexion": AngleWords(
        name="{side} elbow bend",
        part="{side} elbow",
        more="more bent",
        less="straighter",
        means="0° is a straight arm",
    ),
    "shoulder_elevation": AngleWords(
        name="{side} arm height",
        part="{side} upper arm",
        more="higher",
        less="lower",
        means="0° hangs beside the trunk, 90° is level, 180° is straight up",
    ),
    "shoulder_plane": AngleWords(
        name="{side} arm direction",
        part="{side} upper arm",
        more="further to the front",
        less="further to the side",
        means="0° points to the side, 90° to the front",
    ),
    "knee_flexion": AngleWords(
        name="{side} knee bend",
        part="{side} knee",
        more="more bent",
        less="straighter",
        means="0° is a straight leg",
    ),
    "hip_elevation": AngleWords(
        name="{side} thigh height",
        part="{side} thigh",
        more="lifted higher",
        less="lifted less",
        means="0° is in line with the trunk, 90° is level with the hip of an upright body",
    ),
    "hip_plane": AngleWords(
        name="{side} thigh direction",
        part="{side} thigh",
        more="further to the front",
        less="further to the side",
        means="0° points to the side, 90° to the front",
    ),
    "trunk_inclination_forward": AngleWords(
        name="trunk lean to the front",
        part="trunk",
        more="further to the front",
        less="further back",
        means="0° is upright",
    ),
    "trunk_inclination_left": AngleWords(
        name="trunk lean to the left",
        part="trunk",
        more="further to the left",
        less="further to the right",
        means="0° is upright, below 0° leans to the right",
    ),
    "trunk_twist": AngleWords(
        name="trunk twist",
        part="shoulders",
        more="turned further to the right",
        less="turned further to the left",
        means="0° has shoulders and hips facing one way, above 0° the shoulders are turned to the right",
    ),
    "head_tilt": AngleWords(
        name="head tilt",
        part="head",
        more="further from upright",
        less="nearer to upright",
        means="0° is in line with the trunk",
    ),
}
"""What each kind of angle is called, without its side."""

_ORDER = {angle.name: place for place, angle in enumerate(ANGLES)}


def angle_words(name: str) -> str:
    """An angle, or the angle of both sides together, as rows and charts are called."""
    side, kind = _parts(name)
    return KINDS[kind].name.format(side=side).strip() if kind in KINDS else spoken(name)


def difference_words(name: str, degrees: float) -> str:
    """A difference to the reference: "left elbow 39° straighter".

    Args:
        degrees: the dancer's less the reference's.
    """
    side, kind = _parts(name)
    words = KINDS[kind]
    return f"{words.part.format(side=side)} {abs(degrees):.0f}° {words.more if degrees > 0 else words.less}"


def angle_order(name: str) -> int:
    """Where an angle stands among all; what is no angle comes last."""
    return _ORDER.get(name, len(_ORDER))


def _parts(name: str) -> tuple[str, str]:
    side, _, kind = name.partition("_")
    return (side, kind) if side in ("left", "right") else ("", name)
