"""Pictures of `dance_six`, rendered when they are asked for."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dancekit.data.pictures import Pictures, Strip
from dancekit.errors import DataError
from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.camera import Cameras
from dancekit_sources.dance_six.generator import SPLITS, make_scenes
from dancekit_sources.dance_six.rendering.film import Film
from dancekit_sources.dance_six.rendering.scenery import plain, stage
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Looks

SceneryName = Literal["plain", "stage"]

# What else than performances and cameras is drawn from the seed, by a number of its own.
_LOOKS, _SCENERY, _NOISE = 2, 3, 4


class RenderedPictures(Pictures):
    """The recordings of a split as a camera would film them; nothing of it is stored.

    A recording is a square around all that its dancer does. The joints of all frames, 264 bytes each, are
    made once, and are shared with processes that are forked; a pickled copy makes them again.

    Args:
        split: `train` or `test`.
        count: recordings in it.
        scenery: `plain`, a studio in one tone that contrasts with most of the dancer's clothes, or `stage`.
        seed: of the data set.
    """

    def __init__(self, *, split: str, count: int, scenery: SceneryName, seed: int) -> None:
        self._arguments = {"split": split, "count": count, "scenery": scenery, "seed": seed}
        self._stem = (seed, SPLITS.index(split))
        self._split, self._scenery = split, scenery
        joints: list[npt.NDArray[np.float32]] = []
        cameras: list[Cameras] = []
        dancers: list[int] = []
        for scene in make_scenes(split, count, seed=seed):
            for place, frames in enumerate(scene.frames.tolist()):
                joints.append(scene.joints[place, :frames].astype(np.float32))
                cameras.append(scene.cameras.of(np.array([place])))
                dancers.append(int(scene.dancers[place]))
        self._joints, self._cameras, self._dancers = joints, cameras, dancers

    def __getstate__(self) -> dict[str, Any]:
        return self._arguments

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        RenderedPictures.__init__(self, **arguments)

    def read(self, name: str, moments: npt.NDArray[np.int64], *, size: int) -> Strip:
        number = self._number(name)
        joints = self._joints[number].astype(np.float64)  # (T, 22, 3)
        outside = moments[(moments < 0) | (moments >= len(joints))]
        if len(outside):
            raise DataError(f"{name}: it has no frame {outside[0]}.", hint=f"It has {len(joints)}, from 0.")
        looks = Looks.draw(np.random.default_rng((*self._stem, _LOOKS, self._dancers[number])))
        view = View.around(joints, self._cameras[number], size=size)
        rng = np.random.default_rng((*self._stem, _SCENERY, number))
        if self._scenery == "plain":
            scenery = plain(rng, view, looks)
        else:
            floor = joints[:, JOINTS.index("pelvis")].mean(0) * [1.0, 0.0, 1.0]  # (3,)
            scenery = stage(rng, view, floor)
        film = Film(looks=looks, scenery=scenery, view=view, seed=(*self._stem, _NOISE, number))
        return film.render(joints[moments], moments)

    def _number(self, name: str) -> int:
        found = re.fullmatch(rf"{self._split}-([0-9]{{5,}})", name)
        if found is None or int(found[1]) >= len(self._joints):
            last = len(self._joints) - 1
            raise DataError(
                f"dance_six has no recording {name!r} in its split {self._split}.",
                hint=f"They are called {self._split}-00000 to {self._split}-{last:05d}.",
            )
        return int(found[1])
