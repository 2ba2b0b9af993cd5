"""Lifting frames as they come: B persons, T frames, V joints of the input, V' joints of the output."""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit.interfaces import Lifter


class LiftStream:
    """What a lifter gives for a whole sequence, given out as soon as nothing to come can change it.

    A frame is final once the lifter's reach, half its receptive field, lies behind it: that is the latency.
    Kept are the frames in twice that reach, however long the stream; each push lifts them again with what is
    new, so that chunks of fewer frames cost more.

    Args:
        lifter: in evaluation, and whose output depends on nothing beyond its receptive field.
    """

    def __init__(self, lifter: Lifter) -> None:
        self._lifter = lifter
        self.latency = lifter.receptive_field // 2
        self._keypoints: Tensor | None = None  # (B, kept, V, 2)
        self._score: Tensor | None = None  # (B, kept, V)
        self._given = 0  # frames of those kept that were given out

    @torch.inference_mode()
    def push(self, keypoints: Tensor, score: Tensor) -> Tensor:
        """Take the next frames, (B, t, V, 2) and (B, t, V); give those that are final, (B, t', V', 3)."""
        if self._keypoints is not None and self._score is not None:
            keypoints = torch.cat([self._keypoints, keypoints], dim=1)
            score = torch.cat([self._score, score], dim=1)
        self._keypoints, self._score = keypoints, score
        return self._final(keypoints.shape[1] - self.latency)

    @torch.inference_mode()
    def close(self) -> Tensor | None:
        """The frames that are left, (B, t', V', 3), when no more is to come; None if nothing came."""
        if self._keypoints is None:
            return None
        rest = self._final(self._keypoints.shape[1])
        self._keypoints = self._score = None
        self._given = 0
        return rest

    def _final(self, end: int) -> Tensor:
        assert self._keypoints is not None and self._score is not None
        if end <= self._given:
            persons, joints = len(self._keypoints), self._lifter.output_layout.num_joints
            return self._keypoints.new_zeros(persons, 0, joints, 3)
        lifted = self._lifter.lift(self._keypoints, self._score)[:, self._given : end]  # (B, t', V', 3)
        # The next frame to be given out needs its reach before it; what lies earlier is let go.
        past = max(0, end - self.latency)
        self._keypoints, self._score = self._keypoints[:, past:], self._score[:, past:]
        self._given = end - past
        return lifted
