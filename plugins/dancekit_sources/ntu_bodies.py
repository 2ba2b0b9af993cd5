"""Which of the bodies that Kinect tracked are dancers: tables, seats and flickers are tracked as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dancekit_sources.ntu_parse import Body

SHORTEST = 11
"""A body tracked in this many frames or fewer is a flicker."""
WIDEST = 0.8
"""A body wider than this times its height is no person in that frame."""
MOST_IMPLAUSIBLE = 0.69754
"""The share of such frames from which on a body is taken for a thing."""


def choose_bodies(bodies: Sequence[Body], persons: int) -> tuple[Body, ...]:
    """At most `persons` bodies, those of most motion first.

    In this order, as the field does it since Shahroudy et al. (CVPR 2016):

    1. a body tracked in 11 frames or fewer is dropped;
    2. a body that is wider than 0.8 times its height in 69.754 % of its frames or more is dropped, and of
       the others only the frames in which it isn't count as motion;
    3. the motion of a body is the variance of x, y and z over all its joints and frames, added up.

    A rule that would leave nobody is not applied. Width is the spread of x over a frame's joints, and
    height that of y. Bodies of equal motion keep their order.
    """
    long = [body for body in bodies if len(body.frames) > SHORTEST] or list(bodies)
    upright = [body for body in long if 1 - plausible_frames(body).mean() < MOST_IMPLAUSIBLE] or long
    return tuple(sorted(upright, key=_plausible_motion, reverse=True)[:persons])


def plausible_frames(body: Body) -> npt.NDArray[np.bool_]:
    """(n,) whether the body is upright enough to be a person; a frame without numbers is not."""
    width, height = (_spread(body.keypoints[..., axis]) for axis in (0, 1))
    return np.asarray(width <= WIDEST * height)


def motion(body: Body) -> float:
    """The variance of x, y and z over joints and frames, added up, in square metres."""
    points = body.keypoints.reshape(-1, 3).astype(np.float64)  # (n * V, 3)
    points = points[np.isfinite(points).all(axis=1)]
    return float(points.var(axis=0).sum()) if len(points) else 0.0


def _plausible_motion(body: Body) -> float:
    plausible = plausible_frames(body)
    return motion(replace(body, keypoints=body.keypoints[plausible])) if plausible.any() else motion(body)


def _spread(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(n, V) to (n,): largest minus smallest of what is finite; NaN where nothing is."""
    finite = np.isfinite(values)
    exact = values.astype(np.float64)
    highest = np.where(finite, exact, -np.inf).max(axis=1)
    lowest = np.where(finite, exact, np.inf).min(axis=1)
    return np.where(finite.any(axis=1), highest - lowest, np.nan)
