"""The refinement as a step of a recipe: its contract, frame rates, gaps, and real motion."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dancekit_lifting.gap_system import gap_matrix
from dancekit_lifting.refinement import Refinement
from dancekit_lifting.spatial import equal_weights, neighbour_mean
from dancekit_preprocessing.gaps import FillGaps
from dancekit_sources.videopose3d import VideoPose3D
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import savgol_filter

from dancekit.data.clips import Clip
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import RecipeError
from dancekit.testing import check_preprocessor, example_batch
from dancekit.testing.examples import clips_of, with_missing_as


def _at(batch, *rates):
    return replace(batch, frame_rate=torch.tensor(rates).expand(len(batch)))


@pytest.mark.parametrize(
    "arguments", [{}, {"neighbours": 0.3, "weight": 0.9}, {"longest": 0, "alpha": 0.0, "frame_rate": 12.0}]
)
def test_contract(arguments):
    check_preprocessor(Refinement, **arguments)


def test_by_default_it_is_the_filter_of_savitzky_and_golay():
    batch = example_batch(complete=True, frames=30, coordinates=3)
    batch = replace(batch, keypoints=batch.keypoints.double())
    expected = savgol_filter(batch.keypoints.numpy(), 5, 2, axis=2)[:, :, 2:-2]
    for rate in (30.0, float("nan")):
        refined = Refinement()(_at(batch, rate)).keypoints[:, :, 2:-2]
        np.testing.assert_allclose(refined.numpy(), expected, rtol=0, atol=1e-12)


def test_equation_9_weighs_both_terms_of_the_same_poses():
    batch = example_batch(complete=True, frames=12)
    q = batch.keypoints.double()
    near = neighbour_mean(q, batch.seen, equal_weights(batch.layout, 0.2))
    around = (q[:, :, 3:-1] + q[:, :, 1:-3]) / 2 + (
        q[:, :, 1:-3] - q[:, :, :-4] + q[:, :, 3:-1] - q[:, :, 4:]
    ) / 6
    refined = Refinement(weight=0.4, neighbours=0.2)(batch).keypoints[:, :, 2:-2]
    torch.testing.assert_close(refined, (0.6 * near[:, :, 2:-2] + 0.4 * around).float())


def _pass(points, spacing, share):
    """One step of eq 8 and 9 in the middle of clips that are all seen; the rest as it was."""
    frames, weight = points.shape[2], share * 18 / 35
    refined = points.clone()
    for t in range(2 * spacing, frames - 2 * spacing):
        two_before, before, after, two_after = (points[:, :, t + k * spacing] for k in (-2, -1, 1, 2))
        q_m = (4 * before + 4 * after - two_before - two_after) / 6
        refined[:, :, t] = (1 - weight) * points[:, :, t] + weight * q_m
    return refined


@pytest.mark.parametrize(
    ("rate", "passes"),
    [
        (10, []),
        (15, []),
        (20, [(1, 1 / 3)]),
        (24, [(1, 0.6)]),
        (30, [(1, 1)]),
        (50, [(2, 2 / 3), (1, 1)]),
        (60, [(2, 1), (1, 1)]),
        (120, [(4, 1), (2, 1), (1, 1)]),
    ],
)
def test_a_higher_rate_is_smoothed_from_further_away(rate, passes):
    batch = _at(example_batch(complete=True, frames=60, clips=1), float(rate))
    expected = batch.keypoints.double()
    for spacing, share in passes:
        expected = _pass(expected, spacing, share)
    inside = slice(20, -20)
    refined = Refinement()(batch).keypoints[:, :, inside]
    torch.testing.assert_close(refined, expected[:, :, inside].float(), atol=1e-5, rtol=0)
    ahead = 2 * sum(spacing for spacing, _ in passes)
    other = batch.keypoints.clone()
    other[:, :, 31 + ahead :] += 1
    whole = Refinement()(batch).keypoints[:, :, :31]
    assert torch.equal(Refinement()(replace(batch, keypoints=other)).keypoints[:, :, :31], whole)
    if passes:
        other[:, :, 30 + ahead] += 1
        moved = Refinement()(replace(batch, keypoints=other)).keypoints
        assert not torch.equal(moved[:, :, 30], whole[:, :, 30])


def test_neighbours_count_once_at_any_rate():
    batch = _at(example_batch(complete=True, frames=40, clips=1), 60.0)
    wide = Refinement(longest=0)._predictors.step(
        batch.keypoints, batch.seen, own=batch.keypoints, share=torch.ones(1), spacing=2
    )
    expected = Refinement(neighbours=0.2)(_at(replace(batch, keypoints=wide), 30.0)).keypoints
    torch.testing.assert_close(Refinement(neighbours=0.2)(batch).keypoints, expected)


def test_clips_of_several_rates_are_each_refined_as_alone():
    batch = _at(example_batch(frames=40), 24.0, 60.0, float("nan"), 120.0)
    refined = Refinement()(batch).keypoints
    for clip in range(4):
        alone = Refinement()(clips_of(batch, clip, clip + 1)).keypoints
        torch.testing.assert_close(refined[clip : clip + 1], alone, atol=1e-6, rtol=0)


def test_another_rate_for_which_the_weight_is_meant():
    batch = example_batch(frames=40)
    slow = Refinement(frame_rate=15.0)(_at(batch, 15.0))
    torch.testing.assert_close(slow.keypoints, Refinement()(_at(batch, 30.0)).keypoints)


def test_gaps_are_solved_from_what_is_refined():
    batch = example_batch(complete=True, clips=1, persons=1, frames=20)
    batch.score[:, :, 8:12, 3] = 0
    batch = batch.with_keypoints(batch.keypoints)
    refined, smooth = Refinement()(batch), Refinement(longest=0)(batch)
    ends = smooth.keypoints[0, 0, [6, 7, 12, 13], 3].double()
    expected = torch.from_numpy(gap_matrix(4)) @ ends
    torch.testing.assert_close(refined.keypoints[0, 0, 8:12, 3], expected.float())
    lower = batch.score[0, 0, [7, 12], 3].min()
    torch.testing.assert_close(refined.score[0, 0, 8:12, 3], (0.5 * lower).expand(4))
    assert not smooth.score[0, 0, 8:12, 3].any()
    assert not Refinement(longest=3)(batch).seen[0, 0, 8:12, 3].any()


@st.composite
def _batches(draw):
    frames = draw(st.sampled_from([1, 2, 3, 4, 5, 9, 21]))
    seed = draw(st.integers(0, 50))
    batch = example_batch(
        clips=2, frames=frames, coordinates=draw(st.sampled_from([2, 3])), seed=seed, layout="dance11"
    )
    generator = torch.Generator().manual_seed(seed)
    batch.score[
        torch.rand(batch.score.shape, generator=generator) < draw(st.sampled_from([0.0, 0.2, 0.7]))
    ] = 0
    batch.present[torch.rand(batch.present.shape, generator=generator) < 0.1] = False
    batch.score[~batch.present] = 0
    rates = draw(
        st.lists(st.sampled_from([0.0, 5.0, 24.0, 30.0, 60.0, 1e4, float("nan")]), min_size=2, max_size=2)
    )
    return replace(batch.with_keypoints(batch.keypoints), frame_rate=torch.tensor(rates))


_STEPS = st.builds(
    Refinement,
    weight=st.sampled_from([0.0, 0.3, 18 / 35, 1.0]),
    alpha=st.sampled_from([0.0, 1 / 3, 1.0]),
    neighbours=st.sampled_from([0.0, 0.4]),
    longest=st.sampled_from([0, 1, 5]),
)


@settings(max_examples=60, deadline=None)
@given(batch=_batches(), step=_STEPS)
def test_whatever_is_missing(batch, step):
    refined = step(batch)
    seen, now = batch.seen, refined.seen
    assert refined.keypoints.isfinite().all() and not refined.keypoints[~now].any()
    assert (now >= seen).all() and torch.equal(refined.score[seen], batch.score[seen])
    assert torch.equal(refined.present, batch.present) and not refined.score[~batch.present].any()
    assert (refined.score[now & ~seen] < 1).all()
    for edge in (0, -1):
        assert torch.equal(now[:, :, edge], seen[:, :, edge])
    told_nothing = step(with_missing_as(batch, 1e6))
    assert torch.equal(told_nothing.keypoints, refined.keypoints)
    away = torch.full(batch.keypoints.shape[-1:], 3.0)
    moved = step(batch.with_keypoints(batch.keypoints + away)).keypoints
    expected = (refined.keypoints + away) * now[..., None]
    torch.testing.assert_close(moved, expected, atol=2e-4, rtol=0)
    if batch.score.shape[2] == 1 and step.neighbours == 0:
        assert torch.equal(refined.keypoints, batch.with_keypoints(batch.keypoints).keypoints)


def test_gradients_reach_what_is_seen_and_are_right():
    batch = _at(example_batch(layout="dance11", clips=2, frames=7, persons=1), 60.0)
    batch.score[:, :, 3:5, 2] = 0
    points = batch.keypoints.double().requires_grad_()

    def refined(points):
        return Refinement(neighbours=0.1)(replace(batch, keypoints=points)).keypoints

    assert torch.autograd.gradcheck(refined, (points,), fast_mode=True)
    gradient = torch.autograd.grad(refined(points).square().sum(), points)[0]
    assert gradient[batch.seen].any(-1).all() and not gradient[~batch.seen].any()


def test_pairs_of_frames_are_no_row():
    with pytest.raises(RecipeError, match="frame_pairs"):
        Refinement()(replace(example_batch(), frame_pairs=True))


@pytest.mark.parametrize(
    "arguments",
    [
        {"weight": 1.1},
        {"alpha": -0.1},
        {"beta": float("nan")},
        {"neighbours": 1.0},
        {"longest": -1},
        {"longest": 61},
        {"trust": 0.0},
        {"frame_rate": 0.0},
        {"frame_rate": float("inf")},
    ],
)
def test_senseless_arguments(arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))} must lie"):
        Refinement(**arguments)


# Real motion


@pytest.fixture(scope="module")
def walks(real_data):
    """Clips (N, 1, 64, V, 3) of CMU at 30 frames per second, from the pelvis on."""
    dataset = VideoPose3D(path=Path(real_data) / "data_3d_cmu.npz", vertical="y")
    clips = []
    for clip in dataset.recordings("test"):
        points = clip.keypoints[:, 1::4]  # (1, T, V, 3) without the first frame, which is another pose
        points = points - points[:, :, :1]
        for start in range(0, points.shape[1] - 63, 64):
            clips.append(Clip.of(points[:, start : start + 64], label=0, name=f"{len(clips)}", frame_rate=30))
    store = RecordingStore.pack(clips, dataset.layout)
    return gather(store, torch.arange(len(clips)), frames=64)


def _error(batch, truth, mask=None):
    error = torch.linalg.vector_norm(batch.keypoints - truth.keypoints, dim=-1)
    return float(error.mean() if mask is None else error[mask].mean())


@pytest.mark.parametrize("size", [0.002, 0.01])
def test_jitter_of_real_motion_becomes_less_and_quick_frames_are_kept(walks, size):
    generator = torch.Generator().manual_seed(0)
    noise = size * torch.randn(walks.keypoints.shape, generator=generator)
    spoilt = replace(walks, keypoints=walks.keypoints + noise)
    refined = Refinement()(spoilt)
    assert _error(refined, walks) < 0.85 * _error(spoilt, walks)
    bends = [
        (each.keypoints - walks.keypoints).diff(n=2, dim=2).norm(dim=-1).mean() for each in (refined, spoilt)
    ]
    assert bends[0] < (0.5 if size > 0.005 else 0.6) * bends[1]
    speed = walks.keypoints.diff(dim=2).norm(dim=-1).mean(-1)  # (N, M, T - 1)
    fastest = torch.zeros(walks.present.shape, dtype=torch.bool)
    fastest[:, :, 1:] = speed >= speed.flatten().quantile(0.95)
    assert _error(refined, walks, fastest) < 1.02 * _error(spoilt, walks, fastest)
    child, parent = torch.tensor(walks.layout.bones).T
    bones = [
        (each.keypoints[:, :, :, child] - each.keypoints[:, :, :, parent]).norm(dim=-1).std(2).mean()
        for each in (refined, spoilt)
    ]
    assert bones[0] < bones[1]


def test_five_lost_frames_of_real_motion(walks):
    lost = walks.score.clone()
    for joint in range(1, walks.layout.num_joints):
        lost[:, :, 10 + joint : 15 + joint, joint] = 0
    spoilt = replace(walks, score=lost).with_keypoints(walks.keypoints)
    gone = (lost == 0) & walks.seen
    assert _error(Refinement()(spoilt), walks, gone) < 0.5 * _error(FillGaps()(spoilt), walks, gone)
