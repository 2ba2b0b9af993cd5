"""Several people in one drawn picture, with a model that misses who is small and makes up half a person."""

from __future__ import annotations

import numpy as np
from dancekit_pose.searching import confirmed, everyone, same
from drawn_people import Model, drawn, is_there, pose_of, row_of
from hypothesis import given, settings
from hypothesis import strategies as st


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
    assert everyone(Model(), drawn(), 0.0) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(120, 160), st.integers(45, 130), st.integers(0, 60))
def test_people_side_by_side_are_all_found(height: int, gap: int, left: int) -> None:
    """Although the model overlooks one of several in a picture, so that it finds their neighbours only."""
    people = row_of(3, height=height, gap=gap, left=left)
    found = everyone(Model(overlooks=True), drawn(*people), 0.0)
    assert all(is_there(pose_of(*each), found) for each in people)


def test_who_is_not_there_becomes_nobody_beside_them() -> None:
    """A pose that is made up does not wander off to the next person, who is found for themselves."""
    picture = drawn((40, 100, 160))
    assert confirmed(Model(), picture, 0.0, [pose_of(165, 100, 160)]) == []
    assert len(confirmed(Model(), picture, 0.0, [pose_of(70, 100, 160)])) == 1


def test_whose_joints_lie_on_each_other_is_one_person() -> None:
    pose = pose_of(100, 50, 200)
    assert same(pose, pose + np.array([10, 10, 0])) and not same(pose, pose + np.array([60, 0, 0]))
    assert not same(pose, np.zeros_like(pose))
