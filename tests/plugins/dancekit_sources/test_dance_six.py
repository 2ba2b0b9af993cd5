"""The data set as a user sees it: its contract and its errors."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from dancekit_sources.dance_six import DanceSix

from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError

KINDS = ("detected", "true_2d", "true_3d")


def small(**arguments: object) -> DanceSix:
    return DanceSix(**{"recordings_train": 60, "recordings_test": 12, **arguments})  # type: ignore[arg-type]


def same(one: list[Clip], other: list[Clip]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a.keypoints, b.keypoints)
        and np.array_equal(a.score, b.score)
        and (a.label, a.name, a.person) == (b.label, b.name, b.person)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_clip_keeps_the_contract(kind: str) -> None:
    data = small(keypoints=kind)
    coordinates = 3 if kind == "true_3d" else 2
    for split in data.splits:
        for clip in data.recordings(split):
            frames = clip.frames
            assert 45 <= frames <= 120
            assert clip.keypoints.shape == (1, frames, len(data.layout.joints), coordinates)
            assert clip.keypoints.dtype == clip.score.dtype == np.float32
            assert clip.frame_rate == 30
            assert clip.image_size == (None if kind == "true_3d" else (1280, 720))
            again = Clip.of(
                clip.keypoints, score=clip.score, present=clip.present, label=clip.label, name=clip.name
            )
            np.testing.assert_array_equal(clip.keypoints, again.keypoints)
            np.testing.assert_array_equal(clip.score, again.score)


def test_detected_joints_can_be_missing_and_are_otherwise_in_the_image() -> None:
    clips = list(small().recordings("train"))
    points = np.concatenate([clip.keypoints[0] for clip in clips])
    score = np.concatenate([clip.score[0] for clip in clips])
    missing = score == 0
    assert 0.005 < missing.mean() < 0.15
    assert (points[missing] == 0).all()
    assert (points[~missing] >= 0).all()
    assert (points[~missing] < (1280, 720)).all()


def test_true_keypoints_are_certain() -> None:
    for kind in ("true_2d", "true_3d"):
        assert all((clip.score == 1).all() for clip in small(keypoints=kind).recordings("test"))


def test_detections_lie_about_the_truth() -> None:
    detected, true = (list(small(keypoints=kind).recordings("train")) for kind in ("detected", "true_2d"))
    error = np.concatenate(
        [
            np.linalg.norm(d.keypoints - t.keypoints, axis=-1)[d.score > 0.6]
            for d, t in zip(detected, true, strict=True)
        ]
    )
    assert 1 < np.median(error) < 15  # pixels


def test_a_seed_makes_the_same_recordings_and_another_seed_others() -> None:
    first = list(small(seed=3).recordings("train"))
    assert same(first, list(small(seed=3).recordings("train")))
    assert not same(first, list(small(seed=4).recordings("train")))


def test_movements_are_balanced_and_all_danced_by_each_dancer_of_train() -> None:
    data = small()
    for split, count in (("train", 60), ("test", 12)):
        labels = Counter(clip.label for clip in data.recordings(split))
        assert sorted(labels) == list(range(6))
        assert set(labels.values()) == {count // 6}
    danced: dict[str, set[object]] = {}
    for clip in data.recordings("train"):
        danced.setdefault(clip.person, set()).add(clip.label)
    assert all(len(labels) == 6 for labels in danced.values())


def test_no_dancer_and_no_body_is_in_both_splits() -> None:
    data = small()
    people = {split: {clip.person for clip in data.recordings(split)} for split in data.splits}
    assert people["train"] and people["test"]
    assert not people["train"] & people["test"]

    def upper_arms(split: str) -> set[float]:
        return {
            round(float(length), 9)
            for scene in data.scenes(split)
            for length in np.linalg.norm(scene.joints[:, 0, 12] - scene.joints[:, 0, 11], axis=-1)
        }

    assert len(upper_arms("train")) == len(people["train"])
    assert not upper_arms("train") & upper_arms("test")


def test_names_are_unique() -> None:
    data = small()
    names = [clip.name for split in data.splits for clip in data.recordings(split)]
    assert len(names) == len(set(names)) == 72


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"keypoints": "seen"}, "'seen'.*detected, true_2d, true_3d"),
        ({"recordings_train": 5}, "recordings_train is 5.*at least 6"),
        ({"recordings_test": 0}, "recordings_test is 0.*at least 6"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_wrong_arguments_are_told_with_the_way_out(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(RecipeError, match=named):
        small(**arguments)


def test_an_unknown_split_is_told() -> None:
    with pytest.raises(DataError, match=r"no split 'validation'.*train and test"):
        list(small().recordings("validation"))
