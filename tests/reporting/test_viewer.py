"""The page on which recordings are played: its numbers read back, what it must never contain, its limits."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dancekit.data.clips import Clip
from dancekit.reporting.gallery import Gallery, Shown
from dancekit.reporting.packing import pack_points, pack_scores, thinning
from dancekit.reporting.projection import Camera
from dancekit.reporting.scene import body_height, floor_lines, nice_step, room_of
from dancekit.reporting.viewer import render
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("dance11")
EVIL = "</script><script>alert(1)</script><b title='\"&amp;"


def make_clip(*, persons: int = 1, frames: int = 20, coordinates: int = 3, **more: Any) -> Clip:
    random = np.random.default_rng(2)
    size = 1.0 if coordinates == 3 else 300.0
    pose = size * random.uniform(0, 1, (persons, 1, LAYOUT.num_joints, coordinates))
    points = pose + 0.02 * size * random.normal(
        size=(persons, frames, LAYOUT.num_joints, coordinates)
    ).cumsum(1)
    defaults = {"label": 1, "name": "clip_7", "person": "anna", "frame_rate": 25.0}
    return Clip.of(points, **{**defaults, **more})


def make_gallery(*clips: Clip, **more: Any) -> Gallery:
    shown = tuple(Shown(clip=clip, split="train") for clip in clips or (make_clip(),))
    defaults = {"title": "dances.pkl", "layout": LAYOUT, "classes": ("waving", "walking_on")}
    return Gallery(recordings=shown, **{**defaults, **more})


def contents(page: str) -> dict[str, Any]:
    return json.loads(re.search(r'id="recordings">(.*?)</script>', page, re.DOTALL).group(1))


def decoded(recording: dict[str, Any]) -> np.ndarray:
    """(T, M, V, C) as the page's script reads it, NaN where missing."""
    whole = np.frombuffer(base64.b64decode(recording["points"]), f"<i{recording['bits'] // 8}")
    shape = (recording["count"], recording["persons"], -1, len(recording["origin"]))
    whole = whole.reshape(shape)  # (T, M, V, C)
    points = (whole + np.array(recording["origin"])) * recording["step"]
    return np.where(whole == -(2 ** (recording["bits"] - 1)), np.nan, points)


def true_points(clip: Clip) -> np.ndarray:
    return np.where((clip.score > 0)[..., None], clip.keypoints, np.nan).swapaxes(0, 1)  # (T, M, V, C)


# The numbers


@pytest.mark.parametrize(("coordinates", "step"), [(3, 0.001), (2, 0.1)])
@pytest.mark.parametrize("persons", [1, 3])
def test_numbers_read_back(coordinates: int, step: float, persons: int) -> None:
    clip = make_clip(coordinates=coordinates, persons=persons)
    points = clip.keypoints.copy()
    points[0, 3:6, 2] = np.nan
    points[-1, 0, 4] = 3.5 * step + 1
    clip = Clip.of(
        points, label=0, name="x", score=np.linspace(0.1, 1, points[..., 0].size).reshape(points.shape[:3])
    )
    found = contents(render(make_gallery(clip)))["recordings"][0]
    assert found["step"] == step
    np.testing.assert_array_equal(np.isnan(decoded(found)), np.isnan(true_points(clip)))
    assert (
        np.nanmax(np.abs(decoded(found) - true_points(clip))) <= step / 2 + 1e-5 * np.abs(points[0, 0]).max()
    )
    scores = np.frombuffer(base64.b64decode(found["scores"]), np.uint8) / 255
    np.testing.assert_allclose(
        scores.reshape(20, persons, -1), clip.score.swapaxes(0, 1), atol=0.5 / 255 + 1e-6
    )


