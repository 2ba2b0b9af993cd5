"""What dancers look like: skin, hair and clothes. They stay with a dancer in all recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 255, in even white light."""

_SKINS: tuple[Colour, ...] = (
    (246, 214, 190),
    (228, 185, 152),
    (205, 155, 118),
    (166, 116, 80),
    (118, 78, 54),
    (78, 52, 40),
)
_HAIRS: tuple[Colour, ...] = ((28, 22, 20), (62, 40, 26), (110, 74, 42), (190, 152, 92), (150, 146, 142))
_DARK, _MIDDLE, _LIGHT = (18, 62), (70, 165), (185, 240)


@dataclass(frozen=True, kw_only=True)
class Looks:
    """One dancer's looks.

    Attributes:
        sleeves: how far they reach.
        legs: what is worn on them.
        long_hair: whether it covers the neck.
        build: scales the width of the body; 1 is usual.
        ease: scales the width of clothes over the body, 1 clings.
    """

    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    shoes: Colour
    sleeves: Literal["none", "short", "long"]
    legs: Literal["trousers", "shorts", "skirt"]
    long_hair: bool
    build: float
    ease: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Looks:
        """Somebody's looks; most people dress in one tone, dark or light."""
        tone = (_DARK, _MIDDLE, _LIGHT)[rng.choice(3, p=(0.45, 0.25, 0.3))]
        other = tone if rng.random() < 0.6 else (_DARK, _MIDDLE, _LIGHT)[rng.choice(3)]
        return cls(
            skin=_SKINS[rng.integers(len(_SKINS))],
            hair=_HAIRS[rng.choice(len(_HAIRS), p=(0.4, 0.25, 0.15, 0.1, 0.1))],
            top=cloth(rng, tone),
            bottom=cloth(rng, other),
            shoes=cloth(rng, _DARK if rng.random() < 0.7 else _LIGHT),
            sleeves=("none", "short", "long")[rng.choice(3, p=(0.25, 0.4, 0.35))],
            legs=("trousers", "shorts", "skirt")[rng.choice(3, p=(0.6, 0.2, 0.2))],
            long_hair=bool(rng.random() < 0.45),
            build=float(np.clip(rng.normal(1, 0.1), 0.8, 1.25)),
            ease=float(rng.uniform(1, 1.35)),
        )

    @property
    def brightness(self) -> float:
        """Luma of what there is most of, 0 to 255."""
        return (luma(self.top) + luma(self.bottom)) / 2


def luma(colour: Colour) -> float:
    """How bright a colour is, by Rec. 601, 0 to 255."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


def cloth(rng: np.random.Generator, brightness: tuple[int, int], *, vivid: float = 1.0) -> Colour:
    """A colour of any hue whose brightest channel lies between two values; `vivid` scales its saturation."""
    highest = rng.uniform(*brightness)
    saturation = vivid * rng.beta(1.2, 2)
    hue = rng.permutation([0.0, rng.random(), 1.0])  # of the three channels: lowest, between, highest
    red, green, blue = (float(highest * (1 - saturation * (1 - share))) for share in hue)
    return red, green, blue
