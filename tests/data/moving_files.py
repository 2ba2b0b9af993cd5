"""Small MP4 videos as phones make them: with frames of variable rate, turned, cut off."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_TURNED_RIGHT = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def write_video(file: Path, pictures: Sequence[np.ndarray], *, rate: float = 30, codec: str = "mp4v") -> Path:
    """Pictures (H, W, 3) in red, green and blue, at a constant rate."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*codec), rate, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture[..., ::-1])
    writer.release()
    return file


def turn_right(file: Path) -> None:
    """Say in the track header of an MP4 that it is to be shown a quarter turn clockwise."""
    content = bytearray(file.read_bytes())
    header = content.index(b"tkhd")
    content[header + 44 : header + 80] = _TURNED_RIGHT
    file.write_bytes(bytes(content))


def with_durations(file: Path, durations: Sequence[float], *, rate: float = 30) -> None:
    """Give each frame of an MP4, whose index lies behind its frames, its own duration, in frames."""
    content = bytearray(file.read_bytes())
    assert content.index(b"mdat") < content.index(b"moov")
    place = content.index(b"stts") - 4
    (length,) = struct.unpack_from(">I", content, place)
    (delta,) = struct.unpack_from(">I", content, place + 20)
    entries = b"".join(struct.pack(">II", 1, round(each * delta)) for each in durations)
    box = struct.pack(">I4sII", 16 + len(entries), b"stts", 0, len(durations)) + entries
    content[place : place + length] = box
    for name in _PARENTS:
        start = content.index(name) - 4
        (size,) = struct.unpack_from(">I", content, start)
        struct.pack_into(">I", content, start, size + len(box) - length)
    content[(edits := content.index(b"edts")) : edits + 4] = b"free"  # it would cut off what is longer now
    media = content.index(b"mdhd")
    struct.pack_into(">I", content, media + 20, round(sum(durations) * delta))
    file.write_bytes(bytes(content))
