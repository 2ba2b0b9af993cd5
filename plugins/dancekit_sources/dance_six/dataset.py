"""The data set `dance_six`: recordings of six movements, made rather than filmed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.dance_six.camera import IMAGE_SIZE
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.generator import SPLITS, Scene, make_scenes
from dancekit_sources.dance_six.gestures import CLASSES
from dancekit_sources.dance_six.occlusion import Single
from dancekit_sources.dance_six.performers import FRAME_RATE
from dancekit_sources.dance_six.rendering.pictures import RenderedPictures, SceneryName

Keypoints = Literal["detected", "true_2d", "true_3d"]


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
        scenery: of pictures: `plain`, a studio in one tone, white or black, that contrasts with most of the
            dancer's clothes; `stage`, by day and by night, with curtains, windows, spot lights and people.

    Raises:
        RecipeError: an argument is out of range.
    """

    cached = True
    classes = CLASSES
    splits = SPLITS

    def __init__(
        self,
        *,
        keypoints: Keypoints = "detected",
        recordings_train: int = 3200,
        recordings_test: int = 300,
        seed: int = 6,
        scenery: SceneryName = "stage",
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
        if scenery not in get_args(SceneryName):
            raise RecipeError(
                f"dance_six: scenery is {scenery!r}.", hint=f"Take one of {', '.join(get_args(SceneryName))}."
            )
        self.layout = Layout.named("openpose18")
        self._keypoints = keypoints
        self._counts = dict(zip(SPLITS, counts.values(), strict=True))
        self._seed = seed
        self._scenery = scenery

    def recordings(self, split: str) -> Iterator[Clip]:
        """The recordings of a split, the six movements taking turns, made block by block."""
        numbers = itertools.count()
        return (clip for scene in self.scenes(split) for clip in self._clips(scene, split, numbers))

    def scenes(self, split: str) -> Iterator[Scene]:
        """The same recordings as they truly are, in 3D and with their cameras, in blocks.

        Raises:
            DataError: there is no such split.
        """
        self._check(split)
        return make_scenes(split, self._counts[split], seed=self._seed)

    def pictures(self, split: str) -> RenderedPictures:
        """The same recordings as a camera would film them, rendered when they are asked for."""
        self._check(split)
        return RenderedPictures(
            split=split, count=self._counts[split], scenery=self._scenery, seed=self._seed
        )

    def _check(self, split: str) -> None:
        if split not in SPLITS:
            raise DataError(f"dance_six has no split {split!r}.", hint=f"It has {' and '.join(SPLITS)}.")

    def _clips(self, scene: Scene, split: str, numbers: Iterator[int]) -> Iterator[Clip]:
        keypoints, score = self._observe(scene)
        image_size = None if self._keypoints == "true_3d" else IMAGE_SIZE
        for place, frames in enumerate(scene.frames.tolist()):
            yield Clip(
                keypoints=keypoints[place, None, :frames].astype(np.float32),  # (1, T, V, C)
                score=score[place, None, :frames],  # (1, T, V)
                present=np.ones((1, frames), dtype=bool),
                label=int(scene.labels[place]),
                name=f"{split}-{next(numbers):05d}",
                person=f"{split}-dancer-{int(scene.dancers[place]):03d}",
                frame_rate=FRAME_RATE,
                image_size=image_size,
            )

    def _observe(self, scene: Scene) -> tuple[Array | Single, Single]:
        """Keypoints (N, T, V, C) and scores (N, T, V) of a block, padded to its longest recording."""
        if self._keypoints == "detected":
            return scene.detections(self.layout)
        true = scene.keypoints_2d if self._keypoints == "true_2d" else scene.keypoints_3d
        keypoints = true(self.layout)
        return keypoints, np.ones(keypoints.shape[:3], dtype=np.float32)
