"""How far a dancer moves: further or less far than it was danced. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from typing import Literal

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import masked_mean
from dancekit_preprocessing.draws import draws
from dancekit_preprocessing.parts import members_of


class Amplitude(Preprocessor):
    """Let some training clips move less, and others more: the same movement, tired or lively.

    What a joint strays from its own mean place in the clip is multiplied by one factor for the whole clip.
    Mean places stay, so a posture is kept while its movement shrinks or grows; bones change their lengths a
    little where they turn far. Put it after `centre`, or a dancer who crosses the stage crosses less of it.

    Args:
        smallest: factor; at 0 the clip would stand still.
        largest: factor.
        parts: names of `layout.parts` whose joints are meant; () means all joints. Where legs tell walking
            from running by how far they go, leave them out.

    Raises:
        LayoutError: when called in a layout without such a part.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, smallest: float = 0.5, largest: float = 1.5, parts: tuple[str, ...] = ()) -> None:
        if not 0 <= smallest <= largest < float("inf"):
            raise ValueError(f"smallest and largest must be 0 <= {smallest} <= {largest}, and finite.")
        self.smallest, self.largest = smallest, largest
        self.parts = parts

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        factor = draws(batch).uniform(low=self.smallest, high=self.largest)[:, None]  # (N, 1)
        if self.parts:
            members = members_of(batch.layout, self.parts, step="amplitude").any(0)  # (V,)
            factor = factor.where(members.to(factor.device), 1.0)  # (N, V)
        mean = masked_mean(batch.keypoints, batch.seen[..., None], 2)[:, :, None]  # (N, M, 1, V, C)
        strayed = batch.keypoints - mean
        return batch.with_keypoints(mean + factor[:, None, None, :, None] * strayed)
