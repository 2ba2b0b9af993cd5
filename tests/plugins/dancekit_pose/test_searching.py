"""Several people, drawn, with a model that misses who is small and makes up half a person."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from dancekit_pose.searching import Followers, Window, everyone, parts_of, same
from hypothesis import given, settings
from hypothesis import strategies as st

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
    """Sees whoever is at least a third as high as its picture; of whom the border cuts it makes up a pose."""

    def __init__(self, *, most: int = 9) -> None:
        self.most = most
        self.pictures = 0
        self.closed = False

    def __call__(self, picture: np.ndarray, time: float) -> np.ndarray:
        assert not self.closed
        self.pictures += 1
        people = []
        for number in range(1, int(picture.max()) + 1):
            rows, columns = np.nonzero(picture[..., 0] == number)
            if not len(rows) or np.ptp(rows) + 1 < picture.shape[0] / 3:
                continue
            low = np.array([columns.min(), rows.min()])
            high = np.array([columns.max(), rows.max()])
            cut = 0 in low or picture.shape[1] - 1 == high[0] or picture.shape[0] - 1 == high[1]
            score = 0.6 if cut else 0.9
            people.append(np.column_stack([JOINTS * (high - low) + low, np.full(len(JOINTS), score)]))
        return np.stack(people[: self.most]) if people else np.zeros((0, len(JOINTS), 3))

    def close(self) -> None:
        self.closed = True


class Following:
    """Makes models for windows, and keeps them."""

    def __init__(self) -> None:
        self.made: list[Model] = []

    def __call__(self, people: int) -> Model:
        self.made.append(Model(most=people))
        return self.made[-1]

    @property
    def open(self) -> int:
        return sum(not model.closed for model in self.made)


def followers(following: Following, *, people: int = 5, searching: Model | None = None) -> Followers:
    return Followers(
        searching=searching or Model(), following=following, people=people, joints=len(JOINTS), size=SIZE
    )


def is_there(pose: np.ndarray, people: Sequence[np.ndarray]) -> bool:
    return any(np.abs(pose[:, :2] - each[:, :2]).max() < 1e-6 for each in people)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 2000), st.integers(1, 2000))
def test_parts_lie_inside_and_leave_nothing_out(width: int, height: int) -> None:
    parts = list(parts_of((width, height)))
    assert (parts[0].width, parts[0].height) == (width, height)
    for part in parts:
        assert part.left >= 0 and part.left + part.width <= width
        assert part.top >= 0 and part.top + part.height <= height
    for which in ("large", "small"):
        chosen = [part for part in parts[1:] if (part.height == height) == (which == "large")]
        for low, length, whole in (("left", "width", width), ("top", "height", height)):
            spans = sorted({(getattr(part, low), getattr(part, length)) for part in chosen})
            if not spans:
                continue
            assert spans[0][0] == 0 and sum(spans[-1]) == whole
            for (one, long), (other, _) in pairwise(spans):
                assert other <= one + long / 2 + 1  # they overlap by half


def test_large_parts_are_a_few_of_all() -> None:
    few, all_of_them = list(parts_of(SIZE, small=False)), list(parts_of(SIZE))
    assert all_of_them[: len(few)] == few and 4 <= len(few) < len(all_of_them) / 3


def test_small_people_are_found_in_parts_each_once() -> None:
    people = [(20, 100, 110), (200, 120, 100), (420, 60, 280)]
    picture = drawn(*people)
    assert len(Model()(picture, 0.0)) == 1
    found = everyone(Model(), picture, 0.0)
    assert len(found) == 3 and all(is_there(pose_of(*each), found) for each in people)


def test_what_a_border_cuts_becomes_the_whole_person() -> None:
    """A part that shows half a person makes half a pose up; it is looked at again with room around it."""
    found = everyone(Model(), drawn((250, 40, 300)), 0.0)
    assert len(found) == 1 and is_there(pose_of(250, 40, 300), found)


def test_nobody_is_nobody() -> None:
    following = Following()
    here = followers(following)(drawn(), 0.0)
    assert here.shape == (0, len(JOINTS), 3) and not following.made and everyone(Model(), drawn(), 0.0) == []


def test_who_crosses_the_picture_is_seen_in_every_frame() -> None:
    following = Following()
    several = followers(following)
    for frame in range(60):
        place = (10 + 8 * frame, 150, 120)
        found = several(drawn(place), frame / 30)
        assert len(found) == 1 and is_there(pose_of(*place), found), frame
    assert len(following.made) > 2 and following.open == 1  # the window went along
    several.close()
    assert following.open == 0


def test_who_comes_is_found_within_a_second_and_who_goes_is_let_go() -> None:
    following = Following()
    several = followers(following)
    stays, comes = (60, 60, 280), (400, 60, 280)
    counts = []
    for frame in range(120):
        here = [stays, comes] if 20 <= frame < 80 else [stays]
        counts.append(len(several(drawn(*here), frame / 30)))
    assert counts[:20] == [1] * 20 and counts[50:80] == [2] * 30 and counts[80:] == [1] * 40
    assert following.open == 1


def test_no_more_than_asked_for_and_then_nobody_is_looked_for() -> None:
    people = [(40, 60, 280), (240, 60, 280), (440, 60, 280)]
    searching = Model()
    several = followers(Following(), people=2, searching=searching)
    assert len(several(drawn(*people), 0.0)) == 2
    looked = searching.pictures
    for frame in range(1, 90):
        assert len(several(drawn(*people), frame / 30)) == 2
    assert searching.pictures == looked


def test_two_who_look_at_one_person_become_one() -> None:
    """Two people close together, of whom one is gone in the next frame: both windows show the other."""
    following = Following()
    several = followers(following)
    one, other = (200, 60, 240), (330, 60, 240)
    assert len(several(drawn(one, other), 0.0)) == 2
    for frame in range(1, 40):
        assert len(several(drawn(one), frame / 30)) == 1
    assert following.open == 1


@pytest.mark.parametrize("place", [(0, 0), (600, 0), (300, 150)])
def test_windows_stay_inside(place: tuple[int, int]) -> None:
    pose = pose_of(*place, 80)
    window = Window.around(pose, SIZE)
    assert window.left >= 0 and window.left + window.width <= SIZE[0] and window.height == 158
    assert window.suits(pose, SIZE)
    assert not window.suits(pose_of(place[0], place[1], 40), SIZE)  # far too large by now


def test_whose_joints_lie_on_each_other_is_one_person() -> None:
    pose = pose_of(100, 50, 200)
    assert same(pose, pose + np.array([10, 10, 0])) and not same(pose, pose + np.array([60, 0, 0]))
    assert not same(pose, np.zeros_like(pose))