@settings(max_examples=60, deadline=None)
@given(
    spread=st.floats(1e-6, 1e5),
    middle=st.floats(-1e5, 1e5),
    missing=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_any_size_reads_back(spread: float, middle: float, missing: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = middle + spread * random.normal(size=(4, 2, 5, 3))
    points[random.random((4, 2, 5)) < missing] = np.nan
    packed = pack_points(points)
    back = decoded({**packed, "count": 4, "persons": 2})
    np.testing.assert_array_equal(np.isnan(back), np.isnan(points))
    if np.isfinite(points).any():
        assert 1e-9 <= packed["step"] <= 1e-3
        assert np.nanmax(np.abs(back - points)) <= 0.5001 * packed["step"] + 1e-9 * (spread + abs(middle))


def test_one_joint_far_away_does_not_blur_the_others() -> None:
    clip = make_clip()
    points = clip.keypoints.copy()
    points[0, 3, 2] = 3e30
    clip = Clip.of(points, label=0, name="x")
    back = decoded(contents(render(make_gallery(clip)))["recordings"][0])
    assert np.isfinite(back[3, 0, 2]).all() and np.abs(back[3, 0, 2]).min() > 1e5
    np.testing.assert_allclose(back[4:], true_points(clip)[4:], atol=6e-4)


def test_certain_scores_take_no_room() -> None:
    assert pack_scores(np.array([0.0, 1.0, 1.0])) is None
    kept = np.frombuffer(base64.b64decode(pack_scores(np.array([0.0, 1e-4, 0.5, 1.0]))), np.uint8)
    assert kept.tolist() == [0, 1, 128, 255]


# Thinning


def test_short_recordings_leave_room_to_long_ones() -> None:
    assert thinning([10, 10], most=20) == [1, 1]
    assert thinning([10, 400, 10], most=100) == [1, 5, 1]
    assert thinning([300, 300], most=100) == [6, 6]


@given(sizes=st.lists(st.integers(1, 10**7), min_size=1, max_size=30), most=st.integers(100, 10**6))
def test_thinned_recordings_fit(sizes: list[int], most: int) -> None:
    kept = thinning(sizes, most=most)
    assert sum(size / every for size, every in zip(sizes, kept, strict=True)) <= most * (1 + 1e-9)
    assert all(every == 1 for size, every in zip(sizes, kept, strict=True) if size <= most / len(sizes))


def test_long_recordings_are_thinned_evenly_and_say_so() -> None:
    short, long = make_clip(frames=50), make_clip(frames=30_000, name="long")
    page = render(make_gallery(short, long))
    assert len(page) < 1_300_000
    first, second = contents(page)["recordings"]
    assert first["every"] == 1 and first["notice"] == ""
    every = second["every"]
    assert every > 1 and f"one of {every} frames is shown, of 30,000" in second["notice"]
    assert second["count"] == math.ceil(30_000 / every) == len(second["room"]["path"])
    np.testing.assert_allclose(decoded(second), true_points(long)[::every], atol=6e-4)


def test_twelve_usual_recordings_are_small() -> None:
    clips = [make_clip(frames=200, persons=2, name=f"clip_{i}") for i in range(12)]
    assert len(render(make_gallery(*clips))) < 1_000_000


# The page


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs))
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_nothing_is_loaded_and_only_its_own_script_runs() -> None:
    text = render(make_gallery(make_clip(), make_clip(coordinates=2, image_size=(640, 480))))
    page = Page(text)
    assert not re.search(r"https?:|[\"'(]//[a-z]|url\(|@import", text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "src" not in attributes and "href" not in attributes and "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = next(each["content"] for tag, each in page.tags if tag == "meta" and "http-equiv" in each)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"


def test_names_are_escaped() -> None:
    layout = replace(LAYOUT, joints=(EVIL, *LAYOUT.joints[1:]))
    clips = [make_clip(name=EVIL, person=EVIL), make_clip(name=EVIL + "2")]
    text = render(make_gallery(*clips, title=EVIL, layout=layout, classes=("a", EVIL)))
    assert text.count("<script") == 2 and "alert(1)</script>" not in text
    found = contents(text)
    assert found["recordings"][0]["name"] == found["recordings"][0]["movement"] == EVIL
    assert found["layout"]["joints"][0] == EVIL.replace("_", " ")
    assert EVIL in "".join(Page(text).words)


def test_what_the_script_looks_for_is_there() -> None:
    for clips in ([make_clip()], [make_clip(), make_clip(name="other")]):
        text = render(make_gallery(*clips))
        ids = [attributes["id"] for _, attributes in Page(text).tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        script = re.search(r"<script>(.*?)</script>", text, re.DOTALL).group(1)
        wanted = set(re.findall(r'part\("([\w-]+)"\)(?!\?)', script))
        assert len(wanted) > 10 and wanted <= set(ids)
        assert ("next" in ids) == (len(clips) > 1)


@pytest.mark.parametrize(
    ("joints", "trails"),
    [
        (("pelvis", "left_wrist", "left_hand", "right_ankle"), [1, 3]),
        (("Hips", "Hand_L", "Foot_R", "Head"), [1, 2]),
        (("a", "b", "c", "d"), []),
    ],
)
def test_trails_are_those_of_wrists_and_ankles(joints: tuple[str, ...], trails: list[int]) -> None:
    layout = Layout(name="four", joints=joints, bones=((1, 0), (2, 0), (3, 0)), centre=0)
    clip = Clip.of(np.zeros((2, 4, 3)) + np.arange(4)[:, None], label=0, name="x")
    assert contents(render(make_gallery(clip, layout=layout)))["layout"]["trails"] == trails


def test_buttons_and_pictures_have_names() -> None:
    for tag, attributes in Page(render(make_gallery(make_clip(), make_clip()))).tags:
        if tag == "canvas":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        if tag == "input":
            assert attributes["aria-label"]


def test_unknown_things_are_said_to_be_unknown() -> None:
    clip = make_clip(label=-1, frame_rate=None, person="")
    (found,) = contents(render(make_gallery(clip)))["recordings"]
    assert found["movement"] == "unlabelled"
    assert (found["rate"], found["rate_known"]) == (30.0, False)
    assert "frame rate unknown, shown at" in render(make_gallery(clip))


def test_labels_of_persons() -> None:
    gallery = make_gallery(make_clip(persons=2, label=[0, 1]), make_clip(label=7))
    found = contents(render(gallery))["recordings"]
    assert [each["movement"] for each in found] == ["waving / walking on", "class 7"]


def test_recordings_without_anything_seen_make_a_page() -> None:
    for coordinates in (2, 3):
        nothing = Clip.of(np.full((1, 5, 11, coordinates), np.nan), label=0, name="nothing")
        point = Clip.of(np.full((1, 1, 11, coordinates), 2.0), label=0, name="point")
        found = contents(render(make_gallery(nothing, point)))["recordings"]
        assert np.isnan(decoded(found[0])).all()
        np.testing.assert_allclose(decoded(found[1]), 2.0, atol=6e-4)


class Still:
    moving = False
    size = (64, 48)

    def picture(self, frame: int) -> Image.Image:
        return Image.new("RGB", self.size, (200, 30, 40))


class Noise:
    """A video whose pictures take much room."""

    moving = True
    size = (1200, 900)

    def picture(self, frame: int) -> Image.Image:
        values = np.random.default_rng(frame).integers(0, 255, (900, 1200, 3), np.uint8)
        values[:, :100] = 2 * frame
        return Image.fromarray(values)


def _images(recording: dict[str, Any]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in recording["backdrop"]["images"]]


def test_an_image_is_embedded_once() -> None:
    clip = make_clip(coordinates=2)
    gallery = replace(make_gallery(), recordings=(Shown(clip=clip, split="all", backdrop=Still()),))
    page = render(gallery)
    assert "; img-src data:" in page
    (found,) = contents(page)["recordings"]
    (image,) = _images(found)
    assert image.size == (64, 48) == tuple(found["backdrop"]["size"])
    assert np.abs(np.array(image.getpixel((10, 10))) - (200, 30, 40)).max() < 6


def test_pictures_of_a_video_are_thinned_until_they_fit() -> None:
    clip = make_clip(coordinates=2, frames=40)
    gallery = replace(make_gallery(), recordings=(Shown(clip=clip, split="all", backdrop=Noise()),))
    page = render(gallery)
    assert len(page) < 8_400_000
    (found,) = contents(page)["recordings"]
    every, images = found["backdrop"]["every"], _images(found)
    assert every > 1 and f"One of {every} pictures" in found["notice"]
    assert len(images) == math.ceil(40 / every) and images[0].size == (960, 720)
    frames = [image.getpixel((20, 300))[0] / 2 for image in images]
    np.testing.assert_allclose(frames, np.arange(0, 40, every), atol=2)


# Projection and rooms


def camera(**more: Any) -> Camera:
    defaults = {"yaw": 0.0, "pitch": 0.0, "target": np.zeros(3), "distance": 5.0, "scale": 100.0}
    return Camera(**{**defaults, **more}, middle=(400.0, 300.0))


near = st.floats(-2, 2)


@given(x=near, y=near, target=st.tuples(near, near, near))
def test_from_the_front_x_is_right_and_y_is_up(
    x: float, y: float, target: tuple[float, float, float]
) -> None:
    """Lengths in the plane of the target are true."""
    view = camera(target=np.array(target))
    place, size = view.project(np.add(target, [x, y, 0]))
    np.testing.assert_allclose(place, [400 + 100 * x, 300 - 100 * y], atol=1e-6)
    assert size == pytest.approx(1)


@given(x=near, y=near, z=near, yaw=st.floats(-7, 7), pitch=st.floats(-1.5, 1.5))
def test_projection_is_that_of_rotation_matrices(
    x: float, y: float, z: float, yaw: float, pitch: float
) -> None:
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    right, up, nearer = about_x @ about_y @ [x, y, z]
    place, size = camera(yaw=yaw, pitch=pitch).project(np.array([x, y, z]))
    factor = 5 / (5 - nearer)
    np.testing.assert_allclose(
        [*place, size], [400 + 100 * factor * right, 300 - 100 * factor * up, factor], rtol=1e-9
    )


def test_sides_and_top() -> None:
    quarter = math.pi / 2
    np.testing.assert_allclose(camera(yaw=quarter).project(np.array([0, 0, -1.0]))[0], [500, 300], atol=1e-9)
    np.testing.assert_allclose(camera(pitch=quarter).project(np.array([0, 0, 1.0]))[0], [400, 400], atol=1e-9)
    assert camera().project(np.array([0, 0, 1.0]))[1] > 1
    assert np.isnan(camera().project(np.array([0, 0, 6.0]))[0]).all()  # behind the camera


def standing(facing: float, *, frames: int = 40, travel: float = 0.0) -> np.ndarray:
    """(1, T, V, 3): shoulders and hips of who looks into the direction of a camera of this yaw."""
    height = {"neck": 1.5, "shoulder": 1.4, "elbow": 1.2, "wrist": 1.0, "hip": 0.9, "ankle": 0.05}
    points = np.zeros((1, frames, LAYOUT.num_joints, 3))
    for joint, name in enumerate(LAYOUT.joints):
        side = name.startswith("left") - name.startswith("right")
        points[..., joint, 0] = 0.2 * side * np.cos(facing)
        points[..., joint, 2] = -0.2 * side * np.sin(facing)
        points[..., joint, 1] = height[name.rpartition("_")[2]]
    points[..., 0] += np.linspace(0, travel, frames)[None, :, None]
    return points


@pytest.mark.parametrize("degrees", [0, 45, 90, 180, -90, -135])
def test_facing(degrees: float) -> None:
    room = room_of(standing(math.radians(degrees)), LAYOUT, rate=30)
    assert math.cos(room.facing - math.radians(degrees)) == pytest.approx(1)
    # Seen from there the left hip is on the right of the picture.
    left, right = (
        standing(math.radians(degrees))[0, 0, LAYOUT.index(f"{side}_hip")] for side in ("left", "right")
    )
    view = camera(yaw=room.facing)
    assert view.project(left)[0][0] > 400 > view.project(right)[0][0]


def test_floor_and_travel() -> None:
    still = room_of(standing(0), LAYOUT, rate=30)
    assert still.floor == 0 and still.height == pytest.approx(1.5) and not still.follows
    assert room_of(standing(0) - [0, 3, 0], LAYOUT, rate=30).floor == pytest.approx(-2.95)
    walking = room_of(standing(0, travel=6.0), LAYOUT, rate=30)
    assert walking.follows and walking.near_radius < 1.5 < walking.radius
    assert walking.target(20, follow=True)[0] == pytest.approx(np.linspace(0, 6, 40)[20], abs=0.1)
    assert body_height(standing(0)) == pytest.approx(1.45)


def test_a_stray_joint_sets_no_scale() -> None:
    points = standing(0, frames=200)
    points[0, 7, 3] = [50, 80, -40]
    assert room_of(points, LAYOUT, rate=30).radius < 1.5
    points[0, 10:20] = np.nan
    assert np.isfinite(room_of(points, LAYOUT, rate=30).path).all()


def test_a_root_that_stays_where_it_was_is_left_behind() -> None:
    walking = standing(0, travel=6.0)
    alone = room_of(walking, LAYOUT, rate=30)
    walking[:, :, LAYOUT.index("neck")] = 0
    room = room_of(walking, LAYOUT, rate=30)
    assert room.follows and room.near_radius < 1.5 * alone.near_radius


def test_floor_lines_are_a_grid_that_fades() -> None:
    pieces, opacity = floor_lines(np.array([10.2, 1.0, -3.4]), 0.5, 2.5, 1.0)
    assert (pieces[..., 1] == 0.5).all() and (opacity > 0).all() and (opacity <= 1).all()
    lengths = np.abs(pieces[:, 1] - pieces[:, 0])
    assert sorted(map(tuple, np.unique(lengths, axis=0).tolist())) == [(0, 0, 1), (1, 0, 0)]
    assert np.array_equal(pieces[..., [0, 2]], np.rint(pieces[..., [0, 2]]))
    away = np.linalg.norm(pieces.mean(1)[:, [0, 2]] - [10.2, -3.4], axis=1)
    assert away.max() < 2.5 and (np.diff(opacity[np.argsort(away)]) <= 1e-9).all()
    assert len({tuple(piece.ravel()) for piece in pieces}) == len(pieces)


@pytest.mark.parametrize(("radius", "step"), [(1.1, 1), (0.04, 0.01), (30, 10), (0.5, 1), (8, 1)])
def test_grid_of_any_size(radius: float, step: float) -> None:
    assert nice_step(radius) == pytest.approx(step)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 999), missing=st.floats(0, 1))
def test_the_path_is_that_of_the_middle_joints(seed: int, missing: float) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(2, 6, 5, 3))
    points[random.random((2, 6, 5)) < missing] = np.nan
    points[0, :, 0] = 0.1
    wanted = []
    for t in range(6):
        persons = [person[t][np.isfinite(person[t]).all(-1)] for person in points]
        wanted.append(np.mean([np.median(seen[:, [0, 2]], axis=0) for seen in persons if len(seen)], axis=0))
    five = {"joints": list("abcde"), "bones": dict.fromkeys("bcde", "a"), "centre": "a", "pairs": {}}
    room = room_of(points, Layout.from_mapping(five, name="five"), rate=1.0)  # too slow for smoothing
    np.testing.assert_allclose(room.path, wanted)
