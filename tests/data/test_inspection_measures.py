"""Every measure of a recording against a slow, literal one on small random recordings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
import pytest
from dancers import dancer
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.clips import Clip
from dancekit.data.inspection.bodies import pieces
from dancekit.data.inspection.fingerprints import nearly_same, same
from dancekit.data.inspection.measurements import Measurements, joined, measure
from dancekit.data.inspection.sizes import body_sizes, head_and_feet
from dancekit.data.inspection.splits import apart, role
from dancekit.data.inspection.summary import Spread
from dancekit.data.store import RecordingStore
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {
        "name": "stick",
        "joints": ["Head", "hip", "LeftFoot", "hand"],
        "bones": {"hip": "Head", "LeftFoot": "hip", "hand": "Head"},
        "centre": "hip",
        "pairs": {},
    }
)
NAMELESS = replace(LAYOUT, joints=("a", "b", "c", "d"))
FOOT = 2


@st.composite
def recordings(draw: st.DrawFn) -> list[Clip]:
    """Bodies that stand, move, jump, freeze and get lost."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    coordinates = draw(st.sampled_from([2, 3]))
    clips = []
    for number in range(draw(st.integers(1, 4))):
        m, t = draw(st.integers(1, 3)), draw(st.integers(1, 24))
        body = np.pad([[0, 1.6], [0, 0.9], [0, 0], [0.7, 1.3]], ((0, 0), (0, coordinates - 2)))  # (V, C)
        scale = draw(st.sampled_from([1, 1, 100, 0]))
        moves = draw(st.sampled_from([0, 0.0001, 0.05, 0.3]))
        steps = random.normal(size=(m, t, 4, coordinates)).cumsum(1) * moves
        steps[:, :, random.random(4) < 0.2] = 0
        points = (body + steps) * scale
        for _ in range(draw(st.integers(0, 2))):  # frames that are there again, and jumps
            person, frame = random.integers(m), random.integers(t)
            points[person, frame : frame + 2] = points[person, frame]
            points[person, random.integers(t), random.integers(4)] += 2 * scale
        for _ in range(draw(st.integers(0, 2))):  # a fast stretch: possible, hardly, or not
            start, length = random.integers(t), random.integers(1, 7)
            ways = random.uniform(0.2, 1.3) * random.uniform(0.1, 1, length) * scale
            joint = random.integers(4)
            points[:, start : start + length, joint, 0] += ways.cumsum()[: t - start]
            points[:, start + length :, joint, 0] += ways.sum()
        points[random.random((m, t, 4)) < draw(st.sampled_from([0, 0.3]))] = np.nan
        present = random.random((m, t)) >= draw(st.sampled_from([0, 0.2, 1]))
        score = random.random((m, t, 4)).round(1)
        clips.append(
            Clip.of(
                points,
                score=score if draw(st.booleans()) else None,
                present=present if draw(st.booleans()) else None,
                label=number,
                name=f"c{number}",
                frame_rate=draw(st.sampled_from([None, 10, 30])),
                image_size=draw(st.sampled_from([None, (1, 1), (100, 200)])) if coordinates == 2 else None,
            )
        )
    return clips


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.floor(share * (len(values) - 1))] if values else math.nan


def seen(clip: Clip, person: int, frame: int, joint: int) -> bool:
    return bool(clip.present[person, frame] and clip.score[person, frame, joint] > 0)


def box(clip: Clip, person: int) -> float:
    extents = []
    for frame in range(clip.frames):
        points = [clip.keypoints[person, frame, v] for v in range(4) if seen(clip, person, frame, v)]
        if len(points) >= 2:
            extents.append(max(max(axis) - min(axis) for axis in zip(*points, strict=True)))
    return quantile(extents, 0.95) or math.nan


def bone(clip: Clip, person: int, one: int, other: int) -> list[float]:
    return [
        float(np.linalg.norm(clip.keypoints[person, t, one] - clip.keypoints[person, t, other]))
        for t in range(clip.frames)
        if seen(clip, person, t, one) and seen(clip, person, t, other)
    ]


def size(clip: Clip, person: int, layout: Layout) -> float:
    if clip.keypoints.shape[-1] == 3 and layout is LAYOUT:
        standing = quantile(bone(clip, person, 0, 1), 0.5) + quantile(bone(clip, person, 1, FOOT), 0.5)
        if not math.isnan(standing):
            return standing or math.nan
    return box(clip, person)


def reach(clip: Clip, person: int, joint: int) -> tuple[float, int]:
    points = [clip.keypoints[person, t, joint] for t in range(clip.frames) if seen(clip, person, t, joint)]
    if not points:
        return -math.inf, 0
    return float(max(max(axis) - min(axis) for axis in zip(*points, strict=True))), len(points)


