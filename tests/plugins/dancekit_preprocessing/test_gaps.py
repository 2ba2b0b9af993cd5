"""Gaps filled one joint at a time, in plain loops."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from dancekit_preprocessing.gaps import FillGaps

from dancekit.testing import example_batch


def _literal(batch, longest, trust):
    keypoints, score = batch.keypoints.clone(), batch.score.clone()
    for n, m, v in np.ndindex(len(batch), batch.score.shape[1], batch.score.shape[3]):
        seen = torch.nonzero(batch.score[n, m, :, v]).flatten().tolist()
        for first, last in pairwise(seen):
            if 0 < last - first - 1 <= longest:
                for t in range(first + 1, last):
                    if batch.present[n, m, t]:
                        share = (t - first) / (last - first)
                        ends = batch.keypoints[n, m, [first, last], v]
                        keypoints[n, m, t, v] = (1 - share) * ends[0] + share * ends[1]
                        score[n, m, t, v] = trust * batch.score[n, m, [first, last], v].min()
    return keypoints, score


@pytest.mark.parametrize("longest", [1, 3, 40])
@pytest.mark.parametrize("coordinates", [2, 3])
def test_against_the_literal_version(longest, coordinates):
    batch = example_batch(coordinates=coordinates, frames=24)
    lost = torch.rand(batch.score.shape, generator=torch.Generator().manual_seed(3)) < 0.5
    batch.score.masked_fill_(lost, 0)
    batch.present[2, 0, 9:12] = False  # away for a moment
    batch.score[2, 0, 9:12] = 0
    batch = batch.with_keypoints(batch.keypoints)
    filled = FillGaps(longest=longest, trust=0.4)(batch)
    keypoints, score = _literal(batch, longest, 0.4)
    torch.testing.assert_close(filled.keypoints, keypoints)
    torch.testing.assert_close(filled.score, score)
    assert (filled.seen & ~batch.seen).any()


def test_a_straight_line_is_found_again():
    batch = example_batch(clips=1, persons=1, frames=9, complete=True)
    line = torch.arange(9.0)[None, None, :, None, None] * torch.tensor([2.0, -1.0])
    whole = batch.with_keypoints(line.expand_as(batch.keypoints))
    whole.score[:, :, 3:6, 4] = 0
    filled = FillGaps(longest=3)(whole.with_keypoints(whole.keypoints))
    torch.testing.assert_close(filled.keypoints, line.expand_as(batch.keypoints))
    assert (filled.score[0, 0, 3:6, 4] <= 0.5).all() and (filled.score[0, 0, 3:6, 4] > 0).all()


def test_long_gaps_and_ends_stay():
    batch = example_batch(clips=1, persons=1, frames=12, complete=True)
    batch.score[:, :, :2, 0] = batch.score[:, :, 10:, 0] = 0
    batch.score[:, :, 4:8, 1] = 0
    batch = batch.with_keypoints(batch.keypoints)
    assert torch.equal(FillGaps(longest=3)(batch).score, batch.score)
    assert torch.equal(FillGaps(longest=4)(batch).seen[..., 1], torch.ones(1, 1, 12, dtype=torch.bool))
    assert torch.equal(FillGaps(longest=40)(batch).score[..., 0], batch.score[..., 0])


@pytest.mark.parametrize("arguments", [{"longest": 0}, {"longest": 255}, {"trust": 1.1}])
def test_senseless_arguments(arguments):
    with pytest.raises(ValueError, match="must lie"):
        FillGaps(**arguments)
