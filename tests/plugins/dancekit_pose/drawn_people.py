"""People as boxes in drawn pictures, and a model that finds them with the faults of a real one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIZE = (640, 360)
JOINTS = np.array([(0, 0), (1, 0), (0.5, 0.5), (0, 1), (1, 1)])
"""Of a person, in shares of the box around them."""


def drawn(*people: tuple[int, int, int], size: tuple[int, int] = SIZE) -> np.ndarray:
    """Somebody for each (left, top, height): a box of a grey of its own, half as wide as high."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for number, (left, top, height) in enumerate(people, start=1):
        picture[top : top + height, left : left + height // 2] = number
    return picture


def pose_of(left: int, top: int, height: int) -> np.ndarray:
    box = np.array([height // 2 - 1, height - 1])
    return np.column_stack([JOINTS * box + (left, top), np.ones(len(JOINTS))])


class Model:
    """Sees whoever is at least a third as high as its picture; of whom the border cuts it makes up a pose.

    Of whom less than half the width is left it sees nothing.

    Args:
        most: people that it finds in one picture.
        overlooks: of several in a picture it does not find who is nearest to the middle.
        goes_on: but whom it found in the last picture.
    """

    def __init__(self, *, most: int = 9, overlooks: bool = False, goes_on: bool = False) -> None:
        self.most = most
        self.overlooks, self.goes_on = overlooks, goes_on
        self.pictures = 0
        self.closed = False
        self._last: set[int] = set()

    def __call__(self, picture: np.ndarray, time: float) -> np.ndarray:
        assert not self.closed
        self.pictures += 1
        people: dict[int, np.ndarray] = {}
        for number in range(1, int(picture.max()) + 1):
            rows, columns = np.nonzero(picture[..., 0] == number)
            if not len(rows) or np.ptp(rows) + 1 < picture.shape[0] / 3:
                continue
            if np.ptp(columns) + 1 < (np.ptp(rows) + 1) / 4:
                continue
            low = np.array([columns.min(), rows.min()])
            high = np.array([columns.max(), rows.max()])
            cut = 0 in low or picture.shape[1] - 1 == high[0] or picture.shape[0] - 1 == high[1]
            score = 0.6 if cut else 0.9
            people[number] = np.column_stack([JOINTS * (high - low) + low, np.full(len(JOINTS), score)])
        if self.overlooks and len(people) > 1:
            middle = np.array(picture.shape[1::-1]) / 2
            nearest = min(people, key=lambda number: float(np.linalg.norm(people[number][2, :2] - middle)))
            if nearest not in self._last:
                del people[nearest]
        self._last = set(people) if self.goes_on else set()
        found = list(people.values())[: self.most]
        return np.stack(found) if found else np.zeros((0, len(JOINTS), 3))

    def close(self) -> None:
        self.closed = True


def is_there(pose: np.ndarray, people: Sequence[np.ndarray]) -> bool:
    return any(np.abs(pose[:, :2] - each[:, :2]).max() < 1e-6 for each in people)


def row_of(count: int, *, height: int, gap: int, left: int = 20, top: int = 80) -> list[tuple[int, int, int]]:
    """(left, top, height) of people side by side."""
    return [(left + number * (height // 2 + gap), top, height) for number in range(count)]
