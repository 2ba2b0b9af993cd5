"""A stand-in for a 2D pose detector: where it would see the joints, and how sure it would be.

Its errors are those of the real ones: they last over frames, grow where a joint is hidden or fast, come
with a lower confidence that is itself not quite reliable, and now and then mistake left for right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.camera import IMAGE_SIZE
from dancekit_sources.dance_six.curves import Array, correlated_noise
from dancekit_sources.dance_six.occlusion import Single
from dancekit_sources.dance_six.performers import FRAME_RATE

# Metres by which a joint in full view is missed (standard deviation); joints of the limbs are harder.
_PRECISION: dict[str, float] = {"hip": 0.024, "knee": 0.018, "ankle": 0.018, "elbow": 0.019, "wrist": 0.022}
_USUAL_PRECISION = 0.013
_BLUR = 0.022  # seconds: how far along its way a moving joint is missed


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How good a detector is.

    Args:
        error: scales all errors of position; 1 is usual, 0 none.
        unreliability: scales how often joints are lost without cause.
        swaps: share of the recordings in which left and right are mistaken for a while.
        joints: names in the order of the arrays.
    """

    joints: tuple[str, ...]
    error: float = 1.0
    unreliability: float = 1.0
    swaps: float = 0.2

    def detect(
        self, rng: np.random.Generator, pixels: Array, hidden: Single, metre: Array
    ) -> tuple[Single, Single]:
        """Detect joints in N recordings.

        Args:
            pixels: (N, T, V, 2) where they are.
            hidden: (N, T, V) how far they are hidden, 0 to 1.
            metre: (N, T) pixels of a metre at the dancer.

        Returns:
            Keypoints (N, T, V, 2) in pixels and score (N, T, V); both are 0 where a joint was lost.
        """
        truth = pixels.astype(np.float32)
        scale = metre.astype(np.float32)[..., None]  # (N, T, 1)
        movement = np.gradient(truth, axis=1) * FRAME_RATE  # (N, T, V, 2) pixels per second
        speed = np.linalg.norm(movement, axis=-1) / scale  # (N, T, V) metres per second
        condition = np.exp(rng.normal(0, 0.35, (len(truth), 1, 1))).astype(np.float32)  # light, clothes, lens

        lasting = correlated_noise(rng, truth.shape, correlation=0.93)
        passing = correlated_noise(rng, truth.shape, correlation=0.3)
        late = correlated_noise(rng, truth.shape[:3], correlation=0.8)[..., None]
        precision = np.array([self._precision(joint) for joint in self.joints], dtype=np.float32)
        size = precision * condition * (1 + 3.5 * hidden + 0.25 * speed.clip(0, 4)) * scale * self.error
        error = size[..., None] * (0.8 * lasting + 0.6 * passing) + self.error * _BLUR * late * movement
        keypoints = truth + error

        doubt = 0.07 * correlated_noise(rng, truth.shape[:3], correlation=0.9)
        surprise = np.linalg.norm(error, axis=-1) / scale
        score = 0.97 - 0.09 * condition - 0.58 * hidden - 0.05 * speed.clip(0, 4) - 0.8 * surprise + doubt
        score = score.clip(0.02, 1).astype(np.float32)
        keypoints, score = self._mistake_sides(rng, keypoints, score)
        score[self._lost(rng, keypoints, score, hidden)] = 0
        keypoints[score == 0] = 0
        return keypoints.astype(np.float32), score

    def _precision(self, joint: str) -> float:
        return _PRECISION.get(joint.rpartition("_")[2], _USUAL_PRECISION)

    def _lost(
        self, rng: np.random.Generator, keypoints: Single, score: Single, hidden: Single
    ) -> npt.NDArray[np.bool_]:
        """Joints that are not found, (N, T, V): for some frames on end, more often where hidden."""
        fate = correlated_noise(rng, score.shape, correlation=0.9)
        limit = 2.5 - 0.25 * np.log(max(self.unreliability, 1e-9)) - 1.9 * hidden
        outside = ((keypoints < 0) | (keypoints >= np.array(IMAGE_SIZE))).any(-1)
        lost: npt.NDArray[np.bool_] = (fate > limit) | (score < 0.12) | outside
        return lost

    def _mistake_sides(
        self, rng: np.random.Generator, keypoints: Single, score: Single
    ) -> tuple[Single, Single]:
        """Exchange the left and right joints of the arms, the legs or both for 2 to 12 frames."""
        count, frames = score.shape[:2]
        mirror = np.array([self.joints.index(_other_side(joint)) for joint in self.joints])
        legs = np.array([joint.endswith(("hip", "knee", "ankle")) for joint in self.joints])
        kind = rng.integers(0, 3, (count, 1))  # 0 arms, 1 legs, 2 both
        affected = (kind == 2) | (legs == (kind == 1))  # (N, V)
        happens = rng.random((count, 1)) < self.swaps
        first = rng.integers(0, frames, (count, 1))
        last = first + rng.integers(2, 13, (count, 1))
        frame = np.arange(frames)
        during = (frame >= first) & (frame < last) & happens  # (N, T)
        exchanged = during[..., None] & affected[:, None]  # (N, T, V)
        return (
            np.where(exchanged[..., None], keypoints[:, :, mirror], keypoints),
            np.where(exchanged, score[:, :, mirror], score),
        )


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return joint.replace("left_", "right_", 1)
    return joint.replace("right_", "left_", 1)