def step(clip: Clip, person: int, frame: int, joint: int) -> float | None:
    if frame < 1 or not (seen(clip, person, frame, joint) and seen(clip, person, frame - 1, joint)):
        return None
    return float(
        np.linalg.norm(clip.keypoints[person, frame, joint] - clip.keypoints[person, frame - 1, joint])
    )


def longest(clip: Clip, person: int, frame: int) -> float | None:
    steps = [each for v in range(4) if (each := step(clip, person, frame, v)) is not None]
    return max(steps, default=None)


def jumps(clip: Clip, person: int, layout: Layout) -> list[tuple[int, int]]:
    """(frame, joint)"""
    tall = size(clip, person, layout)
    if math.isnan(tall):
        return []
    metre = 1 if clip.keypoints.shape[-1] == 3 and 0.5 <= tall <= 2.5 else tall / 1.5
    ways = [each for t in range(clip.frames) if (each := longest(clip, person, t)) is not None]
    limit = max(15 / (clip.frame_rate or 30) * metre, 6 * quantile(ways, 0.5) if ways else 0)
    found = []
    for frame in range(clip.frames):
        for joint in range(4):
            this = step(clip, person, frame, joint)
            if this is None or this <= limit:
                continue
            near = [t for t in range(frame - 3, frame + 4) if t != frame and 0 < t < clip.frames]
            around = median([step(clip, person, t, joint) or 0 for t in near] or [0])
            if this > 4 * around or this > 2 * limit:
                found.append((frame, joint))
    return found


def repeated(clip: Clip, person: int, layout: Layout) -> int:
    tall, count = size(clip, person, layout), 0

    def again(frame: int) -> bool:
        alike = all(seen(clip, person, frame, v) == seen(clip, person, frame - 1, v) for v in range(4))
        return frame > 0 and alike and longest(clip, person, frame) == 0

    def moving(frame: int) -> bool:
        way = longest(clip, person, frame)
        return way is not None and way > 0.005 * tall

    for frame in range(clip.frames):
        if again(frame):
            before, after = frame, frame
            while before > 0 and again(before):
                before -= 1
            while after < clip.frames and again(after):
                after += 1
            sides = ([before] if before > 0 else []) + ([after] if after < clip.frames else [])
            count += bool(sides) and all(moving(side) for side in sides)
    return count


