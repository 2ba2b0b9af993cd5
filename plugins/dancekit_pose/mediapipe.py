"""MediaPipe's pose model (Bazarevsky et al. 2020, "BlazePose") as a detector.

MediaPipe 0.10.21 has the full model in its package, so that nothing is fetched, and asks for NumPy below 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dancekit.data.detections import Array, check_persons, stacked
from dancekit.data.footage import Footage
from dancekit.data.found import Found, follow_found
from dancekit.errors import RecipeError
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout
from dancekit_pose.blazepose import JOINTS, BlazePose
from dancekit_pose.following import Followers
from dancekit_pose.parallel import FreeModel, workers
from dancekit_pose.searching import everyone


class MediaPipe(Detector):
    """33 joints of up to five people in a video or an image; the score of a joint is its visibility.

    The model sees people best who are alone and large in a picture. So it looks for them in parts of the
    picture too, once a second, and at each of them in a window that goes with them. Who is small in the
    picture, close to somebody else, or covered by others is often not found; take `rtmpose` there.

    Args:
        persons: the most people that are followed; 1 is fastest.
        confidence: from 0 to 1: how certain it must be that somebody is there.

    Raises:
        PluginError: MediaPipe is not installed, or does not run here.
        RecipeError: an argument makes no sense.
    """

    def __init__(self, *, persons: int = 5, confidence: float = 0.5) -> None:
        if not 0 <= confidence <= 1:
            raise RecipeError(f"confidence is {confidence}.", hint="It is from 0 to 1.")
        check_persons(persons)
        self.layout = Layout.named("mediapipe33")
        self.persons = persons
        self._confidence = confidence
        self._model(1, moving=False).close()  # so that what is missing is said at once

    def frames(self, source: Path) -> Iterator[Found]:
        footage = Footage(source)
        yield from follow_found(self._people(footage), frame_rate=footage.frame_rate, image_size=footage.size)

    def _people(self, footage: Footage) -> Iterator[tuple[float, Array]]:
        searching = FreeModel([self._model(self.persons, moving=False) for _ in range(workers())])
        followers = Followers(
            searching=searching,
            following=lambda people: self._model(people, moving=True),
            people=self.persons,
            joints=JOINTS,
            size=footage.size,
        )
        try:
            for shot in footage:
                if footage.frame_rate is None:
                    found = everyone(searching, shot.picture, shot.time)[: self.persons]
                    yield shot.time, stacked(found, JOINTS)
                else:
                    yield shot.time, followers(shot.picture, shot.time)
        finally:
            followers.close()
            searching.close()

    def _model(self, people: int, *, moving: bool) -> BlazePose:
        return BlazePose(people=people, moving=moving, confidence=self._confidence)
