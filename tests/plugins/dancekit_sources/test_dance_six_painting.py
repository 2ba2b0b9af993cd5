"""The geometry behind the pictures of dance_six, each against a slow literal version."""

from __future__ import annotations

import numpy as np
import pytest
from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.camera import Cameras, project
from dancekit_sources.dance_six.generator import Scene, make_scenes
from dancekit_sources.dance_six.rendering.body import middles, parts_of
from dancekit_sources.dance_six.rendering.crowd import Audience
from dancekit_sources.dance_six.rendering.painter import blank, circles, cover, lit, over, shrunk, skin
from dancekit_sources.dance_six.rendering.room import Room
from dancekit_sources.dance_six.rendering.scenery import plain, stage
from dancekit_sources.dance_six.rendering.view import View
from dancekit_sources.dance_six.rendering.wardrobe import Looks, cloth, luma
from hypothesis import given, settings
from hypothesis import strategies as st

SCENE: Scene = next(iter(make_scenes("test", 30, seed=6)))


def view_of(place: int, size: int = 64) -> tuple[View, np.ndarray]:
    joints = SCENE.joints[place, : SCENE.frames[place]]
    return View.around(joints, SCENE.cameras.of(np.array([place])), size=size), joints


@settings(max_examples=30, deadline=None)
@given(
    ends=st.lists(st.tuples(st.floats(5, 59), st.floats(5, 59)), min_size=2, max_size=2),
    radius=st.floats(1, 12),
)
def test_a_skin_around_two_balls_is_a_capsule(ends: list[tuple[float, float]], radius: float) -> None:
    begin, end = np.array(ends)
    canvas = blank(64)
    skin(canvas, circles(np.array(ends), np.array([radius, radius])), (10, 20, 30))
    painted = canvas[..., 3] == 255
    assert (canvas[painted] == (10, 20, 30, 255)).all() and not canvas[~painted].any()
    for row in range(64):
        for column in range(64):
            point = np.array([column + 0.5, row + 0.5])
            line = end - begin
            along = np.clip((point - begin) @ line / max(line @ line, 1e-12), 0, 1)
            distance = np.linalg.norm(point - begin - along * line)
            # A circle of 12 corners is 3.4 % narrower between them.
            if distance < 0.96 * radius - 0.6:
                assert painted[row, column]
            if distance > radius + 0.6:
                assert not painted[row, column]


def test_the_light_falls_inside_a_ball_on_the_side_of_the_lamp() -> None:
    middle, radius, lamp = np.array([[10.0, 10.0]]), np.array([4.0]), np.array([0.0, -1.0])
    bright, smaller = lit(middle, radius, lamp)
    assert bright[0, 1] < 10 and bright[0, 0] == 10
    assert 3.5 < np.linalg.norm(bright - middle) + smaller[0] < 4 * np.cos(np.pi / 12)


def test_circles_cover_the_area_that_they_should() -> None:
    rng = np.random.default_rng(0)
    for radius in (1.2, 2.0, 4.0, 8.0):
        painted = whole = 0.0
        for ends in rng.uniform(20, 44, (100, 2, 2)):
            canvas = blank(64)
            skin(canvas, circles(ends, np.array([radius, radius])), (1, 1, 1))
            painted += float((canvas[..., 3] > 0).sum())
            whole += np.pi * radius**2 + 2 * radius * float(np.linalg.norm(ends[1] - ends[0]))
        assert 0.95 < painted / whole < 1.03, radius


def test_a_layer_covers_by_its_share_of_a_pixel() -> None:
    canvas = blank(4)
    canvas[:2, 0] = (100, 0, 0, 255)  # half of the first of four pixels
    layer = shrunk(canvas, 2)
    assert cover(layer)[0, 0, 0] == pytest.approx(0.5, abs=0.01) and not cover(layer)[1].any()
    seen = over(layer, np.full((2, 2, 3), 40, np.float32), 0.5)
    np.testing.assert_allclose(seen[0, 0], (20 + 25, 20, 20), atol=0.5)
    np.testing.assert_array_equal(seen[1], 40)


@pytest.mark.parametrize("place", range(8))
def test_a_view_sees_what_its_camera_sees(place: int) -> None:
    view, joints = view_of(place)
    pixels, depth = project(joints[None], view.camera)
    places, seen_depth = view.see(joints)
    np.testing.assert_allclose(places, (pixels[0] - view.corner) / view.side * 64)
    np.testing.assert_allclose(seen_depth, depth[0])
    assert (places > 0).all() and (places < 64).all()
    fine, _ = view.finer().see(joints)
    np.testing.assert_allclose(fine, 2 * places)
    # A metre across the line of sight, at the depth of its middle.
    across = view.camera.axes()[0, 0]
    ends, far = view.see(joints[0, 0] + np.array([[-0.5], [0.5]]) * across)
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(view.pixels_of(1.0, far)[0], rel=1e-6)


