"""Moments of recordings side by side, as a figure in a paper has them: one row for each recording."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from dancekit.reporting.colours import colours
from dancekit.reporting.framing import view_of
from dancekit.reporting.gallery import Gallery, Shown
from dancekit.reporting.pictures import font, paint, written

_HEIGHT = 360  # of a moment
_TITLE, _TIME, _GAP, _BORDER = 46, 36, 26, 20
_LARGE, _SMALL = 22, 18  # letters
_MOST_PIXELS = 80_000_000


def strip(gallery: Gallery, *, moments: int = 8) -> Image.Image:
    """One RGB picture: the recordings below each other, evenly spaced moments of each beside each other.

    The moments of a recording have one scale. Below each is its time, or its frame where the frame rate is
    unknown. A recording with fewer frames shows them all.
    """
    rows = [_row(gallery, shown, moments) for shown in gallery.recordings]
    width = max(row.width for row in rows) + 2 * _BORDER
    height = sum(row.height for row in rows) + _GAP * (len(rows) - 1) + 2 * _BORDER
    sheet = Image.new("RGB", (width, height), colours()["sheet"])
    top = _BORDER
    for row in rows:
        sheet.paste(row, (_BORDER, top))
        top += row.height + _GAP
    return sheet


def fits(recordings: int, moments: int) -> bool:
    """Whether a picture of so many moments stays of a size that can be opened."""
    return recordings * moments * _HEIGHT * _HEIGHT <= _MOST_PIXELS


def chosen_frames(frames: int, moments: int) -> list[int]:
    """Evenly spaced, the first and the last among them; the middle one if there is to be one."""
    places = np.linspace(0, frames - 1, moments) if moments > 1 else np.array([(frames - 1) / 2])
    return sorted({int(place) for place in np.floor(places + 0.5)})


def _row(gallery: Gallery, shown: Shown, moments: int) -> Image.Image:
    frames = chosen_frames(shown.clip.frames, moments)
    view = view_of(shown, gallery.layout, frames=frames, height=_HEIGHT)
    width, height = view.size
    row = Image.new("RGB", (width * len(frames), _TITLE + height + _TIME), colours()["sheet"])
    draw = ImageDraw.Draw(row)
    movement = gallery.movement(shown)
    written(draw, (4, 0), movement, _LARGE, colours()["ink"], room=row.width - 8)
    after = 4 + int(font(_LARGE).getlength(movement)) + 16
    name = shown.clip.name
    written(draw, (after, 4), name, _SMALL, colours()["soft"], room=row.width - after)
    for place, frame in enumerate(frames):
        row.paste(paint(view, shown, gallery.layout, frame), (place * width, _TITLE))
        time = _time(shown, frame)
        middle = place * width + (width - font(_SMALL).getlength(time)) / 2
        written(draw, (int(middle), _TITLE + height + 6), time, _SMALL, colours()["soft"], room=width)
    return row


def _time(shown: Shown, frame: int) -> str:
    if shown.clip.frame_rate is None:
        return f"frame {frame + 1}"
    return f"{frame / shown.rate:.2f} s"
