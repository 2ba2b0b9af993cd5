"""Bones exchanged by walking the tree, and bones and motion joint by joint."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.body import ExchangeBoneLengths, VaryBoneLengths
from dancekit_preprocessing.streams import Stream

from dancekit.testing import example_batch


def _lengths(batch, clip):
    """The mean length of each bone in a clip; None where it is never seen."""
    lengths = []
    for joint, parent in enumerate(batch.layout.parents):
        seen = batch.seen[clip, ..., joint] & batch.seen[clip, ..., parent]
        bones = (batch.keypoints[clip, ..., joint, :] - batch.keypoints[clip, ..., parent, :])[seen]
        lengths.append(bones.norm(dim=-1).mean().item() if parent >= 0 and len(bones) else None)
    return lengths


def _walk(batch, clip, ratio):
    """The clip put together again from the root, with every bone times its ratio."""
    parents = batch.layout.parents
    old, seen = batch.keypoints[clip], batch.seen[clip]
    new = old.clone()
    for person, frame in np.ndindex(*batch.present.shape[1:]):
        moved = {}

        def move(joint, person=person, frame=frame, moved=moved):
            parent = parents[joint]
            if parent < 0:
                return torch.zeros(old.shape[-1])
            if joint not in moved:
                moved[joint] = move(parent).clone()
                if seen[person, frame, joint] and seen[person, frame, parent]:
                    bone = old[person, frame, joint] - old[person, frame, parent]
                    moved[joint] += (ratio[joint] - 1) * bone
            return moved[joint]

        for joint in range(len(parents)):
            if seen[person, frame, joint]:
                new[person, frame, joint] += move(joint)
    return new


@pytest.mark.parametrize(("layout", "coordinates"), [("openpose18", 2), ("ntu25", 3), ("coco17", 3)])
def test_exchange_against_a_walk_over_the_tree(layout, coordinates):
    batch = example_batch(layout=layout, coordinates=coordinates, clips=5, frames=6, training=True)
    batch.score[3] = 0
    batch.score[2, ..., 6] = 0
    batch = batch.with_keypoints(batch.keypoints)
    result = ExchangeBoneLengths(probability=0.6, limit=1.4)(batch)
    random = replace(batch.random)
    chosen, place = random.uniform() < 0.6, random.uniform()
    assert chosen.any() and not chosen.all()
    for clip in range(5):
        other = (clip + 1 + int(place[clip] * 4)) % 5
        pairs = zip(_lengths(batch, clip), _lengths(batch, other), strict=True)
        ratio = [np.clip(new / old, 1 / 1.4, 1.4) if old and new else 1.0 for old, new in pairs]
        expected = _walk(batch, clip, ratio) if chosen[clip] else batch.keypoints[clip]
        torch.testing.assert_close(result.keypoints[clip], expected, rtol=1e-4, atol=1e-4)


def test_lengths_are_the_others_and_directions_ones_own():
    batch = example_batch(clips=2, coordinates=3, complete=True, training=True)
    result = ExchangeBoneLengths(probability=1, limit=100)(batch)
    for clip in range(2):
        pairs = zip(_lengths(result, clip), _lengths(batch, 1 - clip), strict=True)
        for got, asked in pairs:
            assert got == (None if asked is None else pytest.approx(asked, rel=1e-4))
    for joint, parent in batch.layout.bones:
        old, new = (
            torch.nn.functional.normalize(
                each.keypoints[..., joint, :] - each.keypoints[..., parent, :], dim=-1
            )
            for each in (batch, result)
        )
        torch.testing.assert_close(new, old, rtol=1e-3, atol=1e-3)
    root = batch.layout.parents.index(-1)
    assert torch.equal(result.keypoints[..., root, :], batch.keypoints[..., root, :])


def test_alone_one_keeps_ones_bones():
    batch = example_batch(clips=1, coordinates=3, training=True)
    torch.testing.assert_close(ExchangeBoneLengths(probability=1)(batch).keypoints, batch.keypoints)
    with pytest.raises(ValueError, match="limit must lie"):
        ExchangeBoneLengths(limit=0.9)


@pytest.mark.parametrize(("layout", "coordinates"), [("openpose18", 2), ("h36m17", 3)])
def test_varied_lengths_against_a_walk_over_the_tree(layout, coordinates):
    batch = example_batch(layout=layout, coordinates=coordinates, clips=5, frames=6, training=True)
    result = VaryBoneLengths(share=0.3)(batch)
    factors = replace(batch.random).uniform(batch.layout.num_joints, low=0.7, high=1.3)
    for clip in range(5):
        ratio = factors[clip].tolist()
        for left, right in batch.layout.pairs:
            ratio[left] = ratio[right] = ratio[min(left, right)]
        torch.testing.assert_close(result.keypoints[clip], _walk(batch, clip, ratio), rtol=1e-4, atol=1e-4)


def test_varied_bones_are_alike_on_both_sides_through_the_clip_and_evenly_spread():
    batch = example_batch(clips=500, coordinates=3, frames=3, persons=1, complete=True, training=True)
    result = VaryBoneLengths(share=0.2)(batch)
    parents = list(batch.layout.parents)
    children = [joint for joint, parent in enumerate(parents) if parent >= 0]
    lengths = [
        (
            each.keypoints[..., children, :] - each.keypoints[..., [parents[joint] for joint in children], :]
        ).norm(dim=-1)
        for each in (batch, result)
    ]
    factor = lengths[1] / lengths[0]  # (N, M, T, bones)
    torch.testing.assert_close(factor, factor[:, :, :1].expand_as(factor), rtol=1e-3, atol=1e-3)
    drawn = factor[:, 0, 0]
    assert drawn.min() >= 0.8 - 1e-3 and drawn.max() <= 1.2 + 1e-3
    assert drawn.mean().item() == pytest.approx(1, abs=0.01) and drawn.std().item() == pytest.approx(
        0.4 / 12**0.5, rel=0.05
    )
    for left, right in batch.layout.pairs:
        here = [children.index(joint) for joint in (left, right)]
        torch.testing.assert_close(drawn[:, here[0]], drawn[:, here[1]], rtol=1e-3, atol=1e-3)
    shoulder, elbow = (children.index(batch.layout.index(f"left_{name}")) for name in ("elbow", "wrist"))
    assert abs(np.corrcoef(drawn[:, shoulder], drawn[:, elbow])[0, 1]) < 0.15
    assert torch.equal(VaryBoneLengths(share=0)(batch).seen, batch.seen)
    with pytest.raises(ValueError, match="share must lie"):
        VaryBoneLengths(share=1)


def _stream(batch, of):
    """keypoints and score, joint after joint."""
    keypoints, score = batch.keypoints.clone(), batch.score.clone()
    n, m, frames, joints = score.shape
    if of.startswith("bone"):
        for joint, parent in enumerate(batch.layout.parents):
            if parent < 0:
                keypoints[..., joint, :] = 0
                continue
            keypoints[..., joint, :] -= batch.keypoints[..., parent, :]
            score[..., joint] = torch.minimum(score[..., joint], batch.score[..., parent])
    if of.endswith("motion"):
        places, scores = keypoints.clone(), score.clone()
        for clip, person, joint in np.ndindex(n, m, joints):
            for t in range(frames - 1):
                keypoints[clip, person, t, joint] = (
                    places[clip, person, t + 1, joint] - places[clip, person, t, joint]
                )
                score[clip, person, t, joint] = min(scores[clip, person, t : t + 2, joint])
        keypoints[:, :, -1] = 0
    return keypoints * (score > 0)[..., None], score


@pytest.mark.parametrize("of", ["joint", "bone", "joint_motion", "bone_motion"])
@pytest.mark.parametrize("layout", ["openpose18", "ntu25"])
@pytest.mark.parametrize("coordinates", [2, 3])
def test_streams_against_the_literal_version(of, layout, coordinates):
    batch = example_batch(layout=layout, coordinates=coordinates, frames=7)
    result = Stream(of=of)(batch)
    keypoints, score = _stream(batch, of)
    torch.testing.assert_close(result.keypoints, keypoints)
    torch.testing.assert_close(result.score, score)
    assert torch.equal(result.present, batch.present) and result.layout is batch.layout


def test_a_still_dancer_has_bones_and_no_motion():
    batch = example_batch(complete=True)
    still = batch.with_keypoints(batch.keypoints[:, :, :1].expand_as(batch.keypoints))
    assert not Stream(of="joint_motion")(still).keypoints.any()
    assert not Stream(of="bone_motion")(still).keypoints.any()
    bones = Stream(of="bone")(still)
    torch.testing.assert_close(bones.keypoints.std(2), torch.zeros_like(bones.keypoints[:, :, 0]))
    elsewhere = Stream(of="bone")(still.with_keypoints(still.keypoints + 5))
    torch.testing.assert_close(elsewhere.keypoints, bones.keypoints, rtol=1e-4, atol=1e-5)
    assert Stream(of="joint_motion")(replace(still)).seen.all()
