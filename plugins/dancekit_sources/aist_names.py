"""The names of AIST++'s recordings, and the text files that list them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dancekit.data.guarded_files import MEBIBYTE, read_limited
from dancekit.errors import DataError

GENRES = {
    "BR": "break",
    "PO": "pop",
    "LO": "lock",
    "MH": "middle_hip_hop",
    "LH": "la_hip_hop",
    "HO": "house",
    "WA": "waack",
    "KR": "krump",
    "JS": "street_jazz",
    "JB": "ballet_jazz",
}
SITUATIONS = {"BM": "basic", "FM": "advanced"}
VIEWS = tuple(f"c{camera:02d}" for camera in range(1, 10))

_NAME = re.compile(r"(g([A-Z]{2})_s([A-Z]{2})_c)(All|0[1-9])(_(d\d{2})_m[A-Z]{2}\d+_ch\d{2})", re.ASCII)
_LARGEST_LIST = 16 * MEBIBYTE


@dataclass(frozen=True, kw_only=True)
class Name:
    """What a name such as gBR_sBM_cAll_d04_mBR0_ch01 says.

    Attributes:
        recording: the name itself, with cAll for the camera.
        view: the camera, such as c01; "" for all of them.
    """

    recording: str
    genre: str
    situation: str
    dancer: str
    view: str

    @classmethod
    def of(cls, text: str) -> Name | None:
        """The parts of a name; None if it is no such name."""
        match = _NAME.fullmatch(text)
        if match is None:
            return None
        before, genre, situation, camera, after, dancer = match.groups()
        return cls(
            recording=f"{before}All{after}",
            genre=genre,
            situation=situation,
            dancer=dancer,
            view="" if camera == "All" else f"c{camera}",
        )


def listed_names(file: Path) -> tuple[Name, ...]:
    """The names in a text file, one a line; none from an empty one.

    Raises:
        DataError: the file cannot be read, or a line is no name.
    """
    if not file.stat().st_size:
        return ()
    text = read_limited(file, most=_LARGEST_LIST).decode("utf-8-sig", errors="replace")
    names = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name = Name.of(line.strip())
        if name is None:
            raise DataError(
                f"{file}: line {number}, {line.strip()[:60]!r}, is no name of a recording.",
                hint="Write one a line, such as gBR_sBM_cAll_d04_mBR0_ch01.",
            )
        names.append(name)
    return tuple(names)
