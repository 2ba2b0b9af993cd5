"""One recording, ready to be rendered at any moment of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit.data.pictures import Strip
from dancekit_sources.dance_six.curves import Array
from dancekit_sources.dance_six.rendering.figure import dancer, shadow
from dancekit_sources.dance_six.rendering.painter import Canvas, Pixels, cover, over, shrunk
from dancekit_sources.dance_six.rendering.scenery import Scenery
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Looks


@dataclass(frozen=True, kw_only=True)
class Film:
    """A dancer before some scenery.

    Attributes:
        looks: of the dancer.
        view: of the pictures that come out.
        seed: what the noise of each frame is drawn from, with its number.
    """

    looks: Looks
    scenery: Scenery
    view: View
    seed: tuple[int, ...]

    def render(self, joints: Array, moments: npt.NDArray[np.int64]) -> Strip:
        """The pictures at some moments.

        Args:
            joints: (T, 22, 3) of the dancer then, in the world.
            moments: (T,) numbers of the frames.
        """
        size = self.view.size
        frames = np.empty((len(moments), 3, size, size), np.uint8)
        mask = np.empty((len(moments), size, size), np.bool_)
        shadows = shadow(joints, self.view)
        dancers = dancer(self.looks, joints, self.view, self.scenery.towards_light)
        for place, layers in enumerate(zip(moments.tolist(), shadows, dancers, strict=True)):
            picture, mask[place] = self._composed(*layers)
            frames[place] = self._photographed(picture, layers[0]).transpose(2, 0, 1)  # (3, S, S)
        return Strip(frames=frames, person_mask=mask)

    def _composed(self, moment: int, below: Canvas, body: Canvas) -> tuple[Pixels, npt.NDArray[np.bool_]]:
        scenery = self.scenery
        picture = scenery.backdrop * (1 - np.float32(scenery.shadow) * cover(below))
        picture, seen = over(body, picture, scenery.light), cover(body)
        if scenery.audience is not None:
            fine = self.view.finer()
            before = shrunk(scenery.audience.at(moment, size=fine.size), self.view.size)
            picture, seen = over(before, picture), seen * (1 - cover(before))
        return picture, seen[..., 0] > 0.5

    def _photographed(self, picture: Pixels, moment: int) -> npt.NDArray[np.uint8]:
        import cv2

        spread = self.scenery.blur * self.view.size
        noise = np.random.default_rng((*self.seed, moment)).standard_normal(picture.shape, np.float32)
        exposed = cv2.GaussianBlur(picture, (0, 0), spread) + np.float32(self.scenery.noise) * noise
        return np.asarray(np.rint(exposed.clip(0, 255)), np.uint8)
