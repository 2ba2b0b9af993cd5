"""Clean recordings of made dancers, for tests that plant a fault and look for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dancekit.data.clips import Clip
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("h36m17")
CLASSES = ("left", "right")
PICTURE = (640, 480)
_POSE = {
    "pelvis": (0, 1.0), "spine": (0, 1.2), "thorax": (0, 1.4), "neck": (0, 1.5), "head": (0, 1.65),
    "right_hip": (0.12, 0.95), "right_knee": (0.14, 0.5), "right_ankle": (0.14, 0.08),
    "left_hip": (-0.12, 0.95), "left_knee": (-0.14, 0.5), "left_ankle": (-0.14, 0.08),
    "right_shoulder": (0.2, 1.4), "right_elbow": (0.45, 1.35), "right_wrist": (0.7, 1.3),
    "left_shoulder": (-0.2, 1.4), "left_elbow": (-0.45, 1.35), "left_wrist": (-0.7, 1.3),
}  # fmt: skip


def dancer(seed: int, *, label: int, name: str, person: str, coordinates: int = 3, frames: int = 60) -> Clip:
    """Somebody who swings one arm and steps aside; bones keep their lengths."""
    random = np.random.default_rng(seed)
    pose = np.array([(*_POSE[joint], 0.0) for joint in LAYOUT.joints]) * random.uniform(0.9, 1.1)  # (V, 3)
    time = np.arange(frames) / 30
    angle = random.uniform(0.3, 0.9) * np.sin(random.uniform(3, 6) * time + random.uniform(0, 6))
    side = CLASSES[label]
    shoulder, *arm = (LAYOUT.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    body = np.repeat(pose[None], frames, 0)  # (T, V, 3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # (2, 2, T)
    body[:, arm, :2] = (
        np.einsum("ijt,vj->tvi", turn, (pose[arm] - pose[shoulder])[:, :2]) + pose[shoulder, :2]
    )
    sway = random.uniform(0.15, 0.3) * np.sin(random.uniform(1, 2) * time + random.uniform(0, 6))
    body += sway[:, None, None] * np.array([0.8, 0.02, 0.6])
    if coordinates == 2:
        body = np.stack([320 + 180 * body[..., 0], 440 - 180 * body[..., 1]], -1)
    return Clip.of(
        body,
        label=label,
        name=name,
        person=person,
        frame_rate=30,
        image_size=PICTURE if coordinates == 2 else None,
    )


def dancers(coordinates: int = 3) -> dict[str, list[Clip]]:
    """Twelve clips of three people to train on, and four of another to test on."""
    splits: dict[str, list[Clip]] = {"train": [], "test": []}
    for number in range(16):
        split = "train" if number < 12 else "test"
        person = "abcd"[number // 4]
        splits[split].append(
            dancer(number, label=number % 2, name=f"{person}{number}", person=person, coordinates=coordinates)
        )
    return splits


def changed(clip: Clip, change: Callable[[np.ndarray], np.ndarray | None]) -> Clip:
    """The clip with other keypoints: NaN become missing, and frames may be more or fewer."""
    keypoints = clip.keypoints.copy()  # (M, T, V, C)
    result = change(keypoints)
    keypoints = keypoints if result is None else result
    other = Clip.of(keypoints, label=clip.label, name=clip.name)
    return replace(clip, keypoints=other.keypoints, score=other.score, present=other.present)
