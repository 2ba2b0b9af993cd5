"""The errors of a made detector: how large, how they last, and what never happens."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.detect import Detect
from dancekit_preprocessing.parts import limbs_of, swapping_together
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import LayoutError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_preprocessor, example_batch
from dancekit.testing.examples import clips_of, with_absent_frames, with_missing_as

EXACT = {
    "deviation": (0.0, 0.0), "confidence": (1.0, 1.0), "confidence_noise": 0.0, "lost": 0.0, "swapped": 0.0
}  # fmt: skip


def _batch(**arguments):
    """Dancers some hundred pixels tall."""
    batch = example_batch(**{"layout": "dance14", "training": True, **arguments})
    size = torch.full_like(batch.image_size, 1000)
    return replace(batch, image_size=size).with_keypoints(100 * batch.keypoints + 500)


def _sizes(batch):
    """(N, M) person by person; the root mean square distance from the middle of the frame."""
    sizes = torch.zeros(batch.present.shape[:2])
    for clip, person in np.ndindex(*sizes.shape):
        squares = []
        for points, seen in zip(batch.keypoints[clip, person], batch.seen[clip, person], strict=True):
            squares += (points[seen] - points[seen].mean(0)).square().sum(-1).tolist()
        sizes[clip, person] = math.sqrt(np.mean(squares)) if squares else 0
    return sizes


def _errors(batch, result):
    """(N, M, T, V, 2) in sizes of the body."""
    return (result.keypoints - batch.keypoints) / _sizes(batch)[..., None, None, None].clamp(min=1e-9)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"lost": 0.3, "hidden": 0.2, "swapped": 0.3},
        {"deviation": (0.5, 2.0), "slow": 0.0, "heavier": ("wrist", "ankle")},
    ],
)
def test_contract(arguments):
    check_preprocessor("detect", coordinates=(2,), **arguments)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    share=st.floats(0, 0.9),
    deviation=st.floats(0, 10),
    training=st.booleans(),
    frames=st.integers(1, 20),
)
def test_what_holds_for_every_detector(seed, share, deviation, training, frames):
    batch = _batch(seed=seed, frames=frames, training=training)
    losses = {"lost": share, "hidden": share, "swapped": share}
    result = Detect(deviation=(0, deviation), seed=seed, **losses)(batch)
    assert result.keypoints.isfinite().all() and not (result.seen & ~batch.seen).any()
    assert not result.keypoints[~result.seen].any() and not result.score[~result.seen].any()
    assert result.score.min() >= 0 and result.score.max() <= 1
    for name in ("present", "label", "index", "image_size"):
        assert torch.equal(getattr(result, name), getattr(batch, name))


def test_an_exact_detector_changes_nothing():
    batch = _batch()
    result = Detect(**EXACT)(batch)
    assert torch.equal(result.keypoints, batch.keypoints) and torch.equal(result.score, batch.score)


@pytest.mark.parametrize("training", [True, False])
def test_noise_has_its_deviation_and_follows_itself(training):
    batch = _batch(clips=400, frames=30, complete=True, training=training)
    result = Detect(**EXACT | {"deviation": (0.05, 0.05)}, slow=0.6, correlation=0.8)(batch)
    errors = _errors(batch, result)
    deviation = errors.std((0, 1, 2))  # (V, 2)
    torch.testing.assert_close(deviation, torch.full_like(deviation, 0.05), rtol=0.05, atol=0)
    assert errors.mean().abs() < 1e-3
    for frames in (1, 2, 5):
        correlation = (errors[:, :, frames:] * errors[:, :, :-frames]).mean().item() / 0.05**2
        assert correlation == pytest.approx(0.6 * 0.8**frames, abs=0.02)
    x, y = errors.unbind(-1)
    across_joints = errors[..., :-1, :] * errors[..., 1:, :]
    assert (x * y).mean().abs() < 1e-4 and across_joints.mean().abs() < 1e-4
    if errors.shape[1] > 1:
        assert (errors[:, 0] * errors[:, 1]).mean().abs() < 1e-4


def test_each_clip_has_a_detector_of_its_own():
    batch = _batch(clips=300, frames=40, complete=True)
    errors = _errors(batch, Detect(**EXACT | {"deviation": (0.01, 0.09)}, slow=0.0)(batch))
    deviation = errors.std((1, 2, 3, 4))
    assert deviation.min() < 0.013 and deviation.max() > 0.087
    assert deviation.mean().item() == pytest.approx(0.05, abs=0.005)


def test_some_joints_have_larger_errors():
    batch = _batch(clips=100, complete=True)
    detect = Detect(
        **EXACT | {"deviation": (0.02, 0.02)}, slow=0.0, heavier=("wrist", "nose"), heavier_by=3.0
    )
    deviation = _errors(batch, detect(batch)).std((0, 1, 2, 4))
    for joint, name in enumerate(batch.layout.joints):
        heavy = name in ("left_wrist", "right_wrist", "nose")
        assert deviation[joint].item() == pytest.approx(0.06 if heavy else 0.02, rel=0.1)
    with pytest.raises(LayoutError, match="no joint 'wirst'"):
        Detect(heavier=("wirst",))(batch)


def test_errors_go_with_the_size_of_the_person_not_with_the_place():
    batch = _batch()
    detect = Detect(lost=0, swapped=0)
    errors = detect(batch).keypoints - batch.keypoints
    larger = batch.with_keypoints(batch.keypoints * 2 - 300)
    again = replace(larger, random=_batch().random)
    twice = detect(again).keypoints - again.keypoints
    torch.testing.assert_close(twice, 2 * errors, rtol=1e-2, atol=1e-2)
    one_grows = batch.keypoints.clone()
    one_grows[:, 0] *= 3
    grown = replace(batch, keypoints=one_grows, random=_batch().random)
    errors_now = detect(grown).keypoints - one_grows
    torch.testing.assert_close(errors_now[:, 1], errors[:, 1], rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(errors_now[:, 0], 3 * errors[:, 0], rtol=1e-2, atol=3e-2)


def test_confidence_falls_with_the_error():
    batch = _batch(clips=60)
    sure = EXACT | {"deviation": (0.0, 0.2), "confidence": (0.5, 0.9)}
    result = Detect(**sure, doubt=0.1)(batch)
    away = _errors(batch, result).norm(dim=-1)
    bell = result.score / batch.score.clamp(min=1e-9) / torch.exp(-((away / 0.1) ** 2) / 2)
    for clip in range(60):
        level = bell[clip][batch.seen[clip] & (away[clip] < 0.2)]  # farther away the least confidence shows
        assert level.min() >= 0.5 - 1e-3 and level.max() <= 0.9 + 1e-3
        torch.testing.assert_close(level, level[:1].expand_as(level), rtol=5e-3, atol=0)
    assert 0 < result.score[batch.seen].min() <= 0.01

    noisy = Detect(confidence=(0.8, 0.8), deviation=(0.02, 0.1), lost=0, swapped=0)(
        replace(batch, random=None)
    )
    away = _errors(batch, noisy).norm(dim=-1)[batch.seen]
    own = (noisy.score / batch.score.clamp(min=1e-9))[batch.seen]
    assert -0.85 < np.corrcoef(away, own)[0, 1] < -0.4
    assert own[away < 0.02].std().item() == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("stretch", [1.0, 6.0])
def test_joints_are_lost_for_a_while(stretch):
    batch = _batch(clips=300, frames=60, complete=True)
    result = Detect(**EXACT | {"lost": 0.1}, stretch=stretch)(batch)
    lost = ~result.seen
    assert lost.float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert torch.equal(result.keypoints[~lost], batch.keypoints[~lost])
    ends = (lost[:, :, :-1] & ~lost[:, :, 1:]).sum()
    assert (lost[:, :, :-1].sum() / ends).item() == pytest.approx(max(stretch, 1 / 0.9), rel=0.06)


def test_limbs_are_hidden_as_a_whole():
    batch = _batch(clips=200, frames=30, complete=True)
    lost = ~Detect(**EXACT, hidden=0.1)(batch).seen
    limbs = limbs_of(batch.layout)
    assert set(limbs) == {"left_arm", "right_arm", "left_leg", "right_leg"}
    for joints in limbs.values():
        assert torch.equal(lost[..., joints].all(3), lost[..., joints].any(3))
        assert lost[..., joints].float().mean().item() == pytest.approx(0.1, abs=0.015)
    others = sorted(set(range(14)) - {joint for joints in limbs.values() for joint in joints})
    assert not lost[..., others].any()
    arms = lost[..., limbs["left_arm"][0]].float() * lost[..., limbs["right_arm"][0]]
    assert arms.mean().item() == pytest.approx(0.01, abs=0.005)
    with pytest.raises(LayoutError, match="no limbs to hide"):
        Detect(hidden=0.1)(replace(batch, layout=replace(batch.layout, parts={})))


@pytest.mark.parametrize("parts", [True, False])
def test_limbs_change_sides_for_a_while(parts):
    batch = _batch(clips=300, frames=40)
    layout = batch.layout if parts else replace(batch.layout, parts={})
    batch = replace(batch, layout=layout)
    result = Detect(**EXACT | {"swapped": 0.2}, stretch=5.0)(batch)
    groups, changed = swapping_together(layout), {}
    for left, right in layout.pairs:
        both = batch.seen[..., left] & batch.seen[..., right]
        swapped = both & (result.keypoints[..., left, 0] != batch.keypoints[..., left, 0])
        for one, other in ((left, right), (right, left)):
            assert torch.equal(result.keypoints[swapped][:, one], batch.keypoints[swapped][:, other])
            assert torch.equal(result.score[swapped][:, one], batch.score[swapped][:, other])
            assert torch.equal(result.keypoints[~swapped][:, one], batch.keypoints[~swapped][:, one])
            assert torch.equal(result.score[~swapped][:, one], batch.score[~swapped][:, one])
        assert swapped[both].float().mean().item() == pytest.approx(0.2, abs=0.03)
        again = (swapped[:, :, 1:] & swapped[:, :, :-1])[both[:, :, 1:] & both[:, :, :-1]].float().mean()
        assert again.item() == pytest.approx(0.2 * 0.8, abs=0.03)
        if groups[left] in changed:
            known, before = changed[groups[left]]
            assert torch.equal(swapped[both & known], before[both & known])
        changed[groups[left]] = both, swapped
    assert len(changed) == (2 if parts else len(layout.pairs))
    middle = [layout.index("nose"), layout.index("neck")]
    assert torch.equal(result.keypoints[..., middle, :], batch.keypoints[..., middle, :])


@pytest.mark.parametrize("name", ["dance14", "openpose18", "h36m17", "body25", "coco17", "mediapipe33"])
def test_every_pair_is_in_one_group(name):
    layout = Layout.named(name)
    groups = swapping_together(layout)
    assert all(groups[left] == groups[right] for left, right in layout.pairs)
    assert {groups[joint] for pair in layout.pairs for joint in pair} == set(range(max(groups) + 1))
    assert groups[layout.index("left_wrist")] == groups[layout.index("right_elbow")]
    assert groups[layout.index("left_wrist")] != groups[layout.index("left_ankle")]


def test_outside_training_a_clip_has_one_detector_whatever_its_batch_and_padding():
    batch = _batch(clips=6, frames=150, training=False)
    detect = Detect(lost=0.2, hidden=0.1, swapped=0.2)
    whole = detect(batch)
    for start, stop in [(0, 2), (3, 6), (5, 6)]:
        part = detect(clips_of(batch, start, stop))
        torch.testing.assert_close(part.keypoints, whole.keypoints[start:stop])
        torch.testing.assert_close(part.score, whole.score[start:stop])
    for frames in (1, 90, 400):
        longer = detect(with_absent_frames(batch, frames))
        torch.testing.assert_close(longer.keypoints[:, :, :150], whole.keypoints, rtol=1e-5, atol=1e-3)
        torch.testing.assert_close(longer.score[:, :, :150], whole.score, rtol=1e-5, atol=1e-5)
        assert not longer.score[:, :, 150:].any()
    assert not torch.equal(Detect(lost=0.2, seed=1)(batch).score, Detect(lost=0.2)(batch).score)


def test_nothing_of_what_is_missing_counts():
    batch = _batch(training=False)
    torch.testing.assert_close(Detect()(with_missing_as(batch, 1e4)).keypoints, Detect()(batch).keypoints)


def test_one_joint_alone_stays_where_it_is():
    batch = _batch()
    batch.score[..., 1:] = 0
    batch = batch.with_keypoints(batch.keypoints)
    result = Detect(lost=0)(batch)
    torch.testing.assert_close(result.keypoints, batch.keypoints)


def test_what_is_refused():
    with pytest.raises(RecipeError, match="these are 3D"):
        Detect()(example_batch(coordinates=3))
    for arguments in (
        {"deviation": (-0.1, 0)},
        {"deviation": (0.2, 0.1)},
        {"slow": 1.1},
        {"correlation": -0.1},
        {"heavier_by": -1},
        {"confidence": (0.0, 1.0)},
        {"confidence": (0.5, 1.1)},
        {"doubt": 0},
        {"confidence_noise": -1},
        {"lost": 1.0},
        {"hidden": -0.1},
        {"swapped": 1.0},
        {"stretch": 0.5},
        {"seed": -1},
    ):
        with pytest.raises(ValueError, match="must"):
            Detect(**arguments)
