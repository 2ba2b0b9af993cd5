"""Recordings packed end to end come back as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dancekit.data.clips import Clip
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "three", "joints": ["a", "b", "c"], "bones": {"b": "a", "c": "a"}, "centre": "a", "pairs": {}}
)


def _clip(
    seed: int, *, persons: int = 1, frames: int = 2, label: Any = 0, joints: int = 3, **more: Any
) -> Clip:
    random = np.random.default_rng(seed)
    return Clip.of(
        random.normal(size=(persons, frames, joints, more.pop("coordinates", 2))),
        score=random.random((persons, frames, joints)) * (random.random((persons, frames, joints)) > 0.3),
        present=random.random((persons, frames)) > 0.2,
        label=label,
        name=f"clip-{seed}",
        **more,
    )


@st.composite
def _recordings(draw: st.DrawFn) -> list[Clip]:
    coordinates = draw(st.sampled_from([2, 3]))
    per_person = draw(st.booleans())
    clips = []
    for seed in range(draw(st.integers(1, 5))):
        persons = draw(st.integers(1, 3))
        each = st.integers(-1, 9)
        label = tuple(draw(st.lists(each, min_size=persons, max_size=persons))) if per_person else draw(each)
        clips.append(
            _clip(
                seed,
                persons=persons,
                frames=draw(st.integers(1, 6)),
                coordinates=coordinates,
                label=label,
                person=draw(st.sampled_from(["", "ann", "bo"])),
                frame_rate=draw(st.none() | st.floats(1, 240, width=32)),
                image_size=draw(st.none() | st.tuples(st.integers(1, 8000), st.integers(1, 8000))),
            )
        )
    return clips


@given(clips=_recordings())
def test_every_recording_comes_back(clips: list[Clip]) -> None:
    store = RecordingStore.pack(iter(clips), LAYOUT)
    assert len(store) == len(clips)
    assert store.most_persons == max(clip.keypoints.shape[0] for clip in clips)
    assert store.coordinates == clips[0].keypoints.shape[-1]
    for index, clip in enumerate(clips):
        back = store.clip(index)
        for name in ("keypoints", "score", "present"):
            array = getattr(back, name)
            assert np.array_equal(array, getattr(clip, name))
            assert array.dtype == getattr(clip, name).dtype
        for name in ("label", "name", "person", "frame_rate", "image_size"):
            assert getattr(back, name) == getattr(clip, name)


@given(clips=_recordings())
def test_rows_lie_clip_by_clip_person_by_person(clips: list[Clip]) -> None:
    store = RecordingStore.pack(clips, LAYOUT)
    row = 0
    for index, clip in enumerate(clips):
        assert store.first[index] == row
        for person in range(clip.keypoints.shape[0]):
            for frame in range(clip.frames):
                assert np.array_equal(store.keypoints[row], clip.keypoints[person, frame])
                assert np.array_equal(store.score[row], clip.score[person, frame])
                assert store.present[row] == clip.present[person, frame]
                row += 1
    assert row == len(store.present)


def test_labels_per_person_are_filled_with_unknown() -> None:
    store = RecordingStore.pack([_clip(0, persons=3, label=(1, 2, 3)), _clip(1, label=(4,))], LAYOUT)
    assert store.label.tolist() == [[1, 2, 3], [4, -1, -1]]
    assert store.clip(1).label == (4,)


def test_a_label_for_the_clip_is_everyones_beside_labels_per_person() -> None:
    store = RecordingStore.pack([_clip(0, persons=2, label=7), _clip(1, persons=3, label=(1, 2, 3))], LAYOUT)
    assert store.label.tolist() == [[7, 7, -1], [1, 2, 3]]


def test_types() -> None:
    store = RecordingStore.pack([_clip(0, frame_rate=30, image_size=(640, 480)), _clip(1)], LAYOUT)
    integers = (store.first, store.frames, store.persons, store.label)
    assert {each.dtype for each in integers} == {torch.int64}
    floats = (store.keypoints, store.score, store.frame_rate, store.image_size)
    assert {each.dtype for each in floats} == {torch.float32}
    assert store.frame_rate[0] == 30 and store.frame_rate[1].isnan()
    assert store.image_size[0].tolist() == [640, 480] and store.image_size[1].isnan().all()


def test_bytes_counts_every_array() -> None:
    store = RecordingStore.pack([_clip(0, frames=10)], LAYOUT)
    rows = 10 * (3 * 2 * 4 + 3 * 4 + 1)  # keypoints, score, present
    assert store.bytes == rows + 4 * 8 + 4 + 2 * 4  # first, frames, persons, label; rate; size


def test_to_the_same_device_is_itself() -> None:
    store = RecordingStore.pack([_clip(0)], LAYOUT)
    assert store.to(torch.device("cpu")) is store
    moved = store.to(torch.device("meta"))
    assert moved.keypoints.device.type == moved.label.device.type == "meta"
    assert moved.names == store.names and moved.layout is LAYOUT


def test_nothing_is_told() -> None:
    with pytest.raises(DataError, match="there are no recordings to pack"):
        RecordingStore.pack([], LAYOUT)


@pytest.mark.parametrize(
    "other", [_clip(1, joints=4), _clip(1, coordinates=3)], ids=["other joints", "other coordinates"]
)
def test_recordings_that_differ_are_told(other: Clip) -> None:
    with pytest.raises(DataError, match=r"the recordings have .* the layout three has 3 joints"):
        RecordingStore.pack([_clip(0), other], LAYOUT)


def test_another_layout_is_told() -> None:
    with pytest.raises(DataError, match=r"\[\(3, 2\)\], the layout coco17 has 17 joints"):
        RecordingStore.pack([_clip(0)], Layout.named("coco17"))
