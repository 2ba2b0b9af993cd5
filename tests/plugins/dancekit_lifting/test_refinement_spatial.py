"""Equation 5 by loops, and the weights against a least-squares solver."""

import numpy as np
import pytest
import torch
from dancekit_lifting.spatial import NeighbourFit, equal_weights, neighbour_mean, unless_worse

from dancekit.skeleton.layout import Layout
from dancekit.testing import example_batch

LAYOUT = Layout.named("dance11")
JOINTS = LAYOUT.num_joints


def _neighbours(joint):
    return [a if b == joint else b for a, b in LAYOUT.bones if joint in (a, b)]


def _poses(count, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, JOINTS, 3)))


def test_as_equation_5_is_written():
    batch = example_batch(layout=LAYOUT, coordinates=3)
    weights = equal_weights(LAYOUT, 0.3)
    assert torch.allclose(weights.sum(1), torch.ones(JOINTS, dtype=torch.float64))
    mean = neighbour_mean(batch.keypoints, batch.seen, weights)
    for n, m, t, v in np.ndindex(*batch.score.shape):
        expected = torch.zeros(3)
        if batch.seen[n, m, t, v]:
            expected = 0.7 * batch.keypoints[n, m, t, v]
            for each in _neighbours(v):
                joint = each if batch.seen[n, m, t, each] else v
                expected = expected + 0.3 / len(_neighbours(v)) * batch.keypoints[n, m, t, joint]
        torch.testing.assert_close(mean[n, m, t, v], expected)


def test_a_pose_that_is_moved_gives_a_result_that_is_moved():
    poses, seen = _poses(5), torch.ones(5, JOINTS, dtype=torch.bool)
    away = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    weights = equal_weights(LAYOUT, 0.5)
    moved = neighbour_mean(poses + away, seen, weights)
    torch.testing.assert_close(moved, neighbour_mean(poses, seen, weights) + away)
    assert torch.equal(neighbour_mean(poses, seen, equal_weights(LAYOUT, 0)), poses)


@pytest.mark.parametrize("ridge", [1e-9, 0.1])
def test_the_fit_against_a_solver(ridge):
    lifted, target = _poses(40, seed=1), _poses(40, seed=2)
    seen = torch.from_numpy(np.random.default_rng(3).random((40, JOINTS)) < 0.8)
    fit = NeighbourFit(LAYOUT, ridge=ridge)
    for some in (slice(0, 10), slice(10, 40)):
        fit.add(lifted[some], target[some], seen[some])
    weights = fit.weights()
    for joint in range(JOINTS):
        neighbours, known = _neighbours(joint), seen[:, joint]
        own = lifted[known, joint]
        ways = (lifted[known][:, neighbours] - own[:, None]).movedim(1, 2).reshape(-1, len(neighbours))
        missed = (target[known, joint] - own).reshape(-1)
        # Ridge by rows of its own: sqrt(pull) I w = 0.
        pull = ridge * float(ways.square().sum(0).mean())
        rows = np.vstack([ways.numpy(), np.sqrt(pull) * np.eye(len(neighbours))])
        wanted = np.linalg.lstsq(rows, np.concatenate([missed, np.zeros(len(neighbours))]), rcond=None)[0]
        np.testing.assert_allclose(weights[joint, neighbours], wanted, atol=1e-8)
        others = [v for v in range(JOINTS) if v not in neighbours and v != joint]
        assert not weights[joint, others].any()
    assert torch.allclose(weights.sum(1), torch.ones(JOINTS, dtype=torch.float64))


def test_weights_that_made_the_errors_are_found():
    """Poses that equation 5 has turned into what they are."""
    lifted, seen = _poses(30), torch.ones(30, JOINTS, dtype=torch.bool)
    true = equal_weights(LAYOUT, 0.4)
    fit = NeighbourFit(LAYOUT, ridge=1e-9)
    fit.add(lifted, neighbour_mean(lifted, seen, true), seen)
    torch.testing.assert_close(fit.weights(), true, atol=1e-6, rtol=0)


def test_what_does_not_help_others_is_not_used():
    lifted, seen = _poses(30), torch.ones(30, JOINTS, dtype=torch.bool)
    weights = equal_weights(LAYOUT, 0.4)
    wanted = neighbour_mean(lifted, seen, weights)
    kept, before, after = unless_worse(weights, [(lifted[:9], wanted[:9], seen[:9]), (lifted, wanted, seen)])
    assert kept is weights and after < 1e-12 < before
    kept, before, after = unless_worse(weights, [(lifted, lifted, seen)])
    assert torch.equal(kept, torch.eye(JOINTS, dtype=torch.float64)) and before == 0 < after
    nothing = unless_worse(weights, [(lifted, wanted, ~seen)])
    assert torch.equal(nothing[0], torch.eye(JOINTS, dtype=torch.float64))


def test_without_poses_nothing_changes():
    assert torch.equal(NeighbourFit(LAYOUT).weights(), torch.eye(JOINTS, dtype=torch.float64))
