"""Equations 6 to 9 one number at a time, and what is known of them as a filter."""

import itertools

import numpy as np
import pytest
import torch
from dancekit_lifting.temporal import AROUND, Predictors
from scipy.signal import savgol_filter

THIRD = 1 / 3


def _clip(frames=13, seed=0):
    """(1, 2, T, 3, 2) float64."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(1, 2, frames, 3, 2)))


def _step(points, *, seen=None, alpha=THIRD, beta=THIRD, weight=18 / 35, spacing=1, own=None, share=1.0):
    seen = torch.ones(points.shape[:-1], dtype=torch.bool) if seen is None else seen
    predictors = Predictors.of(alpha=alpha, beta=beta, weight=weight)
    points = points * seen[..., None]
    own = points if own is None else own
    return predictors.step(points, seen, own=own, share=torch.tensor([share]), spacing=spacing)


@pytest.mark.parametrize(
    ("alpha", "beta", "weight", "spacing"), [(0, 0, 0.5, 1), (1, 0.2, 0.3, 1), (THIRD, 0.7, 1, 2)]
)
def test_as_the_equations_are_written(alpha, beta, weight, spacing):
    q, q_a = _clip().numpy(), _clip(seed=1).numpy()
    refined = _step(
        torch.from_numpy(q), own=torch.from_numpy(q_a), alpha=alpha, beta=beta, weight=weight, spacing=spacing
    )
    for m, t, v, c in np.ndindex(q.shape[1:]):
        if not 2 * spacing <= t < q.shape[2] - 2 * spacing:
            continue
        before_2, before, after, after_2 = (q[0, m, t + k * spacing, v, c] for k in (-2, -1, 1, 2))
        forward = before + alpha * (before - before_2)
        backward = after + beta * (after - after_2)
        expected = (1 - weight) * q_a[0, m, t, v, c] + weight * (forward + backward) / 2
        assert refined[0, m, t, v, c] == pytest.approx(expected, abs=1e-14)


def test_it_is_the_filter_of_savitzky_and_golay():
    q = _clip(frames=60)
    expected = savgol_filter(q.numpy(), 5, 2, axis=2)
    np.testing.assert_allclose(_step(q).numpy()[:, :, 2:-2], expected[:, :, 2:-2], rtol=0, atol=1e-12)


def _patterns():
    places = range(len(AROUND))
    return [seen for size in (2, 3, 4) for seen in itertools.combinations(places, size)]


@pytest.mark.parametrize("places", _patterns(), ids=lambda places: str([AROUND[k] for k in places]))
def test_with_fewer_frames_it_is_a_fit_to_those_that_are_seen(places):
    q = _clip(frames=5, seed=2)
    offsets = [AROUND[k] for k in places]
    seen = torch.zeros(q.shape[:-1], dtype=torch.bool)
    seen[:, :, [2 + offset for offset in (*offsets, 0)]] = True
    refined = _step(q, seen=seen)[0, :, 2].numpy()
    times, values = np.array([*offsets, 0.0]), q[0][:, [2 + offset for offset in (*offsets, 0)]].numpy()
    flat = np.moveaxis(values, 1, 0).reshape(len(times), -1)  # (frames, persons * joints * coordinates)
    fitted = np.polynomial.polynomial.polyfit(times, flat, len(offsets) - 1)[0].reshape(refined.shape)
    if len(offsets) == 2 and offsets[0] < 0 < offsets[1]:  # a line that could count more, but may not
        line = np.polynomial.polynomial.polyfit(times[:2], flat[:2], 1)[0].reshape(refined.shape)
        fitted = 17 / 35 * values[:, -1] + 18 / 35 * line
    np.testing.assert_allclose(refined, fitted, atol=1e-12)


@pytest.mark.parametrize("places", [(), *((place,) for place in range(4))])
def test_with_one_frame_or_none_nothing_moves(places):
    q = _clip(frames=5)
    seen = torch.zeros(q.shape[:-1], dtype=torch.bool)
    seen[:, :, [2, *(2 + AROUND[k] for k in places)]] = True
    assert torch.equal(_step(q, seen=seen, weight=1)[:, :, 2], q[:, :, 2])


@pytest.mark.parametrize("spacing", [1, 2, 3])
def test_cubics_stay_what_they_are(spacing):
    t = torch.linspace(-1, 1, 21, dtype=torch.float64)[None, None, :, None, None]
    cubic = 2 * t**3 - t**2 + 3 * t - 0.5
    whole = slice(2 * spacing, 21 - 2 * spacing)
    np.testing.assert_allclose(
        _step(cubic, weight=1, spacing=spacing)[:, :, whole], cubic[:, :, whole], atol=1e-13
    )
    assert (_step(cubic, weight=1, alpha=0.5, beta=0.5) - cubic)[:, :, 2:-2].abs().max() > 1e-3
    parabola_at_the_ends = _step(3 * t**2 - t, weight=1)[:, :, 1:-1] - (3 * t**2 - t)[:, :, 1:-1]
    assert parabola_at_the_ends.abs().max() < 1e-13


@pytest.mark.parametrize(("alpha", "beta"), [(0, 0), (1, 1), (THIRD, THIRD), (0.2, 0.9)])
def test_what_stands_still_stays(alpha, beta):
    predictors = Predictors.of(alpha=alpha, beta=beta, weight=0.6)
    sums = predictors.taps.sum(1)
    assert torch.allclose(sums, (predictors.weight > 0).double())


@pytest.mark.parametrize(
    ("alpha", "weight", "position", "acceleration"),
    [
        (0, 1, 0.71, 0.76),
        (THIRD, 1, 0.97, 1.18),
        (1, 1, 1.58, 2.04),
        (0, 0.5, 0.61, 0.25),
        (THIRD, 0.5, 0.70, 0.35),
        (1, 0.5, 0.94, 0.74),
        (THIRD, 18 / 35, 0.70, 0.36),
    ],
)
def test_gain_of_white_noise(alpha, weight, position, acceleration):
    impulse = torch.zeros(1, 1, 21, 1, 1, dtype=torch.float64)
    impulse[:, :, 10] = 1
    response = _step(impulse, alpha=alpha, beta=alpha, weight=weight).flatten().numpy()
    assert np.linalg.norm(response) == pytest.approx(position, abs=0.006)
    assert np.linalg.norm(np.diff(response, 2)) / np.sqrt(6) == pytest.approx(acceleration, abs=0.006)


def test_three_eighths_stop_what_jumps_every_frame():
    zigzag = torch.tensor([1.0, -1.0] * 8, dtype=torch.float64)[None, None, :, None, None]
    assert _step(zigzag, weight=3 / 8)[:, :, 2:-2].abs().max() < 1e-15


def test_a_share_of_the_weight_is_a_share_of_the_way():
    q = _clip()
    whole, third = _step(q), _step(q, share=THIRD)
    torch.testing.assert_close(third - q, (whole - q) / 3)