@pytest.mark.parametrize("place", range(8))
def test_each_pixel_shows_the_place_in_the_room_that_is_said(place: int) -> None:
    view, joints = view_of(place)
    floor = joints[:, JOINTS.index("pelvis")].mean(0) * [1, 0, 1]
    room = Room.behind(floor, view, wall=2.0)
    seen, depth = view.see(room.place(room.aside, room.height, room.away))
    across, down = np.meshgrid(np.arange(64) + 0.5, np.arange(64) + 0.5)
    np.testing.assert_allclose(seen, np.stack([across, down], axis=-1), atol=1e-6)
    assert (depth > 0).all()
    np.testing.assert_allclose(room.away[room.on_wall], 2.0)
    assert (room.away[~room.on_wall] <= 2 + 1e-9).all() and (room.height >= -1e-9).all()
    np.testing.assert_array_equal(room.height[~room.on_wall], 0)


def test_a_body_stands_on_the_floor_and_looks_where_its_nose_is() -> None:
    at = middles(SCENE.joints[0, :1])
    for side in ("left", "right"):
        assert np.linalg.norm(at[f"{side}_hand"] - at[f"{side}_wrist"]) == pytest.approx(0.1)
        assert abs(at[f"{side}_heel"][0, 1] - 0.042) < 0.04
        ahead = at[f"{side}_toe"] - at[f"{side}_heel"]
        facing = np.cross(at["left_hip"] - at["right_hip"], [0, 1, 0])
        assert (ahead * facing).sum() > 0
    nose = at["nose"] - at["skull"]
    assert ((at["face"] - at["hair"]) * nose).sum() > 0


def test_everybody_is_dressed() -> None:
    seen = set()
    for number in range(200):
        looks = Looks.draw(np.random.default_rng(number))
        parts = parts_of(looks)
        seen.add((looks.sleeves, looks.legs, looks.long_hair))
        assert {part.colour for part in parts} >= {looks.skin, looks.hair, looks.top, looks.bottom}
        for part in parts:
            assert len(part.balls) == len(part.radii) and min(part.radii) > 0
            assert all(0 <= channel <= 255 for channel in part.colour)
        assert 0 < looks.brightness < 255
    assert len(seen) == 3 * 3 * 2


def test_luma_and_cloth() -> None:
    assert luma((255, 255, 255)) == pytest.approx(255) and luma((0, 100, 0)) == pytest.approx(58.7)
    rng = np.random.default_rng(0)
    drawn = np.array([cloth(rng, (100, 120)) for _ in range(100)])
    assert ((drawn.max(1) >= 100) & (drawn.max(1) <= 120) & (drawn.min(1) >= 0)).all()
    grey = np.array([cloth(rng, (100, 120), vivid=0) for _ in range(20)])
    np.testing.assert_allclose(np.ptp(grey, axis=1), 0)


def test_a_studio_is_white_or_black_against_the_clothes() -> None:
    view, _ = view_of(0)
    for number in range(20):
        looks = Looks.draw(np.random.default_rng(number))
        wall = float(plain(np.random.default_rng(number), view, looks).backdrop.mean())
        assert wall > 170 if looks.brightness < 128 else wall < 40


def test_stages_differ_in_kind() -> None:
    view, joints = view_of(0)
    floor = joints[:, 0].mean(0) * [1, 0, 1]
    made = [stage(np.random.default_rng(number), view, floor) for number in range(60)]
    assert all(each.backdrop.shape == (64, 64, 3) and np.isfinite(each.backdrop).all() for each in made)
    assert 5 < sum(each.audience is not None for each in made) < 40
    assert {"day", "night"} == {"night" if each.backdrop.mean() < 80 else "day" for each in made}


def test_an_audience_sways_along_the_lower_edge() -> None:
    audience = Audience.draw(np.random.default_rng(3))
    now, again, later = (audience.at(moment, size=96) for moment in (0, 0, 20))
    np.testing.assert_array_equal(now, again)
    assert (now != later).any()
    assert not now[:64].any() and now[-1].any()


def test_cameras_can_be_chosen() -> None:
    chosen = SCENE.cameras.of(np.array([4, 1]))
    assert isinstance(chosen, Cameras)
    np.testing.assert_array_equal(chosen.positions(), SCENE.cameras.positions()[[4, 1]])
