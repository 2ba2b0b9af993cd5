"""Other people: some stand about on the stage, others sit before it and hide a bit of what is behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.performers import FRAME_RATE
from dancekit_sources.dance_six.rendering.painter import Canvas, blank, circles, skin
from dancekit_sources.dance_six.rendering.room import Room
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Colour, Looks

# Of somebody who stands: (right, up) in metres of ankles, hips, shoulders, and the radii there.
_LEGS = np.array([(-0.1, 0.08), (0.1, 0.08), (-0.11, 0.9), (0.11, 0.9)]), np.array([0.06, 0.06, 0.1, 0.1])
_TRUNK = np.array([(-0.12, 0.95), (0.12, 0.95), (-0.2, 1.4), (0.2, 1.4)]), np.array([0.1, 0.1, 0.06, 0.06])
_HEAD = np.array([(0.0, 1.58), (0.0, 1.63)]), np.array([0.085, 0.09])


def stand_about(canvas: Canvas, rng: np.random.Generator, room: Room, view: View) -> None:
    """Paint a few people who stand between the dancer and the wall, the farthest first."""
    count = rng.integers(2, 8)
    away = np.sort(rng.uniform(0.35, 0.95, count))[::-1] * room.wall
    half = view.side / view.camera.focal[0] * float(view.camera.distance[0]) / 2
    for distance in away:
        looks, tall = Looks.draw(rng), rng.uniform(0.88, 1.08)
        aside = rng.uniform(-1.3, 1.3) * half
        for (offsets, radii), colour in (
            (_LEGS, looks.bottom),
            (_TRUNK, looks.top),
            (_HEAD, looks.hair if rng.random() < 0.3 else looks.skin),
        ):
            sideways, up = (offsets * tall).T
            points = room.place(aside + sideways, up, np.full(len(up), distance))
            pixels, depth = view.see(points)
            skin(canvas, circles(pixels, view.pixels_of(radii * tall, depth)), colour)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Heads and shoulders along the lower edge of the picture; K people, each (K,) in shares of its side.

    Attributes:
        across: where they sit.
        down: how far down the middle of the head is.
        radius: of the head.
        sway: how far it moves.
        pace: radians per frame.
        phase: radians.
        colours: (K, 2) of hair and back, in the dark before the stage.
    """

    across: Array
    down: Array
    radius: Array
    sway: Array
    pace: Array
    phase: Array
    colours: tuple[tuple[Colour, Colour], ...]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Audience:
        """A row of people."""
        count = int(rng.integers(3, 7))
        dark = rng.uniform(0.15, 0.5)
        people = [Looks.draw(rng) for _ in range(count)]
        return cls(
            across=(np.arange(count) + rng.uniform(0.1, 0.9, count)) / count,
            down=rng.uniform(0.86, 0.98, count),
            radius=rng.uniform(0.035, 0.05, count),
            sway=rng.uniform(0.002, 0.02, count),
            pace=2 * np.pi * rng.uniform(0.1, 0.7, count) / FRAME_RATE,
            phase=rng.uniform(0, 2 * np.pi, count),
            colours=tuple((_times(each.hair, dark), _times(each.top, dark)) for each in people),
        )

    def at(self, moment: int, *, size: int) -> Canvas:
        """A canvas with them at a moment, in frames."""
        canvas = blank(size)
        swing = self.sway * np.sin(self.pace * moment + self.phase)  # (K,)
        head = np.stack([self.across + swing, self.down], axis=-1) * size  # (K, 2)
        radius = self.radius * size
        shoulders = np.array([(-1.5, 2.6), (1.5, 2.6), (0.0, 1.2)])  # (3, 2) in radii from the head
        middles = head[:, None] + radius[:, None, None] * shoulders  # (K, 3, 2)
        backs = circles(middles, radius[:, None] * np.array([1.0, 1.0, 0.6]))  # (K, 3, 12, 2)
        heads = circles(head, radius)  # (K, 12, 2)
        for place, (hair, back) in enumerate(self.colours):
            skin(canvas, backs[place], back)
            skin(canvas, heads[place], hair)
        return canvas


def _times(colour: Colour, share: float) -> Colour:
    red, green, blue = colour
    return red * share, green * share, blue * share
