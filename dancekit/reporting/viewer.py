"""The page on which recordings are played: one HTML file that asks no network for anything."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from dancekit.reporting.gallery import Backdrop, Gallery, Shown
from dancekit.reporting.packing import pack_points, pack_scores, thinning
from dancekit.reporting.page import page_environment, page_file, script_hash
from dancekit.reporting.player import side_of
from dancekit.reporting.scene import area_of, body_height, room_of
from dancekit.skeleton.layout import Layout

_MOST_NUMBERS = 700_000  # bytes of all recordings together; as base64 a third more
_MOST_PICTURES = 6_000_000  # bytes of the JPEGs of all backdrops together
_WIDEST_PICTURE = 960
_QUALITY = 80
_TRAILS = (("wrist", "ankle"), ("hand", "foot"))


def render(gallery: Gallery) -> str:
    """The whole page; equal contents give equal pages.

    Joints are rounded to a millimetre in 3D and to a tenth of a pixel in 2D. Recordings that are long
    together are thinned evenly in time, and the page says so. Every name is escaped, and the page's own
    script is the only one that may run in it.
    """
    every = thinning([_bytes(shown) for shown in gallery.recordings], most=_MOST_NUMBERS)
    room = _MOST_PICTURES // len(gallery.recordings)
    recordings = [
        _recording(gallery, shown, n, room) for shown, n in zip(gallery.recordings, every, strict=True)
    ]
    script = page_file("viewer.js")
    return (
        page_environment()
        .get_template("viewer.html")
        .render(
            title=gallery.title,
            layout=gallery.layout,
            recordings=recordings,
            contents={"layout": _layout(gallery.layout), "recordings": recordings},
            pictures=any(each["backdrop"] for each in recordings),
            style=Markup(page_file("page.css") + page_file("viewer.css")),
            script=Markup(script),
            script_hash=script_hash(script),
        )
    )


def _bytes(shown: Shown) -> int:
    """How large a recording is with all its frames: 16 bits a coordinate, and 8 a score."""
    return int(2 * shown.clip.keypoints.size + shown.clip.score.size)


def _layout(layout: Layout) -> dict[str, Any]:
    joints = range(layout.num_joints)
    trails: list[int] = []
    for ends in _TRAILS:
        trails = trails or [j for j in joints if any(end in layout.joints[j].lower() for end in ends)]
    return {
        "joints": [name.replace("_", " ") for name in layout.joints],
        "bones": [list(bone) for bone in layout.bones],
        "sides": [side_of(joint, layout) for joint in joints],
        "trails": trails,
    }


def _recording(gallery: Gallery, shown: Shown, every: int, room: int) -> dict[str, Any]:
    clip = shown.clip
    points = shown.points  # (M, T, V, C)
    kept = points[:, ::every].transpose(1, 0, 2, 3)  # (T', M, V, C)
    backdrop = None if shown.backdrop is None else _pictures(shown.backdrop, clip.frames, room)
    return {
        "name": clip.name,
        "movement": gallery.movement(shown),
        "person": clip.person,
        "split": shown.split,
        "frames": clip.frames,
        "every": every,
        "rate": shown.rate,
        "rate_known": clip.frame_rate is not None,
        "persons": kept.shape[1],
        "count": kept.shape[0],
        "coordinates": kept.shape[-1],
        **pack_points(kept),
        "scores": pack_scores(np.where(clip.present[..., None], clip.score, 0)[:, ::every].swapaxes(0, 1)),
        "body": float(f"{body_height(points):.4g}"),
        "picture": None if clip.image_size is None else list(clip.image_size),
        "area": None if shown.in_space else _area(points),
        "room": _room(shown, gallery.layout, every) if shown.in_space else None,
        "backdrop": backdrop,
        "notice": _notice(clip.frames, every, 1 if backdrop is None else backdrop["every"]),
    }


def _area(points: np.ndarray) -> dict[str, Any]:
    area = area_of(points)
    return {"low": _short(area.low), "high": _short(area.high)}


def _room(shown: Shown, layout: Layout, every: int) -> dict[str, Any]:
    room = room_of(shown.points, layout, rate=shown.rate)
    return {
        "low": _short(room.low),
        "high": _short(room.high),
        "path": [_short(place) for place in room.path[::every]],
        "facing": float(f"{room.facing:.4f}"),
        "follows": room.follows,
        "radius": float(f"{room.radius:.4g}"),
        "near_radius": float(f"{room.near_radius:.4g}"),
        "grid": room.grid_step,
    }


def _short(values: Sequence[float] | np.ndarray) -> list[float]:
    """Digits enough for a place in a picture."""
    return [float(f"{value:.5g}") for value in values]


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
