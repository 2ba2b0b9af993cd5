"""Strips and GIFs: what is where, in which colour, on which scale, and for how long."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from dancekit.data.clips import Clip
from dancekit.reporting.animation import timing, write_animation
from dancekit.reporting.colours import PERSONS, colours, person_colour
from dancekit.reporting.framing import RoomView, view_of
from dancekit.reporting.gallery import Gallery, Shown
from dancekit.reporting.pictures import font, paint, written
from dancekit.reporting.player import side_of
from dancekit.reporting.strip import chosen_frames, fits, strip
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("dance11")
WHITE = (255, 255, 255)
_HEIGHTS = {"neck": 1.5, "shoulder": 1.4, "elbow": 1.15, "wrist": 0.95, "hip": 0.9, "ankle": 0.1}
_WIDTHS = {"neck": 0.0, "shoulder": 0.2, "elbow": 0.3, "wrist": 0.4, "hip": 0.12, "ankle": 0.16}


def standing(*, coordinates: int = 3, frames: int = 10, persons: int = 1, travel: float = 0.0) -> np.ndarray:
    """(M, T, V, C): people who stand beside each other, all joints apart, and glide to their left."""
    points = np.zeros((persons, frames, LAYOUT.num_joints, 3))
    for joint, name in enumerate(LAYOUT.joints):
        side = name.startswith("left") - name.startswith("right")
        kind = name.rpartition("_")[2]
        points[..., joint, :2] = side * _WIDTHS[kind], _HEIGHTS[kind]
    points[..., 0] += np.arange(persons)[:, None, None] * 1.2 + np.linspace(0, travel, frames)[None, :, None]
    return points if coordinates == 3 else 100 * (points[..., :2] * [1, -1] + [1, 2])


def make_shown(points: np.ndarray, *, backdrop: Any = None, **more: Any) -> Shown:
    clip = Clip.of(points, **{"label": 0, "name": "clip_7", "frame_rate": 30.0, **more})
    return Shown(clip=clip, split="train", backdrop=backdrop)


def make_gallery(*recordings: Shown) -> Gallery:
    return Gallery(title="dances", recordings=recordings, layout=LAYOUT, classes=("waving",))


def near(image: Image.Image, place: np.ndarray, colour: tuple[int, int, int]) -> bool:
    x, y = np.floor(place).astype(int)
    return bool(np.abs(np.array(image.getpixel((int(x), int(y)))) - colour).max() <= 3)


def coloured(image: Image.Image) -> int:
    """Pixels that are neither grey nor white."""
    values = np.asarray(image.convert("RGB")).astype(int)
    return int((np.ptp(values, axis=-1) > 40).sum())


# One moment


@pytest.mark.parametrize("coordinates", [2, 3])
def test_joints_have_the_colour_of_their_side_at_their_place(coordinates: int) -> None:
    shown = make_shown(standing(coordinates=coordinates))
    view = view_of(shown, LAYOUT, frames=[0, 5], height=360)
    image = paint(view, shown, LAYOUT, 5)
    assert image.size == view.size and image.mode == "RGB"
    places, _ = view.places(5)
    assert (places > 0).all() and (places < view.size).all()
    for joint in range(LAYOUT.num_joints):
        assert near(image, places[0, joint], colours()[side_of(joint, LAYOUT)]), LAYOUT.joints[joint]


def test_a_bone_has_the_colour_of_its_side_in_its_middle() -> None:
    shown = make_shown(standing(coordinates=2))
    view = view_of(shown, LAYOUT, frames=[0], height=360)
    image, (places, _) = paint(view, shown, LAYOUT, 0), view.places(0)
    for side in ("left", "right"):
        ends = [LAYOUT.index(f"{side}_{joint}") for joint in ("elbow", "wrist")]
        assert near(image, places[0, ends].mean(0), colours()[side])


def test_what_is_missing_is_not_drawn() -> None:
    points = standing(coordinates=2)
    whole = make_shown(points)
    wrist, elbow = LAYOUT.index("left_wrist"), LAYOUT.index("left_elbow")
    points[0, 3, wrist] = np.nan
    shown = make_shown(points)
    view = view_of(shown, LAYOUT, frames=[3], height=360)
    (places, _), image = view.places(2), paint(view, shown, LAYOUT, 3)
    assert np.isnan(view.places(3)[0][0, wrist]).all()
    assert near(image, places[0, wrist], WHITE)
    assert near(image, places[0, [wrist, elbow]].mean(0), WHITE)  # the bone to it
    assert near(image, places[0, elbow], colours()["left"])
    assert coloured(image) < coloured(paint(view_of(whole, LAYOUT, frames=[3], height=360), whole, LAYOUT, 3))


@pytest.mark.parametrize("coordinates", [2, 3])
def test_nobody_and_a_single_joint_are_painted(coordinates: int) -> None:
    points = np.full((1, 3, LAYOUT.num_joints, coordinates), np.nan)
    for known in (0, 1):
        points[0, 1:, :known] = 0.5
        shown = make_shown(points)
        view = view_of(shown, LAYOUT, frames=[0, 1, 2], height=200)
        assert paint(view, shown, LAYOUT, 0).size == view.size
        assert (coloured(paint(view, shown, LAYOUT, 0)), view.size[1]) == (0, 200)


def test_uncertain_joints_are_fainter() -> None:
    points = standing(coordinates=2)
    score = np.ones(points.shape[:3])
    wrist = LAYOUT.index("right_wrist")
    score[..., wrist] = 0.2
    shown = make_shown(points, score=score)
    view = view_of(shown, LAYOUT, frames=[0], height=360)
    x, y = view.places(0)[0][0, wrist].astype(int)
    found = np.array(paint(view, shown, LAYOUT, 0).getpixel((int(x), int(y))))
    certain = np.array(colours()["right"])
    assert (found > certain + 20).all() and (found < 250).any()


def test_persons_have_bones_of_their_own_colour() -> None:
    shown = make_shown(standing(coordinates=2, persons=3))
    view = view_of(shown, LAYOUT, frames=[0], height=360)
    image, (places, _) = paint(view, shown, LAYOUT, 0), view.places(0)
    ends = [LAYOUT.index("left_hip"), LAYOUT.index("left_ankle")]
    for person in range(3):
        assert near(image, places[person, ends].mean(0), colours()[person_colour(person)])
        assert near(image, places[person, ends[1]], colours()["left"])
    assert len({colours()[person_colour(person)] for person in range(PERSONS)}) == PERSONS
    assert person_colour(PERSONS) == person_colour(0)


def test_the_nearer_person_is_in_front() -> None:
    points = standing(persons=2)
    points[1] = points[0] + [0, 0, 1.0]
    for order in ([0, 1], [1, 0]):
        shown = make_shown(points[order])
        view = view_of(shown, LAYOUT, frames=[0], height=360)
        magnification = view.places(0)[1].mean(1)
        assert np.argmax(magnification) == order.index(1)


def test_shadows_lie_under_the_joints_on_the_floor() -> None:
    shown = make_shown(standing())
    view = view_of(shown, LAYOUT, frames=[0], height=360)
    assert isinstance(view, RoomView) and view.room.floor == 0
    ankle = LAYOUT.index("left_ankle")
    on_floor, _ = view.camera(0).project(np.array([0.16, 0, 0.0]))
    np.testing.assert_allclose(view.shadows(0)[0, ankle], on_floor)
    assert view.shadows(0)[0, ankle, 1] > view.places(0)[0][0, ankle, 1]


def test_the_camera_goes_with_who_goes_far() -> None:
    near_by, far = (make_shown(standing(frames=60, travel=travel)) for travel in (0.5, 8.0))
    frames = [0, 30, 59]
    views = [view_of(each, LAYOUT, frames=frames, height=360) for each in (near_by, far)]
    middles = [[float(view.places(frame)[0][0, :, 0].mean()) for frame in frames] for view in views]
    assert np.ptp(middles[0]) > 20  # the one who stays is seen to move
    assert np.ptp(middles[1]) < 0.25 * views[1].size[0]
    heights = [float(np.ptp(view.places(30)[0][0, :, 1])) for view in views]
    assert heights[1] == pytest.approx(heights[0], rel=0.25)


@pytest.mark.parametrize("coordinates", [2, 3])
def test_a_stray_joint_sets_no_scale(coordinates: int) -> None:
    points = standing(coordinates=coordinates, frames=100)
    points[0, 50, 3] = 1e6
    shown = make_shown(points)
    view = view_of(shown, LAYOUT, frames=range(100), height=360)
    assert np.ptp(view.places(20)[0][0, :, 1]) > 100


class Stripes:
    """Another grey for every frame."""

    moving = True
    size = (400, 300)

    def picture(self, frame: int) -> Image.Image:
        return Image.new("RGB", self.size, (10 * frame, 10 * frame, 0))


def test_a_backdrop_is_seen_whole_and_keypoints_lie_in_its_pixels() -> None:
    shown = make_shown(standing(coordinates=2), backdrop=Stripes())
    view = view_of(shown, LAYOUT, frames=[0], height=600)
    assert view.size == (800, 600)
    np.testing.assert_allclose(view.places(4)[0], 2 * shown.clip.keypoints[:, 4], rtol=1e-5)
    image = paint(view, shown, LAYOUT, 4)
    assert near(image, np.array([790, 10]), (40, 40, 0))
    assert near(image, view.places(4)[0][0, LAYOUT.index("neck")], colours()["middle"])


# Strips


def test_a_strip_has_every_moment_and_a_row_for_each_recording() -> None:
    raising = standing(frames=30)
    wrist = LAYOUT.index("left_wrist")
    raising[0, :, wrist, 1] += np.linspace(0, 1, 30)
    one = strip(make_gallery(make_shown(raising)), moments=4)
    two = strip(make_gallery(make_shown(raising), make_shown(standing())), moments=4)
    assert two.size[1] > 1.9 * one.size[1] and coloured(two) > 1.7 * coloured(one)
    # The left wrist, the highest green thing of each moment in the end, rises from moment to moment.
    values = np.asarray(one).astype(int)
    green = np.abs(values - colours()["left"]).max(-1) < 12
    cell = (one.width - 40) // 4
    tops = [int(np.flatnonzero(green[:, 20 + i * cell : 20 + (i + 1) * cell].any(1))[0]) for i in range(4)]
    assert tops[3] < tops[2] - 10 and tops[2] <= tops[1] <= tops[0]


def test_a_strip_says_the_time_or_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "dancekit.reporting.strip.written", lambda draw, corner, text, *rest, **more: said.append(text)
    )
    strip(make_gallery(make_shown(standing(frames=31))), moments=3)
    assert said == ["waving", "clip_7", "0.00 s", "0.50 s", "1.00 s"]
    said.clear()
    strip(make_gallery(make_shown(standing(frames=31), frame_rate=None)), moments=2)
    assert said == ["waving", "clip_7", "frame 1", "frame 31"]


@given(frames=st.integers(1, 500), moments=st.integers(1, 60))
def test_chosen_frames_are_even(frames: int, moments: int) -> None:
    chosen = chosen_frames(frames, moments)
    assert len(chosen) == min(frames, moments) and all(0 <= frame < frames for frame in chosen)
    steps = np.diff(chosen)
    assert len(steps) == 0 or (steps.min() >= 1 and np.ptp(steps) <= 1)
    if moments > 1:
        assert chosen[0] == 0 and chosen[-1] == frames - 1


def test_a_strip_that_would_be_too_large_is_known_before() -> None:
    assert fits(12, 8) and fits(1, 60) and not fits(1000, 60)


def test_long_words_are_cut() -> None:
    drawn: list[str] = []

    class Draw:
        def text(self, corner: tuple[int, int], text: str, **more: Any) -> None:
            drawn.append(text)

    for text in ("short", "an endless name " * 20, ""):
        written(Draw(), (0, 0), text, 18, (0, 0, 0), room=120)  # type: ignore[arg-type]
    assert drawn[0] == "short" and drawn[2] == ""
    assert drawn[1].startswith("an end") and drawn[1].endswith("…") and font(18).getlength(drawn[1]) <= 120
    written(ImageDraw.Draw(Image.new("RGB", (9, 9))), (0, 0), "踊り", 18, (0, 0, 0), room=120)


# GIFs


def animated(*recordings: Shown) -> tuple[Image.Image, int]:
    file = io.BytesIO()
    pictures = write_animation(make_gallery(*recordings), file)
    return Image.open(io.BytesIO(file.getvalue())), pictures


def durations(image: Image.Image) -> list[int]:
    found = []
    for frame in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(frame)
        found.append(image.info["duration"])
    return found


@pytest.mark.parametrize(("rate", "frames"), [(30.0, 47), (25.0, 40), (120.0, 250), (12.5, 20), (None, 45)])
def test_a_gif_lasts_as_long_as_the_recording(rate: float | None, frames: int) -> None:
    points = standing(frames=frames, coordinates=2, travel=0.8)
    image, _ = animated(make_shown(points, frame_rate=rate))
    shown = durations(image)
    seconds = frames / (rate or 30)
    assert sum(shown) / 1000 == pytest.approx(seconds, rel=0.01)
    assert min(shown) >= 30 and all(each % 10 == 0 for each in shown)
    assert image.info["loop"] == 0


@given(
    recordings=st.lists(st.tuples(st.integers(1, 5000), st.floats(1, 240)), min_size=1, max_size=4),
    most=st.integers(2, 600),
)
def test_timing(recordings: list[tuple[int, float]], most: int) -> None:
    moments, ticks = timing(recordings, most=most)
    seconds = max(frames / rate for frames, rate in recordings)
    assert len(moments) == len(ticks) <= most
    assert abs(sum(ticks) / 100 - seconds) <= 0.0051 or (len(ticks) == 1 and ticks[0] == 1)
    assert len(ticks) == 1 or min(ticks) >= 3
    starts = np.cumsum([0, *ticks[:-1]]) / 100
    np.testing.assert_allclose(starts, moments, atol=0.0051)  # rounding never adds up
    assert moments[0] == 0 and moments[-1] < seconds


def test_a_gif_moves_as_the_recording_does() -> None:
    points = standing(coordinates=2, frames=20)
    wrist = LAYOUT.index("right_wrist")
    points[0, :, wrist, 1] -= np.linspace(0, 120, 20)
    shown = make_shown(points)
    image, pictures = animated(shown)
    assert pictures == image.n_frames == 20  # type: ignore[attr-defined]
    view = view_of(shown, LAYOUT, frames=range(20), height=420)
    for frame in (0, 7, 19):
        image.seek(frame)
        picture = image.convert("RGB")
        assert near(picture, view.places(frame)[0][0, wrist], colours()["right"])
        assert picture.getpixel((1, 1)) == WHITE


def test_the_camera_sways_and_comes_back() -> None:
    image, _ = animated(make_shown(standing(frames=60)))
    pictures = []
    for frame in (0, 15, 30, 45):
        image.seek(frame)
        pictures.append(np.asarray(image.convert("L")).astype(int))
    differences = [int((np.abs(each - pictures[0]) > 40).sum()) for each in pictures]
    assert differences[1] > 300 and differences[3] > 300
    assert differences[2] < 0.5 * min(differences[1], differences[3])


def test_several_recordings_move_beside_each_other() -> None:
    short, long = make_shown(standing(frames=12)), make_shown(standing(frames=30, coordinates=2))
    image, _ = animated(short, long)
    alone, _ = animated(long)
    assert sum(durations(image)) == 1000 and image.width == 2 * (image.width // 2) > alone.width
    image.seek(20)  # the short one has started again
    left = image.convert("RGB").crop((0, 0, image.width // 2, image.height))
    right = image.convert("RGB").crop((image.width // 2, 0, image.width, image.height))
    assert coloured(left) > 500 and coloured(right) > 500


def test_pictures_are_the_same_each_time() -> None:
    gallery = make_gallery(make_shown(standing()))
    assert strip(gallery).tobytes() == strip(replace(gallery)).tobytes()
