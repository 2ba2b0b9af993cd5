"""One performance: arms, steps and posture put together into poses."""

from __future__ import annotations

import numpy as np

from dancekit_sources.dance_six.anatomy import Poses
from dancekit_sources.dance_six.curves import Array, wander
from dancekit_sources.dance_six.gait import Gait, place_pelvis_and_feet
from dancekit_sources.dance_six.gestures import move_arms
from dancekit_sources.dance_six.performers import TIME, Dancers, Integers, Timing

_FLEXION = np.radians((2, 145))  # of an elbow: it never bends backwards


def perform(rng: np.random.Generator, labels: Integers, dancers: Dancers, timing: Timing) -> Poses:
    """What each dancer does in each of N recordings, over the frames of the longest."""
    count = len(labels)
    gait = Gait.draw(rng, labels, dancers, timing)
    pelvis, ankles, heading = place_pelvis_and_feet(rng, gait, dancers)
    arms = move_arms(rng, labels, dancers, timing)
    # Arms swing against the legs, less the more they are lifted.
    hanging = np.cos(arms[..., 0].clip(0, np.pi / 2))  # (N, T, 2)
    swing = rng.uniform(0.08, 0.6, (count, 1)) * np.sqrt((gait.stride / 1.1).clip(0.1)) * gait.swing  # (N, T)
    chest = _posture(rng, dancers, arms)
    chest[..., 0] += -0.12 * gait.swing
    arms = _swing_forward(arms, swing[..., None] * np.array([-1.0, 1.0]) * hanging**2)

    turn = 0.03 * wander(rng, TIME, (count, 3), slowest=0.15, fastest=0.6)  # (N, T, 3)
    turn *= dancers.unrest[:, None, None]
    turn[..., 0] += heading + 0.08 * gait.swing
    head = np.radians([7.0, 5.0, 4.0]) * wander(rng, TIME, (count, 3), slowest=0.1, fastest=0.5)
    head += rng.normal(0, 1, (count, 1, 3)) * np.radians([14.0, 6.0, 4.0])
    head[..., 1] += dancers.stoop[:, None]
    return Poses(pelvis=pelvis, turn=turn, chest=chest, head=head, arms=arms, ankles=ankles)


def _posture(rng: np.random.Generator, dancers: Dancers, arms: Array) -> Array:
    """Yaw, pitch and roll of the chest, (N, T, 3): it gives way to arms that are lifted."""
    count = len(arms)
    lifted = arms[..., 0] * np.array([1.0, -1.0])  # left up leans right
    lean = rng.normal(0.03, 0.03, (count, 1)) * lifted.sum(-1)
    chest: Array = np.radians(2.5) * wander(rng, TIME, (count, 3), slowest=0.1, fastest=0.5)
    chest *= dancers.unrest[:, None, None]
    chest += rng.normal(0, 1, (count, 1, 3)) * np.radians([6.0, 2.0, 2.0])
    chest[..., 0] -= rng.normal(0.03, 0.03, (count, 1)) * lifted.sum(-1)
    chest[..., 1] += dancers.stoop[:, None] - 0.02 * arms[..., 0].sum(-1)
    chest[..., 2] += lean
    return chest


def _swing_forward(arms: Array, swing: Array) -> Array:
    """Add a swing forward (N, T, 2), in radians, and the bend of the elbow that goes with it."""
    elevation, plane, twist, flexion = np.moveaxis(arms, -1, 0)
    aside, ahead = elevation * np.cos(plane), elevation * np.sin(plane) + swing
    new_plane = np.arctan2(ahead, aside)
    new_twist = twist + plane - new_plane  # the elbow keeps pointing where it did
    new_flexion = np.clip(flexion + 0.35 * swing, *_FLEXION)
    return np.stack([np.hypot(aside, ahead), new_plane, new_twist, new_flexion], axis=-1)
