"""Windows and parts lie in the picture, and show what they should."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from dancekit_pose.windows import Window, parts_of, windows_of
from drawn_people import SIZE, pose_of
from hypothesis import given, settings
from hypothesis import strategies as st


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


@pytest.mark.parametrize("place", [(0, 0), (600, 0), (300, 150)])
def test_windows_stay_inside(place: tuple[int, int]) -> None:
    pose = pose_of(*place, 80)
    window = Window.around(pose, SIZE)
    assert window.left >= 0 and window.left + window.width <= SIZE[0] and window.height == 158
    assert window.suits(pose, SIZE)
    assert not window.suits(pose_of(place[0], place[1], 40), SIZE)  # far too large by now


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 500), st.integers(0, 300), st.integers(8, 140), st.integers(8, 60))
def test_a_close_window_is_no_larger_than_one_with_room_and_both_show_the_whole_person(
    left: int, top: int, width: int, height: int
) -> None:
    low, high = np.array([left, top]), np.array([left + width, top + height])
    person = np.column_stack([[low, high], np.ones(2)])
    lengths = []
    for window in windows_of(person, SIZE):
        start = np.array([window.left, window.top])
        stop = start + np.array([window.width, window.height])
        assert (start >= 0).all() and (stop <= SIZE).all()
        assert (start <= low).all() and (stop >= high).all()
        lengths.append(stop - start)
    assert (lengths[0] >= lengths[1]).all()


def test_a_close_window_leaves_out_who_stands_beside() -> None:
    person, beside = pose_of(250, 100, 160), pose_of(375, 100, 160)
    room, close = windows_of(person, SIZE)
    assert room.shows(beside) and not close.shows(beside)
    assert close.left + close.width <= 375 and close.suits(person, SIZE)
