"""Clips cut out of a sequence: against the sampling that training uses, and against counting by hand."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from standins import CLASSES, LAYOUT, LEFT, TRAINING, Swinging, dancer

from dancekit.data.clips import Clip
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Training
from dancekit.prediction.windows import Scorer, Track, cover, cut


@given(frames=st.integers(1, 40), length=st.integers(1, 30), seed=st.integers(0, 100))
@example(frames=30, length=30, seed=13)
@settings(max_examples=30, deadline=None)
def test_a_whole_track_is_sampled_as_training_samples_a_recording(frames, length, seed) -> None:
    random = np.random.default_rng(seed)
    clip = Clip.of(
        random.normal(size=(1, length, LAYOUT.num_joints, 2)),
        score=random.random((1, length, LAYOUT.num_joints)) * (random.random((1, length, 1)) > 0.2),
        present=random.random((1, length)) > 0.2,
        label=0,
        name="made",
        frame_rate=25.0,
    )
    track = Track(keypoints=clip.keypoints[0], score=clip.score[0], present=clip.present[0], frame_rate=25.0)
    mine = cut(track, np.array([[0.0, length]]), frames)
    usual = gather(RecordingStore.pack([clip], LAYOUT), torch.zeros(1, dtype=torch.long), frames=frames)
    if frames == 1 and length > 1:
        return  # one moment: training takes the first, prediction the middle
    np.testing.assert_array_equal(mine.present, usual.present.numpy())
    np.testing.assert_allclose(mine.score, usual.score.numpy(), atol=2e-5)
    np.testing.assert_allclose(mine.keypoints, usual.keypoints.numpy(), atol=2e-4)


def test_nobody_is_outside_the_track() -> None:
    track = dancer((LEFT, 1))
    clips = cut(track, np.array([[-10.0, 10.0], [25.0, 45.0]]), 20)
    assert clips.present[0, 0].tolist() == [False] * 10 + [True] * 10
    assert clips.present[1, 0].tolist() == [True] * 5 + [False] * 15
    assert not clips.score[0, 0, :10].any() and not clips.keypoints[0, 0, :10].any()
    assert clips.frame_rate.tolist() == pytest.approx([30, 30])


def test_spans_are_covered_by_windows_of_one_length() -> None:
    windows, owner = cover(np.array([[0.0, 10.0], [100.0, 104.0], [0.0, 35.0]]), 10)
    assert owner.tolist() == [0, 1] + [2] * 6
    assert windows[:2].tolist() == [[0, 10], [97, 107]]
    of_long = windows[2:]
    assert of_long[0].tolist() == [0, 10] and of_long[-1].tolist() == [25, 35]
    assert (np.diff(of_long[:, 0]) <= 5 + 1e-9).all()


def test_a_model_of_stretched_recordings_sees_each_span_once() -> None:
    model = Swinging()
    scorer = Scorer(classifier=model, calibration=Calibration())
    found = scorer.answers(dancer((LEFT, 5)), [(0, 60), (30, 150)])
    assert model.asked == 2
    assert [each.best for each in found] == [LEFT, LEFT]
    np.testing.assert_allclose([each.probability.sum() for each in found], 1)


def test_a_model_with_a_frame_rate_sees_windows_of_its_length_whose_mean_counts() -> None:
    timed = Training(
        classes=CLASSES, layout=LAYOUT, coordinates=2, frames=24, frame_rate=24.0, seconds=TRAINING.seconds
    )
    model = Swinging(timed)
    scorer = Scorer(classifier=model, calibration=Calibration())
    track = dancer((LEFT, 1), (None, 3))
    found = scorer.answers(track, [(0, 120)])[0].probability
    windows, _ = cover(np.array([[0.0, 120.0]]), 30.0)
    each = Calibration().probabilities(model.logits(cut(track, windows, 24)))
    np.testing.assert_allclose(found, each.mean(0))
    assert 0.33 < found[LEFT] < 0.7  # a quarter of the time the arm swings
    assert scorer.answers(track, []) == []
