"""Gaps against the equations written out, and against loops over single joints."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from dancekit_lifting.gap_system import GapSystem, gap_matrix

from dancekit.testing import example_batch


def _literal(length):
    """q = q_m in every frame of a gap, as a dense system: (length, 4)."""
    taps = {-2: -1 / 6, -1: 4 / 6, 1: 4 / 6, 2: -1 / 6}
    columns = {-1: 0, 0: 1, length + 1: 2, length + 2: 3}  # frames that are seen; the gap is 1 .. length
    unknown, known = np.eye(length), np.zeros((length, 4))
    for t in range(1, length + 1):
        for offset, tap in taps.items():
            if 1 <= t + offset <= length:
                unknown[t - 1, t + offset - 1] -= tap
            else:
                known[t - 1, columns[t + offset]] += tap
    return np.linalg.solve(unknown, known)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 30, 60])
def test_it_solves_the_equations(length):
    np.testing.assert_allclose(gap_matrix(length), _literal(length), atol=1e-7)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (1, 1)])
@pytest.mark.parametrize("length", [1, 2, 6])
def test_with_one_frame_at_an_end_acceleration_is_still_least(before, after, length):
    matrix = gap_matrix(length, before=before, after=after)
    four = np.array([3.0, 1.0, -2.0, 4.0])
    ends = four[2 - before : 2 + after]

    def effort(inside):
        path = np.concatenate([ends[:before], inside, ends[before:]])
        return np.square(np.diff(path, 2)).sum()

    inside = matrix @ four
    random = np.random.default_rng(0)
    for _ in range(50):
        assert effort(inside) < effort(inside + 0.01 * random.normal(size=length))
    if (before, after) == (1, 1):
        np.testing.assert_allclose(inside, np.linspace(1, -2, length + 2)[1:-1], atol=1e-12)


@pytest.mark.parametrize("length", [1, 4, 9])
def test_cubics_are_found_again(length):
    time = np.array([-1.0, 0, *range(1, length + 1), length + 1, length + 2]) / length
    cubic = 2 * time**3 - time**2 + 3 * time - 0.5
    ends = cubic[[0, 1, -2, -1]]
    np.testing.assert_allclose(gap_matrix(length) @ ends, cubic[2:-2], atol=1e-10)
    line = 3 * time - 0.5
    for before, after in ((1, 1), (1, 2), (2, 1)):
        matrix = gap_matrix(length, before=before, after=after)
        np.testing.assert_allclose(matrix @ line[[0, 1, -2, -1]], line[2:-2], atol=1e-10)
        assert not matrix[:, [k for k, out in ((0, before < 2), (3, after < 2)) if out]].any()


def _motion(frames, seed):
    """Made motion at 30 frames per second, 0.2 to 3.5 Hz, in metres: (T, 200)."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / 30
    return sum(
        0.1 / hertz * random.random(200) * np.sin(2 * np.pi * hertz * time + 6.3 * random.random(200))
        for hertz in (0.2, 0.7, 1.4, 2.3, 3.5)
    )


@pytest.mark.parametrize(("length", "most"), [(1, 0.2), (3, 0.35), (5, 0.5), (8, 0.8)])
def test_nearer_than_a_straight_line(length, most):
    motion = _motion(length + 4, seed=length)
    ends, truth = motion[[0, 1, -2, -1]], motion[2:-2]
    share = np.arange(1, length + 1)[:, None] / (length + 1)
    line = (1 - share) * ends[1] + share * ends[2]
    assert np.abs(gap_matrix(length) @ ends - truth).mean() < most * np.abs(line - truth).mean()


def test_repeating_the_equation_would_not_get_there():
    """Why it is solved: from three frames on a repetition of eq 8 makes an error larger."""
    for length in range(1, 9):
        repetition = sum(
            tap / 6 * np.eye(length, k=offset) for offset, tap in ((-2, -1), (-1, 4), (1, 4), (2, -1))
        )
        growth = np.abs(np.linalg.eigvalsh(repetition)).max()
        assert (growth > 1) == (length >= 3)


def _filled_by_loops(batch, longest, trust):
    keypoints, score = batch.keypoints.clone(), batch.score.clone()
    for n, m, v in np.ndindex(len(batch), batch.score.shape[1], batch.score.shape[3]):
        seen = batch.seen[n, m, :, v].tolist()
        frames = [t for t, here in enumerate(seen) if here]
        for first, last in pairwise(frames):
            length = last - first - 1
            if not 0 < length <= longest:
                continue
            before = 2 if first > 0 and seen[first - 1] else 1
            after = 2 if last + 1 < len(seen) and seen[last + 1] else 1
            rows = [first - before + 1, first, last, last + after - 1]
            inside = gap_matrix(length, before=before, after=after) @ batch.keypoints[n, m, rows, v].numpy()
            for t in range(first + 1, last):
                if batch.present[n, m, t]:
                    keypoints[n, m, t, v] = torch.from_numpy(inside[t - first - 1])
                    score[n, m, t, v] = trust * batch.score[n, m, [first, last], v].min()
    return keypoints, score


@pytest.mark.parametrize("longest", [0, 1, 3, 40])
@pytest.mark.parametrize("coordinates", [2, 3])
def test_against_loops(longest, coordinates):
    batch = example_batch(coordinates=coordinates, frames=24)
    lost = torch.rand(batch.score.shape, generator=torch.Generator().manual_seed(3)) < 0.4
    batch.score.masked_fill_(lost, 0)
    batch.present[2, 0, 9:12] = False  # away for a moment
    batch.score[2, 0, 9:12] = 0
    batch = batch.with_keypoints(batch.keypoints)
    points, score = GapSystem(longest).fill(batch.keypoints, batch.score, batch.present, trust=0.4)
    expected_points, expected_score = _filled_by_loops(batch, longest, 0.4)
    torch.testing.assert_close(points, expected_points)
    torch.testing.assert_close(score, expected_score)
    assert (score > 0).sum() > (batch.score > 0).sum() or longest == 0
