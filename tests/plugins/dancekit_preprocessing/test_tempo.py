"""Other moments of a clip, one at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.tempo import ReverseTime, Speed, resampled, warp

from dancekit.data.clips import PICTURES
from dancekit.testing import example_batch


def test_reversed_clips_run_backwards_and_the_others_do_not():
    batch = example_batch(clips=40, training=True)
    result = ReverseTime(probability=0.5)(batch)
    chosen = replace(batch.random).uniform() < 0.5
    assert 8 < chosen.sum() < 32
    for clip in range(40):
        step = -1 if chosen[clip] else 1
        for name in ("keypoints", "score", "present"):
            before, after = (getattr(each, name)[clip].numpy() for each in (batch, result))
            np.testing.assert_array_equal(after, before[:, ::step])


def test_pictures_go_along_with_what_is_reversed():
    batch = example_batch(clips=20, training=True, pictures=6)
    result = ReverseTime(probability=0.5)(batch)
    chosen = replace(batch.random).uniform() < 0.5
    for name in PICTURES:
        before, after = getattr(batch, name), getattr(result, name)
        assert torch.equal(after[chosen], before[chosen].flip(1)) and torch.equal(
            after[~chosen], before[~chosen]
        )


def test_pictures_are_those_of_the_nearer_frames():
    batch = example_batch(clips=3, frames=9, pictures=6)
    times = torch.tensor([0, 0.4, 0.6, 2.5, 7.49, 8.0]).expand(3, -1)
    result = resampled(batch, times)
    for name in PICTURES:
        assert torch.equal(getattr(result, name), getattr(batch, name)[:, [0, 0, 1, 3, 7, 8]])
    shown = result.present.any(1)
    assert not result.frames[~shown].any()


def test_twice_is_as_before():
    batch = example_batch(training=True)
    once = ReverseTime(probability=1)(batch)
    assert torch.equal(ReverseTime(probability=1)(once).keypoints, batch.keypoints)


@pytest.mark.parametrize("frames", [3, 16, 65])
def test_warps_run_forward_from_end_to_end(frames):
    speed = 0.5 + torch.rand(50, 4, generator=torch.Generator().manual_seed(0))
    times = warp(speed, frames)
    assert times.shape == (50, frames)
    assert not times[:, 0].any() and (times[:, -1] == frames - 1).all()
    steps = times.diff(dim=1)
    assert (steps > 0).all() and (steps.max(1).values / steps.min(1).values <= 3 + 1e-4).all()
    even = torch.arange(float(frames)).expand(50, -1)
    torch.testing.assert_close(warp(torch.ones(50, 4), frames), even)


def test_a_warp_by_hand():
    steps = [0.5, 1.0, 1.5]  # three steps between four frames, at the speeds of three moments
    expected = torch.tensor([[0, 0.5, 1.5, 3.0]])
    torch.testing.assert_close(warp(torch.tensor([steps]), 4), expected)


def _literal(batch, times):
    """keypoints, score and present, joint after joint."""
    keypoints, score = torch.zeros_like(batch.keypoints), torch.zeros_like(batch.score)
    present = torch.zeros_like(batch.present)
    last = batch.score.shape[2] - 1
    for n, m, t in np.ndindex(*present.shape):
        before = int(times[n, t])
        after, share = min(before + 1, last), times[n, t].item() - before
        present[n, m, t] = batch.present[n, m, before if share < 0.5 else after]
        if not present[n, m, t]:
            continue
        for v in range(score.shape[3]):
            weights = {before: 1 - share}
            if share > 0:
                weights[after] = share
            seen = [frame for frame in weights if batch.seen[n, m, frame, v]]
            total = sum(weights[frame] for frame in seen)
            for frame in seen:
                keypoints[n, m, t, v] += weights[frame] / total * batch.keypoints[n, m, frame, v]
                score[n, m, t, v] += weights[frame] / total * batch.score[n, m, frame, v]
    return keypoints, score, present


@pytest.mark.parametrize("coordinates", [2, 3])
def test_resampling_against_the_literal_version(coordinates):
    batch = example_batch(coordinates=coordinates, frames=9)
    times = 8 * torch.rand(4, 9, generator=torch.Generator().manual_seed(2))
    times[0, 3:5] = torch.tensor([2.0, 8.0])  # on a frame, and on the last
    result = resampled(batch, times)
    keypoints, score, present = _literal(batch, times)
    torch.testing.assert_close(result.keypoints, keypoints, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(result.score, score, rtol=1e-4, atol=1e-5)
    assert torch.equal(result.present, present)


def test_the_same_moments_change_nothing():
    batch = example_batch()
    same = resampled(batch, torch.arange(16.0).expand(4, 16))
    for name in ("keypoints", "score", "present"):
        assert torch.equal(getattr(same, name), getattr(batch, name))


def test_speed_is_a_warp_of_its_draws():
    batch = example_batch(training=True, frames=24)
    result = Speed(share=0.4, moments=5)(batch)
    speed = replace(batch.random).uniform(5, low=0.6, high=1.4)
    assert torch.equal(result.keypoints, resampled(batch, warp(speed, 24)).keypoints)
    assert torch.equal(result.keypoints[:, :, [0, -1]], batch.keypoints[:, :, [0, -1]])
    assert (result.keypoints != batch.keypoints).any()
    short = example_batch(training=True, frames=2)
    assert torch.equal(Speed()(short).keypoints, short.keypoints)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [(ReverseTime, {"probability": -1}), (Speed, {"share": 1.0}), (Speed, {"moments": 1})],
)
def test_senseless_arguments(make, arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))} must lie"):
        make(**arguments)
