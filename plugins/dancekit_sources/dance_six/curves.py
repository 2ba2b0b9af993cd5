"""Curves over time from which movements and errors are put together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def minimum_jerk(progress: Array) -> Array:
    """The smoothest way from 0 to 1, at rest at both ends (Flash and Hogan 1985): 10x^3 - 15x^4 + 6x^5.

    Before `progress` 0 it is 0, after 1 it is 1.
    """
    x = np.clip(progress, 0, 1)
    return x**3 * (10 + x * (6 * x - 15))


def pulse(time: Array, *, start: Array, rise: Array | float, stop: Array, fall: Array | float) -> Array:
    """From 0 to 1 in `rise` seconds from `start` on, and back in `fall` seconds from `stop` on."""
    return minimum_jerk((time - start) / rise) * (1 - minimum_jerk((time - stop) / fall))


def wander(
    rng: np.random.Generator, time: Array, shape: tuple[int, ...], *, slowest: float, fastest: float
) -> Array:
    """Smooth unrest of unit variance: sinusoids of random frequency (Hz) and phase.

    Args:
        time: (T,) seconds.
        shape: of what unrests, (N, ...).

    Returns:
        (N, T, ...)
    """
    terms = 3
    frequency = rng.uniform(slowest, fastest, (terms, shape[0], 1, *shape[1:]))  # (terms, N, 1, ...)
    phase = rng.uniform(0, 2 * np.pi, frequency.shape)
    clock = time.reshape(-1, *[1] * (len(shape) - 1))  # (T, ...)
    waves = np.sin(2 * np.pi * frequency * clock + phase)  # (terms, N, T, ...)
    together: Array = waves.sum(axis=0) * np.sqrt(2 / terms)
    return together


def correlated_noise(
    rng: np.random.Generator, shape: tuple[int, ...], *, correlation: float
) -> npt.NDArray[np.float32]:
    """First-order autoregressive Gaussian noise of unit variance along axis 1, (N, T, ...)."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    innovation = np.float32(np.sqrt(1 - correlation**2))
    for frame in range(1, shape[1]):
        noise[:, frame] = correlation * noise[:, frame - 1] + innovation * noise[:, frame]
    return noise
