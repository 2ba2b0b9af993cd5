"""Where the dancer is filmed: what is behind, what light there is, and how good the camera is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.crowd import Audience, stand_about
from dancekit_sources.dance_six.rendering.painter import Pixels, blank, over, shrunk
from dancekit_sources.dance_six.rendering.room import Room
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Looks, cloth


@dataclass(frozen=True, kw_only=True)
class Scenery:
    """The surroundings of one recording.

    Attributes:
        backdrop: (S, S, 3) what is behind the dancer, 0 to 255, in the light that is there.
        light: (S, S, 3) or (3,) how much red, green and blue of it falls on a dancer at each pixel.
        towards_light: (2,) in the picture, right and down, length 1 or less.
        shadow: what share of the light the dancer takes from the floor.
        blur: standard deviation of the lens's spread, as a share of the picture's side.
        noise: standard deviation of the sensor's, 0 to 255.
        audience: who sits before the dancer.
    """

    backdrop: Pixels
    light: Pixels
    towards_light: Array
    shadow: float
    blur: float
    noise: float
    audience: Audience | None = None


def plain(rng: np.random.Generator, view: View, looks: Looks) -> Scenery:
    """A studio of one tone, white or black, whichever the dancer's clothes are farther from."""
    bright = looks.brightness < 128
    tone = rng.uniform(205, 245) if bright else rng.uniform(8, 30)
    tint = rng.normal(1, 0.01, 3)
    places = np.linspace(-1, 1, view.size)
    falloff = 1 - rng.uniform(0, 0.06) * (places[:, None] ** 2 + places**2)  # (S, S)
    return Scenery(
        backdrop=(tone * falloff[..., None] * tint).astype(np.float32),
        light=np.float32(rng.uniform(0.9, 1.0)) * np.ones(3, np.float32),
        towards_light=_towards_light(rng),
        shadow=rng.uniform(0.02, 0.1),
        blur=rng.uniform(0.002, 0.005),
        noise=rng.uniform(1, 4),
    )


def stage(rng: np.random.Generator, view: View, floor: Array) -> Scenery:
    """A stage by day or by night, with a wall or curtains, people about and perhaps an audience.

    Args:
        floor: (3,) the place on the floor in the middle of the recording.
    """
    night = rng.random() < 0.55
    room = Room.behind(floor, view, wall=rng.uniform(1.2, 4))
    wall = _curtain(rng, room) if night else _hall(rng, room)
    surface = np.where(room.on_wall[..., None], wall, _boards(rng, room)).astype(np.float32)
    if rng.random() < 0.6:
        surface = _with_people(surface, rng, room, view)
    light = _by_night(rng, room) if night else _by_day(rng, room)
    lit = surface * light
    if night:
        lit = lit + _lamps(rng, room)
    return Scenery(
        backdrop=lit.clip(0, 255).astype(np.float32),
        light=light.astype(np.float32),
        towards_light=_towards_light(rng),
        shadow=rng.uniform(0.2, 0.5),
        audience=Audience.draw(rng) if rng.random() < 1 / 3 else None,
        blur=rng.uniform(0.003, 0.009),
        noise=rng.uniform(4, 12) if night else rng.uniform(2, 6),
    )


def _towards_light(rng: np.random.Generator) -> Array:
    return np.array([rng.uniform(-0.7, 0.7), -0.7])


def _boards(rng: np.random.Generator, room: Room) -> Array:
    """Boards along the line of sight, each of its own tone, and the gaps between them."""
    wide = rng.uniform(0.1, 0.3)
    tones = 1 + rng.normal(0, rng.uniform(0.02, 0.12), 64)
    place = room.aside / wide
    tone = tones[np.floor(place).astype(np.int64) % len(tones)]
    tone = np.where(place % 1 < 0.08, tone * 0.7, tone)
    boards: Array = tone[..., None] * np.array(cloth(rng, (70, 200), vivid=0.5))
    return boards


