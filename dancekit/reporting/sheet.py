"""Pictures in rows and columns, each column with a head and each row with a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from dancekit.reporting.colours import colours
from dancekit.reporting.pictures import font, written

_BORDER, _GAP, _TITLE = 20, 10, 30
_LETTERS = 18
_SMALLEST = 190  # height of a picture: smaller ones are enlarged without smoothing
_MOST_PIXELS = 80_000_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """Some pictures of one thing.

    Attributes:
        tiles: what is beside each other, each with what is written above it.
    """

    title: str
    tiles: tuple[tuple[str, Image.Image], ...]


def fits(rows: Sequence[Row]) -> bool:
    """Whether a sheet of these rows stays of a size that can be opened."""
    return (
        sum(tile.width * tile.height for row in rows for _, tile in map(_enlarged, row.tiles)) <= _MOST_PIXELS
    )


def sheet(rows: Sequence[Row]) -> Image.Image:
    """One RGB picture of all rows."""
    drawn = [_row(row) for row in rows]
    width = max(each.width for each in drawn) + 2 * _BORDER
    height = sum(each.height + _GAP for each in drawn) - _GAP + 2 * _BORDER
    whole = Image.new("RGB", (width, height), colours()["sheet"])
    top = _BORDER
    for each in drawn:
        whole.paste(each, (_BORDER, top))
        top += each.height + _GAP
    return whole


def _row(row: Row) -> Image.Image:
    tiles = [_enlarged(tile) for tile in row.tiles]
    widths = [max(tile.width, round(font(_LETTERS).getlength(head))) for head, tile in tiles]
    width = max(sum(widths) + _GAP * (len(tiles) - 1), round(font(_LETTERS).getlength(row.title)))
    height = 2 * _TITLE + max(tile.height for _, tile in tiles)
    drawn = Image.new("RGB", (width, height), colours()["sheet"])
    draw = ImageDraw.Draw(drawn)
    written(draw, (0, 0), row.title, _LETTERS, colours()["ink"], room=width)
    left = 0
    for (head, tile), room in zip(tiles, widths, strict=True):
        written(draw, (left, _TITLE), head, _LETTERS, colours()["soft"], room=room)
        drawn.paste(tile, (left, 2 * _TITLE))
        left += room + _GAP
    return drawn


def _enlarged(tile: tuple[str, Image.Image]) -> tuple[str, Image.Image]:
    head, image = tile
    times = -(-_SMALLEST // image.height)
    size = (times * image.width, times * image.height)
    return head, image.convert("RGB").resize(size, Image.Resampling.NEAREST)
