"""Equation 1 against a double loop, and the backbone on it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_baselines.distances import KeypointDistances, distance_matrix, over_time, upper_triangle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dancekit.errors import LayoutError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_backbone
from dancekit.testing.examples import example_batch

LAYOUT = Layout.named("openpose18")
POINTS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 14), st.integers(2, 3)),
    elements=st.floats(-100, 100).map(lambda x: round(x, 3)),
)


@pytest.mark.parametrize("arguments", [{}, {"joints": ("neck", "left_wrist", "left_hip")}])
def test_distances_keep_the_contract(arguments):
    check_backbone(KeypointDistances, layouts=("openpose18", "ntu25"), hidden=16, **arguments)


def test_the_contract_holds_on_a_layout_with_fewer_joints():
    check_backbone(KeypointDistances, layouts=("dance11",), hidden=16)


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_matrix_is_equation_1(points):
    matrix = distance_matrix(torch.from_numpy(points))
    for i in range(len(points)):
        for j in range(len(points)):
            expected = math.sqrt(sum((a - b) ** 2 for a, b in zip(points[i], points[j], strict=True)))
            assert math.isclose(matrix[i, j], expected, rel_tol=1e-12, abs_tol=1e-12)
    assert torch.equal(matrix, matrix.mT)
    assert not matrix.diagonal().any()


@given(POINTS, st.floats(0, 7), hnp.arrays(np.float64, 3, elements=st.floats(-50, 50)))
@settings(max_examples=40, deadline=None)
def test_turning_and_moving_change_no_distance(points, angle, shift):
    c, s = math.cos(angle), math.sin(angle)
    turn = np.eye(points.shape[1])
    turn[:2, :2] = [[c, -s], [s, c]]
    moved = points @ turn.T + shift[: points.shape[1]]
    torch.testing.assert_close(
        distance_matrix(torch.from_numpy(moved)), distance_matrix(torch.from_numpy(points)), rtol=0, atol=1e-9
    )


def test_the_gradient_is_finite_where_points_coincide():
    points = torch.zeros(3, 5, 2, requires_grad=True)
    distance_matrix(points).sum().backward()
    assert torch.equal(points.grad, torch.zeros_like(points))


def test_upper_triangle_goes_row_by_row():
    matrix = torch.arange(16).view(4, 4)
    assert upper_triangle(matrix).tolist() == [1, 2, 3, 6, 7, 11]


def _literal_over_time(distances, both):
    """One pair after the other."""
    known = [float(distances[t, p]) for t in range(len(both)) for p in range(both.shape[1]) if both[t, p]]
    scale = (sum(known) / len(known) if known else 0) or 1
    columns = ([], [], [])
    for p in range(both.shape[1]):
        values = [float(distances[t, p]) / scale for t in range(len(both)) if both[t, p]]
        mean = sum(values) / max(len(values), 1)
        steps = [
            abs(float(distances[t, p] - distances[t - 1, p])) / scale
            for t in range(1, len(both))
            if both[t, p] and both[t - 1, p]
        ]
        columns[0].append((mean, bool(values)))
        columns[1].append(
            (math.sqrt(sum((x - mean) ** 2 for x in values) / max(len(values), 1)), bool(values))
        )
        columns[2].append((sum(steps) / max(len(steps), 1), bool(steps)))
    return zip(*columns[0], *columns[1], *columns[2], strict=True)


def test_over_time_is_what_it_says_pair_by_pair():
    generator = torch.Generator().manual_seed(0)
    distances = torch.rand(4, 7, 6, generator=generator, dtype=torch.float64)
    both = torch.rand(4, 7, 6, generator=generator) < 0.5
    both[1, :, 2] = False
    both[2] = False
    both[2, 3] = True  # a single frame: nothing can change
    both[3] = False
    features, known = over_time(distances.masked_fill(~both, float("nan")), both)
    for person in range(4):
        values, measured = _literal_over_time(distances[person], both[person])
        torch.testing.assert_close(features[person], torch.tensor(values, dtype=torch.float64))
        assert known[person].tolist() == list(measured)


def test_statistics_of_a_body_in_one_point_are_zero_with_a_finite_gradient():
    distances = torch.zeros(2, 5, 3, requires_grad=True)
    features, _ = over_time(distances, torch.ones(2, 5, 3, dtype=torch.bool))
    assert not features.any()
    features.sum().backward()
    assert distances.grad.isfinite().all()


@pytest.mark.parametrize("coordinates", [2, 3])
def test_place_direction_and_size_do_not_count(coordinates):
    batch = example_batch(coordinates=coordinates)
    model = KeypointDistances(layout=LAYOUT, hidden=16).eval()
    turn = torch.linalg.qr(torch.randn(coordinates, coordinates)).Q
    moved = batch.with_keypoints(3.7 * batch.keypoints @ turn + 5)
    torch.testing.assert_close(model(moved), model(batch), rtol=1e-3, atol=1e-4)
    assert (model(batch)[0] - model(batch)[1]).abs().max() > 0.01  # and other clips differ


def test_persons_in_another_order_give_the_same():
    batch = example_batch(persons=3)
    model = KeypointDistances(layout=LAYOUT, hidden=16).eval()
    order = [2, 0, 1]
    other = replace(
        batch,
        keypoints=batch.keypoints[:, order],
        score=batch.score[:, order],
        present=batch.present[:, order],
    )
    torch.testing.assert_close(model(other), model(batch))


def test_joints_by_default_are_those_of_equation_1():
    missing = {"dance14": set(), "openpose18": set(), "ntu25": {"nose"}, "coco17": {"neck"}}
    for name, lacks in missing.items():
        layout = Layout.named(name)
        model = KeypointDistances(layout=layout)
        assert model.joints == tuple(j for j in Layout.named("dance14").joints if j not in lacks)
        assert tuple(layout.joints[place] for place in model.places) == model.joints


def test_only_the_joints_that_are_named_count():
    batch = example_batch()
    names = ("neck", "left_wrist", "left_hip")
    model = KeypointDistances(layout=LAYOUT, joints=names, hidden=16).eval()
    changed = torch.randn_like(batch.keypoints)
    for name in names:
        changed[..., LAYOUT.index(name), :] = batch.keypoints[..., LAYOUT.index(name), :]
    torch.testing.assert_close(model(batch.with_keypoints(changed)), model(batch), rtol=0, atol=0)


def test_the_figure_shows_the_mean_distances_of_training():
    batch = example_batch(persons=1, complete=True)
    joints = ("neck", "left_wrist", "left_hip", "nose")
    model = KeypointDistances(layout=LAYOUT, joints=joints)
    (matrix,) = model.matrices()
    assert not matrix.values.any() and matrix.rows == matrix.columns == joints
    model.train()
    for _ in range(200):  # the running mean forgets its start
        model(batch)
    points = batch.keypoints[:, 0][..., [LAYOUT.index(name) for name in joints], :]  # (N, T, J, C)
    matrices = distance_matrix(points).mean(1)  # (N, J, J)
    scaled = matrices / upper_triangle(matrices).mean(1)[:, None, None]
    torch.testing.assert_close(model.matrices()[0].values, scaled.mean(0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"joints": ("neck",)}, ValueError, "2 to 14"),
        ({"joints": ("neck", "neck")}, ValueError, "different"),
        ({"joints": LAYOUT.joints}, ValueError, "not 18"),
        ({"joints": ("neck", "left_wirst")}, LayoutError, "left_wrist"),
        ({"hidden": 0}, ValueError, "at least 1"),
        ({"dropout": 1.0}, ValueError, "below 1"),
    ],
)
def test_senseless_arguments_of_distances(arguments, error, message):
    with pytest.raises(error, match=message):
        KeypointDistances(layout=LAYOUT, **arguments)


def test_a_layout_that_shares_no_joint_says_so():
    strange = Layout.from_mapping(
        {"name": "snake", "joints": ["head_end", "tail"], "bones": {"tail": "head_end"}, "centre": "tail"}
        | {"pairs": {}}
    )
    with pytest.raises(ValueError, match="shares none"):
        KeypointDistances(layout=strange)
    assert KeypointDistances(layout=strange, joints=("head_end", "tail")).joints == ("head_end", "tail")
