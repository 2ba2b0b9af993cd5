"""The twin supervised lifter (eq 2-4): two branches, one trunk.

    lift(x)  = head(trunk(stem_2d(x))) + direct(x)     the 2D branch, which reads 2D keypoints
    prior(y) = head(trunk(stem_3d(y)))                 the 3D branch, which mends spoilt poses
    result   = w lift(x) + (1 - w) prior(lift(x))      w for each joint, fitted after training

The paper feeds the second branch real 3D keypoints. There are none when the lifter is used, so there it reads
what the first has found; with w = 1 it is left out. `direct` is linear: where a joint lies in the picture
nearly says where it lies across and upwards, and the trunk is left with the depth.

Notation used for shapes: B persons, T frames, V joints of the input, V' joints of the output, C channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.masking import masked_mean
from dancekit.skeleton.layout import Layout
from dancekit_lifting.body_frame import HALF_WINDOW, body_frame, features_of
from dancekit_lifting.corruption import corrupted
from dancekit_lifting.errors import mean_distance, velocity_distance
from dancekit_lifting.fusion import FusionFit
from dancekit_lifting.trunk import (
    ONE_FRAME,
    TEMPORAL,
    Head,
    Stem,
    Trunk,
    check_sizes,
    edges_repeated,
    set_momentum,
)
from dancekit_lifting.views import disagreement

_LIFTING, _MENDING = 0, 1  # the branches


class Siamese(Lifter):
    """Twin supervised lifter.

    Training has two stages. For its first tenth the 3D branch alone learns to mend poses that noise and lost
    joints have spoilt; then both learn together. `finish` fits how much each joint trusts either.

    Args:
        input_layout: of the 2D keypoints.
        output_layout: of the 3D ones.
        channels: C, of the trunk.
        trunk: "temporal" sees 27 frames; "frame" is the residual form on single frames.
        dropout: after every activation.
        shared_norm: one batch norm for both branches, for comparison; as a rule each has its own.
        twin: learn the 3D branch; without it this is a lifter of one branch.
        fuse: use the fitted weights; without it the 2D branch alone.
        mending: weight of the loss of the 3D branch.
        alignment: weight of the distance of the 2D branch's features from those of the true pose.
        velocity: weight of the error of motion from frame to frame.
        equivariance: weight of the disagreement of two views of the same pose; 0 looks from one side only.

    Raises:
        ValueError: a weight is negative, or there is no channel.
    """

    joint_weights: Tensor

    def __init__(
        self,
        *,
        input_layout: Layout,
        output_layout: Layout,
        channels: int = 512,
        trunk: Literal["temporal", "frame"] = "temporal",
        dropout: float = 0.25,
        shared_norm: bool = False,
        twin: bool = True,
        fuse: bool = True,
        mending: float = 0.5,
        alignment: float = 0.1,
        velocity: float = 2.0,
        equivariance: float = 0.0,
    ) -> None:
        super().__init__()
        check_sizes(channels, dropout)
        self._weights = {"mending": mending, "alignment": alignment, "velocity": velocity}
        self._weights["equivariance"] = equivariance
        for name, weight in self._weights.items():
            if not weight >= 0:
                raise ValueError(f"{name} must be at least 0, not {weight}.")
        self.input_layout, self.output_layout = input_layout, output_layout
        self._twin, self._fuse = twin, twin and fuse
        joints = output_layout.num_joints
        features = features_of(input_layout)
        self.stem_2d = Stem(features, channels, dropout=dropout)
        self.direct = Head(features, joints)
        if twin:
            self.stem_3d = Stem(3 * joints, channels, dropout=dropout)
        self.trunk = Trunk(
            channels,
            blocks=TEMPORAL if trunk == "temporal" else ONE_FRAME,
            dropout=dropout,
            branches=2 if twin else 1,
            shared_norm=shared_norm,
        )
        self.head = Head(channels, joints)
        self.register_buffer("joint_weights", torch.ones(joints))  # of the 2D branch
        self._mends = False
        self.register_load_state_dict_post_hook(_see_weights)  # type: ignore[no-untyped-call]
        margin = HALF_WINDOW + (2 if self._fuse else 1) * self.trunk.margin
        self.receptive_field = 2 * margin + 1

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        """(B, T, V, 2) and (B, T, V) to (B, T, V', 3)."""
        lifted = self._lifted(keypoints, score)[1]  # (B, T, V', 3)
        if not self._mends:
            return lifted
        mended = self.head.places(self._seen_in_3d(lifted, _there(score)))
        weight = self.joint_weights[:, None]  # float32, where the places may be of half precision
        return weight * lifted + (1 - weight) * mended

    def loss(self, pairs: PosePairs, progress: float) -> dict[str, Tensor]:
        """Errors in metres, weighed; section 3.3 of the specification has their sources."""
        # Statistics that follow every batch at first and hardly move at the end (Pavllo et al. 2019).
        set_momentum(self, 0.1 * 0.01**progress)
        losses: dict[str, Tensor] = {}
        # The 3D branch takes twice as long as the 2D branch, for the sake of which it is there: beside it
        # it learns from some of the persons, who are in no particular order.
        alone = self._twin and progress < _FIRST_STAGE
        count = len(pairs.target) if alone else -(-len(pairs.target) // _PERSONS_FOR_ONE)
        target, seen, there = pairs.target[:count], pairs.seen[:count], pairs.present[:count]
        if self._twin:
            spoilt = self._seen_in_3d(corrupted(target), there)  # (B', C, T)
            mended = mean_distance(self.head.places(spoilt), target, seen)
            losses["mending"] = self._weights["mending"] * mended
            if alone:
                return losses
        features, lifted = self._lifted(pairs.keypoints, pairs.score)  # (B, C, T), (B, T, V', 3)
        losses["position"] = mean_distance(lifted, pairs.target, pairs.seen)
        losses["velocity"] = self._weights["velocity"] * velocity_distance(lifted, pairs.target, pairs.seen)
        if self._twin and self._weights["alignment"] > 0:
            with torch.no_grad():
                wanted = self._seen_in_3d(target, there)  # (B', C, T)
            apart = F.smooth_l1_loss(features[:count], wanted, reduction="none").mean(1)  # (B', T)
            aligned = masked_mean(apart, seen.any(2), (0, 1))
            losses["alignment"] = self._weights["alignment"] * aligned
        if self._weights["equivariance"] > 0:
            other = disagreement(self, lifted, pairs)
            losses["equivariance"] = self._weights["equivariance"] * other
        return losses

    @torch.no_grad()
    def finish(self, pairs: Iterable[PosePairs]) -> dict[str, float]:
        """Fit the weight of the 2D branch for each joint of the output, by closed form."""
        if not self._twin:
            return {}
        fit = FusionFit(self.output_layout.num_joints)
        for some in pairs:
            lifted = self._lifted(some.keypoints, some.score)[1]
            mended = self.head.places(self._seen_in_3d(lifted, some.present))
            fit.add(lifted, mended, some.target, some.seen)
        self.trust(fit.weights())
        return {
            "weight of the 2D branch, mean": float(self.joint_weights.mean()),
            "weight of the 2D branch, least": float(self.joint_weights.min()),
        }

    def weights_per_joint(self) -> dict[str, Tensor]:
        return {"2D branch": self.joint_weights} if self._twin else {}

    def trust(self, weights: Tensor | float) -> None:
        """Set how much of each joint (V') comes from the 2D branch; `finish` does it with fitted weights."""
        self.joint_weights.copy_(torch.as_tensor(weights))
        self._see_weights()

    def _see_weights(self) -> None:
        # A plain value: asking the buffer each time would stop a GPU, and is no part of an exported graph.
        self._mends = self._fuse and bool((self.joint_weights != 1).any())

    def _lifted(self, keypoints: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, C, T) of the first branch, and the poses (B, T, V', 3) that it makes of them."""
        margin = self.trunk.margin
        score = edges_repeated(score, HALF_WINDOW + margin)  # (B, T + 12 + 2 margin, V)
        x = body_frame(edges_repeated(keypoints, HALF_WINDOW + margin), score, self.input_layout)
        mask = self._mask(_there(score[:, HALF_WINDOW : score.shape[1] - HALF_WINDOW]))
        features = self.trunk(self.stem_2d(x, mask), mask, _LIFTING)  # (B, C, T)
        inner = x[:, margin : x.shape[1] - margin].mT  # (B, F, T)
        return features, self.head.places(features) + self.direct.places(inner)

    def _seen_in_3d(self, poses: Tensor, there: Tensor | None) -> Tensor:
        """Features (B, C, T) of the second branch, of poses (B, T, V', 3)."""
        margin = self.trunk.margin
        mask = self._mask(None if there is None else edges_repeated(there, margin))
        x = edges_repeated(poses.flatten(2), margin)  # (B, T + 2 margin, 3 V')
        return self.trunk(self.stem_3d(x, mask), mask, _MENDING)  # type: ignore[no-any-return]

    def _mask(self, there: Tensor | None) -> Tensor | None:
        """(B, T) as batch norms take it; only their statistics ask who is there."""
        if not self.training or there is None or bool(there.all()):
            return None
        return there[:, None]  # (B, 1, T)


def _see_weights(lifter: nn.Module, _: object) -> None:
    assert isinstance(lifter, Siamese)
    lifter._see_weights()


_FIRST_STAGE = 0.1
"""The share of the training in which the 3D branch learns alone."""

_PERSONS_FOR_ONE = 4
"""Afterwards it learns from one person in so many."""


def _there(score: Tensor) -> Tensor:
    """(B, T) bool: anything of the person is seen."""
    return (score > 0).any(2)
