"""The array contract: whatever comes in, what comes out keeps it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "three", "joints": ["a", "b", "c"], "bones": {"b": "a", "c": "a"}, "centre": "a", "pairs": {}}
)


def _keeps_the_contract(clip: Clip) -> None:
    m, t, v, c = clip.keypoints.shape
    assert c in (2, 3) and min(m, t, v) >= 1
    assert clip.score.shape == (m, t, v) and clip.present.shape == (m, t)
    assert clip.keypoints.dtype == clip.score.dtype == np.float32 and clip.present.dtype == np.bool_
    assert np.isfinite(clip.keypoints).all()
    assert ((clip.score >= 0) & (clip.score <= 1)).all()
    assert (clip.keypoints[clip.score == 0] == 0).all()
    assert (clip.score[~clip.present] == 0).all()
    assert isinstance(clip.label, int) or all(type(each) is int for each in clip.label)


@st.composite
def _anything(draw: st.DrawFn) -> dict[str, Any]:
    shape = tuple(draw(st.integers(1, 3)) for _ in range(3))
    coordinates = draw(st.sampled_from([2, 3]))
    given: dict[str, Any] = {
        "keypoints": draw(arrays.arrays(np.float64, (*shape, coordinates), elements=st.floats()))
    }
    if draw(st.booleans()):
        given["score"] = draw(arrays.arrays(np.float64, shape, elements=st.floats()))
    if draw(st.booleans()):
        given["present"] = draw(arrays.arrays(np.bool_, shape[:2]))
    given["label"] = draw(
        st.integers(-1, 9) | st.lists(st.integers(-1, 9), min_size=shape[0], max_size=shape[0])
    )
    return given


@given(values=_anything())
def test_the_contract_always_holds(values: dict[str, Any]) -> None:
    clip = Clip.of(**values, name="x")
    _keeps_the_contract(clip)
    with np.errstate(over="ignore"):
        points = values["keypoints"].astype(np.float32)
        score = values.get("score", np.ones(points.shape[:3])).astype(np.float32)
    # What is certain to be there has its place and its score.
    sure = np.isfinite(points).all(-1) & values.get("present", np.ones(points.shape[:2], bool))[..., None]
    sure &= np.isfinite(score) & (score > 0)
    assert (clip.score[sure] > 0).all()
    assert (clip.keypoints[sure] == points[sure]).all()
    if "present" in values:
        assert (clip.present == values["present"]).all()
    else:
        assert (clip.present == (clip.score > 0).any(-1)).all()


@given(values=_anything())
def test_a_clip_put_in_again_is_the_same(values: dict[str, Any]) -> None:
    clip = Clip.of(**values, name="x")
    again = Clip.of(clip.keypoints, score=clip.score, present=clip.present, label=clip.label, name="x")
    assert np.array_equal(again.keypoints, clip.keypoints)
    assert np.array_equal(again.score, clip.score)
    assert np.array_equal(again.present, clip.present)
    assert again.label == clip.label


def test_one_joint_of_each_kind() -> None:
    keypoints = np.array([[[[1, 2], [np.nan, 2], [3, np.inf]]]])  # (1, 1, 3, 2)
    clip = Clip.of(keypoints, label=0, name="x")
    assert clip.score.tolist() == [[[1, 0, 0]]]
    assert clip.keypoints.tolist() == [[[[1, 2], [0, 0], [0, 0]]]]
    scored = Clip.of(keypoints, score=[[[0.0, 1.0, 1.0]]], label=0, name="x")
    assert scored.score.tolist() == [[[0, 0, 0]]] and not scored.present.any()
    beyond = Clip.of(np.ones((1, 1, 3, 2)), score=[[[7.0, -1.0, np.nan]]], label=0, name="x")
    assert beyond.score.tolist() == [[[1, 0, 0]]]


def test_one_person_needs_no_axis() -> None:
    clip = Clip.of(
        np.ones((4, 3, 2)), score=np.full((4, 3), 0.5), present=[True, True, False, True], label=1, name="x"
    )
    assert clip.keypoints.shape == (1, 4, 3, 2) and clip.frames == 4
    assert clip.present.tolist() == [[True, True, False, True]]
    assert clip.score[0, :, 0].tolist() == [0.5, 0.5, 0, 0.5]


def test_a_clip_does_not_share_the_arrays_it_came_from() -> None:
    keypoints, score, present = (
        np.ones((1, 2, 3, 2), np.float32),
        np.ones((1, 2, 3), np.float32),
        np.ones((1, 2), bool),
    )
    clip = Clip.of(keypoints, score=score, present=present, label=0, name="x")
    keypoints[:], score[:], present[:] = 7, 0, False
    assert (clip.keypoints == 1).all() and (clip.score == 1).all() and clip.present.all()


def test_labels_become_plain_numbers() -> None:
    assert Clip.of(np.ones((2, 1, 3, 2)), label=np.int64(4), name="x").label == 4  # type: ignore[arg-type]
    assert Clip.of(np.ones((2, 1, 3, 2)), label=np.array([1, 2]), name="x").label == (1, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"keypoints": np.ones((2, 3))}, "keypoints have shape (2, 3)"),
        ({"keypoints": np.ones((1, 2, 3, 4))}, "keypoints have shape (1, 2, 3, 4)"),
        ({"keypoints": np.ones((1, 0, 3, 2))}, "keypoints have shape (1, 0, 3, 2)"),
        ({"keypoints": np.ones((0, 2, 3, 2))}, "with at least one of each"),
        ({"keypoints": np.ones((1, 1, 1, 2, 3, 2))}, "keypoints have shape"),
        ({"keypoints": [[[1, 2]], [[1, 2], [3, 4]]]}, "keypoints cannot be read as numbers"),
        ({"keypoints": [[["a", "b"]]]}, "keypoints cannot be read as numbers"),
        ({"score": np.ones((1, 2, 4))}, "score has shape (1, 2, 4), but the keypoints ask for (2, 2, 3)"),
        ({"score": np.ones((2, 3))}, "score has shape (2, 3)"),
        ({"score": 1.0}, "score has shape ()"),
        ({"score": [["x"]]}, "score cannot be read as numbers"),
        ({"present": np.ones((2, 3))}, "present has shape (2, 3), but the keypoints ask for (2, 2)"),
        ({"label": (1, 2, 3)}, "there are 3 labels for 2 persons"),
    ],
)
def test_what_does_not_fit_names_the_recording(values: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError) as caught:
        Clip.of(**{"keypoints": np.ones((2, 2, 3, 2)), "label": 0, "name": "solo-7", **values})
    assert str(caught.value).startswith("solo-7: ") and words in str(caught.value)


def _batch(label: list[Any], *, random: ClipRandom | None = None) -> ClipBatch:
    generator = torch.Generator().manual_seed(0)
    score = torch.rand(2, 2, 4, 3, generator=generator) * (torch.rand(2, 2, 4, 3, generator=generator) > 0.3)
    return ClipBatch(
        keypoints=torch.rand(2, 2, 4, 3, 2, generator=generator),
        score=score,
        present=torch.rand(2, 2, 4, generator=generator) > 0.3,
        label=torch.tensor(label),
        layout=LAYOUT,
        index=torch.tensor([5, 6]),
        frame_rate=torch.tensor([30.0, torch.nan]),
        image_size=torch.tensor([[640.0, 480.0], [torch.nan, torch.nan]]),
        random=random,
    )


def test_seen_is_a_joint_with_a_score_of_a_person_who_is_there() -> None:
    batch = _batch([0, 1])
    for place in np.ndindex(2, 2, 4, 3):
        assert batch.seen[place] == (batch.score[place] > 0 and batch.present[place[:3]])
    assert 0 < batch.seen.sum() < batch.seen.numel()


def test_other_keypoints_leave_missing_joints_at_zero() -> None:
    batch = _batch([0, 1])
    new = torch.ones(2, 2, 4, 3, 3)
    new[~batch.seen] = torch.nan  # what dividing by nothing gives
    changed = batch.with_keypoints(new)
    assert (changed.keypoints[batch.seen] == 1).all()
    assert (changed.keypoints[~batch.seen] == 0).all()
    assert changed.score is batch.score and batch.keypoints.shape[-1] == 2


def test_to_moves_every_tensor_and_the_draws() -> None:
    random = ClipRandom(seed=1, total=2, start=0, stop=2)
    moved = _batch([0, 1], random=random).to("meta")
    for name in ("keypoints", "score", "present", "label", "index", "frame_rate", "image_size"):
        assert getattr(moved, name).device.type == "meta"
    assert moved.random is not None and moved.random.device.type == "meta"
    assert random.device.type == "cpu"
    assert moved.layout is LAYOUT and len(moved) == 2
    assert _batch([0, 1]).to("cpu").random is None


@pytest.mark.parametrize("label", [[3, 4], [[0, 1], [2, -1]]])
def test_every_person_can_be_a_clip(label: list[Any]) -> None:
    batch = _batch(label)
    alone = batch.persons_as_clips()
    assert alone.keypoints.shape == (4, 1, 4, 3, 2) and len(alone) == 4
    for n, m in np.ndindex(2, 2):
        row = n * 2 + m
        assert torch.equal(alone.keypoints[row, 0], batch.keypoints[n, m])
        assert torch.equal(alone.score[row, 0], batch.score[n, m])
        assert torch.equal(alone.present[row, 0], batch.present[n, m])
        assert alone.label[row] == (label[n][m] if isinstance(label[n], list) else label[n])
        assert alone.index[row] == batch.index[n]
        assert torch.equal(alone.image_size[row].nan_to_num(-1), batch.image_size[n].nan_to_num(-1))
        assert torch.equal(alone.frame_rate[row].nan_to_num(-1), batch.frame_rate[n].nan_to_num(-1))
