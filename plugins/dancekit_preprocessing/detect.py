"""2D keypoints as a detector would have found them. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom, RecordingRandom
from dancekit.errors import LayoutError, RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep, repeat_last
from dancekit.skeleton.layout import Layout
from dancekit_preprocessing.bones import lengths_of
from dancekit_preprocessing.draws import always_draws, probability_of, range_of, seed_of, size_of
from dancekit_preprocessing.lasting import following, stretches
from dancekit_preprocessing.normalise import spread_of
from dancekit_preprocessing.parts import limbs_of, swapping_together

Draws = ClipRandom | RecordingRandom
_LEAST = 0.01  # confidence of a joint that is found


class Detect(Preprocessor):
    """Give exact 2D keypoints the errors of a detector: noise, lost joints, swapped sides, confidences.

    Lengths are in sizes of the body: the root mean square distance of all seen joints from their middle in
    their frame, over the whole clip, for each person. A standing adult's is about half a metre. Each clip
    has a detector of its own, good or bad. A joint that is missing stays missing.

    Frames are those of the batch: at another frame rate, give another `correlation` and `stretch`.

    Args:
        deviation: standard deviation of the error of a joint along x and along y each, in sizes of the
            body; one is drawn per clip.
        slow: share of the variance that follows the frame before. The rest is new in every frame.
        correlation: of the slow part from one frame to the next.
        heavier: joints with larger errors, by their names without the side, such as `wrist`.
        heavier_by: factor of their deviation.
        confidence: of a joint that is found in its place; one is drawn per clip. It falls as a bell with the
            error of the joint.
        doubt: error, in sizes of the body, at which the confidence is 0.61 of that.
        confidence_noise: standard deviation of what is added to every confidence.
        lost: probability of each joint in each frame to be lost.
        hidden: probability of each limb in each frame to be lost as a whole. Limbs are the parts of the
            layout that lie on one side.
        swapped: probability of each pair of limbs in each frame to change sides. Joints that are no limb's
            change places with their counterparts alone.
        stretch: mean number of frames for which joints and limbs stay lost or swapped.
        seed: of the errors in validation and test, where each clip has the same ones each time.

    Raises:
        RecipeError: when called with 3D keypoints.
        LayoutError: when called in a layout without one of the `heavier` joints, or for `hidden`, without
            limbs.
    """

    def __init__(
        self,
        *,
        deviation: tuple[float, float] = (0.01, 0.06),
        slow: float = 0.6,
        correlation: float = 0.9,
        heavier: tuple[str, ...] = (),
        heavier_by: float = 1.5,
        confidence: tuple[float, float] = (0.7, 1.0),
        doubt: float = 0.15,
        confidence_noise: float = 0.1,
        lost: float = 0.02,
        hidden: float = 0.0,
        swapped: float = 0.01,
        stretch: float = 5.0,
        seed: int = 0,
    ) -> None:
        self.deviation = range_of("deviation", deviation, lowest=0)
        self.slow = probability_of(slow, name="slow")
        self.correlation = probability_of(correlation, name="correlation")
        self.heavier, self.heavier_by = heavier, size_of("heavier_by", heavier_by)
        self.confidence = range_of("confidence", confidence, lowest=_LEAST, highest=1)
        if not doubt > 0:
            raise ValueError(f"doubt must lie above 0, not {doubt}.")
        self.doubt = doubt
        self.confidence_noise = size_of("confidence_noise", confidence_noise)
        for name, value in (("lost", lost), ("hidden", hidden), ("swapped", swapped)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} must lie from 0 up to, but not at, 1, not {value}.")
        self.lost, self.hidden, self.swapped = lost, hidden, swapped
        if not 1 <= stretch < float("inf"):
            raise ValueError(f"stretch must lie at 1 or above, not {stretch}.")
        self.stretch = stretch
        self.seed = seed_of(seed)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if batch.keypoints.shape[-1] != 2:
            raise RecipeError("detect takes 2D keypoints, and these are 3D.", hint="Put it after `project`.")
        random = always_draws(batch, seed=self.seed, step="detect")
        ends = random.uniform(2)  # (N, 2)
        deviation, surest = (
            (low + (high - low) * draw)[:, None, None, None]  # (N, 1, 1, 1)
            for draw, (low, high) in zip(ends.unbind(1), (self.deviation, self.confidence), strict=True)
        )
        deviation = deviation * self._weights(batch.layout, ends.device)  # (N, 1, 1, V)
        noise = self._noise(random, batch)
        sure = self._confidence(random, batch, lengths_of(noise) * deviation, surest)
        found = keep((batch.score * sure)[..., None], ~self._lost(random, batch))[..., 0]
        size = spread_of(batch, each_person=True)[:, :, None, None]  # (N, M, 1, 1)
        pixels = repeat_last(deviation * size, 2).flatten(3)  # (N, M, 1, V*2)
        places = torch.addcmul(batch.keypoints.flatten(3), noise.flatten(3), pixels).view_as(noise)
        return self._swapped(random, replace(batch, score=found).with_keypoints(places))

    def _weights(self, layout: Layout, device: torch.device) -> Tensor:
        """(V,) the deviation of each joint, in that of its clip."""
        weights = torch.ones(layout.num_joints)
        for name in self.heavier:
            joints = [v for v, joint in enumerate(layout.joints) if f"_{joint}".endswith(f"_{name}")]
            if not joints:
                raise LayoutError(
                    f"detect: layout {layout.name} has no joint {name!r}.",
                    hint="`heavier` takes names without the side, such as wrist.",
                )
            weights[joints] = self.heavier_by
        return weights.to(device)

    def _noise(self, random: Draws, batch: ClipBatch) -> Tensor:
        """(N, M, T, V, 2) of deviation 1."""
        _, m, t, v = batch.score.shape
        noise = random.normal(t, m, v, 2)  # (N, T, M, V, 2), time first as it is drawn for any length
        if self.slow:
            slow = following(random.normal(t, m, v, 2), self.correlation)
            noise = noise.mul_((1 - self.slow) ** 0.5).add_(slow, alpha=self.slow**0.5)
        return noise.transpose(1, 2)

    def _confidence(self, random: Draws, batch: ClipBatch, away: Tensor, surest: Tensor) -> Tensor:
        """(N, M, T, V) for errors of so many sizes of the body."""
        _, m, t, v = batch.score.shape
        sure = (away / self.doubt).square_().mul_(-0.5).exp_().mul_(surest)
        if self.confidence_noise:
            sure.add_(random.normal(t, m, v).transpose(1, 2), alpha=self.confidence_noise)
        return sure.clamp_(_LEAST, 1)

    def _lost(self, random: Draws, batch: ClipBatch) -> Tensor:
        """(N, M, T, V) bool: joints that are not found, alone or with their limb."""
        n, m, t, v = batch.score.shape
        lost = torch.zeros(n, t, m, v, dtype=torch.bool, device=batch.score.device)
        if self.lost:
            lost = stretches(random.uniform(t, m, v), self.lost, self.stretch)
        if self.hidden:
            limbs = list(limbs_of(batch.layout).values())
            if not limbs:
                raise LayoutError(
                    f"detect: layout {batch.layout.name} has no limbs to hide.",
                    hint="Name parts of one side under `parts` in the layout, or leave `hidden` out.",
                )
            hidden = stretches(random.uniform(t, m, len(limbs)), self.hidden, self.stretch)
            for limb, joints in enumerate(limbs):
                lost[..., joints] |= hidden[..., limb, None]
        return lost.transpose(1, 2)

    def _swapped(self, random: Draws, batch: ClipBatch) -> ClipBatch:
        """With limbs that have changed sides, where both joints of a pair are seen."""
        if not self.swapped or not batch.layout.pairs:
            return batch
        n, m, t, v = batch.score.shape
        device = batch.score.device
        groups = swapping_together(batch.layout)
        swap = stretches(random.uniform(t, m, max(groups) + 1), self.swapped, self.stretch)
        group, flip = torch.tensor(groups, device=device), torch.tensor(batch.layout.flip, device=device)
        seen = batch.seen
        swap = swap.transpose(1, 2).index_select(3, group) & seen & seen.index_select(3, flip)  # (N, M, T, V)
        joint = torch.where(swap, flip, torch.arange(v, device=device))
        first = torch.arange(0, swap.numel(), v, device=device).view(n, m, t, 1)
        rows = (first + joint).flatten()  # of the flattened (N*M*T*V)
        score = batch.score.flatten().index_select(0, rows).view(n, m, t, v)
        keypoints = batch.keypoints.flatten(0, 3).index_select(0, rows).view(n, m, t, v, 2)
        return replace(batch, score=score, keypoints=keypoints)
