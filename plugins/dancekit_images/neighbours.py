"""The eight neighbours of a pixel as one byte, and what each of the 256 cases means for thinning.

The neighbours are numbered as Zhang and Suen do, P2 to P9: from the one above clockwise. Bit 0 is P2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

CLOCKWISE = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""(down, right) to P2, P3, ..., P9."""

Table = npt.NDArray[np.bool_]  # (256,)


def published_tables() -> tuple[Table, Table]:
    """Which pixels the first and the second subiteration of Zhang and Suen delete.

    Those whose 2 to 6 neighbours lie in one run, B(P1) and A(P1) in the paper, with ground at the places
    that conditions (c) and (d) name.
    """
    first, second = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
    for code, ring in enumerate(_rings()):
        p2, p4, p6, p8 = ring[::2]
        named = 2 <= sum(ring) <= 6 and _runs(ring) == 1
        first[code] = named and not (p2 and p4 and p6) and not (p4 and p6 and p8)
        second[code] = named and not (p2 and p4 and p8) and not (p2 and p6 and p8)
    return first, second


def tables_with_stairs() -> tuple[Table, Table]:
    """The same, and the inner corners of stairs, whose neighbours lie in two runs.

    They have neighbours at two sides that share a corner, and ground all along the opposite corner: half of
    these directions in each subiteration. Without them a bar that is two pixels wide and runs diagonally
    is eaten from its ends before it is thin. After Chen and Hsu, "A modified fast parallel algorithm
    for thinning digital patterns", 1988.
    """
    first, second = published_tables()
    for code, ring in enumerate(_rings()):
        p2, p3, p4, p5, p6, p7, p8, p9 = ring
        if _runs(ring) == 2:
            first[code] = (p2 and p4 and not (p6 or p7 or p8)) or (p4 and p6 and not (p8 or p9 or p2))
            second[code] = (p8 and p2 and not (p4 or p5 or p6)) or (p6 and p8 and not (p2 or p3 or p4))
    return first, second


def removable_table() -> Table:
    """Which pixels can go without anything else than themselves going: simple ones that end no line.

    A pixel is simple if neither the number of parts (8-connected) nor that of holes (4-connected ground)
    changes with it: its neighbours are one part, and ground touches one of its sides. One with a single
    neighbour is the end of a line.
    """
    return np.array([sum(ring) > 1 and _parts(ring) == 1 and not all(ring[::2]) for ring in _rings()])


def _rings() -> Iterator[list[bool]]:
    """The neighbours P2 to P9 in each of the 256 cases."""
    return ([bool(code >> place & 1) for place in range(8)] for code in range(256))


def _runs(ring: list[bool]) -> int:
    """A(P1): how often ground is followed by a neighbour, once around."""
    return sum(not before and after for before, after in zip(ring, ring[1:] + ring[:1], strict=True))


def _parts(ring: list[bool]) -> int:
    """The 8-connected parts of the neighbours."""
    # A corner of ground between two sides does not part them, for they touch by their own corners.
    joined = [
        here or (place % 2 == 1 and ring[place - 1] and ring[(place + 1) % 8])
        for place, here in enumerate(ring)
    ]
    return 1 if all(joined) else _runs(joined)
