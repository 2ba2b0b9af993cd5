"""Sampling against a literal loop over clips, persons, frames and joints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import crop_times, gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "three", "joints": ["a", "b", "c"], "bones": {"b": "a", "c": "a"}, "centre": "a", "pairs": {}}
)


def _random(n: int, seed: int = 0) -> ClipRandom:
    return ClipRandom(seed=seed, total=n, start=0, stop=n)


def _store(
    lengths: list[int], persons: list[int], *, per_person: bool = False, rates: list[float] | None = None
) -> RecordingStore:
    """Recordings with missing joints and absent persons."""
    clips = []
    for i, (t, m) in enumerate(zip(lengths, persons, strict=True)):
        random = np.random.default_rng(i)
        clips.append(
            Clip.of(
                random.normal(size=(m, t, 3, 2)),
                score=random.random((m, t, 3)) * (random.random((m, t, 3)) > 0.35),
                present=random.random((m, t)) > 0.25,
                label=tuple(range(m)) if per_person else i,
                name=str(i),
                frame_rate=rates[i] if rates else 30.0 if i % 2 == 0 else None,
                image_size=(100 + i, 50),
            )
        )
    return RecordingStore.pack(clips, LAYOUT)


def _check_against_a_loop(
    batch: ClipBatch, store: RecordingStore, index: list[int], times: torch.Tensor, persons: int
) -> None:
    n, t = times.shape
    keypoints, score = torch.zeros(n, persons, t, 3, 2), torch.zeros(n, persons, t, 3)
    present = torch.zeros(n, persons, t, dtype=torch.bool)
    for row, place in enumerate(index):
        if place < 0:
            continue
        clip = store.clip(place)
        for m in range(min(persons, clip.keypoints.shape[0])):
            for frame in range(t):
                time = float(times[row, frame])
                if math.isnan(time):  # past the end of the recording
                    continue
                before = math.floor(time)
                after = min(before + 1, clip.frames - 1)
                weight = time - before
                present[row, m, frame] = bool(clip.present[m, before if weight < 0.5 else after])
                if not present[row, m, frame]:
                    continue
                for joint in range(3):
                    s0, s1 = float(clip.score[m, before, joint]), float(clip.score[m, after, joint])
                    if s0 == 0 and s1 == 0:
                        continue
                    w = 0.0 if weight == 0 or s1 == 0 else 1.0 if s0 == 0 else weight
                    score[row, m, frame, joint] = (1 - w) * s0 + w * s1
                    for c in range(2):
                        p0, p1 = clip.keypoints[m, before, joint, c], clip.keypoints[m, after, joint, c]
                        keypoints[row, m, frame, joint, c] = float((1 - w) * p0 + w * p1)
    assert torch.equal(batch.present, present)
    torch.testing.assert_close(batch.score, score)
    torch.testing.assert_close(batch.keypoints, keypoints)
    assert (batch.keypoints[batch.score == 0] == 0).all()


LENGTHS, PERSONS = [1, 9, 2, 30, 5, 1], [2, 1, 3, 2, 1, 1]


@pytest.mark.parametrize("frames", [1, 2, 7, 30, 64])
@pytest.mark.parametrize("persons", [None, 1, 2, 5])
def test_evaluation_against_a_loop(frames: int, persons: int | None) -> None:
    store = _store(LENGTHS, PERSONS)
    index = [3, 0, -1, 1, 2, 5, 4, 3]
    batch = gather(store, torch.tensor(index), frames=frames, persons=persons)
    lengths = torch.tensor([LENGTHS[max(place, 0)] for place in index])
    times, _ = crop_times(lengths, frames, (1.0, 1.0), None)
    _check_against_a_loop(batch, store, index, times, persons or 3)
    assert batch.keypoints.shape == (8, persons or 3, frames, 3, 2)
    assert batch.layout is LAYOUT and batch.random is None


@pytest.mark.parametrize("crop", [(0.3, 0.8), (1.0, 1.0), (0.05, 0.05)])
def test_training_against_a_loop(crop: tuple[float, float]) -> None:
    store = _store(LENGTHS, PERSONS)
    index = [0, 1, 2, 3, 4, 5, 3, 3]
    random = _random(8)
    batch = gather(store, torch.tensor(index), frames=12, crop=crop, random=random)
    lengths = torch.tensor([LENGTHS[place] for place in index])
    times, _ = crop_times(lengths, 12, crop, _random(8))
    _check_against_a_loop(batch, store, index, times, 3)
    assert batch.random is random
    if crop[0] < 1:
        assert not torch.equal(batch.keypoints[6], batch.keypoints[7])  # one recording, two places


def test_as_many_frames_as_the_recording_gives_the_recording() -> None:
    store = _store([9], [2])
    batch, clip = gather(store, torch.tensor([0]), frames=9), store.clip(0)
    torch.testing.assert_close(batch.keypoints[0], torch.from_numpy(clip.keypoints))
    torch.testing.assert_close(batch.score[0], torch.from_numpy(clip.score))
    assert torch.equal(batch.present[0], torch.from_numpy(clip.present))


def test_filling_has_nobody_in_it() -> None:
    batch = gather(_store([4, 4], [1, 2]), torch.tensor([-1, 1, -1]), frames=4)
    assert batch.index.tolist() == [-1, 1, -1]
    for row in (0, 2):
        assert not batch.present[row].any() and not batch.seen[row].any()
        assert (batch.keypoints[row] == 0).all() and (batch.score[row] == 0).all()


def test_labels_follow_persons_that_are_cut_or_filled() -> None:
    store = _store([4, 4], [1, 3], per_person=True)
    index = torch.tensor([1, 0])
    assert gather(store, index, frames=2).label.tolist() == [[0, 1, 2], [0, -1, -1]]
    assert gather(store, index, frames=2, persons=2).label.tolist() == [[0, 1], [0, -1]]
    wide = gather(store, index, frames=2, persons=4)
    assert wide.label.tolist() == [[0, 1, 2, -1], [0, -1, -1, -1]]
    assert not wide.present[0, 3].any() and not wide.present[1, 1:].any()


def test_what_is_known_of_a_clip_comes_along() -> None:
    batch = gather(_store([31, 9, 1], [1, 1, 1]), torch.tensor([0, 1, 2]), frames=61)
    assert batch.label.tolist() == [0, 1, 2]
    assert batch.frame_rate[0] == pytest.approx(60)  # twice as many samples as frames
    assert batch.frame_rate[1].isnan()
    assert batch.frame_rate[2].isnan()  # one frame has no rate
    assert batch.image_size.tolist() == [[100, 50], [101, 50], [102, 50]]


@given(
    lengths=st.lists(st.integers(1, 5000), min_size=1, max_size=5),
    frames=st.integers(1, 100),
    shares=st.tuples(st.floats(0.015625, 1, width=32), st.floats(0.015625, 1, width=32)).map(sorted),
    seed=st.integers(0, 1000) | st.none(),
)
def test_times_stay_in_the_recording_and_the_span_in_its_bounds(
    lengths: list[int], frames: int, shares: list[float], seed: int | None
) -> None:
    shortest, longest = shares
    random = None if seed is None else _random(len(lengths), seed)
    times, step = crop_times(torch.tensor(lengths), frames, (shortest, longest), random)
    last = torch.tensor(lengths) - 1
    assert times.shape == (len(lengths), frames)
    assert (times >= 0).all() and (times <= last[:, None]).all()
    span = times[:, -1] - times[:, 0]
    if frames == 1:
        assert (span == 0).all()
        return
    room = 1e-3 + 1e-5 * last
    assert (span >= shortest * last - room).all() and (span <= longest * last + room).all()
    assert (times.diff() - step[:, None]).abs().max() <= 1e-5 * max(lengths) + 1e-3


def test_rounding_never_leads_past_the_last_frame() -> None:
    lengths = torch.arange(1, 400)
    for frames in range(1, 101):
        times, _ = crop_times(lengths, frames, (1.0, 1.0), None)
        assert (times <= (lengths - 1)[:, None]).all()


def test_evaluation_takes_the_middle() -> None:
    times, step = crop_times(torch.tensor([11]), 6, (0.2, 0.5), None)
    torch.testing.assert_close(times, torch.tensor([[2.5, 3.5, 4.5, 5.5, 6.5, 7.5]]))
    assert step.tolist() == [1.0]


def test_every_place_is_taken_in_the_end() -> None:
    times, _ = crop_times(torch.full((2000,), 101), 5, (0.5, 0.5), _random(2000))
    start = times[:, 0]
    assert float(start.min()) < 1 and float(start.max()) > 49
    assert float(start.mean()) == pytest.approx(25, abs=1.5)


# At a frame rate

RATES = [30.0, 25.0, 60.0, 50.0, 10.0, 30.0]


def _times_at(rate: float, frames: int, index: list[int], draws: torch.Tensor | None) -> torch.Tensor:
    """(N, T) moments of T frames at a rate, clip by clip; NaN past the end. `draws` are (share, place)."""
    times = torch.full((len(index), frames), math.nan)
    for row, place in enumerate(index):
        last = LENGTHS[place] - 1
        share, where = (1.0, 0.5) if draws is None else draws[:, row].tolist()
        step = share * RATES[place] / rate
        start = where * max(last - step * (frames - 1), 0)
        for k in range(frames):
            if start + k * step <= last + 1e-3:
                times[row, k] = min(start + k * step, last)
    return times


@pytest.mark.parametrize("rate", [5.0, 30.0, 100.0])
@pytest.mark.parametrize("crop", [None, (0.5, 1.5)])
def test_a_frame_rate_against_a_loop(rate: float, crop: tuple[float, float] | None) -> None:
    store, index = _store(LENGTHS, PERSONS, rates=RATES), [3, 0, 1, 2, 5, 4, 3, 1]
    if crop is None:
        batch = gather(store, torch.tensor(index), frames=7, frame_rate=rate)
        times = _times_at(rate, 7, index, None)
        torch.testing.assert_close(batch.frame_rate, torch.full((8,), rate))
    else:
        batch = gather(store, torch.tensor(index), frames=7, crop=crop, frame_rate=rate, random=_random(8))
        random = _random(8)
        draws = torch.stack([random.uniform(low=crop[0], high=crop[1]), random.uniform()])
        times = _times_at(rate, 7, index, draws)
        torch.testing.assert_close(batch.frame_rate, rate / draws[0])
    _check_against_a_loop(batch, store, index, times, 3)


def test_what_a_short_recording_does_not_fill_has_nobody_in_it() -> None:
    store = _store([4, 9], [1, 1], rates=[30.0, 30.0])
    clip = store.clip(0)
    batch = gather(store, torch.tensor([0, -1]), frames=6, frame_rate=30)
    torch.testing.assert_close(batch.keypoints[0, 0, :4], torch.from_numpy(clip.keypoints[0]))
    assert torch.equal(batch.present[0, 0], torch.tensor([*clip.present[0].tolist(), False, False]))
    assert not batch.keypoints[0, 0, 4:].any() and not batch.score[0, 0, 4:].any()
    assert not batch.present[1].any()


def test_the_middle_of_a_long_recording_at_its_own_rate() -> None:
    store = _store([31], [1], rates=[24.0])
    batch, clip = gather(store, torch.tensor([0]), frames=11, frame_rate=24), store.clip(0)
    torch.testing.assert_close(batch.keypoints[0], torch.from_numpy(clip.keypoints[:, 10:21]))
    one = gather(store, torch.tensor([0]), frames=1, frame_rate=24)
    torch.testing.assert_close(one.keypoints[0], torch.from_numpy(clip.keypoints[:, 15:16]))
    assert one.frame_rate.tolist() == [24.0]


@given(
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    frames=st.integers(1, 100),
    rates=st.tuples(st.floats(1, 240), st.floats(1, 240)),
    jitter=st.booleans(),
    seed=st.integers(0, 1000) | st.none(),
)
def test_a_clip_at_a_rate_lasts_as_long_as_it_should(
    lengths: list[int], frames: int, rates: tuple[float, float], jitter: bool, seed: int | None
) -> None:
    recorded, rate = rates
    step = torch.full((len(lengths),), recorded / rate)
    random = None if seed is None else _random(len(lengths), seed)
    times, mean = crop_times(torch.tensor(lengths), frames, (1.0, 1.0), random, step=step, jitter=jitter)
    last = torch.tensor(lengths) - 1.0
    span, room = (frames - 1) * step, 1e-3 + 1e-5 * last + 1e-5 * frames * step
    assert (times >= 0).all()
    longer = last >= span
    assert (times[longer] <= (last + room)[longer, None]).all()
    assert (times[~longer, 0] <= (span / frames)[~longer] + room[~longer]).all()
    if not jitter or random is None:
        assert (times[~longer, 0] == 0).all()
        torch.testing.assert_close(mean, step)
        assert (times[:, -1] - times[:, 0] - span).abs().le(2 * room).all()


def test_an_unknown_frame_rate_is_told() -> None:
    store = _store([4, 5, 6, 7], [1, 1, 1, 1])
    with pytest.raises(DataError, match=r"the frame rate of 1 and 1 others is not known.*data\.frame_rate"):
        gather(store, torch.tensor([0]), frames=4, frame_rate=30)
    alone = _store([4, 5], [1, 1])
    with pytest.raises(DataError, match="the frame rate of 1 is not known"):
        gather(alone, torch.tensor([0]), frames=4, frame_rate=30)


# Moments within their own share of the span


def test_jitter_draws_each_moment_from_its_own_share() -> None:
    lengths = torch.full((500,), 101)
    times, step = crop_times(lengths, 8, (0.4, 0.8), _random(500), jitter=True)
    random = _random(500)
    span = random.uniform(low=0.4, high=0.8) * 100
    start = random.uniform() * (100 - span)
    within = (times - start[:, None]) / span[:, None] * 8 - torch.arange(8)  # (N, T) from 0 to 1
    assert within.min() > -1e-3 and within.max() < 1 + 1e-3
    assert within.mean(0).sub(0.5).abs().max() < 0.05 and within.var(0).sub(1 / 12).abs().max() < 0.02
    assert float(torch.corrcoef(within.T).fill_diagonal_(0).abs().max()) < 0.2
    torch.testing.assert_close(step, span / 8)
    store, index = _store(LENGTHS, PERSONS), [0, 1, 2, 3, 4, 5, 3, 3]
    batch = gather(store, torch.tensor(index), frames=9, jitter=True, random=_random(8))
    lengths = torch.tensor([LENGTHS[place] for place in index])
    times, _ = crop_times(lengths, 9, (1.0, 1.0), _random(8), jitter=True)
    _check_against_a_loop(batch, store, index, times, 3)


def test_evaluation_has_no_jitter() -> None:
    store, index = _store(LENGTHS, PERSONS), torch.tensor([0, 1, 2, 3])
    plain, jittered = (gather(store, index, frames=9, jitter=jitter) for jitter in (False, True))
    assert torch.equal(plain.keypoints, jittered.keypoints)


# Pairs of frames


@pytest.mark.parametrize("options", [{}, {"crop": (0.3, 0.8)}, {"frame_rate": 20.0}, {"jitter": True}])
def test_pairs_are_the_moments_and_what_follows_them(options: dict[str, Any]) -> None:
    store, index = _store(LENGTHS, PERSONS, rates=RATES), [3, 1, 2, 5, 4, 3, 1, 0]
    here = torch.tensor(index)
    single = gather(store, here, frames=7, random=_random(8), **options)
    pairs = gather(store, here, frames=7, random=_random(8), frame_pairs=True, **options)
    assert pairs.frame_pairs and not single.frame_pairs
    assert pairs.keypoints.shape[2] == 14
    for name in ("keypoints", "score", "present"):
        assert torch.equal(getattr(pairs, name)[:, :, ::2], getattr(single, name))
    assert torch.equal(pairs.frame_rate.nan_to_num(), single.frame_rate.nan_to_num())


def test_the_frame_after_is_one_recorded_frame_later() -> None:
    store, index = _store(LENGTHS, PERSONS, rates=RATES), [3, 1, 2, 5, 4, 0]
    batch = gather(store, torch.tensor(index), frames=5, frame_pairs=True)
    times = torch.zeros(6, 10)
    for row, place in enumerate(index):
        last = LENGTHS[place] - 1
        for k in range(5):
            times[row, 2 * k] = last * k / 4
            times[row, 2 * k + 1] = min(last * k / 4 + 1, last)
    _check_against_a_loop(batch, store, index, times, 3)
    late = gather(store, torch.tensor(index), frames=40, frame_rate=30.0, frame_pairs=True)
    assert torch.equal(late.present[:, :, -1], late.present[:, :, -2])
    assert not late.present[:, :, -2:].any()  # past the end both are absent


# Over processes and after an interruption

OPTIONS: list[dict[str, Any]] = [
    {"frame_rate": 24.0, "crop": (0.8, 1.2)},
    {"jitter": True, "crop": (0.6, 1.0)},
    {"frame_rate": 15.0, "jitter": True, "frame_pairs": True},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_two_processes_see_what_one_does(options: dict[str, Any]) -> None:
    store, index = _store(LENGTHS, PERSONS, rates=RATES), torch.tensor([3, 1, 2, 5, 4, 0])
    whole = gather(store, index, frames=6, random=_random(6), **options)
    again = gather(store, index, frames=6, random=_random(6), **options)
    halves = [
        gather(
            store,
            index[start : start + 3],
            frames=6,
            random=ClipRandom(seed=0, total=6, start=start, stop=start + 3),
            **options,
        )
        for start in (0, 3)
    ]
    for name in ("keypoints", "score", "present", "frame_rate"):
        one = getattr(whole, name).nan_to_num()
        assert torch.equal(torch.cat([getattr(half, name) for half in halves]).nan_to_num(), one)
        assert torch.equal(getattr(again, name).nan_to_num(), one)
    other = gather(store, index, frames=6, random=_random(6, seed=1), **options)
    assert not torch.equal(other.keypoints, whole.keypoints)
