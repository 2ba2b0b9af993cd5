"""Noise that follows itself, and stretches of frames, against walks from frame to frame."""

import numpy as np
import pytest
import torch
from dancekit_preprocessing.lasting import following, stretches
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("frames", [1, 2, 50, 128, 129, 300])
@pytest.mark.parametrize("correlation", [0.0, 0.7, 0.98, 1.0])
def test_following_against_the_recursion(frames, correlation):
    white = torch.randn(3, frames, 2, 2, generator=torch.Generator().manual_seed(frames))
    expected = white.clone()
    for frame in range(1, frames):
        expected[:, frame] = (
            correlation * expected[:, frame - 1] + (1 - correlation**2) ** 0.5 * white[:, frame]
        )
    torch.testing.assert_close(following(white, correlation), expected, rtol=1e-4, atol=1e-5)


def test_following_has_its_deviation_and_correlation_from_the_first_frame_on():
    white = torch.randn(20000, 20, generator=torch.Generator().manual_seed(0))[..., None]
    noise = following(white, 0.8)[..., 0]
    torch.testing.assert_close(noise.std(0), torch.ones(20), rtol=0.03, atol=0)
    for apart in (1, 4):
        products = (noise[:, apart:] * noise[:, :-apart]).mean(0)
        torch.testing.assert_close(products, torch.full_like(products, 0.8**apart), rtol=0, atol=0.04)


def _chain(uniform, probability, length):
    """Frame by frame: drawn anew where the number is small enough, as it was before elsewhere."""
    anew = min(1.0, 1 / (length * (1 - probability)))
    state = np.zeros(len(uniform), dtype=bool)
    for frame, number in enumerate(uniform):
        if frame == 0:
            state[frame] = number < probability
        else:
            state[frame] = number < anew * probability if number < anew else state[frame - 1]
    return state


@settings(deadline=None)
@given(
    frames=st.integers(1, 60),
    probability=st.floats(0, 0.95),
    length=st.floats(1, 30),
    seed=st.integers(0, 99),
)
def test_stretches_against_the_chain(frames, probability, length, seed):
    uniform = torch.rand(2, frames, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = stretches(uniform, probability, length)
    for clip, joint in np.ndindex(2, 3):
        expected = _chain(uniform[clip, :, joint].numpy(), probability, length)
        assert np.array_equal(found[clip, :, joint].numpy(), expected)
    shorter = stretches(uniform[:, : frames // 2 + 1], probability, length)
    assert torch.equal(found[:, : frames // 2 + 1], shorter)


@pytest.mark.parametrize(("probability", "length"), [(0.05, 1.0), (0.05, 8.0), (0.3, 4.0)])
def test_stretches_have_their_share_and_their_length(probability, length):
    uniform = torch.rand(400, 1000, generator=torch.Generator().manual_seed(1))
    found = stretches(uniform[..., None], probability, length)[..., 0]
    assert found.float().mean().item() == pytest.approx(probability, rel=0.1)
    assert found[:, 0].float().mean().item() == pytest.approx(probability, abs=0.06)
    ends = (found[:, :-1] & ~found[:, 1:]).sum().item()
    # Alone by chance, a frame is followed by another one of those with this probability too.
    expected = max(length, 1 / (1 - probability))
    assert found[:, :-1].sum().item() / ends == pytest.approx(expected, rel=0.08)
