"""Make recordings: performances, cameras, and what a detector sees, a block of recordings at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dancekit.skeleton.layout import Layout
from dancekit_sources.dance_six.anatomy import JOINTS, place_joints
from dancekit_sources.dance_six.camera import Cameras, project
from dancekit_sources.dance_six.choreography import perform
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.detector import Detector
from dancekit_sources.dance_six.gestures import CLASSES
from dancekit_sources.dance_six.occlusion import Single, hidden
from dancekit_sources.dance_six.performers import Dancers, Integers, Timing

SPLITS = ("train", "test")
_PER_DANCER = {"train": 20, "test": 10}
_BLOCK = 256

# The joint that OpenPose calls neck lies between the shoulders: the thorax of Human3.6M.
_ANATOMICAL = {"neck": "thorax"}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A block of N recordings as they truly are, padded to the longest that can be.

    Attributes:
        labels: (N,) indices of `CLASSES`.
        dancers: (N,) who dances, numbered within the split.
        frames: (N,) how many frames are recorded; what follows is padding.
        joints: (N, T, 22, 3) of `JOINTS` in the world, metres, y up.
        cameras: one per recording.
        seed: what the errors of detection are drawn from.
    """

    labels: Integers
    dancers: Integers
    frames: Integers
    joints: Array
    cameras: Cameras
    seed: tuple[int, ...]

    def keypoints_3d(self, layout: Layout) -> Array:
        """The joints of a layout in the world, (N, T, V, 3), metres."""
        return self.joints[:, :, _columns(layout)]

    def keypoints_2d(self, layout: Layout) -> Array:
        """Where the camera truly sees them, (N, T, V, 2), pixels."""
        return project(self.keypoints_3d(layout), self.cameras)[0]

    def detections(self, layout: Layout) -> tuple[Single, Single]:
        """What a detector makes of it: keypoints (N, T, V, 2) in pixels and score (N, T, V)."""
        columns = _columns(layout)
        pixels, depth = project(self.joints, self.cameras)
        cover = hidden(pixels, depth, self.cameras.focal, tuple(JOINTS[column] for column in columns))
        metre = self.cameras.focal[:, None] / depth[:, :, JOINTS.index("spine")]
        detector = Detector(joints=layout.joints)
        return detector.detect(np.random.default_rng((*self.seed, 2)), pixels[:, :, columns], cover, metre)


def make_scenes(split: str, count: int, *, seed: int) -> Iterator[Scene]:
    """The recordings of one split in blocks. Every dancer dances all six movements, in one split only."""
    stem = (seed, SPLITS.index(split))
    of_whom = np.arange(count) // _PER_DANCER[split]
    company = Dancers.draw(np.random.default_rng((*stem, 0)), int(of_whom.max()) + 1)
    for block, first in enumerate(range(0, count, _BLOCK)):
        recordings = np.arange(first, min(first + _BLOCK, count))
        labels, who = recordings % len(CLASSES), of_whom[recordings]
        dancers = company.of(who)
        block_seed = (*stem, 1, block)
        rng = np.random.default_rng((*block_seed, 0))
        timing = Timing.draw(rng, dancers.tempo)
        joints = place_joints(dancers.bodies, perform(rng, labels, dancers, timing))
        cameras = Cameras.draw(np.random.default_rng((*block_seed, 1)), joints, timing.frames)
        yield Scene(
            labels=labels, dancers=who, frames=timing.frames, joints=joints, cameras=cameras, seed=block_seed
        )


def _columns(layout: Layout) -> list[int]:
    # A layout with a thorax of its own calls another joint neck.
    names = layout.joints if "thorax" in layout.joints else [_ANATOMICAL.get(j, j) for j in layout.joints]
    return [JOINTS.index(name) for name in names]
