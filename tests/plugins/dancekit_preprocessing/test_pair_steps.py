"""Pairs of frames: motion as it was recorded, against loops over recorded frames."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.gaps import FillGaps
from dancekit_preprocessing.pairs import each_apart
from dancekit_preprocessing.smooth import Smooth
from dancekit_preprocessing.streams import Stream
from dancekit_preprocessing.tempo import ReverseTime, Speed

from dancekit.data.clips import Clip
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_preprocessor, example_batch

LAYOUT = Layout.named("dance11")


def _clip(frames, seed=0, persons=2):
    random = np.random.default_rng(seed)
    shape = (persons, frames, LAYOUT.num_joints)
    score = (0.3 + 0.7 * random.random(shape)) * (random.random(shape) > 0.15)
    return Clip.of(random.normal(size=(*shape, 2)), score=score, label=0, name=f"{seed}")


def _recorded_motion(clip, of):
    """(M, T, V, C) and (M, T, V) of all recorded frames; the last frame's motion is 0."""
    keypoints, score = clip.keypoints.copy(), clip.score.copy()
    if of.startswith("bone"):
        for joint, parent in enumerate(LAYOUT.parents):
            root = parent < 0
            keypoints[:, :, joint] -= clip.keypoints[:, :, joint if root else parent]
            score[:, :, joint] = np.minimum(score[:, :, joint], clip.score[:, :, joint if root else parent])
    if of.endswith("motion"):
        places, scores = keypoints.copy(), score.copy()
        for frame in range(clip.frames):
            after = min(frame + 1, clip.frames - 1)
            keypoints[:, frame] = places[:, after] - places[:, frame]
            score[:, frame] = np.minimum(scores[:, after], scores[:, frame])
    return keypoints * (score > 0)[..., None], score


@pytest.mark.parametrize("of", ["joint", "bone", "joint_motion", "bone_motion"])
def test_motion_before_sampling(of):
    """21 recorded frames at 6 moments: the moments fall on every fourth frame."""
    clip = _clip(21)
    store = RecordingStore.pack([clip], LAYOUT)
    batch = gather(store, torch.tensor([0]), frames=6, frame_pairs=True)
    result = Stream(of=of, motion="recorded")(batch)
    keypoints, score = _recorded_motion(clip, of)
    torch.testing.assert_close(result.keypoints[0], torch.from_numpy(keypoints[:, ::4]))
    torch.testing.assert_close(result.score[0], torch.from_numpy(score[:, ::4]))
    assert torch.equal(result.present[0], torch.from_numpy(clip.present[:, ::4]))
    assert not result.frame_pairs and result.keypoints.is_contiguous()


def test_between_recorded_frames_motion_is_interpolated():
    clip = _clip(10)
    whole = replace(clip, score=np.ones_like(clip.score), present=np.ones_like(clip.present))
    store = RecordingStore.pack([whole], LAYOUT)
    batch = gather(store, torch.tensor([0]), frames=13, frame_pairs=True)
    result = Stream(of="joint_motion", motion="recorded")(batch)
    motion, _ = _recorded_motion(whole, "joint_motion")
    for place in range(13):
        time = place * 9 / 12
        before = int(time)
        after, share = min(before + 1, 9), time - before
        expected = (1 - share) * motion[:, before] + share * motion[:, after]
        torch.testing.assert_close(
            result.keypoints[0, :, place], torch.from_numpy(expected).float(), rtol=1e-4, atol=1e-5
        )


def test_motion_does_not_depend_on_how_a_recording_is_stretched():
    store = RecordingStore.pack([_clip(21)], LAYOUT)

    def motion(frames, kind):
        batch = gather(store, torch.tensor([0]), frames=frames, frame_pairs=kind == "recorded")
        return Stream(of="joint_motion", motion=kind)(batch).keypoints[0, :, 0]

    torch.testing.assert_close(motion(6, "recorded"), motion(11, "recorded"))
    assert not torch.allclose(motion(6, "sampled"), motion(11, "sampled"))


@pytest.mark.parametrize("of", ["joint", "bone", "joint_motion", "bone_motion"])
def test_contract(of):
    class Paired(Preprocessor):
        """The stream of batches whose frames are pairs."""

        def __call__(self, batch):
            return Stream(of=of, motion="recorded")(replace(batch, frame_pairs=True))

    Paired.__module__, Paired.__qualname__ = __name__, "Paired"
    globals()["Paired"] = Paired  # where pickle looks for it
    check_preprocessor(Paired)


def test_a_stream_that_does_not_fit_the_frames_is_told():
    pairs = replace(example_batch(), frame_pairs=True)
    with pytest.raises(RecipeError, match=r"takes one\. Write motion: recorded"):
        Stream(of="joint_motion")(pairs)
    with pytest.raises(RecipeError, match=r"Set batches\.frame_pairs=true"):
        Stream(of="joint", motion="recorded")(example_batch())


def _paired(frames=8, **options):
    return replace(example_batch(frames=2 * frames, **options), frame_pairs=True)


@pytest.mark.parametrize("step", [FillGaps(longest=3), Smooth()], ids=lambda step: type(step).__name__)
def test_along_time_the_two_are_apart(step):
    batch = _paired()
    result = step(batch)
    assert result.frame_pairs and result.keypoints.shape == batch.keypoints.shape
    for start in (0, 1):
        alone = replace(
            batch,
            keypoints=batch.keypoints[:, :, start::2],
            score=batch.score[:, :, start::2],
            present=batch.present[:, :, start::2],
            frame_pairs=False,
        )
        expected = step(alone)
        torch.testing.assert_close(result.keypoints[:, :, start::2], expected.keypoints)
        assert torch.equal(result.score[:, :, start::2], expected.score)
        assert torch.equal(result.present[:, :, start::2], expected.present)


def test_apart_and_together_again_is_as_before():
    batch = _paired(persons=3)
    seen = []

    def look(inner):
        seen.append(inner.present.shape)
        return inner

    result = each_apart(look, batch)
    assert seen == [(4, 6, 8)]
    for name in ("keypoints", "score", "present"):
        assert torch.equal(getattr(result, name), getattr(batch, name))


def test_backwards_motion_is_that_of_the_film_backwards():
    clip = _clip(21, persons=1)
    backwards = Clip.of(clip.keypoints[:, ::-1], score=clip.score[:, ::-1], label=0, name="backwards")
    store = RecordingStore.pack([clip], LAYOUT)
    turned = RecordingStore.pack([backwards], LAYOUT)
    random = example_batch(clips=1, training=True).random
    batch = gather(store, torch.tensor([0]), frames=6, frame_pairs=True, random=random)
    result = Stream(of="joint_motion", motion="recorded")(ReverseTime(probability=1)(batch))
    film = Stream(of="joint_motion")(gather(turned, torch.tensor([0]), frames=21))
    # Moment k of 6 is frame 4 k; turned, the pair of frames 4 k and 4 k + 1 begins at frame 4 k + 1.
    for place in range(1, 6):
        torch.testing.assert_close(result.keypoints[0, :, place], film.keypoints[0, :, 19 - 4 * (5 - place)])


def test_other_moments_are_refused_in_words():
    for frames in (1, 8):
        batch = _paired(frames, training=True)
        with pytest.raises(RecipeError, match=r"speed changes the moments.*Take speed out of `preprocess`"):
            Speed()(batch)
