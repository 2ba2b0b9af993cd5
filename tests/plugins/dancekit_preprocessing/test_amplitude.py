"""Movements made smaller and larger, against the same draws applied joint by joint."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.amplitude import Amplitude

from dancekit.errors import LayoutError
from dancekit.testing import example_batch


@pytest.mark.parametrize("coordinates", [2, 3])
def test_each_joint_strays_from_its_mean_by_the_factor_of_its_clip(coordinates):
    batch = example_batch(coordinates=coordinates, training=True)
    factors = replace(batch.random).uniform(low=0.3, high=1.4)
    moved = Amplitude(smallest=0.3, largest=1.4)(batch)
    points, seen = batch.keypoints.numpy(), batch.seen.numpy()
    for clip, person, joint in np.ndindex(seen.shape[0], seen.shape[1], seen.shape[3]):
        there = seen[clip, person, :, joint]
        path = points[clip, person, there, joint]
        expected = path.mean(0) + float(factors[clip]) * (path - path.mean(0)) if there.any() else path
        np.testing.assert_allclose(moved.keypoints[clip, person, there, joint], expected, atol=2e-6)
    assert torch.equal(moved.score, batch.score)


def test_a_factor_of_one_changes_nothing_and_none_stands_still():
    batch = example_batch(coordinates=3, training=True)
    torch.testing.assert_close(Amplitude(smallest=1, largest=1)(batch).keypoints, batch.keypoints)
    still = Amplitude(smallest=0, largest=0)(replace(batch, score=torch.ones_like(batch.score)))
    there = batch.present.all(2)
    spread = still.keypoints.std(2)[there]
    assert spread.max() < 1e-6 < batch.keypoints.std(2)[there].max()


def test_the_arms_alone():
    batch = example_batch(coordinates=3, training=True)
    moved = Amplitude(smallest=0.2, largest=0.2, parts=("left_arm", "right_arm"))(batch)
    arms = sorted({*batch.layout.parts["left_arm"], *batch.layout.parts["right_arm"]})
    others = [joint for joint in range(batch.layout.num_joints) if joint not in arms]
    everything = Amplitude(smallest=0.2, largest=0.2)(batch).keypoints
    torch.testing.assert_close(moved.keypoints[..., arms, :], everything[..., arms, :])
    torch.testing.assert_close(moved.keypoints[..., others, :], batch.keypoints[..., others, :])
    with pytest.raises(LayoutError, match=r"no part 'left_arms'\. Did you mean 'left_arm'"):
        Amplitude(parts=("left_arms",))(batch)


@pytest.mark.parametrize("wrong", [(-0.1, 1), (1.2, 1.0), (0, float("inf")), (float("nan"), 1)])
def test_factors_that_make_no_sense_are_told(wrong):
    with pytest.raises(ValueError, match="smallest and largest must be"):
        Amplitude(smallest=wrong[0], largest=wrong[1])
