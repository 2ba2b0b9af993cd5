"""Recordings that move, as a GIF: at their true speed, for ever."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import IO

import numpy as np
from PIL import Image, ImageDraw

from dancekit.reporting.colours import colours
from dancekit.reporting.framing import View, view_of
from dancekit.reporting.gallery import Gallery, Shown
from dancekit.reporting.pictures import paint, written

_HEIGHT = 420
_CAPTION, _LETTERS = 34, 17
_COLUMNS = 4
_SWAY = math.radians(24)  # the camera goes so far to either side, which shows the depth
_QUIETLY = 0.35  # radians per second: it goes less far where it would have to hurry
_QUICKEST = 0.03  # seconds: pictures that are shown for less are slowed down by many programs
_MOST_PICTURES, _MOST_PIXELS = 600, 150_000_000
_TICKS = 100  # per second: a GIF knows no finer time
_EXACT = ("sheet", "ink", "left", "right", "middle")  # colours that are kept as they are
_NEAR = 24  # colours that differ from those by less become them
_SAMPLES = 8  # moments that the colours are chosen from


def write_animation(gallery: Gallery, file: IO[bytes]) -> int:
    """Write a GIF that shows the recordings beside each other and starts again when the longest is over.

    Shorter recordings start again before. In 3D the camera sways a little, which shows the depth. Long or
    fast recordings are thinned evenly in time.

    Returns:
        How many pictures it has.
    """
    shown = gallery.recordings
    seconds = max(each.clip.frames / each.rate for each in shown)
    sway = min(_SWAY, _QUIETLY * seconds / (2 * math.pi))
    tiles = [_Tile(gallery, each, seconds, sway) for each in shown]
    columns = min(_COLUMNS, len(tiles))
    cell = max(tile.view.size[0] for tile in tiles), max(tile.view.size[1] for tile in tiles) + _CAPTION
    sheet = cell[0] * columns, cell[1] * math.ceil(len(tiles) / columns)

    def picture(moment: float) -> Image.Image:
        image = Image.new("RGB", sheet, colours()["sheet"])
        for number, tile in enumerate(tiles):
            left, top = cell[0] * (number % columns), cell[1] * (number // columns)
            tile.paint_on(image, (left + (cell[0] - tile.view.size[0]) // 2, top), moment)
        return image

    most = max(2, min(_MOST_PICTURES, _MOST_PIXELS // (sheet[0] * sheet[1])))
    moments, ticks = timing([(each.clip.frames, each.rate) for each in shown], most=most)
    samples = np.unique(np.linspace(0, len(moments) - 1, _SAMPLES).astype(int))
    palette = _palette([picture(moments[sample]) for sample in samples])
    none = Image.Dither.NONE  # it would flicker
    pictures = (picture(moment).quantize(palette=palette, dither=none) for moment in moments)
    next(pictures).save(
        file,
        format="GIF",
        save_all=True,
        append_images=pictures,
        duration=[tick * 1000 // _TICKS for tick in ticks],
        loop=0,
    )
    return len(moments)


def timing(recordings: Sequence[tuple[int, float]], *, most: int) -> tuple[list[float], list[int]]:
    """When which picture is shown, so that rounding to ticks never adds up.

    Args:
        recordings: frames and frames per second of each.
        most: pictures.

    Returns:
        the moment of each picture in seconds, and for how many hundredths of a second it is shown.
    """
    seconds = max(frames / rate for frames, rate in recordings)
    rate = max(rate for _, rate in recordings)
    every = max(1, math.ceil(_QUICKEST * rate - 1e-9), math.ceil(seconds * rate / most - 1e-9))
    moments = [float(moment) for moment in np.arange(0, seconds * rate - 1e-6, every) / rate]
    ends = [round(_TICKS * moment) for moment in (*moments[1:], seconds)]
    ticks = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if len(ticks) > 1 and ticks[-1] < _QUICKEST * _TICKS:
        last = ticks.pop()
        ticks[-1] += last
        moments.pop()
    return moments, [max(1, tick) for tick in ticks]


class _Tile:
    """One recording with its caption."""

    def __init__(self, gallery: Gallery, shown: Shown, seconds: float, sway: float) -> None:
        self._gallery, self._shown, self._seconds = gallery, shown, seconds
        self._sway = sway if shown.in_space else 0.0
        fitted = range(0, shown.clip.frames, max(1, shown.clip.frames // 100))
        self.view: View = view_of(
            shown, gallery.layout, frames=fitted, height=_HEIGHT, turns=(-self._sway, 0.0, self._sway)
        )

    def paint_on(self, sheet: Image.Image, corner: tuple[int, int], moment: float) -> None:
        shown = self._shown
        frame = math.floor(moment * shown.rate + 1e-6) % shown.clip.frames
        turn = self._sway * math.sin(2 * math.pi * moment / self._seconds)
        sheet.paste(paint(self.view, shown, self._gallery.layout, frame, turn=turn), corner)
        words = self._gallery.movement(shown)
        below = (corner[0] + 10, corner[1] + self.view.size[1] + 4)
        room = self.view.size[0] - 20
        written(ImageDraw.Draw(sheet), below, words, _LETTERS, colours()["ink"], room=room)


def _palette(samples: Sequence[Image.Image]) -> Image.Image:
    """Colours that serve all pictures, so that nothing flickers."""
    width = max(sample.width for sample in samples)
    together = Image.new("RGB", (width, sum(sample.height for sample in samples)))
    top = 0
    for sample in samples:
        together.paste(sample, (0, top))
        top += sample.height
    exact = np.array([colours()[name] for name in _EXACT])  # (E, 3)
    found = together.quantize(256 - len(exact), method=Image.Quantize.MEDIANCUT).getpalette()
    others = np.array(found).reshape(-1, 3)  # (P, 3)
    away = np.abs(others[:, None] - exact[None]).sum(2)  # (P, E)
    others = np.where(away.min(1, keepdims=True) < _NEAR, exact[away.argmin(1)], others)
    palette = Image.new("P", (1, 1))
    palette.putpalette([int(value) for value in np.concatenate([exact, others]).ravel()])
    return palette
