"""One moment of a recording as a picture: the skeletons, the floor they stand on or what is behind them."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from dancekit.reporting.colours import Colour, colours, person_colour
from dancekit.reporting.framing import RoomView, View
from dancekit.reporting.gallery import Points, Shown
from dancekit.reporting.player import side_of
from dancekit.skeleton.layout import Layout

FINENESS = 3
"""Pictures are drawn this many times as large and then reduced, which makes lines smooth."""

_BONE, _JOINT = 0.017, 0.0135  # width of a bone and radius of a joint, in heights of a person
_THINNEST, _THICKEST = 1.5, 7.0  # bones, in pixels
_HALO = 1.9  # width of the edge that keeps crossing bones apart, in widths of a bone
_NEAREST = 1.6  # nobody is drawn thicker than so many times, however near
_FAINTEST = 0.25  # opacity of a joint whose score is nearly 0
_SHADOW = 30  # of 255


def paint(view: View, shown: Shown, layout: Layout, frame: int, *, turn: float = 0.0) -> Image.Image:
    """An RGB picture of one frame, of the size of the view.

    Joints have the colour of their side and are fainter the less certain they are. Of several persons the
    bones have colours of their own. What is missing is not drawn.

    Args:
        turn: radians by which the camera is turned from its place.
    """
    fine = (FINENESS * view.size[0], FINENESS * view.size[1])
    if shown.backdrop is None:
        image = Image.new("RGB", fine, colours()["sheet"])
    else:
        image = shown.backdrop.picture(frame).resize(fine, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image, "RGBA")
    thickness = FINENESS * min(max(_BONE * view.body, _THINNEST), _THICKEST)
    if isinstance(view, RoomView):
        _draw_floor(draw, *view.floor(frame, turn=turn))
        _draw_shadows(image, FINENESS * view.shadows(frame, turn=turn), layout, round(thickness))
    places, magnification = view.places(frame, turn=turn)  # (M, V, 2) and (M, V)
    score = shown.clip.score[:, frame]  # (M, V)
    halo = colours()["sheet"]
    for person in _far_to_near(magnification):
        bones = person_colour(person) if len(places) > 1 else None
        _draw_person(
            draw,
            FINENESS * places[person],
            magnification[person],
            score[person],
            layout,
            thickness,
            bones,
            halo,
        )
    return image.reduce(FINENESS)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow, so that pictures are the same everywhere."""
    return ImageFont.load_default(size)


def written(
    draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, size: int, colour: Colour, *, room: int
) -> None:
    """Write a line of text, cut short where it would need more than `room` pixels.

    Args:
        corner: left and top.
    """
    letters = font(size)
    short = text
    while short and letters.getlength(short) > room:
        text = text[:-1]
        short = text.rstrip() + "…" if text else ""
    draw.text(corner, short, font=letters, fill=colour)


def _draw_person(
    draw: ImageDraw.ImageDraw,
    places: Points,
    magnification: Points,
    score: npt.NDArray[np.floating],
    layout: Layout,
    thickness: float,
    person: str | None,
    halo: Colour,
) -> None:
    """Bones from far to near, then joints."""
    opacity = np.rint(255 * (_FAINTEST + (1 - _FAINTEST) * score)).astype(int)  # (V,)
    near = np.nan_to_num(magnification).clip(max=_NEAREST)  # (V,)
    for child, parent in sorted(layout.bones, key=lambda bone: near[bone[0]] + near[bone[1]]):
        ends = places[[child, parent]]  # (2, 2)
        if not np.isfinite(ends).all():
            continue
        width = max(1, round(thickness * (near[child] + near[parent]) / 2))
        alpha = int(min(opacity[child], opacity[parent]))
        colour = colours()[person or side_of(child, layout)]
        _line(draw, ends, round(_HALO * width), (*halo, alpha))
        _line(draw, ends, width, (*colour, alpha))
    radius = thickness * _JOINT / _BONE
    for joint, (x, y) in enumerate(places):
        if np.isfinite([x, y]).all():
            r = radius * near[joint]
            fill = (*colours()[side_of(joint, layout)], int(opacity[joint]))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def _draw_floor(draw: ImageDraw.ImageDraw, pieces: Points, opacity: Points) -> None:
    for piece, share in zip(pieces, opacity, strict=True):
        _line(draw, FINENESS * piece, FINENESS, (*colours()["soft"], round(110 * share)))


def _draw_shadows(image: Image.Image, places: Points, layout: Layout, width: int) -> None:
    """Under all bones together, so that it is not darker where they cross."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for person in places:
        for child, parent in layout.bones:
            _line(draw, person[[child, parent]], width, _SHADOW)
    image.paste(colours()["ink"], mask=mask)


def _line(
    draw: ImageDraw.ImageDraw, ends: Points, width: int, colour: int | tuple[int, int, int, int]
) -> None:
    if np.isfinite(ends).all():
        draw.line([(float(x), float(y)) for x, y in ends], fill=colour, width=width)


def _far_to_near(magnification: Points) -> list[int]:
    """The persons (rows), the farthest first."""
    return [int(person) for person in np.argsort(np.nan_to_num(magnification).mean(1), kind="stable")]
