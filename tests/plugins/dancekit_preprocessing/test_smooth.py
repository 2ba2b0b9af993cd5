"""The filter against a polynomial fitted to each window, and against SciPy where nothing is missing."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.smooth import Smooth
from scipy.signal import savgol_filter

from dancekit.testing import example_batch


def _literal(batch, window, estimate):
    half, frames = window // 2, batch.score.shape[2]
    smooth = torch.zeros_like(batch.keypoints)
    for n, m, t, v in np.argwhere(batch.seen.numpy()):
        near = [s for s in range(max(t - half, 0), min(t + half + 1, frames)) if batch.seen[n, m, s, v]]
        points = batch.keypoints[n, m, near, v].double().numpy()
        smooth[n, m, t, v] = torch.from_numpy(estimate(np.array(near) - t, points))
    return smooth


def _fit(degree):
    def estimate(times, points):
        return np.polynomial.polynomial.polyfit(times, points, min(degree, len(times) - 1))[0]

    return estimate


@pytest.mark.parametrize(("window", "degree"), [(3, 1), (5, 2), (7, 3), (9, 0)])
@pytest.mark.parametrize("coordinates", [2, 3])
def test_savitzky_golay_is_a_fit_to_what_is_seen(window, degree, coordinates):
    batch = example_batch(clips=2, coordinates=coordinates)
    smooth = Smooth(window=window, degree=degree)(batch)
    expected = _literal(batch, window, _fit(degree))
    torch.testing.assert_close(smooth.keypoints, expected, rtol=1e-4, atol=1e-4)
    assert torch.equal(smooth.score, batch.score)


@pytest.mark.parametrize("window", [3, 5, 11])
def test_binomial_is_a_mean_of_what_is_seen(window):
    batch = example_batch(clips=2)

    def mean(times, points):
        weights = np.array([math.comb(window - 1, int(time) + window // 2) for time in times])
        return (weights[:, None] * points).sum(0) / weights.sum()

    smooth = Smooth(method="binomial", window=window)(batch)
    torch.testing.assert_close(smooth.keypoints, _literal(batch, window, mean), rtol=1e-4, atol=1e-5)


def test_the_middle_of_whole_clips_is_scipys():
    batch = example_batch(complete=True, frames=30, coordinates=3)
    smooth = Smooth(window=7, degree=2)(batch).keypoints[:, :, 3:-3].numpy()
    expected = savgol_filter(batch.keypoints.double().numpy(), 7, 2, axis=2)[:, :, 3:-3]
    np.testing.assert_allclose(smooth, expected, atol=1e-5)


def test_parabolas_stay_what_they_are_with_joints_missing():
    batch = example_batch(frames=20)
    time = torch.arange(20.0)[None, None, :, None, None] / 10
    parabola = batch.with_keypoints((3 * time**2 - time + 1).expand_as(batch.keypoints))
    seldom = (~parabola.seen).float().mean(2, keepdim=True) < 0.2
    smooth = Smooth(window=7, degree=2)(parabola)
    compared = (smooth.keypoints - parabola.keypoints)[seldom.expand_as(parabola.score)]
    assert compared.abs().max() < 1e-4


def test_noise_becomes_less_and_what_is_missing_is_not_read():
    batch = example_batch(complete=True, frames=64)
    noise = torch.randn(batch.keypoints.shape, generator=torch.Generator().manual_seed(1))
    for step in (Smooth(), Smooth(method="binomial")):
        assert step(batch.with_keypoints(noise)).keypoints.std() < 0.75 * noise.std()
    missing = example_batch()
    elsewhere = replace(missing, keypoints=missing.keypoints.masked_fill(~missing.seen[..., None], torch.nan))
    assert torch.equal(Smooth()(elsewhere).keypoints, Smooth()(missing).keypoints)


@pytest.mark.parametrize("arguments", [{"window": 4}, {"window": 13}, {"window": 1}, {"degree": 5}])
def test_senseless_arguments(arguments):
    with pytest.raises(ValueError, match="must lie"):
        Smooth(**arguments)
