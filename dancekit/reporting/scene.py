"""Where a recording takes place: the room or the area that shows all of it, and where its floor is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dancekit.reporting.gallery import Points
from dancekit.skeleton.layout import Layout

_STRAY = 2.0  # per cent of the frames: what happens in fewer does not set the scale
_NEAR_ZERO = 0.15  # of the height: lowest joints so near to 0 stand on a floor at 0, as ankles do
_NO_WIDTH = 0.01  # metres: from narrower hips no direction can be told
_SMALLEST = 1e-3  # metres: a recording of one still joint has a size too
_SNAP = math.radians(15)  # who looks nearly along an axis is shown along it
_FAR = 1.2  # heights: who goes farther is followed by the camera
_ARMS = 1.6  # of the distance that nine of ten joints keep: a root that stays where it was is farther away
_SMOOTHING = 0.5  # seconds over which the camera's path is averaged


@dataclass(frozen=True, kw_only=True, eq=False)
class Area:
    """What a picture in 2D shows, in the units of the recording; a few stray joints are left out.

    Attributes:
        low: (2,)
        high: (2,)
    """

    low: Points
    high: Points


@dataclass(frozen=True, kw_only=True, eq=False)
class Room:
    """What a picture in 3D shows, in metres; a few stray joints are left out.

    Attributes:
        low: (3,) corner of the box in which everything happens; its y is the floor.
        high: (3,) the other corner.
        path: (T, 2) x and z of the middle of the dancers, smoothed, which a camera can follow.
        reach: how far the dancers reach from `path` sideways; a joint that stays behind is left out.
        facing: the yaw of a camera that they look at when the recording begins.
    """

    low: Points
    high: Points
    path: Points
    reach: float
    facing: float

    @property
    def floor(self) -> float:
        return float(self.low[1])

    @property
    def height(self) -> float:
        return float(self.high[1] - self.low[1])

    @property
    def follows(self) -> bool:
        """Whether the dancers go so far that the camera had better go with them."""
        return float(np.ptp(self.path, axis=0).max()) > _FAR * self.height

    @property
    def radius(self) -> float:
        """Of the sphere around all that happens."""
        return max(_SMALLEST, float(np.linalg.norm(self.high - self.low)) / 2)

    @property
    def near_radius(self) -> float:
        """Of the sphere around the dancers, for a camera that follows them."""
        return max(_SMALLEST, math.hypot(self.reach, self.height / 2))

    def target(self, frame: int, *, follow: bool) -> Points:
        """(3,) the middle of what a camera looks at."""
        middle = (self.low + self.high) / 2
        if follow:
            middle[[0, 2]] = self.path[frame]
        return middle

    @property
    def grid_step(self) -> float:
        """Metres between the lines of the floor: 1 for people."""
        return nice_step(self.near_radius)


def area_of(points: Points) -> Area:
    """The area of points (M, T, V, 2), NaN where a joint is missing."""
    low, high = _box(points)
    return Area(low=low, high=high)


def room_of(points: Points, layout: Layout, *, rate: float) -> Room:
    """The room of points (M, T, V, 3) in metres, NaN where a joint is missing.

    Args:
        rate: frames per second.
    """
    low, high = _box(points)
    if abs(low[1]) < _NEAR_ZERO * (high[1] - low[1]):
        low[1] = 0
    path = _path(points, rate)
    from_path = np.abs(points[..., [0, 2]] - path[None, :, None])  # (M, T, V, 2)
    most = float(_percentile(_extreme(np.fmax, from_path), 100 - _STRAY).max())
    seen = from_path[np.isfinite(from_path).all(-1)].max(-1)  # (n,)
    reach = min(most, _ARMS * float(np.percentile(seen, 90))) if len(seen) else most
    return Room(low=low, high=high, path=path, reach=reach, facing=_facing(points, layout, rate))


def nice_step(radius: float) -> float:
    """1 for what is as large as people, else a power of ten that suits the size."""
    return 1.0 if 0.5 <= radius <= 8 else 10.0 ** math.floor(math.log10(max(radius, 1e-6) * 1.25))


def floor_lines(target: Points, floor: float, radius: float, step: float) -> tuple[Points, Points]:
    """The grid of a floor around the target, in pieces that fade away with the distance.

    Returns:
        pieces (S, 2, 3), from and to; opacity (S,), between 0 and 1.
    """
    count = math.floor(radius / step) + 1
    i, j = (each.ravel() for each in np.mgrid[-count : count + 1, -count:count])  # (S / 2,) each
    from_to = np.stack([[j, i], [j + 1, i]]).transpose(2, 0, 1)  # (S / 2, 2, x and z)
    flat = np.concatenate([from_to, from_to[..., ::-1]])  # (S, 2, 2): along x, then along z
    flat = (flat + np.round(target[[0, 2]] / step)) * step
    pieces = np.stack([flat[..., 0], np.full(flat.shape[:2], floor), flat[..., 1]], axis=-1)  # (S, 2, 3)
    away = np.linalg.norm(flat.mean(1) - target[[0, 2]], axis=1)  # (S,)
    opacity = 1 - (away / radius) ** 2
    return pieces[opacity > 0], opacity[opacity > 0]


def _box(points: Points) -> tuple[Points, Points]:
    """(C,) each: the lowest and the highest of all joints in nearly all frames."""
    if not np.isfinite(points).any():
        return np.zeros(points.shape[-1]), np.ones(points.shape[-1])
    low, high = _extreme(np.fmin, points), _extreme(np.fmax, points)
    return _percentile(low, _STRAY), _percentile(high, 100 - _STRAY)


def _extreme(compare: np.ufunc, points: Points) -> Points:
    """(M, T, V, C) to (T, C): over all joints of all persons; NaN where there is none."""
    found: Points = compare.reduce(compare.reduce(points, axis=2), axis=0)
    return found


def _percentile(values: Points, percent: float) -> Points:
    """(T, C) to (C,), over the frames that have a value."""
    known = values[np.isfinite(values).all(-1)]
    found: Points = np.percentile(known, percent, axis=0) if len(known) else np.ones(values.shape[-1])
    return found


def _mean(values: Points) -> Points:
    """(M, T, V, C) to (T, C), over what is there; NaN where nothing is."""
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        found: Points = np.where(seen, values, 0).sum((0, 2)) / seen.sum((0, 2))
    return found


def _middle_joint(values: Points) -> Points:
    """(M, T, V, C) to (M, T, 1, C): the median of what is there, which a stray joint does not move."""
    ordered = np.sort(values, axis=2)  # NaN is last
    count = np.isfinite(values).sum(2, keepdims=True)  # (M, T, 1, C)
    low, high = (np.maximum(count - 1, 0) // 2, count // 2)
    high = np.minimum(high, values.shape[2] - 1)
    middle = np.take_along_axis(ordered, low, 2) + np.take_along_axis(ordered, high, 2)
    return np.where(count > 0, middle / 2, np.nan)


def _path(points: Points, rate: float) -> Points:
    middle = _mean(_middle_joint(points[..., [0, 2]]))  # (T, 2)
    known = np.isfinite(middle).all(1)
    if not known.any():
        return np.zeros_like(middle)
    times = np.arange(len(middle))
    filled = [np.interp(times, times[known], column[known]) for column in middle.T]
    half = int(min(_SMOOTHING * rate, len(middle)) / 2)
    kernel = np.full(2 * half + 1, 1 / (2 * half + 1))
    smooth = [
        np.convolve(np.pad(column, half, mode="reflect", reflect_type="odd"), kernel, mode="valid")
        for column in filled
    ]
    return np.stack(smooth, axis=1)  # (T, 2)


def _facing(points: Points, layout: Layout, rate: float) -> float:
    """From the lines between left and right hips and shoulders in the first second that they are seen."""
    pairs = [pair for pair in layout.pairs if layout.joints[pair[0]].endswith(("hip", "shoulder"))]
    left, right = ([pair[side] for pair in pairs or layout.pairs] for side in (0, 1))
    to_left = _mean((points[:, :, left] - points[:, :, right])[..., [0, 2]])  # (T, 2)
    known = to_left[np.isfinite(to_left).all(1)][: max(1, round(rate))]
    if len(known) == 0 or np.linalg.norm(known.mean(0)) < _NO_WIDTH:
        return 0.0
    x, z = known.mean(0)
    yaw = math.atan2(-z, x)
    right_angle = round(yaw / (math.pi / 2)) * math.pi / 2
    return right_angle if abs(yaw - right_angle) < _SNAP else yaw


def body_height(points: Points) -> float:
    """How high a person is, from the lowest to the highest joint, in the middle of all frames; 1 if unknown.

    Args:
        points: (M, T, V, C), NaN where missing.
    """
    vertical = points[..., 1]  # (M, T, V)
    heights = np.fmax.reduce(vertical, axis=2) - np.fmin.reduce(vertical, axis=2)  # (M, T)
    known = heights[heights > 0]
    return float(np.median(known)) if len(known) else 1.0
