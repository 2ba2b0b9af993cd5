"""The contract test of detectors: what keeps it passes, and each way to break it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dancekit.data.footage import Footage
from dancekit.data.found import Found, follow_found
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_detector


class Brightest(Detector):
    """Every joint lies where the picture is brightest, each a pixel lower than the one before."""

    def __init__(self, *, joints: int = 17) -> None:
        self.layout = Layout.named("coco17")
        self._joints = joints

    def frames(self, source: Path) -> Iterator[Found]:
        footage = Footage(source)
        people = ((shot.time, self.people(shot.picture)) for shot in footage)
        yield from follow_found(people, frame_rate=footage.frame_rate, image_size=footage.size)

    def people(self, picture: np.ndarray) -> np.ndarray:
        y, x = np.unravel_index(int(picture.sum(axis=2).argmax()), picture.shape[:2])
        return np.array([[(x, y + joint, 1) for joint in range(self._joints)]], dtype=np.float64)


class Beyond(Brightest):
    def people(self, picture: np.ndarray) -> np.ndarray:
        return super().people(picture) * (1, 1, 2)


class Uncertain(Brightest):
    def people(self, picture: np.ndarray) -> np.ndarray:
        return super().people(picture) * (1, 1, 0)


class Undefined(Brightest):
    def people(self, picture: np.ndarray) -> np.ndarray:
        return super().people(picture) * np.nan


class Forgetful(Brightest):
    """It goes on where it was."""

    shift = 0

    def people(self, picture: np.ndarray) -> np.ndarray:
        self.shift += 1
        return super().people(picture) + np.array((self.shift, 0, 0))


class Backwards(Brightest):
    def frames(self, source: Path) -> Iterator[Found]:
        once = list(super().frames(source))
        yield from (*once, *once)


class Twice(Brightest):
    def frames(self, source: Path) -> Iterator[Found]:
        for each in super().frames(source):
            pair = np.concatenate([each.people, each.people])
            yield Found(time=each.time, people=pair, identity=np.zeros(2, dtype=np.int64))


class Silent(Brightest):
    def frames(self, source: Path) -> Iterator[Found]:
        return iter(())


class Careless(Brightest):
    def frames(self, source: Path) -> Iterator[Found]:
        if source.stat().st_size == 0:
            raise KeyError("nothing")
        return super().frames(source)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[20, 30] = 255
    Image.fromarray(picture).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_detector_that_keeps_the_contract(photo: Path) -> None:
    check_detector(Brightest, source=photo)
    clip = Brightest()(photo)
    np.testing.assert_array_equal(clip.keypoints[0, 0, :, 0], 30)
    np.testing.assert_array_equal(clip.keypoints[0, 0, :, 1], 20 + np.arange(17))


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (Beyond, "score outside 0 to 1"),
        (Uncertain, "leaves numbers where a joint is missing"),
        (Undefined, "not finite"),
        (Forgetful, "others the second time"),
        (Backwards, "times that don't increase"),
        (Twice, "identities that don't fit"),
        (Silent, "gives no frame"),
        (Careless, "raises KeyError for an empty file"),
    ],
)
def test_what_breaks_the_contract_is_said(photo: Path, broken: type[Detector], problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        check_detector(broken, source=photo)


def test_other_joints_than_those_of_the_layout(photo: Path) -> None:
    with pytest.raises(AssertionError, match="its layout has 17 joints"):
        check_detector(Brightest, source=photo, joints=5)