def near(numbers: object) -> object:
    return pytest.approx(numbers, rel=1e-4, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("layout", [LAYOUT, NAMELESS], ids=["named", "nameless"])
@settings(deadline=None, max_examples=300)
@given(clips=recordings(), rows=st.sampled_from([1, 20, 1000]))
def test_measures_are_what_they_say(layout: Layout, clips: list[Clip], rows: int) -> None:
    found = measure(RecordingStore.pack(clips, layout), rows=rows)
    assert len(found) == len(clips) and found.name.tolist() == [clip.name for clip in clips]
    for number, clip in enumerate(clips):
        people = range(len(clip.keypoints))
        frames = range(clip.frames)
        places = [(m, t, v) for m in people for t in frames for v in range(4)]
        sizes = [size(clip, m, layout) for m in people]

        counts = found.completeness
        assert counts.present[number] == clip.present.sum()
        assert counts.empty[number] == sum(not clip.present[:, t].any() for t in frames)
        assert counts.seen[number].tolist() == [
            sum(seen(clip, m, t, v) for m in people for t in frames) for v in range(4)
        ]
        assert counts.uncertain[number] == sum(
            seen(clip, *place) and clip.score[place] < np.float32(0.3) for place in places
        )
        known = [each for each in sizes if not math.isnan(each)]
        assert found.shape.size[number] == near(max(known, default=math.nan))
        check_shape(found, number, clip, layout)

        motion = found.motion
        reaches = {m: [reach(clip, m, v) for v in range(4)] for m in people}
        here = [m for m in people if max(count for _, count in reaches[m]) >= 8]
        moving = [m for m in here if not max(far for far, _ in reaches[m]) < 0.01 * sizes[m]]
        assert motion.still[number] == (bool(here) and not moving)
        all_jumps = [(m, *jump) for m in people for jump in jumps(clip, m, layout)]
        later = [jump for jump in all_jumps if jump[1] > 1]
        assert motion.starts[number] == len(all_jumps) - len(later)
        assert motion.jumps[number].tolist() == [sum(jump[2] == v for jump in later) for v in range(4)]
        if later:
            farthest = max(step(clip, *jump) for jump in later)
            place = tuple(motion.farthest[number])
            assert farthest == near(max(step(clip, *jump) for jump in later if jump[1:] == place))
        else:
            assert motion.farthest[number].tolist() == [-1, -1]
        assert motion.repeated[number] == sum(repeated(clip, m, layout) for m in people)
        for joint in range(4):
            assert motion.frozen[number, joint] == any(
                frozen(reaches[m], joint, sizes[m], support=layout is LAYOUT and joint in (1, FOOT))
                for m in people
            )


def frozen(reaches: list[tuple[float, int]], joint: int, tall: float, *, support: bool) -> bool:
    far, count = reaches[joint]
    often = count >= 8 and 2 * count >= max(count for _, count in reaches)
    moves = max(far for far, _ in reaches) > 0.05 * tall
    passes = median(max(far, 0) for far, _ in reaches) > 0.5 * tall
    return often and far < 0.0005 * tall and moves and (passes or not support)


def check_shape(found: Measurements, number: int, clip: Clip, layout: Layout) -> None:
    people, frames = range(len(clip.keypoints)), range(clip.frames)
    ways = [
        clip.keypoints[m, t, 0] - clip.keypoints[m, t, FOOT]
        for m in people
        for t in frames
        if seen(clip, m, t, 0) and seen(clip, m, t, FOOT)
    ]
    up = [*np.mean(ways, 0, dtype=float), 0][:3] if ways and layout is LAYOUT else [math.nan] * 3
    coordinates = clip.keypoints.shape[-1]
    assert found.shape.up[number, :coordinates].tolist() == near(up[:coordinates])
    for place, (child, parent) in enumerate(layout.bones):
        lengths = [bone(clip, m, child, parent) for m in people]
        varies = [np.std(each, dtype=float) / np.mean(each) for each in lengths if each and np.mean(each) > 0]
        in_space = coordinates == 3 and varies
        assert found.shape.bones[number, place] == near(np.mean(varies) if in_space else math.nan)
    all_seen = [
        clip.keypoints[m, t, v] for m in people for t in frames for v in range(4) if seen(clip, m, t, v)
    ]
    width, height = clip.image_size or (math.nan, math.nan)
    beside = [
        x < -0.05 * width or x > 1.05 * width or y < -0.05 * height or y > 1.05 * height
        for x, y in (point[:2] for point in all_seen)
    ]
    assert found.shape.outside[number] == sum(beside)
    tiny = clip.image_size is not None and all(abs(each) <= 1 for point in all_seen for each in point)
    assert found.shape.unit[number] == (tiny and bool(all_seen))


@given(clips=recordings(), data=st.data())
def test_a_selection_is_measured_as_its_clips(clips: list[Clip], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(clips))))
    order = order[: data.draw(st.integers(1, len(order)))]
    store = RecordingStore.pack(clips, LAYOUT)
    chosen = measure(store.select(order), rows=20)
    alone = joined([measure(RecordingStore.pack([clips[place]], LAYOUT)) for place in order])
    assert chosen.name.tolist() == alone.name.tolist()
    for part in ("completeness", "shape", "motion", "fingerprints"):
        for name, values in vars(getattr(chosen, part)).items():
            other = getattr(getattr(alone, part), name)
            if values.dtype == object:
                assert values.tolist() == other.tolist()
            else:
                np.testing.assert_allclose(values, other, rtol=1e-4, atol=1e-6, err_msg=name)


@given(
    bodies=st.lists(
        st.lists(st.floats(0, 2.0**100, width=32) | st.just(math.nan), min_size=1, max_size=9),
        min_size=1,
        max_size=5,
    ),
    share=st.floats(0, 1),
)
def test_quantile_per_body(bodies: list[list[float]], share: float) -> None:
    clips = [
        Clip.of(np.ones((len(each), 4, 2)), label=0, name=f"c{number}") for number, each in enumerate(bodies)
    ]
    (piece,) = pieces(RecordingStore.pack(clips, LAYOUT))
    values = np.concatenate(bodies).astype(np.float32)
    wanted = [quantile([each for each in body if not math.isnan(each)], share) for body in bodies]
    assert piece.quantile_per_body(values, share).tolist() == near(wanted)


def test_spread() -> None:
    assert Spread.of(np.array([math.nan])) is None
    spread = Spread.of(np.array([*range(101), math.nan]))
    assert spread == Spread(least=0, low=5, median=50, high=95, most=100)


@pytest.mark.parametrize(
    ("name", "head", "feet"),
    [
        ("bandai21", {"head"}, {"left_ankle", "left_toe", "right_ankle", "right_toe"}),
        ("coco17", {"nose"}, {"left_ankle", "right_ankle"}),
        ("h36m17", {"head"}, {"left_ankle", "right_ankle"}),
    ],
)
def test_head_and_feet_by_name(name: str, head: set[str], feet: set[str]) -> None:
    layout = Layout.named(name)
    top, bottom = head_and_feet(layout)
    assert {layout.joints[v] for v in top} == head and {layout.joints[v] for v in bottom} == feet


