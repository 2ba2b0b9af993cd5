"""The data set `dance_six`: recordings of six movements, made rather than filmed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.dance_six.cache import Arrays, code_digest, remember
from dancekit_sources.dance_six.camera import IMAGE_SIZE
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.generator import SPLITS, Scene, make_scenes
from dancekit_sources.dance_six.gestures import CLASSES
from dancekit_sources.dance_six.occlusion import Single
from dancekit_sources.dance_six.performers import FRAME_RATE

Keypoints = Literal["detected", "true_2d", "true_3d"]

_CONTENTS = frozenset(("keypoints", "score", "labels", "dancers", "frames"))


class DanceSix(Dataset):
    """Six movements as a camera and a pose detector would see them; made from a seed, with the truth known.

    By default as many recordings as in the paper (section III.A): 3,200 to train and validate on and 300 to
    test on, 1.5 to 4 seconds at 30 frames per second. No dancer is in both splits.

    Args:
        keypoints: `detected` 2D keypoints with the errors of a detector, in pixels; `true_2d`: where the
            camera truly sees the joints, in pixels; `true_3d`: in the world, in metres, y up.
        recordings_train: how many recordings the split `train` has.
        recordings_test: how many the split `test` has.
        seed: other seeds make other dancers, performances and cameras.
        cache: keep what was made in the user's cache (moved by the variable DANCEKIT_CACHE).

    Raises:
        RecipeError: an argument is out of range.
    """

    classes = CLASSES
    splits = SPLITS

    def __init__(
        self,
        *,
        keypoints: Keypoints = "detected",
        recordings_train: int = 3200,
        recordings_test: int = 300,
        seed: int = 6,
        cache: bool = True,
    ) -> None:
        if keypoints not in get_args(Keypoints):
            raise RecipeError(
                f"dance_six: keypoints is {keypoints!r}.",
                hint=f"Take one of {', '.join(get_args(Keypoints))}.",
            )
        counts = {"recordings_train": recordings_train, "recordings_test": recordings_test}
        for name, count in counts.items():
            if count < len(CLASSES):
                raise RecipeError(
                    f"dance_six: {name} is {count}.",
                    hint=f"There are {len(CLASSES)} movements, so make it at least {len(CLASSES)}.",
                )
        if seed < 0:
            raise RecipeError(f"dance_six: seed is {seed}.", hint="Take 0 or any positive whole number.")
        self.layout = Layout.named("openpose18")
        self._keypoints = keypoints
        self._counts = dict(zip(SPLITS, counts.values(), strict=True))
        self._seed = seed
        self._cache = cache

    def recordings(self, split: str) -> Iterator[Clip]:
        """The recordings of a split, the six movements taking turns."""
        arrays = self._arrays(split)
        ends = np.cumsum(arrays["frames"], dtype=np.int64)
        image_size = None if self._keypoints == "true_3d" else IMAGE_SIZE
        for i, (first, last) in enumerate(pairwise([0, *ends.tolist()])):
            yield Clip(
                keypoints=arrays["keypoints"][None, first:last],  # (1, T, V, C)
                score=arrays["score"][None, first:last],  # (1, T, V)
                present=np.ones((1, last - first), dtype=bool),
                label=int(arrays["labels"][i]),
                name=f"{split}-{i:05d}",
                person=f"{split}-dancer-{int(arrays['dancers'][i]):03d}",
                frame_rate=FRAME_RATE,
                image_size=image_size,
            )

    def scenes(self, split: str) -> Iterator[Scene]:
        """The same recordings as they truly are, in 3D and with their cameras, in blocks.

        Raises:
            DataError: there is no such split.
        """
        if split not in SPLITS:
            raise DataError(f"dance_six has no split {split!r}.", hint=f"It has {' and '.join(SPLITS)}.")
        return make_scenes(split, self._counts[split], seed=self._seed)

    def _arrays(self, split: str) -> Arrays:
        """All frames of a split, one recording after the other."""
        scenes = self.scenes(split)
        if not self._cache:
            return self._make(scenes)
        parameters = {
            "code": code_digest(),
            "keypoints": self._keypoints,
            "split": split,
            "recordings": self._counts[split],
            "seed": self._seed,
        }
        return remember("dance_six", parameters, lambda: self._make(scenes), contents=_CONTENTS)

    def _make(self, scenes: Iterator[Scene]) -> Arrays:
        blocks = [self._observe(scene) for scene in scenes]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def _observe(self, scene: Scene) -> Arrays:
        keypoints: Array | Single
        if self._keypoints == "detected":
            keypoints, score = scene.detections(self.layout)
        else:
            true = scene.keypoints_2d if self._keypoints == "true_2d" else scene.keypoints_3d
            keypoints = true(self.layout)
            score = np.ones(keypoints.shape[:3], dtype=np.float32)
        recorded = np.arange(keypoints.shape[1]) < scene.frames[:, None]  # (N, T)
        return {
            "keypoints": keypoints[recorded].astype(np.float32),  # (sum of frames, V, C)
            "score": score[recorded],  # (sum of frames, V)
            "labels": scene.labels,
            "dancers": scene.dancers,
            "frames": scene.frames,
        }
