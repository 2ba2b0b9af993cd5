"""The page of a lifting run: its numbers and figures, what it must not contain, runs that lack something."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import Page

from dancekit.reporting.bin_bars import bin_bars, bin_name
from dancekit.reporting.examples import choose_poses
from dancekit.reporting.joint_bars import joint_bars
from dancekit.reporting.lifting_contents import (
    Bin,
    LiftingReport,
    LiftingResult,
    MovementError,
    PoseExample,
)
from dancekit.reporting.lifting_page import render_lifting, write_lifting_page
from dancekit.reporting.pose_player import pose_motion, pose_still
from dancekit.skeleton.layout import Layout

INPUT, OUTPUT = Layout.named("dance14"), Layout.named("h36m17")


def make_result(role: Any = "test", **more: Any) -> LiftingResult:
    values: dict[str, Any] = {
        "mpjpe": 48.23,
        "interval": (45.11, 52.34),
        "p_mpjpe": 37.04,
        "n_mpjpe": 46.5,
        "mpjve": 4.25,
        "acceleration": 3.75,
        "pck150": 0.9724,
        "auc": 0.683,
        "mean_pose": 213.4,
        "joints": 17,
        "root": "the pelvis of the target is at 0",
        "frames": 12_345,
        "clips": 67,
        "per_joint": {name: 20.0 + 3 * place for place, name in enumerate(OUTPUT.joints)},
        "speed": (
            Bin(low=0, high=0.5, error=30.5, count=12_000),
            Bin(low=0.5, high=None, error=91.25, count=40),
        ),
        "occlusion": (
            Bin(low=0, high=0, error=40.5, count=900),
            Bin(low=3, high=4, error=62.5, count=800),
            Bin(low=5, high=None, error=None, count=0),
        ),
        "people": 7,
        "known_people": 0,
    }
    return LiftingResult(role=role, **(values | more))


def make_example(kind: Any = "best", *, frames: int = 20, seed: int = 0, **more: Any) -> PoseExample:
    random = np.random.default_rng(seed)
    target = random.normal(size=(1, 17, 3)) + 0.05 * random.normal(size=(frames, 17, 3)).cumsum(0)
    keypoints = random.normal(size=(1, 14, 2)) + 0.05 * random.normal(size=(frames, 14, 2))
    keypoints[:, 4] = np.nan
    values: dict[str, Any] = {
        "name": f"clip_{seed}",
        "movement": "raising_high",
        "error": 33.33,
        "keypoints": keypoints,
        "lifted": target + 0.1,
        "target": target,
        "frame_rate": 25.0,
        "frames": frames,
    }
    return PoseExample(kind=kind, input_layout=INPUT, output_layout=OUTPUT, **(values | more))


def make_report(**more: Any) -> LiftingReport:
    report = LiftingReport(
        title="2020-02-02_siamese",
        subtitle="siamese on mocap, dance14 to h36m17, seed 0",
        history=tuple(
            {
                "epoch": float(i),
                "train/loss": 0.2 / (i + 1),
                "train/position": 0.15 / (i + 1),
                "train/velocity": 0.05 / (i + 1),
                "validate/mpjpe": 100.0 / (i + 1) + 40,
                "learning_rate": 0.001 * (8 - i),
            }
            for i in range(8)
        ),
        chosen_epoch=5,
        parameters=3_241_523,
        epochs=8,
        seconds=654.0,
        recipe="task: lifting\n",
        versions={"python": "3.12"},
        command="dancekit fit recipes/lift.yaml",
        repeat="dancekit fit runs/2020-02-02_siamese/recipe.yaml",
        input_layout=INPUT,
        output_layout=OUTPUT,
        results=(make_result("validate", mpjpe=45.67), make_result()),
        weights={"2D branch": np.linspace(0.2, 1, 17)},
        movements=(
            MovementError(name="raising_high", clips=40, error=51.25),
            MovementError(name="waving", clips=27, error=None),
        ),
        examples=(
            make_example("worst", seed=1),
            make_example(),
            make_example("median", seed=2, movement=None),
        ),
    )
    return replace(report, **more)


def _tree(drawing: str) -> ET.Element:
    return ET.fromstring(f"<page>{drawing}</page>")


def _motions(text: str) -> list[Any]:
    found: list[Any] = json.loads(re.search(r'id="motions">(.*?)</script>', text, re.DOTALL).group(1))  # type: ignore[union-attr]
    return found


def test_the_numbers_are_those_of_the_report() -> None:
    text = render_lifting(make_report())
    page = Page(text)
    assert "48.2 mm test MPJPE" in page.text and "95% interval is 45.1 to 52.3 mm" in page.text
    assert "Tested once, at the end, on 12,345 frames in 67 recordings of 7 people. None of them" in page.text
    assert "the pelvis of the target is at 0" in page.text
    assert "P-MPJPE 37.0 mm" in page.text and "validation MPJPE 45.7 mm" in page.text
    assert "joints, 2D to 3D 14 → 17" in page.text and "parameters 3,241,523" in page.text
    assert "Measure Test Validation MPJPE mm How far a joint is from its true place. 48.2 45.7" in page.text
    for value in ("46.5", "4.2", "3.8", "97.2%", "68.3%", "213.4"):
        assert f"{value} {value}" in page.text  # of test and of validation
    assert "Epoch 6 of 8 was kept, the first with the smallest validation error." in page.text
    assert "raising high 40 51.2" in page.text and "waving 27 –" in page.text
    assert "<title>2020-02-02_siamese · 48.2 mm</title>" in text
    assert "left elbow: 56.0" in page.text and "0–0.5 m/s: 30.5 mm, 12,000 joints" in page.text
    assert "Weight of each joint: 2D branch" in page.text


def test_nothing_is_loaded_and_only_its_own_script_runs() -> None:
    text = render_lifting(make_report())
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=", text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"


def test_links_lead_somewhere_and_pictures_have_names() -> None:
    page = Page(render_lifting(make_report()))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {attributes["href"] for _, attributes in page.tags if attributes.get("href")}
    assert {str(link).removeprefix("#") for link in links} <= ids and len(links) == 7
    assert len(page.pictures) >= 3 * 3 + 2 + 2 + 3 + 1
    for attributes in page.pictures:
        assert attributes.get("aria-hidden") == "true" or (
            attributes["role"] == "img" and attributes["aria-label"]
        )


EVIL = "</script><script>alert(1)</script><b title='\"&amp;"


def test_names_and_texts_are_escaped() -> None:
    nasty = replace(OUTPUT, joints=(EVIL, *OUTPUT.joints[1:]))
    report = make_report(
        title=EVIL,
        subtitle=EVIL,
        recipe=EVIL,
        versions={EVIL: EVIL},
        command=EVIL,
        repeat=EVIL,
        output_layout=nasty,
        weights={EVIL: np.ones(17)},
        results=(make_result(root=EVIL, per_joint={EVIL: 3.0}),),
        movements=(MovementError(name=EVIL, clips=1, error=2.0),),
        examples=(make_example(name=EVIL, movement=EVIL),),
        history=({"epoch": 0.0, "train/loss": 1.0, f"train/{EVIL}": 0.5, "train/other": 0.5},),
    )
    text = render_lifting(report)
    assert len(Page(text).all("script")) == 2 and "alert(1)</script>" not in text


@pytest.mark.parametrize(
    ("lacking", "gone"),
    [
        ({"examples": ()}, {"examples"}),
        ({"movements": ()}, {"movements"}),
        ({"history": ()}, {"learning"}),
        ({"results": (make_result(speed=(), occlusion=()),)}, {"conditions"}),
        ({"results": (), "weights": {}}, {"errors", "joints", "conditions"}),
    ],
)
def test_a_run_that_lacks_something_has_no_empty_section(lacking: dict[str, Any], gone: set[str]) -> None:
    page = Page(render_lifting(make_report(**lacking)))
    ids = {attributes.get("id") for _, attributes in page.tags}
    hrefs = {attributes["href"] for _, attributes in page.tags if "href" in attributes}
    everything = {"examples", "errors", "joints", "conditions", "movements", "learning", "repeat"}
    assert ids & everything == everything - gone
    assert hrefs == {f"#{each}" for each in everything - gone}


def test_runs_without_a_test_or_without_anything_say_so() -> None:
    page = Page(render_lifting(make_report(results=(make_result("validate"),))))
    assert "This run has no test" in page.text and "Tested once" not in page.text
    assert "so it is a little too good" in page.text
    page = Page(render_lifting(make_report(results=(), chosen_epoch=None, examples=(), movements=())))
    assert "Nothing was kept for validation or test" in page.text
    assert "weights of the last epoch were kept" in page.text


def test_a_result_of_nothing_but_none() -> None:
    nothing = dict.fromkeys(
        ("mpjpe", "interval", "p_mpjpe", "n_mpjpe", "mpjve", "acceleration", "pck150", "auc")
    )
    empty = Bin(low=0, high=None, error=None, count=0)
    result = make_result(
        **nothing, mean_pose=None, per_joint=dict.fromkeys(OUTPUT.joints), speed=(empty,), occlusion=(empty,)
    )
    page = Page(render_lifting(make_report(results=(result,))))
    assert "no error to tell" in page.text and "None" not in page.text and "nan" not in page.text
    page = Page(render_lifting(make_report(results=(make_result(interval=None, mean_pose=None),))))
    assert "too few recordings for an interval" in page.text and "mean pose</text>" not in page.text


def test_the_parts_of_the_loss_are_drawn_where_there_are_several() -> None:
    names = {"position", "velocity", "loss"}

    def drawn(report: LiftingReport) -> set[str]:
        return names & set(re.findall(r"epoch 8, (\w+):", Page(render_lifting(report)).text))

    assert drawn(make_report()) == names
    rows = [{key: row[key] for key in row if key != "train/velocity"} for row in make_report().history]
    assert drawn(make_report(history=tuple(rows))) == {"loss"}  # one part alone is the loss
    stage = ({"epoch": 0.0, "train/loss": 0.3, "train/velocity": 0.3}, *make_report().history[1:])
    assert drawn(make_report(history=stage)) == names  # a part that came later


def test_every_player_has_its_own_motion() -> None:
    """The page groups the examples by kind; the script takes motions in the order of the page."""
    report = make_report()
    text = render_lifting(report)
    players = re.findall(r'aria-label="Play or pause (\w+)">(.*?)</button>', text, re.DOTALL)
    assert [name for name, _ in players] == ["clip_0", "clip_2", "clip_1"]
    for (_, drawing), moving in zip(players, _motions(text), strict=True):
        joints = list(_tree(drawing).iter("circle"))
        middle = moving["frames"][len(moving["frames"]) // 2]
        assert 2 * len(joints) == len(middle) == 2 * 14 + 4 * 2 * 17
        for circle, x, y in zip(joints, middle[::2], middle[1::2], strict=True):
            there = (
                (int(circle.attrib["cx"]), int(circle.attrib["cy"]))
                if "cx" in circle.attrib
                else (None, None)
            )
            assert there == (x, y)


def test_the_bones_of_every_skeleton_are_its_own() -> None:
    example = make_example()
    moving = pose_motion(example)
    assert moving["skeletons"] == [[list(bone) for bone in INPUT.bones]] + 4 * [
        [list(bone) for bone in OUTPUT.bones]
    ]
    persons = [each for each in _tree(pose_still(example)).iter("g") if each.get("class") == "person"]
    assert [len(list(each.iter("line"))) for each in persons] == [len(each) for each in moving["skeletons"]]
    styles = [{line.get("class") for line in each.iter("line")} for each in persons]
    assert styles == [{"left", "right", "middle"}, {"true"}, {"lifted"}, {"true"}, {"lifted"}]


def test_the_views_are_the_poses_from_the_front_and_from_the_side() -> None:
    """A joint to the right, one up, one nearer to the camera; lifted 0.5 m too near."""
    target = np.zeros((1, 17, 3))
    target[0, :4] = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]
    target[0, 4:6] = [[0, 0, 1], [0, 0, -1]]
    lifted = target + np.array([0, 0, 0.5])
    example = make_example(frames=1, keypoints=np.zeros((1, 14, 2)), target=target, lifted=lifted)
    frame = np.array(pose_motion(example)["frames"][0], dtype=float)[28:].reshape(4, 17, 2)
    front, front_lifted, side, side_lifted = frame
    metre = front[0, 0] - front[4, 0]
    assert metre > 100
    assert front[2, 1] == front[4, 1] - metre  # up is up
    assert np.array_equal(front, front_lifted)  # the camera does not see depth
    assert side[4, 0] == side[0, 0] - metre  # nearer to the camera is to the left
    assert np.allclose(side_lifted[:, 0], side[:, 0] - metre / 2, atol=1)
    assert np.array_equal(side[:, 1], front[:, 1])


def test_missing_joints_are_gone_and_the_picture_goes_with_the_dancer() -> None:
    random = np.random.default_rng(0)
    pose = random.normal(size=(14, 2))
    away = np.linspace(0, 100, 60)[:, None, None] * [1.0, 0.3]
    still = pose_motion(make_example(frames=60, keypoints=np.repeat(pose[None], 60, 0)))
    moving = pose_motion(make_example(frames=60, keypoints=pose + away))
    places, moved = (np.array(each["frames"], dtype=float)[:, :28] for each in (still, moving))
    assert np.abs(places - moved).max() <= 2
    keypoints = np.repeat(pose[None], 60, 0)
    keypoints[10:20, 3], keypoints[30] = np.nan, np.nan
    frames = pose_motion(make_example(frames=60, keypoints=keypoints))["frames"]
    assert frames[15][6:8] == [None, None] and None not in frames[25]
    assert set(frames[30][:28]) == {None} and None not in frames[30][28:]
    nobody = pose_motion(make_example(frames=60, keypoints=np.full((60, 14, 2), np.nan)))
    assert set(nobody["frames"][0][:28]) == {None}


def test_long_and_fast_examples_are_thinned() -> None:
    fast = pose_motion(make_example(frames=240, frame_rate=120.0))
    assert fast["rate"] == 30.0 and len(fast["frames"]) == 60
    long = pose_motion(make_example(frames=3000))
    assert len(long["frames"]) / long["rate"] == pytest.approx(3000 / 25, rel=0.02)
    six = tuple(
        make_example(kind, frames=240, seed=i) for i, kind in enumerate(("best", "median", "worst") * 2)
    )
    assert len(render_lifting(make_report(examples=six))) < 1_500_000


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "clip_0"),
        ({"frames": 250}, "clip_0, 0.8 of 10.0 s"),
        ({"frames": 250, "frame_rate": None}, "clip_0, 20 of 250 frames, frame rate unknown"),
        ({"person": 1}, "clip_0, person 2"),
    ],
)
def test_what_is_said_of_an_example(more: dict[str, Any], sentence: str) -> None:
    example = replace(make_example(), **more)
    assert f"33.3 mm · raising high {sentence}" in Page(render_lifting(make_report(examples=(example,)))).text


def test_joints_in_drawing_order_with_pairs_together() -> None:
    values = {name: float(place) for place, name in enumerate(OUTPUT.joints)}
    values["head"] = None  # type: ignore[assignment]
    drawing = _tree(joint_bars(OUTPUT, values, label="x"))
    titles = [each.text for each in drawing.iter("title")]
    assert titles[:4] == ["pelvis: 0.0", "left hip: 4.0", "right hip: 1.0", "left knee: 5.0"]
    assert len(titles) == 17 and "head: –" in titles
    bars = {g[0].text: g[1] for g in drawing.iter("g")}
    lengths = {name: float(bar.attrib["width"]) for name, bar in bars.items()}
    unit = lengths["right wrist: 16.0"] / 16
    for title, length in lengths.items():
        value = str(title).split(": ")[1]
        assert length == pytest.approx(0 if value == "–" else unit * float(value), abs=0.05)
    assert bars["left hip: 4.0"].get("class") == "left" and bars["pelvis: 0.0"].get("class") == "middle"
    names = [each.text for each in drawing[0] if each.tag == "text"]
    assert names[:4] == ["pelvis", "hip", "knee", "ankle"]


def test_a_layout_of_one_joint_and_unlike_pairs() -> None:
    alone = Layout.from_mapping({"name": "a", "joints": ["x"], "bones": {}, "centre": "x", "pairs": {}})
    assert "x: 3.0" in joint_bars(alone, {"x": 3.0}, label="x")
    odd = Layout.from_mapping(
        {"name": "o", "joints": ["a", "b"], "bones": {"b": "a"}, "centre": "a", "pairs": {"a": "b"}}
    )
    assert ">a / b</text>" in joint_bars(odd, {"a": None, "b": None}, label="x")


def test_bins_as_bars() -> None:
    bins = make_result().speed
    drawing = _tree(bin_bars(bins, label="x", unit="m/s", counted="joints", overall=48.0))
    bars = list(drawing.iter("rect"))
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights[1] / heights[0] == pytest.approx(91.25 / 30.5, rel=1e-3)
    assert [bar.attrib["class"] for bar in bars] == ["one", "one few"]
    words = [each.text for each in drawing.iter("text")]
    assert {"0–0.5", "0.5+", "12k", "40", "30.5", "91.2"} <= set(words)
    line = next(each for each in drawing.iter("path") if each.get("class") == "overall")
    y = float(str(line.get("d")).split("H")[0].split()[1])
    bottom = float(bars[0].attrib["y"]) + heights[0]
    assert (bottom - y) / heights[0] == pytest.approx(48 / 30.5, rel=1e-2)
    assert "–" in bin_bars(make_result().occlusion, label="x", unit="u", counted="c", overall=None)


def test_the_names_of_bins() -> None:
    ends = [(0, 0.25), (3, 4), (5, 5), (8, None)]
    assert [bin_name(Bin(low=a, high=b, error=1, count=1)) for a, b in ends] == ["0–0.25", "3–4", "5", "8+"]


@given(st.lists(st.tuples(st.floats(0, 100) | st.just(float("nan")), st.integers(-1, 3)), max_size=25))
def test_the_examples_that_are_chosen(rows: list[tuple[float, int]]) -> None:
    error = np.array([each for each, _ in rows])
    label = np.array([each for _, each in rows], dtype=int)
    chosen = choose_poses(error, label)
    places = [row for _, row in chosen]
    assert len(set(places)) == len(places) and np.isfinite(error[places]).all()
    finite = int(np.isfinite(error).sum())
    assert len(places) == min(finite, 3) if finite < 6 else len(places) == 6
    by_kind = {
        kind: [error[row] for each, row in chosen if each == kind] for kind in ("best", "median", "worst")
    }
    if finite >= 3:
        assert by_kind["best"][0] == np.nanmin(error) and by_kind["worst"][0] == np.nanmax(error)
        assert by_kind["best"][0] <= by_kind["median"][0] <= by_kind["worst"][0]


def test_examples_are_of_different_movements() -> None:
    error, label = np.arange(12.0), np.array([0, 0, 0, 1, 0, 0, 1, 0, 2, 0, 0, 0])
    chosen = choose_poses(error, label)
    assert [row for kind, row in chosen if kind == "best"] == [0, 3]
    assert [row for kind, row in chosen if kind == "worst"] == [11, 8]
    assert {label[row] for kind, row in chosen if kind == "median"} == {0, 1}


def test_writing_leaves_no_half_page(tmp_path: Any) -> None:
    file = tmp_path / "report.html"
    write_lifting_page(make_report(), file)
    write_lifting_page(make_report(title="another"), file)
    assert file.read_text(encoding="utf-8") == render_lifting(make_report(title="another"))
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_the_page_knows_neither_torch_nor_the_floors_above() -> None:
    code = "import sys, dancekit.reporting.lifting_page; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "dancekit.tasks", "dancekit.verbs", "dancekit.data"} & set(done.stdout.split())
