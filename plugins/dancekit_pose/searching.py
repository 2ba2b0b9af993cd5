"""Everyone in one picture, with a model that sees one large person best.

A model that makes every picture small before it looks misses people who are small in it. So people are looked
for in parts of the picture too, and whoever may be there is looked at again in a window of their own. Threads
share the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from dancekit.data.association import sizes
from dancekit.data.detections import Array
from dancekit.data.footage import Picture
from dancekit_pose.parallel import at_once
from dancekit_pose.windows import Model, Window, parts_of, windows_of

_SAME = 0.15
"""In body sizes: joints that are nearer to each other on average are those of one person."""
FAR = 0.5
"""In body sizes: who is so far from where a person just was is somebody else."""
_LOOKS = 4
"""In so many looks a pose that is somebody has become what it is."""


def everyone(model: Model, picture: Picture, time: float) -> list[Array]:
    """Everyone in one picture, (V, 3) each, the most certain first."""
    size = (picture.shape[1], picture.shape[0])
    return confirmed(model, picture, time, candidates(model, picture, time, parts_of(size)))


def candidates(model: Model, picture: Picture, time: float, parts: Iterable[Window]) -> list[Array]:
    """Who is found in parts of a picture, each person once: the most certain first."""
    looks = at_once(lambda part: part.people(model, picture, time), parts)
    return _each_once(pose for people in looks for pose in people)


def confirmed(model: Model, picture: Picture, time: float, poses: Iterable[Array]) -> list[Array]:
    """Poses as they are seen again in windows of their own, until they stay what they are.

    Of somebody whom the border of a part cuts, and of what is nobody, models make up poses; in windows with
    room around it such a pose becomes the whole person, or nobody.
    """
    again = at_once(lambda pose: _settled(model, picture, time, pose), poses)
    return _each_once(pose for pose in again if pose is not None)


def _settled(model: Model, picture: Picture, time: float, pose: Array) -> Array | None:
    for _ in range(_LOOKS):
        again = _seen_again(model, picture, time, pose)
        if again is None or same(again, pose):
            return again
        pose = again
    return None


def _seen_again(model: Model, picture: Picture, time: float, pose: Array) -> Array | None:
    """Who is where a pose is; only where none but others are found it is looked at closely."""
    for window in windows_of(pose, (picture.shape[1], picture.shape[0])):
        nearest = min(window.people(model, picture, time), key=partial(apart, pose), default=None)
        if nearest is None or same(nearest, pose, most=FAR):
            return nearest
    return None


def _each_once(poses: Iterable[Array]) -> list[Array]:
    found = list(poses)
    kept: list[Array] = []
    for pose in strongest(np.stack(found)) if found else ():
        if not any(same(pose, other) for other in kept):
            kept.append(pose)
    return kept


def strongest(people: Array) -> Array:
    """(D, V, 3): those of the highest scores first."""
    return people[np.argsort(-people[:, :, 2].sum(axis=1), kind="stable")] if len(people) else people


def same(one: Array, other: Array, *, most: float = _SAME) -> bool:
    """Whether two poses (V, 3) are of one person: their joints are at `most` body sizes from each other."""
    return apart(one, other) < most * float(sizes(np.stack([one, other])).max())


def apart(one: Array, other: Array) -> float:
    """The mean distance of the joints that are seen in both; infinite without any."""
    both = (one[:, 2] > 0) & (other[:, 2] > 0)  # (V,)
    return float(np.linalg.norm(one[both, :2] - other[both, :2], axis=1).mean()) if both.any() else np.inf
