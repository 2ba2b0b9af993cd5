"""The page on which recordings are played: one HTML file that asks no network for anything."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from dancekit.reporting.gallery import Backdrop, Gallery, Shown
from dancekit.reporting.packing import thinning
from dancekit.reporting.page import filled
from dancekit.reporting.skeletons import layout_contents, packed_size, skeletons

_MOST_NUMBERS = 700_000  # bytes of all recordings together; as base64 a third more
_MOST_PICTURES = 6_000_000  # bytes of the JPEGs of all backdrops together
_WIDEST_PICTURE = 960
_QUALITY = 80


def render(gallery: Gallery) -> str:
    """The whole page; equal contents give equal pages.

    Joints are rounded to a millimetre in 3D and to a tenth of a pixel in 2D. Recordings that are long
    together are thinned evenly in time, and the page says so. Every name is escaped, and the page's own
    script is the only one that may run in it.
    """
    every = thinning([packed_size(shown.points) for shown in gallery.recordings], most=_MOST_NUMBERS)
    room = _MOST_PICTURES // len(gallery.recordings)
    recordings = [
        _recording(gallery, shown, n, room) for shown, n in zip(gallery.recordings, every, strict=True)
    ]
    return filled(
        "viewer.html",
        styles=("page.css", "viewer.css"),
        scripts=("viewer.js",),
        title=gallery.title,
        layout=gallery.layout,
        recordings=recordings,
        contents={"layout": layout_contents(gallery.layout), "recordings": recordings},
        pictures=any(each["backdrop"] for each in recordings),
    )


def _recording(gallery: Gallery, shown: Shown, every: int, room: int) -> dict[str, Any]:
    clip = shown.clip
    backdrop = None if shown.backdrop is None else _pictures(shown.backdrop, clip.frames, room)
    score = np.where(clip.present[..., None], clip.score, 0)  # (M, T, V)
    return {
        "name": clip.name,
        "movement": gallery.movement(shown),
        "person": clip.person,
        "split": shown.split,
        "rate_known": clip.frame_rate is not None,
        **skeletons(shown.points, score, layout=gallery.layout, rate=shown.rate, every=every),
        "picture": None if clip.image_size is None else list(clip.image_size),
        "backdrop": backdrop,
        "notice": _notice(clip.frames, every, 1 if backdrop is None else backdrop["every"]),
    }


def _notice(frames: int, every: int, pictures_every: int) -> str:
    said = []
    if every > 1:
        said.append(f"To keep the page small, one of {every} frames is shown, of {frames:,}.")
    if pictures_every > 1:
        said.append(f"One of {pictures_every} pictures of the video is shown.")
    return " ".join(said)


def _pictures(backdrop: Backdrop, frames: int, room: int) -> dict[str, Any]:
    """The pictures as JPEG; of a video every n-th, where n doubles until all fit into `room` bytes."""
    every, kept, used = 1, list[bytes](), 0
    for frame in range(frames if backdrop.moving else 1):
        if frame % every:
            continue
        kept.append(_jpeg(backdrop.picture(frame)))
        used += len(kept[-1])
        while used > room and len(kept) > 1:
            every, kept = 2 * every, kept[::2]
            used = sum(len(each) for each in kept)
    return {
        "size": list(backdrop.size),
        "every": every,
        "images": [base64.b64encode(each).decode("ascii") for each in kept],
    }


def _jpeg(image: Image.Image) -> bytes:
    if image.width > _WIDEST_PICTURE:
        height = max(1, round(image.height * _WIDEST_PICTURE / image.width))
        image = image.resize((_WIDEST_PICTURE, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
