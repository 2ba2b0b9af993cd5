"""Recordings in 3D as a camera would have them before it. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit_preprocessing.draws import always_draws, range_of, seed_of, size_of
from dancekit_preprocessing.turning import about_x, about_y, about_z, moved


class Camera(Preprocessor):
    """Put each clip in 3D into the frame of a random camera that stands still and looks at the movement.

    The camera looks at the middle of all joints seen in the clip, over persons and frames. In its frame it
    is the origin, with x to the right, y up and z towards it: what it sees has z below 0. Distances between
    joints stay; where a dancer is in the room is forgotten. `project` makes the picture.

    Recordings are in metres, with y up. Ranges are drawn from evenly, once for each clip. After
    `align_view`, yaw counts from where each dancer faces first.

    Args:
        yaw: from where it looks, in degrees about the vertical: 0 is from +z, in front of a dancer with the
            left side at +x, and 90 from +x, from the dancer's left.
        elevation: how high it stands, in degrees above the level of what it looks at.
        roll: how far it is turned about the direction it looks in, in degrees; above 0 the picture turns
            counter-clockwise.
        distance: from what it looks at, in metres.
        view: angle in degrees within which it sees every joint, across and upwards: it steps back as far as
            that takes.
        nearest: metres that every joint keeps from the plane of the camera; it steps back for this too.
        offset: how far from the middle of the picture that which it looks at can lie, along x and along y
            each, as a share of the distance.
        unseen: yaws, from the first upwards to the second, that training never has; validation and test have
            no others. None lets all have the same.
        seed: of the cameras in validation and test, where each clip has the same one each time.

    Raises:
        RecipeError: when called with 2D keypoints.
    """

    def __init__(
        self,
        *,
        yaw: tuple[float, float] = (0.0, 360.0),
        elevation: tuple[float, float] = (-15.0, 30.0),
        roll: tuple[float, float] = (-5.0, 5.0),
        distance: tuple[float, float] = (2.5, 7.0),
        view: float = 75.0,
        nearest: float = 1.0,
        offset: float = 0.0,
        unseen: tuple[float, float] | None = None,
        seed: int = 0,
    ) -> None:
        self.yaw = range_of("yaw", yaw)
        self.elevation = range_of("elevation", elevation, lowest=-90, highest=90)
        self.roll = range_of("roll", roll, lowest=-180, highest=180)
        self.distance = range_of("distance", distance, lowest=0)
        self.nearest = size_of("nearest", nearest)
        if not 1 <= view <= 170:
            raise ValueError(f"view must lie between 1 and 170 degrees, not {view}.")
        self._slope = math.tan(math.radians(view / 2))
        if not 0 <= offset < self._slope:
            raise ValueError(
                f"offset must lie from 0 up to {self._slope:.2f}, where view ends, not {offset}."
            )
        self.offset = offset
        self.unseen = unseen
        self.seed = seed_of(seed)
        if yaw[1] - yaw[0] > 360:
            raise ValueError(f"yaw must span no more than 360 degrees, not {yaw[1] - yaw[0]:g}.")
        self._train = self._test = [self.yaw]
        if unseen is not None:
            self._train, self._test = _without(self.yaw, unseen), [_arc(unseen)]

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if batch.keypoints.shape[-1] != 3:
            raise RecipeError(
                "camera looks at 3D keypoints, and these are 2D.", hint="Put it before `project`."
            )
        draw = always_draws(batch, seed=self.seed, step="camera").uniform(6)  # (N, 6)
        yaw = _within(self._test if batch.random is None else self._train, draw[:, 0])  # (N,) degrees
        elevation, roll, distance = (
            low + (high - low) * draw[:, place]
            for place, (low, high) in enumerate((self.elevation, self.roll, self.distance), start=1)
        )
        turn = about_y(-yaw.deg2rad()) @ about_x(elevation.deg2rad()) @ about_z(roll.deg2rad())  # (N, 3, 3)
        seen = batch.seen
        places = keep(batch.keypoints, seen).flatten(1, 3)  # (N, M*T*V, 3)
        ones = torch.ones_like(places[:, None, :, 0])
        middle = torch.bmm(ones, places) / seen.flatten(1).sum(1).clamp(min=1)[:, None, None]  # (N, 1, 3)
        turned, middle = torch.bmm(places, turn), torch.bmm(middle, turn)[:, 0]
        aside = (2 * draw[:, 4:] - 1) * self.offset  # (N, 2)
        x, y, z = turned.movedim(2, 0).contiguous().sub_(middle.T[..., None])  # each (N, M*T*V)
        # Far enough back for each joint: in depth, and for the angle that it is seen at.
        angle = torch.maximum(x.abs_(), y.abs_()).add_(z, alpha=self._slope)
        angle /= (self._slope - aside.abs().amax(1))[:, None]
        enough = torch.maximum(angle, z.add_(self.nearest)).masked_fill_(~seen.flatten(1), 0).amax(1)  # (N,)
        distance = torch.maximum(distance, enough)[:, None]
        move = torch.cat([aside * distance, -distance], dim=1) - middle  # (N, 3)
        turned = turned.view_as(batch.keypoints)
        return batch.with_keypoints(moved(replace(batch, keypoints=turned), move))


def _arc(ends: tuple[float, float]) -> tuple[float, float]:
    """From the first angle upwards to the second, which may have passed 360."""
    start, end = ends
    if not (math.isfinite(start) and math.isfinite(end)) or start == end:
        raise ValueError(f"unseen must be two different angles in degrees, not {start} and {end}.")
    return start, start + ((end - start) % 360 or 360)


def _without(angles: tuple[float, float], arc: tuple[float, float]) -> list[tuple[float, float]]:
    """What is left of a range of angles when an arc is taken out, in order."""
    low, high = angles
    start, end = _arc(arc)
    begin = start + 360 * math.floor((low - start) / 360)  # where it last begins at or before `low`
    left = []
    for _ in range(3):  # a range of 360 degrees meets an arc at most twice
        left.append((low, min(begin, high)))
        low = max(low, begin + end - start)
        begin += 360
    single = angles[0] == angles[1]
    remaining = [each for each in left if each[0] < each[1] or (single and each == angles)]
    if not remaining:
        raise ValueError(f"unseen {arc[0]:g} to {arc[1]:g} leaves no yaw for training.")
    return remaining


def _within(ranges: list[tuple[float, float]], draw: Tensor) -> Tensor:
    """Draws from 0 to 1 spread evenly over some ranges; a single angle is a range of no width."""
    position = draw * sum(high - low for low, high in ranges)
    before, angle = 0.0, torch.zeros_like(draw)
    for low, high in ranges:
        angle = torch.where(position >= before, low + position - before, angle)
        before += high - low
    return angle
