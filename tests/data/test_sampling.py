"""Sampling against a literal loop over clips, persons, frames and joints."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import crop_times, gather
from dancekit.data.store import RecordingStore
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "three", "joints": ["a", "b", "c"], "bones": {"b": "a", "c": "a"}, "centre": "a", "pairs": {}}
)


def _random(n: int, seed: int = 0) -> ClipRandom:
    return ClipRandom(seed=seed, total=n, start=0, stop=n)


def _store(lengths: list[int], persons: list[int], *, per_person: bool = False) -> RecordingStore:
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
                frame_rate=30.0 if i % 2 == 0 else None,
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
