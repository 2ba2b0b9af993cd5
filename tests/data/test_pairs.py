"""Pairs of 2D and 3D: the root, what is known, and who is there."""

from __future__ import annotations

from dataclasses import replace

import torch

from dancekit.data.pairs import PosePairs, rooted, roots_of
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch

H36M = Layout.named("h36m17")
DANCE = Layout.named("dance14")


def test_the_root_is_the_pelvis_or_the_middle_of_the_hips_or_the_centre() -> None:
    assert roots_of(H36M) == (H36M.index("pelvis"),)
    assert roots_of(DANCE) == (DANCE.index("left_hip"), DANCE.index("right_hip"))
    points = Layout.from_mapping(
        {
            "name": "three",
            "joints": ["a", "b", "c"],
            "bones": {"a": "b", "c": "b"},
            "centre": "b",
            "pairs": {},
        }
    )
    assert roots_of(points) == (1,)


def test_places_are_from_the_root_on_in_every_frame() -> None:
    keypoints = torch.randn(2, 5, 14, 3)
    seen = torch.ones(2, 5, 14, dtype=torch.bool)
    target, known = rooted(keypoints, seen, DANCE)
    left, right = roots_of(DANCE)
    for clip in range(2):
        for frame in range(5):
            origin = (keypoints[clip, frame, left] + keypoints[clip, frame, right]) / 2
            torch.testing.assert_close(target[clip, frame], keypoints[clip, frame] - origin)
    assert bool(known.all())


def test_a_frame_without_its_root_says_nothing() -> None:
    keypoints = torch.randn(1, 2, 14, 3)
    seen = torch.ones(1, 2, 14, dtype=torch.bool)
    seen[0, 1, DANCE.index("left_hip")] = False
    seen[0, 0, 3] = False
    keypoints[0, 0, 3] = torch.nan
    target, known = rooted(keypoints, seen, DANCE)
    assert not bool(known[0, 1].any()) and int(known[0, 0].sum()) == 13
    assert bool((target[0, 1] == 0).all()) and bool((target[0, 0, 3] == 0).all())
    assert bool(target.isfinite().all())


def test_persons_become_rows_with_what_is_missing_told() -> None:
    recorded = example_batch(layout=H36M, clips=3, persons=2, frames=6, coordinates=3)
    detected = example_batch(layout=DANCE, clips=3, persons=2, frames=6)
    absent = detected.present.clone()
    absent[1, 1] = False
    recorded, detected = replace(recorded, present=absent), replace(detected, present=absent)
    pairs = PosePairs.of(detected, recorded)
    assert pairs.keypoints.shape == (6, 6, 14, 2) and pairs.target.shape == (6, 6, 17, 3)
    assert not bool(pairs.seen[3].any()) and not bool(pairs.present[3].any())  # clip 1, person 1
    assert bool((pairs.target[~pairs.seen] == 0).all())
