"""The people in a video, each looked at in a window that goes with them.

People are looked for all over the picture now and then only; whoever is found is followed from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dancekit.data.detections import Array, stacked
from dancekit.data.footage import Picture
from dancekit_pose.parallel import at_once
from dancekit_pose.searching import FAR, apart, candidates, confirmed, same
from dancekit_pose.windows import Model, Window, parts_of, windows_of

_SEARCH = (1.0, 5.0)
"""Seconds from one search to the next: in large parts, which are few, and in small ones too."""
_PATIENCE = 0.5
"""Seconds: who is not seen for longer is not looked at any more."""


@dataclass
class _Followed:
    window: Window
    model: Model
    pose: Array  # (V, 3) as last seen
    seen: float  # when that was


class Followers:
    """The people in the frames of one video, each in a window of their own.

    Args:
        searching: a model for single pictures, which threads may share.
        following: makes a model for the window of one person, in which so many people are.
        people: the most that are followed.
        joints: V.
        size: (width, height) of the frames.
    """

    def __init__(
        self,
        *,
        searching: Model,
        following: Callable[[int], Model],
        people: int,
        joints: int,
        size: tuple[int, int],
    ) -> None:
        self._searching, self._following = searching, following
        self._people, self._joints, self._size = people, joints, size
        self._followed: list[_Followed] = []
        self._searched = [-np.inf, -np.inf]  # when in large parts, and when in small ones

    def __call__(self, picture: Picture, time: float) -> Array:
        """(D, V, 3): everyone in the next frame, who was found first before the others."""
        here: list[Array] = []
        looks = at_once(lambda each: each.window.people(each.model, picture, time), self._followed)
        for each, found in zip(self._followed, looks, strict=True):
            nearest = min(found, key=partial(apart, each.pose), default=None)
            if nearest is None or not same(nearest, each.pose, most=FAR):
                continue
            each.pose, each.seen = nearest, time
            if not any(same(each.pose, other) for other in here):
                here.append(each.pose)
            else:
                each.seen = -np.inf  # two have come to look at one person
        for each in [each for each in self._followed if time - each.seen > _PATIENCE]:
            each.model.close()
            self._followed.remove(each)
        for each in self._followed:
            if each.seen == time and not each.window.suits(each.pose, self._size):
                self._look(each, picture, time)
        if len(self._followed) < self._people and time - self._searched[0] >= _SEARCH[0]:
            here += self._newcomers(picture, time)
        return stacked(here, self._joints)

    def close(self) -> None:
        for each in self._followed:
            each.model.close()
        self._followed.clear()

    def _look(self, followed: _Followed, picture: Picture, time: float) -> None:
        """Move the window to where the person is, with a new model: one goes on from where it last looked."""
        followed.model.close()
        others = [each.pose for each in self._followed if each is not followed]
        followed.window, followed.model = self._begun(picture, time, followed.pose, others)

    def _begun(self, picture: Picture, time: float, pose: Array, others: list[Array]) -> tuple[Window, Model]:
        """A window, and a model that sees this person in it among as many as there are."""
        begun: list[tuple[Window, Model]] = []
        for window in windows_of(pose, self._size):
            model = self._following(1 + sum(window.shows(other) for other in others))
            begun.append((window, model))
            if any(same(pose, each, most=FAR) for each in window.people(model, picture, time)):
                break
        else:
            begun.reverse()  # seen in none of them: the one with room is kept
        for _, model in begun[:-1]:
            model.close()
        return begun[-1]

    def _newcomers(self, picture: Picture, time: float) -> list[Array]:
        small = time - self._searched[1] >= _SEARCH[1]
        self._searched = [time, time if small else self._searched[1]]
        known = [each.pose for each in self._followed]

        def unknown(poses: Iterable[Array]) -> list[Array]:
            return [pose for pose in poses if not any(same(pose, other) for other in known)]

        found = unknown(candidates(self._searching, picture, time, parts_of(self._size, small=small)))
        new = unknown(confirmed(self._searching, picture, time, found))[: self._people - len(known)]
        for place, pose in enumerate(new):
            window, model = self._begun(picture, time, pose, known + new[:place] + new[place + 1 :])
            self._followed.append(_Followed(window=window, model=model, pose=pose, seen=time))
        return new