def _curtain(rng: np.random.Generator, room: Room) -> Array:
    """A curtain in folds, and a batten across it in some recordings."""
    phase = room.aside / rng.uniform(0.15, 0.5) + 0.4 * np.sin(room.aside * rng.uniform(1, 3))
    folds = 0.72 + rng.uniform(0.1, 0.28) * np.sin(2 * np.pi * phase)
    hung: Array = folds[..., None] * np.array(cloth(rng, (90, 230)))
    if rng.random() < 0.4:
        low = rng.uniform(1.2, 2.4)
        batten = (room.height > low) & (room.height < low + 0.15)
        hung = np.where(batten[..., None], np.array(cloth(rng, (150, 250))), hung)
    return hung


def _hall(rng: np.random.Generator, room: Room) -> Array:
    """A painted wall with a skirting and windows, or the frames of mirrors."""
    wall = np.ones((*room.aside.shape, 1)) * np.array(cloth(rng, (120, 240), vivid=0.5))
    period, wide = rng.uniform(1.4, 2.6), rng.uniform(0.5, 0.8)
    sill, top = rng.uniform(0.2, 1.0), rng.uniform(1.8, 2.6)
    across = (room.aside / period + rng.random()) % 1
    up = (room.height - sill) / (top - sill)
    pane = (across < wide) & (up > 0) & (up < 1)
    bar = (np.abs(across / wide - 0.5) < 0.03) | (np.abs(up - 0.5) < 0.03)
    outside = np.array(cloth(rng, (150, 255), vivid=0.5)) * (0.7 + 0.3 * up.clip(0, 1))[..., None]
    wall = np.where((pane & ~bar)[..., None], outside, wall)
    return np.where((room.height < 0.12)[..., None], np.array(cloth(rng, (30, 120))), wall)


def _by_day(rng: np.random.Generator, room: Room) -> Array:
    """Light from a window: brighter on one side, and a patch of sun on the floor."""
    slope = rng.uniform(-0.12, 0.12)
    light = (rng.uniform(0.75, 1.0) + slope * room.aside.clip(-3, 3))[..., None] * rng.normal(1, 0.03, 3)
    along = room.away + rng.uniform(-1, 1) * room.aside + rng.uniform(-1.5, 1.5)
    sun = ~room.on_wall & (along > 0) & (along < rng.uniform(0.4, 1.2))
    lit: Array = light * (1 + rng.uniform(0.1, 0.5) * sun)[..., None]
    return lit


def _by_night(rng: np.random.Generator, room: Room) -> Array:
    """Coloured light over all, and a spot on the dancer."""
    wash = np.array(cloth(rng, (140, 255))) / 255 * rng.uniform(0.2, 0.55)
    spot = np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.6, 1.0)]) * rng.uniform(0.5, 0.9)
    middle, radius = rng.normal(0, 0.25), rng.uniform(0.5, 1.3)
    aside = (room.aside - middle) / radius
    away = np.where(room.on_wall, room.height - rng.uniform(0.5, 1.5), room.away) / (1.4 * radius)
    pool = np.exp(-((aside**2 + away**2) ** 2))  # flat in the middle, with a soft edge
    lit: Array = wash + pool[..., None] * spot
    return lit


def _lamps(rng: np.random.Generator, room: Room) -> Array:
    """Lamps that shine into the camera from above the wall, and the haze around them."""
    glow = np.zeros((*room.aside.shape, 3))
    for _ in range(rng.integers(0, 4)):
        aside, height = rng.uniform(-2, 2), rng.uniform(2, 3)
        apart = ((room.aside - aside) ** 2 + (room.height - height) ** 2) * room.on_wall
        near = np.exp(-apart / 0.006) * 255 + np.exp(-apart / rng.uniform(0.05, 0.3)) * 70
        glow += (near * room.on_wall)[..., None] * np.array(cloth(rng, (200, 255))) / 255
    return glow


def _with_people(surface: Pixels, rng: np.random.Generator, room: Room, view: View) -> Pixels:
    fine = view.finer()
    canvas = blank(fine.size)
    stand_about(canvas, rng, room, fine)
    return over(shrunk(canvas, view.size), surface)
