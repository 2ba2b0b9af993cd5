"""Where the body goes: standing, stepping on the spot, walking; pelvis and feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit_sources.dance_six.curves import Array, minimum_jerk, wander
from dancekit_sources.dance_six.gestures import WALK
from dancekit_sources.dance_six.performers import FRAME_RATE, TIME, Dancers, Integers, Timing

_STANCE = 0.6  # share of a gait cycle that a foot is on the ground


@dataclass(frozen=True, kw_only=True)
class Gait:
    """Steps of N recordings.

    Attributes:
        amount: (N, T) how much of a full step is taken: 0 stands, 1 walks.
        cycle: (N, T) cycles of two steps since the beginning.
        stride: (N, 1) metres that a cycle covers.
        lift: (N, 1) metres by which a foot is lifted.
        turn: (N, T) radians by which the body has turned on the spot.
    """

    amount: Array
    cycle: Array
    stride: Array
    lift: Array
    turn: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, labels: Integers, dancers: Dancers, timing: Timing) -> Gait:
        """Walkers walk; of the others some step into or out of their movement, some step on the spot."""
        count = len(labels)
        walks = (labels == WALK)[:, None]
        length = timing.frames[:, None] / FRAME_RATE
        stands_first = rng.random((count, 1)) < 0.45
        stands_last = rng.random((count, 1)) < 0.3
        starts = np.where(stands_first, rng.uniform(0, 0.2, (count, 1)) * length, -1.0)
        ends = np.where(stands_last, length * rng.uniform(0.82, 0.98, (count, 1)), length + 1)
        walking = minimum_jerk((TIME - starts) / 0.45) * (1 - minimum_jerk((TIME - ends) / 0.45))

        habit = rng.random((count, 1))
        stepping_in = (habit < 0.2) * (1 - minimum_jerk((TIME - timing.start - 0.1) / 0.4))
        stepping_out = ((habit > 0.12) & (habit < 0.24)) * minimum_jerk((TIME - timing.stop) / 0.4)
        throughout = (habit > 0.7) * np.ones_like(TIME)
        steps = np.maximum(np.maximum(stepping_in, stepping_out), throughout)
        turn, turning = _turn(rng, count)
        amount = np.where(walks, walking, np.maximum(steps, 0.6 * turning))

        small = np.where(walks, rng.random((count, 1)) < 0.22, habit > 0.85)
        stride = np.where(small, rng.uniform(0.05, 0.4, (count, 1)), rng.uniform(0.6, 1.15, (count, 1)))
        stride *= (dancers.bodies.height / 1.7)[:, None] * np.where(walks | small, 1.0, 0.7)
        cadence = rng.uniform(0.7, 1.15, (count, 1)) * np.sqrt(dancers.tempo)[:, None]
        unsteady = 0.04 * wander(rng, TIME, (count,), slowest=0.2, fastest=0.7)
        cycle = np.cumsum(cadence * (1 + unsteady), axis=1) / FRAME_RATE + rng.random((count, 1))
        lift = rng.uniform(0.06, 0.15, (count, 1))
        return cls(amount=amount, cycle=cycle, stride=stride, lift=lift, turn=turn)

    @property
    def swing(self) -> Array:
        """Forward and back once a cycle, (N, T): as the left leg goes; -1 to 1 in a full step."""
        return self.amount * np.cos(2 * np.pi * (self.cycle - 0.05))

    def feet(self) -> tuple[Array, Array]:
        """How far each ankle is ahead of the pelvis and above its standing height, both (N, T, 2), metres."""
        phase = (self.cycle[..., None] + np.array([0.0, 0.5])) % 1  # (N, T, 2)
        swing = (phase - _STANCE) / (1 - _STANCE)
        ahead = np.where(phase < _STANCE, _STANCE / 2 - phase, minimum_jerk(swing) - (phase - _STANCE / 2))
        heel_off = minimum_jerk((phase - 0.42) / 0.3) * (1 - minimum_jerk((phase - 0.72) / 0.27))
        size = self.amount[..., None]
        return ahead * size * self.stride[..., None], heel_off * size * self.lift[..., None]

    def travelled(self) -> Array:
        """Metres that the pelvis has gone, (N, T)."""
        speed = self.stride * self.amount * np.gradient(self.cycle, axis=1)
        return np.cumsum(speed, axis=1)


def place_pelvis_and_feet(
    rng: np.random.Generator, gait: Gait, dancers: Dancers
) -> tuple[Array, Array, Array]:
    """Stand and walk in the world.

    Returns:
        The pelvis (N, T, 3) and the ankles (N, T, 2, 3) in metres, and the heading (N, T) in radians.
    """
    count = len(gait.stride)
    bodies = dancers.bodies
    curve = rng.normal(0, 0.25, (count, 1))  # radians per metre
    path = gait.travelled()
    heading = rng.uniform(-np.pi, np.pi, (count, 1)) + curve * path + gait.turn  # (N, T)
    forward = np.stack([np.sin(heading), np.zeros_like(heading), np.cos(heading)], axis=-1)
    left = np.stack([np.cos(heading), np.zeros_like(heading), -np.sin(heading)], axis=-1)
    steps = np.diff(path, axis=1, prepend=0.0)[..., None] * forward
    ground = np.cumsum(steps, axis=1)  # (N, T, 3)

    ahead, above = gait.feet()
    stagger = rng.normal(0, 0.03, (count, 1, 2)) * (1 - gait.amount[..., None])
    wide = rng.uniform(0.0, 0.14, (count, 1)) * (1 - 0.8 * gait.amount) + 0.9 * bodies.hip[:, None]  # (N, T)
    sideways = wide[..., None] * np.array([1.0, -1.0])
    ankles = (
        ground[:, :, None]
        + (ahead + stagger)[..., None] * forward[:, :, None]
        + sideways[..., None] * left[:, :, None]
    )  # (N, T, 2, 3)
    ankles[..., 1] = bodies.ankle[:, None, None] + above

    sway = 0.018 * dancers.unrest[:, None, None] * wander(rng, TIME, (count, 2), slowest=0.15, fastest=0.8)
    to_the_beat = rng.uniform(0, 0.04, (count, 1)) * (rng.random((count, 1)) < 0.35)
    beat = rng.uniform(0.8, 1.6, (count, 1))
    sway[..., 1] += to_the_beat * np.sin(2 * np.pi * beat * TIME)
    sway[..., 1] += 0.02 * gait.amount * np.sin(2 * np.pi * (gait.cycle - 0.05))  # over the foot that stands
    pelvis = ground + sway[..., :1] * forward + sway[..., 1:] * left
    bounce = to_the_beat * (1 + np.cos(4 * np.pi * beat * TIME))
    straight = 0.998 - rng.uniform(0, 0.012, (count, 1))
    pelvis[..., 1] = _height(pelvis, ankles, straight * (bodies.thigh + bodies.shank)[:, None]) - bounce / 2
    return pelvis, ankles, heading


def _height(pelvis: Array, ankles: Array, leg: Array) -> Array:
    """As high as both legs reach, (N, T): a smooth minimum over the two."""
    across = ((pelvis[:, :, None] - ankles)[..., [0, 2]] ** 2).sum(-1)  # (N, T, 2)
    reach = ankles[..., 1] + np.sqrt((leg[..., None] ** 2 - across).clip(0.01))
    sharpness = 150.0
    smallest: Array = -np.log(np.exp(-sharpness * reach).sum(-1)) / sharpness
    return smallest


def _turn(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Three in ten turn about themselves: the angle so far and whether they are at it, both (N, T)."""
    turns = rng.random((count, 1)) < 0.3
    angle = turns * rng.choice([-1.0, 1.0], (count, 1)) * rng.uniform(0.5, 2.0, (count, 1))
    begins, lasts = rng.uniform(-0.4, 2.0, (count, 1)), rng.uniform(0.9, 1.8, (count, 1))
    progress = (TIME - begins) / lasts
    busy = minimum_jerk(1.5 - np.abs(2 * progress - 1)) * turns
    return angle * minimum_jerk(progress), busy
