"""Bodies with volume: every part is what a rubber skin around a few balls would enclose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.wardrobe import Colour, Looks

_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a body.

    Attributes:
        balls: names of their middles, keys of what `middles` gives.
        radii: of each, metres.
        nearer: metres by which it lies before its depth, as clothes before what they cover.
    """

    balls: tuple[str, ...]
    radii: tuple[float, ...]
    colour: Colour
    nearer: float = 0.0


def middles(joints: Array) -> dict[str, Array]:
    """The joints (T, 22, 3) of `JOINTS`, and what a body has beside them: each (T, 3) in the world."""
    at = {name: joints[:, place] for place, name in enumerate(JOINTS)}
    left = _unit(at["left_hip"] - at["right_hip"])
    forward = _unit(np.cross(left, _UP))
    skull = at["head"] - at["neck"]  # from the top of the neck to the crown
    at["skull"] = at["neck"] + 0.52 * skull
    face = _unit(at["nose"] - at["skull"])
    at["face"] = at["neck"] + 0.38 * skull + 0.025 * face
    at["hair"] = at["neck"] + 0.62 * skull - 0.03 * face
    at["nape"] = at["neck"] - 0.25 * skull - 0.05 * face
    for side in ("left", "right"):
        forearm = _unit(at[f"{side}_wrist"] - at[f"{side}_elbow"])
        at[f"{side}_hand"] = at[f"{side}_wrist"] + 0.1 * forearm
        at[f"{side}_sleeve"] = _between(at[f"{side}_shoulder"], at[f"{side}_elbow"], 0.6)
        at[f"{side}_hem"] = _between(at[f"{side}_hip"], at[f"{side}_knee"], 0.85)
        heel = at[f"{side}_ankle"] - 0.035 * _UP
        at[f"{side}_heel"] = heel - 0.03 * forward
        at[f"{side}_toe"] = heel + 0.15 * forward - 0.01 * _UP
    return at


def parts_of(looks: Looks) -> tuple[Part, ...]:
    """The parts of a dressed body."""
    return (*_head(looks), *_trunk(looks), *_limbs(looks, "left"), *_limbs(looks, "right"))


def _head(looks: Looks) -> Iterator[Part]:
    wide = looks.build**0.5
    yield Part(balls=("neck", "thorax"), radii=(0.055 * wide, 0.06 * wide), colour=looks.skin)
    yield Part(balls=("face", "skull"), radii=(0.072 * wide, 0.088 * wide), colour=looks.skin)
    yield Part(balls=("hair",), radii=(0.1 * wide,), colour=looks.hair)
    if looks.long_hair:
        yield Part(balls=("hair", "nape"), radii=(0.09 * wide, 0.075), colour=looks.hair)


def _trunk(looks: Looks) -> Iterator[Part]:
    body, dress = looks.build, looks.build * looks.ease
    shoulders, hips = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
    yield Part(
        balls=(*shoulders, "spine", *hips),
        radii=(0.062 * body, 0.062 * body, 0.13 * dress, 0.09 * dress, 0.09 * dress),
        colour=looks.top,
    )
    if looks.legs == "skirt":
        flare = 0.11 * looks.ease
        yield Part(
            balls=(*hips, "left_hem", "right_hem"),
            radii=(0.105 * body, 0.105 * body, flare, flare),
            colour=looks.bottom,
            nearer=0.12,
        )
    else:
        yield Part(balls=hips, radii=(0.1 * body, 0.1 * body), colour=looks.bottom, nearer=0.03)


def _limbs(looks: Looks, side: str) -> Iterator[Part]:
    body, dress = looks.build, looks.build * looks.ease
    shoulder, elbow, wrist, hand = (f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hand"))
    long = looks.sleeves == "long"
    over, skin = (dress, looks.top) if long else (body, looks.skin)
    yield Part(balls=(shoulder, elbow), radii=(0.052 * over, 0.042 * over), colour=skin)
    yield Part(balls=(elbow, wrist), radii=(0.041 * over, 0.031 * over), colour=skin)
    yield Part(balls=(wrist, hand), radii=(0.03 * body, 0.036 * body), colour=looks.skin)
    if looks.sleeves == "short":
        radii = (0.06 * dress, 0.054 * dress)
        yield Part(balls=(shoulder, f"{side}_sleeve"), radii=radii, colour=looks.top, nearer=0.02)
    hip, knee, ankle = (f"{side}_{part}" for part in ("hip", "knee", "ankle"))
    above, below = dress if looks.legs != "skirt" else body, dress if looks.legs == "trousers" else body
    thigh = looks.skin if looks.legs == "skirt" else looks.bottom
    shank = looks.bottom if looks.legs == "trousers" else looks.skin
    yield Part(balls=(hip, knee), radii=(0.088 * above, 0.06 * above), colour=thigh)
    yield Part(balls=(knee, ankle), radii=(0.058 * below, 0.042 * below), colour=shank)
    yield Part(balls=(f"{side}_heel", f"{side}_toe"), radii=(0.042, 0.035), colour=looks.shoes)


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit


def _between(begin: Array, end: Array, share: float) -> Array:
    return begin + share * (end - begin)
