"""Jitter smoothed away and short gaps filled, by equations 5 to 9. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit_lifting.gap_system import GapSystem
from dancekit_lifting.spatial import equal_weights, neighbour_mean
from dancekit_lifting.temporal import Predictors

_MOST_FILLED = 60


class Refinement(Preprocessor):
    """Weigh where every joint is with where the frames around it say that it should be (eq 5-9).

    It takes away jitter, not errors that last. It works in 2D and 3D, before a lifter and after it, and lets
    gradients through. With the defaults, at 30 frames per second, it is the Savitzky-Golay filter of degree 2
    over 5 frames.

    Frames of a higher rate are first weighed with those further away, so that all rates are smoothed over
    about as long: 30 frames per second need 2 frames ahead, 60 need 6, 120 need 14. Below 30 less is
    smoothed, and at 15 nothing, for there the frames around tell too little of quick movements.

    Then gaps are filled, by where a joint was and how it moved in the two frames at either end. Those at the
    ends of a clip, and longer ones, stay missing.

    Source: Zhang and Chen, equations 5 to 9; `docs/explanation/refinement.md` has what was measured.

    Args:
        weight: w_m of eq 9, what the frames around count, 0 to 1; the joint itself counts the rest.
        alpha: of eq 6, 0 to 1: how much of the speed of the two frames before goes on. 1/3 follows quick
            movements best; 1 does harm.
        beta: of eq 7, the same of the two frames after.
        neighbours: what the neighbours of a joint count in eq 5, together. 0 leaves poses as they are, and
            more did harm.
        longest: the most frames in a row that are filled, 0 to 60; 0 fills nothing.
        trust: the score of a filled joint is this share of the lower score of the two frames beside it.
        frame_rate: frames per second that `weight` is meant for, and those of a clip that does not tell. A
            lower one smooths over longer.

    Raises:
        ValueError: a value lies outside its range.
    """

    def __init__(
        self,
        *,
        weight: float = 18 / 35,
        alpha: float = 1 / 3,
        beta: float = 1 / 3,
        neighbours: float = 0.0,
        longest: int = 5,
        trust: float = 0.5,
        frame_rate: float = 30.0,
    ) -> None:
        for name, value in {"weight": weight, "alpha": alpha, "beta": beta}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {value}.")
        if not 0 <= neighbours < 1:
            raise ValueError(f"neighbours must lie from 0 up to, but not at, 1, not {neighbours}.")
        if not 0 <= longest <= _MOST_FILLED:
            raise ValueError(f"longest must lie between 0 and {_MOST_FILLED}, not {longest}.")
        if not 0 < trust <= 1:
            raise ValueError(f"trust must lie above 0 and up to 1, not {trust}.")
        if not 0 < frame_rate < float("inf"):
            raise ValueError(f"frame_rate must lie above 0, not {frame_rate}.")
        self.neighbours, self.trust, self.frame_rate = neighbours, trust, frame_rate
        self._predictors = Predictors.of(alpha=alpha, beta=beta, weight=weight)
        self._gaps = GapSystem(longest)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if batch.frame_pairs:
            raise RecipeError(
                "refinement looks at frames in a row, and batches.frame_pairs has two of each moment.",
                hint="Take refinement out, or leave batches.frame_pairs out.",
            )
        seen = batch.seen
        points = keep(batch.keypoints, seen)
        # A clip without gaps, such as a lifter gives, has patterns only at its ends.
        known = seen[:1, :1, :, :1] if bool(seen.all()) else seen
        for spacing, share in self._passes(batch.frame_rate, points.shape[2]):
            own = self._by_neighbours(points, batch) if spacing == 1 else points
            refined = self._predictors.step(points, known, own=own, share=share, spacing=spacing)
            points = keep(refined, seen)
        filled, score = self._gaps.fill(points, batch.score, batch.present, trust=self.trust)
        return replace(batch, score=score).with_keypoints(filled)

    def _by_neighbours(self, points: Tensor, batch: ClipBatch) -> Tensor:
        if self.neighbours == 0:
            return points
        return neighbour_mean(points, batch.seen, equal_weights(batch.layout, self.neighbours))

    def _passes(self, rates: Tensor, frames: int) -> Iterator[tuple[int, Tensor]]:
        """(spacing, share (N,) of w_m), from wide to narrow.

        Frames that far apart have a rate of their own: all of w_m counts where that is `frame_rate` or more,
        nothing at half of it, and in between a share that grows evenly.
        """
        times = rates.nan_to_num(nan=self.frame_rate) / self.frame_rate  # (N,)
        spacing, highest = 1, float(times.max()) if len(times) else 1.0
        while 4 * spacing < frames and highest > spacing:
            spacing *= 2
        while spacing >= 1:
            yield spacing, (2 * times / spacing - 1).clamp(0, 1)
            spacing //= 2
