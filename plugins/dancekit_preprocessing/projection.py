"""The picture that a camera makes of what is before it. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit_preprocessing.draws import always_draws, range_of, seed_of


class Project(Preprocessor):
    """Make 2D keypoints in pixels of 3D ones in the frame of a camera, as `camera` gives them.

    A pinhole with radial distortion: a place that the pinhole puts at r from the middle of the picture, in
    halves of its diagonal, lies at r (1 + a r^2 + b r^4). Each clip has a lens and a picture of its own.
    Ranges are drawn from evenly. Pixels count from the top left corner, y downwards. A joint that is not
    before the camera is missing.

    Args:
        focal: length, in widths of the picture; at 1 it sees 53 degrees across, and the lower, the more.
        aspects: width through height of the pictures, of which each clip draws one.
        distortion: a; below 0 the picture bulges (barrel).
        outer_distortion: b.
        width: of the picture, in pixels.
        fit: shorten the focal length until every joint that is seen in the clip is in the picture. Otherwise
            joints outside are missing.
        margin: share of the width and the height that `fit` leaves free on each side.
        nearest: metres in front of the camera from which on a joint is in the picture.
        seed: of the lenses in validation and test, where each clip has the same one each time.

    Raises:
        RecipeError: when called with 2D keypoints.
    """

    def __init__(
        self,
        *,
        focal: tuple[float, float] = (0.8, 2.2),
        aspects: tuple[float, ...] = (1.0, 1.7778),
        distortion: tuple[float, float] = (-0.1, 0.02),
        outer_distortion: tuple[float, float] = (0.0, 0.0),
        width: int = 1000,
        fit: bool = True,
        margin: float = 0.02,
        nearest: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.focal = range_of("focal", focal, lowest=1e-3)
        if not aspects or not all(0.01 <= aspect <= 100 for aspect in aspects):
            raise ValueError(f"aspects must be at least one number from 0.01 to 100, not {aspects}.")
        self.aspects = aspects
        self.distortion = range_of("distortion", distortion)
        self.outer_distortion = range_of("outer_distortion", outer_distortion)
        for inner, outer in product(self.distortion, self.outer_distortion):
            if not _grows(inner, outer):
                raise ValueError(
                    f"distortion {inner:g} and outer_distortion {outer:g} would fold the picture over itself."
                )
        if not 0 < width < 1e6:
            raise ValueError(f"width must lie above 0 and below 1e6 pixels, not {width}.")
        self.width, self.fit = width, fit
        if not 0 <= margin < 0.5:
            raise ValueError(f"margin must lie from 0 up to, but not at, 0.5, not {margin}.")
        self.margin = margin
        if not 0 < nearest < float("inf"):
            raise ValueError(f"nearest must lie above 0, not {nearest}.")
        self.nearest = nearest
        self.seed = seed_of(seed)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if batch.keypoints.shape[-1] != 3:
            raise RecipeError(
                "project makes 2D keypoints of 3D ones, and these are 2D.",
                hint="Take it out of `preprocess`.",
            )
        draw = always_draws(batch, seed=self.seed, step="project").uniform(4)  # (N, 4)
        focal, inner, outer = (
            low + (high - low) * draw[:, place, None]
            for place, (low, high) in enumerate((self.focal, self.distortion, self.outer_distortion))
        )  # each (N, 1)
        size = self._sizes(draw[:, 3])  # (N, 2)
        half = size / 2
        x, y, z = batch.keypoints.flatten(1, 3).movedim(2, 0).contiguous()  # each (N, M*T*V)
        seen = batch.seen.flatten(1) & (z <= -self.nearest)
        away = z.neg().where(seen, torch.inf)
        x, y = x / away, -y / away  # 0 for what is missing
        focal = focal * self.width
        if self.fit:
            # The most that distortion moves a place outwards.
            outwards = _largest_factor(inner, outer)  # (N, 1)
            reach = torch.stack([x.abs().amax(1), y.abs().amax(1)], dim=1) * outwards  # (N, 2)
            room = (1 - 2 * self.margin) * half
            focal = torch.minimum(focal, (room / reach.clamp(min=1e-9)).amin(1, keepdim=True))
        x, y = focal * x, focal * y
        radius = (x.square() + y.square()) / half.square().sum(1, keepdim=True)  # squared
        factor = 1 + radius * (inner + radius * outer)
        x, y = x * factor, y * factor
        if not self.fit:
            seen = seen & (radius <= 1) & (x.abs() <= half[:, :1]) & (y.abs() <= half[:, 1:])
        # As the parts of a complex number they come to lie side by side in a third of the time.
        pixels = torch.view_as_real(torch.complex(x + half[:, :1], y + half[:, 1:]))  # (N, M*T*V, 2)
        score = keep(batch.score[..., None], seen.view_as(batch.score))[..., 0]
        return replace(batch, score=score, image_size=size).with_keypoints(pixels.view(*score.shape, 2))

    def _sizes(self, draw: Tensor) -> Tensor:
        """(N, 2) width and height in whole pixels."""
        heights = torch.tensor(
            [max(1, round(self.width / each)) for each in self.aspects], device=draw.device
        )
        place = (draw * len(heights)).long().clamp(max=len(heights) - 1)  # (N,)
        height = heights[place].to(draw.dtype)
        return torch.stack([torch.full_like(height, self.width), height], dim=1)


def _grows(inner: float, outer: float) -> bool:
    """Whether r (1 + a r^2 + b r^4) grows with r all the way from 0 to 1."""
    # In s = r^2 the slope is 1 + 3 a s + 5 b s^2: least at an end, or at its vertex.
    squares = [0.0, 1.0]
    if outer > 0:
        squares.append(min(max(-3 * inner / (10 * outer), 0.0), 1.0))
    return all(1 + 3 * inner * s + 5 * outer * s * s > 0 for s in squares)


def _largest_factor(inner: Tensor, outer: Tensor) -> Tensor:
    """The largest 1 + a s + b s^2 for s from 0 to 1."""
    vertex = (-inner / (2 * outer)).where(outer < 0, 0).clamp(0, 1)
    candidates = [inner + outer, vertex * (inner + vertex * outer)]
    return 1 + torch.maximum(*candidates)
