"""The view gate: how far a body in 2D is turned, and what is not believed then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dancekit_coach.angles import PLACES, angle_between
from dancekit_coach.body import Array
from dancekit_coach.motion import Motion, prepared
from dancekit_coach.options import Options
from dancekit_coach.review import review
from dancekit_coach.view import FRONTAL_RATIO, WIDEST_VIEW, shoulder_ratio, view_angle, view_gate
from synthetic import LAYOUT, as_clip, dance, filmed, turned

from dancekit.data.unpickle import read_pickle
from dancekit.skeleton.layout import Layout

ELEVATION = PLACES["left_shoulder_elevation"]


def in_layout(points: Array, layout: Layout) -> Array:
    """Points (T, 17, C) of `LAYOUT` as another has them, by name; NaN for joints it alone has."""
    taken = np.full((len(points), layout.num_joints, points.shape[-1]), np.nan)
    for place, name in enumerate(layout.joints):
        if name in LAYOUT.joints:
            taken[:, place] = points[:, LAYOUT.index(name)]
    return taken


def seen_from(points: Array, yaw: float, name: str) -> Motion:
    layout = Layout.named(name)
    return prepared(as_clip(in_layout(filmed(points, yaw=yaw), layout)), layout, rate=30.0)


@pytest.mark.parametrize(("yaw", "reads"), [(30, 40.9), (45, 35.3), (60, 26.6)])
def test_a_turned_view_reads_an_abduction_too_small(yaw: float, reads: float) -> None:
    """The measured trap of projection for which the gate is there: atan(tan(45) cos(yaw))."""
    limb = turned(np.array([[1.0, -1.0, 0.0]]), yaw)[:, :2]
    assert float(angle_between(limb, np.array([[0.0, -1.0]]))[0]) == pytest.approx(reads, abs=0.05)


@pytest.mark.parametrize("yaw", [0, 20, 35, 45, 60, 160, 215])
def test_the_view_is_estimated_and_gated(yaw: float) -> None:
    motion = seen_from(dance(), yaw, "coco17")
    ratio = float(np.median(shoulder_ratio(seen_from(dance(), 0, "coco17").points)))
    assert ratio == pytest.approx(FRONTAL_RATIO["coco17"], rel=0.15)
    view = view_angle(motion.points, 30.0, ratio)
    away = min(yaw % 180, 180 - yaw % 180)  # from behind is as from the front
    assert float(np.median(view)) == pytest.approx(away, abs=4)
    gate = view_gate(motion.points, view)
    assert gate[:, ELEVATION].mean() == (0 if away > WIDEST_VIEW else 1)
    assert not gate[:, PLACES["left_shoulder_plane"]].any()


def test_each_layout_has_its_own_width_from_the_front() -> None:
    """The same picture is frontal or turned, by where the layout puts its shoulders and hips."""
    motions = {name: seen_from(dance(), 0, name) for name in ("coco17", "kinect20")}
    assert {name: each.frontal_ratio for name, each in motions.items()} == {"coco17": 0.74, "kinect20": 0.88}
    views = [view_angle(each.points, 30.0, FRONTAL_RATIO[name]) for name, each in motions.items()]
    assert np.median(views[0]) < 20 < np.median(views[1])


def test_where_the_width_is_not_known_nothing_is_measured_until_the_user_says_it() -> None:
    clip = as_clip(filmed(dance()))  # h36m17 has joints of several definitions
    assert prepared(clip, LAYOUT, rate=30.0).frontal_ratio is None
    found = review(clip, clip, layout=LAYOUT)
    assert "not known for the layout of the clip" in found.not_measured["left_elbow_flexion"]
    assert "--facing" in found.not_measured["left_elbow_flexion"]
    known = Options(frontal_ratio=0.74, reference_frontal_ratio=0.74)
    assert "left_elbow_flexion" not in review(clip, clip, layout=LAYOUT, options=known).not_measured


RANGES = {"to 20": (0, 20), "30 to 40": (30, 40), "from 40": (40, 90)}
"""Degrees of the true |yaw|."""


def shares_that_pass(recordings: list[Array], layout: Layout) -> dict[str, float]:
    """The share of frames that pass the gate, each recording (T, V, 3) seen from eight sides."""
    found: dict[str, list[Array]] = {name: [] for name in RANGES}
    places = [layout.index(f"{side}_shoulder") for side in ("left", "right")]
    for points in recordings:
        across = points[:, places[0]] - points[:, places[1]]  # (T, 3)
        usual = float(np.degrees(np.angle((across[:, 0] + 1j * across[:, 2]).mean())))
        for yaw in (0, 10, 20, 30, 35, 40, 50, 65):
            seen = turned(points, usual + yaw)
            motion = prepared(as_clip(filmed(seen)), layout, rate=30.0)
            assert motion.frontal_ratio is not None
            passes = view_angle(motion.points, 30.0, motion.frontal_ratio) <= WIDEST_VIEW  # (T,)
            width, _, depth = np.abs(seen[:, places[0]] - seen[:, places[1]]).T
            true = np.degrees(np.arctan2(depth, width))  # (T,)
            for name, (low, high) in RANGES.items():
                found[name].append(passes[(true >= low) & (true <= high)])
    return {name: float(np.concatenate(rows).mean()) for name, rows in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "layout", "split", "least", "most"),
    [
        # People 2, 4, 6 and 8; the ratio is that of 1, 3, 5 and 7.
        ("utd_mhad_3d.pkl", "kinect20", "xsub_val", 0.85, 0.02),
        # The styles elderly and exhausted; the ratio is that of the others.
        ("bandai2_3d.pkl", "bandai21", "style_test", 0.95, 0.02),
    ],
)
def test_people_that_had_no_say_in_the_ratio_are_gated(
    real_data: Path, file: str, layout: str, split: str, least: float, most: float
) -> None:
    data = read_pickle(real_data / file)
    wanted = set(data["split"][split][::5])
    recordings = [
        each["keypoint"][0].astype(np.float64)  # (T, V, 3)
        for each in data["annotations"]
        if each["frame_dir"] in wanted
    ]
    shares = shares_that_pass(recordings, Layout.named(layout))
    assert shares["to 20"] >= least and shares["from 40"] <= most
