"""Random courses in time: noise that follows itself, and stretches of frames. Vectorised over time."""

from __future__ import annotations

import torch
from torch import Tensor

_BLOCK = 128  # frames that one product takes


def following(white: Tensor, correlation: float) -> Tensor:
    """Noise in which each frame follows the one before, of the standard deviation of the noise given.

    That is an autoregressive process of first order, from its first frame on: two frames that are k apart
    have the correlation `correlation`^k.

    Args:
        white: (N, T, ...), every number independent of the others.
    """
    return _following(white.flatten(2), correlation).view_as(white)


def _following(white: Tensor, correlation: float) -> Tensor:
    """(N, T, F)"""
    frames = white.shape[1]
    block = min(frames, _BLOCK)
    time = torch.arange(block, device=white.device, dtype=white.dtype)
    past = time[:, None] - time  # (block, block)
    weights = torch.where(past >= 0, correlation ** past.clamp(min=0), 0)  # (block, block)
    fresh = (1 - correlation**2) ** 0.5
    if frames <= block:
        weights[:, 1:] *= fresh
        return weights @ white
    innovation = torch.cat([white[:, :1], white[:, 1:] * fresh], dim=1)
    course = [weights @ innovation[:, :block]]
    decay = (correlation ** (time + 1))[:, None]  # (block, 1)
    for start in range(block, frames, block):
        part = innovation[:, start : start + block]
        length = part.shape[1]
        carried = decay[:length] * course[-1][:, -1:]
        course.append(weights[:length, :length] @ part + carried)
    return torch.cat(course, dim=1)


def stretches(uniform: Tensor, probability: float, length: float) -> Tensor:
    """Which frames lie in a stretch: each with a probability, in stretches of a mean length.

    A Markov chain of two states, from its first frame on. At each frame the state is drawn anew with the
    probability that gives stretches their length, or stays; so it is the one drawn last, and no frame has
    to wait for the one before.

    Args:
        uniform: (N, T, ...) between 0 and 1, every number independent of the others.
        probability: below 1.
        length: mean, in frames. Stretches are no shorter than chance alone would make them.

    Returns:
        (N, T, ...) bool.
    """
    anew = min(1.0, 1 / (length * (1 - probability)))
    drawn, state = uniform < anew, uniform < anew * probability
    drawn[:, 0], state[:, 0] = True, uniform[:, 0] < probability
    # The largest number so far is the one drawn last, and its last bit is the state.
    time = torch.arange(2, 2 * uniform.shape[1] + 1, 2, dtype=torch.int32, device=uniform.device)
    time = time.view(-1, *[1] * (uniform.ndim - 2))  # (T, ...)
    latest = (time * drawn).add_(state).cummax(1).values  # (N, T, ...)
    return latest.bitwise_and_(1).bool()