def test_names_of_other_programs() -> None:
    joints = ("Hips", "Neck1", "Head", "LeftToeBase", "Foot_R", "Forehead")
    layout = replace(LAYOUT, joints=joints, bones=tuple((v, 0) for v in range(1, 6)))
    assert head_and_feet(layout) == ([2], [3, 4])
    assert head_and_feet(NAMELESS) == ([], [])


# Twins


def test_digests_tell_apart_what_differs() -> None:
    clip = dancer(0, label=0, name="a", person="p")
    layout = Layout.named("h36m17")
    same_content = replace(clip, name="b", person="q", label=1, frame_rate=60)
    less = replace(clip, score=clip.score * np.float32(0.5))
    moved = replace(clip, keypoints=clip.keypoints + np.float32(1))
    nobody = Clip.of(clip.keypoints * np.nan, label=0, name="n")
    store = RecordingStore.pack([clip, same_content, less, moved, nobody, nobody], layout)
    found = measure(store).fingerprints
    assert same(found.digest.tolist()) == [(0, 1)]


@pytest.mark.parametrize("coordinates", [2, 3])
def test_nearly_same_is_a_shift_or_a_rounding(coordinates: int) -> None:
    layout = Layout.named("h36m17")
    clips = [dancer(n, label=n % 2, name=f"c{n}", person="p", coordinates=coordinates) for n in range(40)]
    rounded = [
        replace(clip, keypoints=clip.keypoints.astype(np.float16).astype(np.float32)) for clip in clips[:10]
    ]
    by = np.float32(1.5 if coordinates == 3 else 90)
    shifted = [replace(clip, keypoints=clip.keypoints + by) for clip in clips[10:20]]
    noise = np.random.default_rng(0)
    tall = 1.6 if coordinates == 3 else 290
    noisy = [
        replace(
            clip, keypoints=clip.keypoints + noise.normal(0, 0.02 * tall, clip.keypoints.shape).astype("f4")
        )
        for clip in clips[20:30]
    ]
    longer = [replace(dancer(n, label=n % 2, name="l", person="p", frames=61)) for n in range(30, 40)]
    found = measure(RecordingStore.pack([*clips, *rounded, *shifted, *noisy], layout))
    pairs = nearly_same(found.fingerprints.print, found.frames, found.persons, found.fingerprints.digest)
    assert pairs == [(n, 40 + n) for n in range(20)]
    if coordinates == 3:
        both = measure(RecordingStore.pack([*clips, *longer], layout))
        prints = both.fingerprints
        assert nearly_same(prints.print, both.frames, both.persons, prints.digest) == []


def test_missing_joints_do_not_hide_the_size_of_a_body() -> None:
    clip = dancer(0, label=0, name="a", person="p")
    layout = Layout.named("h36m17")
    keypoints = clip.keypoints.copy()
    keypoints[:, ::2, layout.index("head")] = np.nan
    (whole,) = pieces(RecordingStore.pack([clip], layout))
    (partly,) = pieces(RecordingStore.pack([Clip.of(keypoints, label=0, name="a")], layout))
    assert body_sizes(partly, layout).tolist() == near(body_sizes(whole, layout).tolist())


# Splits


@pytest.mark.parametrize(
    ("split", "wanted"),
    [
        ("train", ("train", "")),
        ("xsub_val", ("other", "xsub_")),
        ("Training-1", ("train", "-1")),
        ("style_test", ("other", "style_")),
        ("S1", ("none", "")),
        ("constraint", ("none", "")),
        ("latest", ("none", "")),
    ],
)
def test_roles(split: str, wanted: tuple[str, str]) -> None:
    assert role(split) == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ({"train": "ab", "val": "c", "test": "d"}, [("train", "val"), ("train", "test"), ("val", "test")]),
        ({"test": "d", "train": "ab"}, [("train", "test")]),
        ({"all": "abc", "train": "ab", "test": "c"}, [("train", "test")]),
        ({"xsub_train": "a", "xsub_val": "b", "xset_val": "a"}, [("xsub_train", "xsub_val")]),
        ({"train": "a", "test_seen": "b"}, [("train", "test_seen")]),
        ({"train": "abc", "train_small": "ab"}, []),
        ({"S1": "ab", "S2": "bc", "S3": "b"}, [("S1", "S2")]),
        ({"train": "ab", "exam": "bc"}, [("train", "exam")]),
    ],
)
def test_splits_that_should_share_nothing(names: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    assert list(apart(names)) == wanted
