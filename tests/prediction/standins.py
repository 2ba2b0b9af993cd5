"""A classifier with known answers, dancers who move on command, and what it takes to predict on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Recording, Training
from dancekit.prediction.segmentation import Lengths, Segmenter
from dancekit.prediction.windows import Clips, Scorer, Track
from dancekit.skeleton.layout import Layout

RATE = 30.0
LAYOUT = Layout.named("coco17")
CLASSES = ("left", "right", "both")
LEFT, RIGHT, BOTH = range(3)
WRISTS = (LAYOUT.index("left_wrist"), LAYOUT.index("right_wrist"))
ELBOWS = (LAYOUT.index("left_elbow"), LAYOUT.index("right_elbow"))
TRAINING = Training(
    classes=CLASSES, layout=LAYOUT, coordinates=2, frames=24, seconds=(1.5, 2.0, 3.0), pixels=True
)
LENGTHS = Lengths(shortest=0.6, usual=2.0, longest=4.0, pause=0.8)


class Swinging:
    """Says which arms swing, by how far the wrists go: sure where they do, at a loss where none does."""

    training = TRAINING

    def __init__(self, training: Training = TRAINING) -> None:
        self.training = training
        self.asked = 0

    def logits(self, clips: Clips) -> np.ndarray:
        self.asked += len(clips)
        x = clips.keypoints[:, 0][..., list(WRISTS), 0]  # (N, T, 2)
        sides = clips.score[:, 0][..., list(WRISTS)] > 0
        steps = np.abs(np.diff(x, axis=1)) * (sides[:, 1:] & sides[:, :-1])
        path = steps.sum(1)  # (N, 2) how far the wrists go
        moves = path.max(1) > 60
        even = path.min(1) > 0.8 * path.max(1)
        left, right = moves & (even | (path.argmax(1) == 0)), moves & (even | (path.argmax(1) == 1))
        logits = np.zeros((len(clips), 3), np.float32)
        for which, place in ((left & ~right, LEFT), (right & ~left, RIGHT), (left & right, BOTH)):
            logits[which, place] = 4.0
        return logits


def dancer(*moves: tuple[int | None, float], rate: float = RATE, at: float = 300.0) -> Track:
    """Somebody who swings (an arm, or BOTH; None stands) for so many seconds each."""
    total = round(sum(seconds for _, seconds in moves) * rate)
    pose = 60 * np.random.default_rng(4).normal(size=(LAYOUT.num_joints, 2)) + at
    keypoints = np.tile(pose, (total, 1, 1))  # (F, V, 2)
    start = 0.0
    for arm, seconds in moves:
        first, last = round(start * rate), round((start + seconds) * rate)
        start += seconds
        swing = 70 * np.sin(2 * np.pi * 1.5 * np.arange(last - first) / rate)
        for side in range(2):
            if arm in (side, BOTH):
                for joint in (WRISTS[side], ELBOWS[side]):
                    keypoints[first:last, joint, 0] += swing
    return Track(
        keypoints=keypoints.astype(np.float32),
        score=np.ones(keypoints.shape[:2], np.float32),
        present=np.ones(total, bool),
        frame_rate=rate,
    )


def rising_and_falling(seed: int, frames: int = 900) -> np.ndarray:
    """Log odds of somebody who is active now and then."""
    random = np.random.default_rng(seed)
    knots = random.normal(random.uniform(-0.5, 2), 2.5, frames // 15 + 2)
    smooth = np.interp(np.arange(frames) / 15, np.arange(len(knots)), knots)
    return (smooth + random.normal(0, 0.3, frames)).clip(-6, 6)


def segmenter(**changes: object) -> Segmenter:
    scorer = Scorer(classifier=Swinging(), calibration=Calibration())
    return Segmenter(**{"scorer": scorer, "lengths": LENGTHS, "threshold": 0.5, **changes})


def recording(tracks: Sequence[Track], **changes: object) -> Recording:
    """Several dancers in one recording, the shorter ones gone at their end."""
    frames = max(len(each) for each in tracks)

    def padded(values: np.ndarray) -> np.ndarray:
        return np.pad(values, [(0, frames - len(values))] + [(0, 0)] * (values.ndim - 1))

    made = {
        "name": "made",
        "keypoints": np.stack([padded(each.keypoints) for each in tracks]),
        "score": np.stack([padded(each.score) for each in tracks]),
        "present": np.stack([padded(each.present) for each in tracks]),
        "layout": LAYOUT,
        "frame_rate": RATE,
        "image_size": (640, 480),
    }
    return Recording(**{**made, **changes})
