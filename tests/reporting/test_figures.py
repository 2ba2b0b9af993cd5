"""Figures: cells, curves, matrices and skeletons, read back from what is drawn."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dancekit.reporting.confusion import confusion_matrix
from dancekit.reporting.contents import AttentionMap, Connections, NamedMatrix
from dancekit.reporting.curves import Curve, epoch_ticks, line_chart, nice_ticks
from dancekit.reporting.figures import (
    attention_figures,
    connection_figures,
    element_id,
    interval_bar,
    matrix_figure,
    over_time,
)
from dancekit.reporting.heatmap import cells
from dancekit.reporting.player import in_picture, motion, side_of, still
from dancekit.reporting.scale_bar import scale_bar
from dancekit.reporting.svg import element, number
from dancekit.skeleton.layout import Layout

DANCE11 = Layout.named("dance11")


def tree(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup))


def painted(group: ElementTree.Element, shape: tuple[int, int]) -> np.ndarray:
    """What the paths of a group of cells paint, square by square."""
    values = np.zeros(shape)
    for path in group.iter("path"):
        sign = -1 if path.get("class") == "below" else 1
        for square in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path.get("d", "")):
            x, y, width, back = map(int, square)
            assert width == back
            assert not values[y, x : x + width].any()  # nothing is painted twice
            values[y, x : x + width] = sign * float(path.get("fill-opacity", ""))
    return values


def test_text_and_attributes_are_escaped():
    made = element("text", "<b> & co", class_='"x"', stroke_width=1.5, href=None)
    assert made == '<text class="&#34;x&#34;" stroke-width="1.5">&lt;b&gt; &amp; co</text>'
    assert element("g", made, [made, made]).count("<text") == 3


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (-0.001, "0"), (0.125, "0.12"), (10, "10"), (1200.5, "1200.5")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


@given(arrays(np.float64, (4, 6), elements=st.floats(-1, 1)))
def test_cells_paint_every_value_once_in_its_shade(values):
    seen = painted(tree(cells(values, name="x")), (4, 6))
    assert np.abs(seen - values).max() <= 0.025 + 1e-9


@given(st.floats(1e-6, 1e6))
def test_ticks_are_round_and_cover(highest):
    ticks = nice_ticks(highest)
    assert ticks[0] == 0 and ticks[-1] >= highest * (1 - 1e-6)
    assert 3 <= len(ticks) <= 6
    assert ticks[-2] < highest
    assert float(f"{ticks[1]:.2g}") == pytest.approx(ticks[1])


@given(st.integers(1, 3000))
def test_epochs_at_the_axis(last):
    ticks = epoch_ticks(last)
    assert ticks[0] == 1 and ticks[-1] == last
    assert ticks == sorted(set(ticks)) and len(ticks) <= 8


def test_a_line_goes_through_its_points():
    chart = tree(
        line_chart([Curve(name="up", style="train", points=[(1, 0.0), (2, 4.0), (3, 2.0)])], label="x")
    )
    line = next(group for group in chart.iter("g") if group.get("class") == "train")
    numbers = [float(each) for each in re.findall(r"[\d.]+", line[0].get("d", ""))]
    x, y = np.array(numbers).reshape(-1, 2).T
    assert x[1] - x[0] == pytest.approx(x[2] - x[1])
    assert (y[0] - y[2]) == pytest.approx((y[0] - y[1]) / 2, abs=0.02)
    assert [title.text for title in line.iter("title")] == [
        "epoch 1, up: 0",
        "epoch 2, up: 4",
        "epoch 3, up: 2",
    ]


def test_names_at_the_ends_do_not_overlap():
    curves = [Curve(name=str(i), style="train", points=[(1, 1.0), (2, 1.0 + i / 1000)]) for i in range(3)]
    chart = tree(line_chart(curves, label="x"))
    names = next(group for group in chart.iter("g") if group.get("class") == "names")
    heights = sorted(float(text.get("y", "")) for text in names)
    assert min(np.diff(heights)) >= 14.9


def test_values_that_are_no_numbers_are_left_out():
    curve = Curve(name="loss", style="train", points=[(1, float("nan")), (2, 1.0), (3, float("inf"))])
    chart = str(line_chart([curve], label="x"))
    assert "nan" not in chart and "inf" not in chart and chart.count("<circle") == 1


@pytest.mark.parametrize(("classes", "numbers"), [(6, "both"), (27, "count"), (120, "none")])
def test_the_confusion_matrix_keeps_what_can_be_read(classes, numbers):
    counts = np.diag(np.full(classes, 30))
    counts[0, 1] = 10
    matrix = tree(confusion_matrix(counts, [f"class_{i}" for i in range(classes)]))
    texts = [text.text for text in matrix.iter("text")]
    assert texts.count("30") == (0 if numbers == "none" else classes)
    assert texts.count("25%") == (1 if numbers == "both" else 0)
    titles = [title.text for title in matrix.iter("title")]
    assert "class 0 taken for class 1: 10 of 40 clips, 25.0%" in titles
    assert "class 1: recognised: 30 of 30 clips, 100.0%" in titles
    squares = [rect for rect in matrix.iter("rect") if rect.get("class") in ("hit", "miss")]
    assert len(squares) == classes + 1
    assert float(squares[0].get("width", "")) >= 9


def test_connections_are_drawn_as_they_are():
    before = np.eye(11) * 0.5
    after = np.stack([before, before])
    after[1, 2, 3] = 1.0  # block 2, joint 2 to joint 3
    after[0, 0, 0] = 0.25
    figures = connection_figures(Connections(layout=DANCE11, before=before, after=after))
    groups = {group.get("id"): group for group in tree(f"<g>{figures.groups}</g>")}
    assert set(groups) == {"graph", "strength-0", "change-0", "strength-1", "change-1"}
    assert np.array_equal(painted(groups["graph"], (11, 11)), before)
    assert np.array_equal(painted(groups["strength-1"], (11, 11)), after[1])
    assert np.array_equal(painted(groups["change-0"], (11, 11)), after[0] - before)
    assert figures.chooser.chosen == 1
    joints = DANCE11.joints
    assert figures.strongest == ((joints[2], joints[3], 2, 0.0, 1.0), (joints[0], joints[0], 1, 0.5, 0.25))


def test_a_matrix_is_drawn_with_names_at_its_sides():
    values = np.array([[0.0, 2.0, -4.0], [1.0, 0.0, 4.0]])
    matrix = NamedMatrix(
        title="t", explanation="e", values=values, rows=("left_wrist", "head"), columns=("a", "b", "c")
    )
    figure = matrix_figure(matrix, 3)
    (group,) = tree(f"<g>{figure.group}</g>")
    assert group.get("id") == "matrix-3" and '#matrix-3"' in figure.map
    assert np.array_equal(painted(group, (2, 3)), values / 4)
    assert [text.text for text in tree(figure.map).iter("text")] == ["left wrist", "head", "a", "b", "c"]
    assert "−4" in figure.scale
    nothing = matrix_figure(replace(matrix, values=np.zeros((2, 3))), 0)
    assert not painted(tree(f"<g>{nothing.group}</g>")[0], (2, 3)).any() and "−" not in nothing.scale


def test_attention_by_block_and_over_time():
    early = np.zeros((8, 11))
    early[:, 4] = 1.0
    late = np.zeros((4, 11))
    late[2:, 7] = 0.5
    figures = attention_figures(
        AttentionMap(name="my gate", layout=DANCE11, blocks=(early, late), numbers=(1, 3), clips=9)
    )
    groups = {group.get("id"): group for group in tree(f"<g>{figures.groups}</g>")}
    by_block = painted(groups["attention-my-20-gate-joints"], (2, 11))
    assert by_block.argmax(1).tolist() == [4, 7]
    over = painted(groups["attention-my-20-gate-1"], (11, 8))
    assert (over[7, 4:] > over[7, :4]).all()
    assert [number for number, _ in figures.chooser.blocks] == [1, 3]
    assert figures.most[0] == DANCE11.joints[4]


def test_attention_that_is_the_same_everywhere_is_drawn_evenly():
    blocks = (np.full((5, 11), 0.5),)
    figures = attention_figures(
        AttentionMap(name="gate", layout=DANCE11, blocks=blocks, numbers=(1,), clips=1)
    )
    groups = tree(f"<g>{figures.groups}</g>")
    assert (painted(groups[0], (1, 11)) == 0.5).all()


def test_time_is_binned_by_means():
    values = np.arange(12.0).reshape(6, 2)
    assert np.array_equal(over_time(values, 3), [[1, 2], [5, 6], [9, 10]])
    assert over_time(values, 9) is values


@given(st.text(max_size=8), st.text(max_size=8))
def test_ids_are_safe_and_differ(one, other):
    assert re.fullmatch(r"[A-Za-z0-9-]*", element_id(one))
    assert (element_id(one) == element_id(other)) == (one == other)


def test_the_interval_bar_is_true_to_scale():
    bar = tree(interval_bar(0.75, (0.5, 1.0), guessing=0.25))
    dot = float(bar.find("circle").get("cx"))
    track, band, guess = (
        [float(n) for n in re.findall(r"[\d.]+", path.get("d"))] for path in bar.findall("path")
    )
    width = track[2] - track[0]
    assert dot == pytest.approx(track[0] + 0.75 * width)
    assert band[0] == pytest.approx(track[0] + 0.5 * width) and band[2] == track[2]
    assert guess[0] == pytest.approx(track[0] + 0.25 * width)


def test_a_skeleton_keeps_its_proportions_and_missing_joints():
    points = np.zeros((1, 50, 11, 2))
    points[..., 0] = np.linspace(0, 2, 11)  # two wide
    points[..., 1] = np.linspace(0, 1, 11)  # one high
    points[0, 3, 5] = np.nan
    drawn = in_picture(points)
    low, high = np.nanmin(drawn, axis=(0, 1, 2)), np.nanmax(drawn, axis=(0, 1, 2))
    assert (high - low)[0] == pytest.approx(2 * (high - low)[1], abs=2)
    assert (low >= 0).all() and high[0] <= 800 and high[1] <= 1000
    assert np.isnan(drawn[0, 3, 5]).all() and np.isnan(drawn).sum() == 2


def test_a_stray_joint_does_not_set_the_scale():
    points = np.random.default_rng(0).uniform(size=(1, 100, 11, 2))
    calm = in_picture(points)
    points[0, 0, 0] = 1e6
    stray = in_picture(points)
    assert np.abs(stray[0, 1:] - calm[0, 1:]).max() < 20


def test_nobody_to_see():
    points = np.full((1, 5, 11, 2), np.nan)
    assert np.isnan(in_picture(points)).all()


def test_the_still_is_a_frame_of_the_motion(sample_example):
    example = sample_example(DANCE11, persons=2, frames=9)
    drawing, moving = tree(still(example)), motion(example)
    middle = np.array(moving["frames"][4], dtype=float).reshape(2, 11, 2)
    for person, pose in zip(drawing, middle, strict=True):
        bones, joints = person.findall("line"), person.findall("circle")
        assert len(bones) == len(DANCE11.bones) and len(joints) == 11
        for circle, place in zip(joints, pose, strict=True):
            if np.isnan(place).any():
                assert circle.get("visibility") == "hidden"
            else:
                assert [float(circle.get("cx")), float(circle.get("cy"))] == place.tolist()
        for line, (child, parent) in zip(bones, DANCE11.bones, strict=True):
            assert (line.get("visibility") == "hidden") == bool(np.isnan(pose[[child, parent]]).any())
            assert line.get("class") == side_of(child, DANCE11)
    assert moving["bones"] == [list(bone) for bone in DANCE11.bones]
    assert moving["rate"] == 25.0 and len(moving["frames"]) == 9


def test_others_than_the_subject_step_back(sample_example):
    persons = tree(still(sample_example(DANCE11, persons=2, subject=1)))
    assert [person.get("class") for person in persons] == ["person beside", "person"]


def test_a_long_clip_is_thinned_and_lasts_as_long(sample_example):
    moving = motion(sample_example(DANCE11, persons=2, frames=5000))
    assert len(moving["frames"]) / moving["rate"] == pytest.approx(5000 / 25, rel=0.01)
    assert len(json.dumps(moving)) < 130_000


def test_names_of_lines_stay_above_the_axis_and_apart():
    curves = [Curve(name=f"part {i}", style="train", points=[(1, 1.0), (5, 0.001 * i)]) for i in range(6)]
    drawing = tree(line_chart(curves, label="x"))
    names = next(group for group in drawing.iter("g") if group.get("class") == "names")
    places = [float(text.get("y")) for text in names]
    axis = next(path for path in drawing.iter("path") if path.get("class") == "axis").get("d")
    assert max(places) <= float(axis.split()[1].split("H")[0]) + 4
    assert all(below - above >= 15 for above, below in pairwise(places))
    assert len({text.text for text in names}) == 6


def test_long_numbers_fit_beside_the_axis():
    curves = [Curve(name="", style="rate", points=[(1, 0.001), (9, 0.0)])]
    drawing = tree(line_chart(curves, label="x", width=1040, height=150))
    ticks = [text for text in drawing.iter("text") if text.get("text-anchor") == "end"]
    assert max(len(text.text) for text in ticks) == len("0.00075")
    assert all(float(text.get("x")) >= 7 * len(text.text) for text in ticks)


@pytest.mark.parametrize(
    ("value", "interval", "mark"), [(48.0, (40.0, 60.0), ("mean", 190.0)), (0.0, None, None)]
)
def test_a_number_on_its_scale(value, interval, mark):
    drawing = tree(
        scale_bar(value, interval, highest=200.0, ends=("0", "100", "200 mm"), mark=mark, label="x")
    )
    circle = drawing.find(".//circle")
    assert float(circle.get("cx")) == pytest.approx(8 + value / 200 * 504)
    styles = {path.get("class"): path.get("d") for path in drawing.iter("path")}
    assert ("band" in styles) == (interval is not None) and ("guess" in styles) == (mark is not None)
    if interval is not None:
        start, end = re.fullmatch(r"M([\d.]+) 28H([\d.]+)", styles["band"]).groups()
        assert (float(start), float(end)) == (pytest.approx(108.8), pytest.approx(159.2))
    words = {text.text: text.get("text-anchor") for text in drawing.iter("text")}
    assert words["0"] == "start" and words["100"] == "middle" and words["200 mm"] == "end"
    assert words.get("mean", "end") == "end"  # it stays in the picture
