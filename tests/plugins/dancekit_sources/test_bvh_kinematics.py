"""Forward kinematics against hand-drawn poses and a literal, frame-by-frame version."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from dancekit_sources.bvh_hierarchy import Channel, Hierarchy, Joint
from dancekit_sources.bvh_kinematics import world_positions
from hypothesis import given, settings
from hypothesis import strategies as st

X, Y, Z = (Channel("rotation", axis) for axis in range(3))
PX, PY, PZ = (Channel("position", axis) for axis in range(3))


def joint(parent: int, offset: tuple[float, float, float], *channels: Channel) -> Joint:
    return Joint(name=f"j{parent}", parent=parent, offset=offset, channels=channels, end=not channels)


def chain(*joints: Joint) -> Hierarchy:
    return Hierarchy(joints=joints)


def place(hierarchy: Hierarchy, *values: float) -> list[list[float]]:
    positions = world_positions(hierarchy, np.array([values], dtype=float))
    return [[round(float(each), 9) + 0.0 for each in point] for point in positions[0]]


def test_a_quarter_turn_about_each_axis() -> None:
    for channel, offset, expected in (
        (X, (0, 1, 0), [0, 0, 1]),
        (Y, (0, 0, 1), [1, 0, 0]),
        (Z, (1, 0, 0), [0, 1, 0]),
    ):
        assert place(chain(joint(-1, (0, 0, 0), channel), joint(0, offset)), 90)[1] == expected


def test_the_first_rotation_is_the_outermost() -> None:
    # About x first, y goes to z; then about z, where it stays.
    assert place(chain(joint(-1, (0, 0, 0), Z, X), joint(0, (0, 1, 0))), 90, 90)[1] == [0, 0, 1]
    # About z first, y goes to -x; then about x, where it stays.
    assert place(chain(joint(-1, (0, 0, 0), X, Z), joint(0, (0, 1, 0))), 90, 90)[1] == [-1, 0, 0]


def test_position_channels_take_the_place_of_the_offset() -> None:
    root = joint(-1, (7, 8, 9), PX, PY, PZ, Z)
    both = chain(root, joint(0, (5, 6, 4), PY, X))
    # The root is where its channels say; the child keeps x and z of its offset, turned with the root.
    assert place(both, 1, 2, 3, 90, 10, 0) == [[1, 2, 3], [1 - 10, 2 + 5, 3 + 4]]
    assert place(chain(joint(-1, (7, 8, 9), Z)), 90) == [[7, 8, 9]]


def test_a_turn_moves_only_what_hangs_below() -> None:
    arm = chain(
        joint(-1, (0, 0, 0), Z),
        joint(0, (1, 0, 0), Z),
        joint(1, (1, 0, 0), Z),
        joint(0, (0, -1, 0), X),
    )
    assert place(arm, 0, 90, 45, 30) == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, -1, 0]]


def test_a_joint_that_is_not_finite_takes_its_children_along() -> None:
    arm = chain(
        joint(-1, (0, 0, 0), Z), joint(0, (1, 0, 0), Z), joint(1, (1, 0, 0), Z), joint(0, (0, 1, 0), Z)
    )
    positions = world_positions(arm, np.array([[0, math.nan, 0, 0], [0, math.inf, 0, 0], [0, 0, 0, 0]]))
    assert np.isfinite(positions).all(axis=2).tolist() == [[True, True, False, True]] * 2 + [[True] * 4]


def literal(hierarchy: Hierarchy, frame: list[float]) -> list[npt.NDArray[np.float64]]:
    """One frame with 4 x 4 matrices, each rotation by Rodrigues' formula."""
    matrices: list[npt.NDArray[np.float64]] = []
    values = iter(frame)
    for each in hierarchy.joints:
        translation, rotation = list(each.offset), np.eye(3)
        for channel in each.channels:
            value = next(values)
            if channel.kind == "position":
                translation[channel.axis] = value
            else:
                k = np.cross(np.eye(3), np.eye(3)[channel.axis])  # k v = axis x v
                angle = math.radians(value)
                rotation = rotation @ (np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k)
        local = np.block([[rotation, np.array(translation)[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])
        matrices.append(matrices[each.parent] @ local if each.parent >= 0 else local)
    return [matrix[:3, 3] for matrix in matrices]


NUMBER = st.floats(-1000, 1000, width=32)
CHANNELS = st.lists(st.sampled_from([X, Y, Z]), max_size=4).flatmap(
    lambda turns: st.permutations([PX, PY, PZ]).flatmap(
        lambda moves: st.integers(0, 3).map(lambda count: (*turns[:1], *moves[:count], *turns[1:]))
    )
)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[Hierarchy, list[list[float]]]:
    joints = tuple(
        joint(
            draw(st.integers(0, place - 1)) if place else -1,
            draw(st.tuples(NUMBER, NUMBER, NUMBER)),
            *channels,
        )
        for place, channels in enumerate(draw(st.lists(CHANNELS, min_size=1, max_size=5)))
    )
    width = sum(len(each.channels) for each in joints)
    row = st.lists(NUMBER, min_size=width, max_size=width)
    return chain(*joints), draw(st.lists(row, min_size=1, max_size=3))


@settings(max_examples=200, deadline=None)
@given(recording=recordings())
def test_the_literal_version_agrees(recording: tuple[Hierarchy, list[list[float]]]) -> None:
    hierarchy, frames = recording
    values = np.array(frames, dtype=float).reshape(len(frames), -1)
    expected = [literal(hierarchy, frame) for frame in frames]
    np.testing.assert_allclose(world_positions(hierarchy, values), expected, rtol=1e-9, atol=1e-8)


@settings(max_examples=50, deadline=None)
@given(recording=recordings())
def test_bones_keep_their_length_where_no_position_channel_moves_them(
    recording: tuple[Hierarchy, list[list[float]]],
) -> None:
    hierarchy, frames = recording
    positions = world_positions(hierarchy, np.array(frames, dtype=float).reshape(len(frames), -1))
    for place, each in enumerate(hierarchy.joints):
        if each.parent >= 0 and not {PX, PY, PZ} & set(each.channels):
            lengths = np.linalg.norm(positions[:, place] - positions[:, each.parent], axis=1)
            np.testing.assert_allclose(lengths, math.dist(each.offset, (0, 0, 0)), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("frames", [1023, 1024, 1025, 2500])
def test_blocks_of_frames_are_seamless(frames: int) -> None:
    hierarchy = chain(joint(-1, (0, 0, 0), PX, Z, X), joint(0, (1, 2, 3), Y), joint(1, (0, 1, 0)))
    values = np.random.default_rng(0).normal(0, 90, (frames, 4))
    alone = np.concatenate([world_positions(hierarchy, row[None]) for row in values])
    np.testing.assert_allclose(world_positions(hierarchy, values), alone, atol=1e-12)
