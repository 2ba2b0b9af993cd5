"""From the skeleton of the recordings to another."""

from __future__ import annotations

from dancekit.data.clips import ClipBatch
from dancekit.data.converting import converted
from dancekit.interfaces import Preprocessor
from dancekit.skeleton.layout import Layout


class ConvertLayout(Preprocessor):
    """Put keypoints into another layout by the names of the joints, whatever layout they are in.

    A joint takes the place of the one with the same name, or is the mean of those that either layout names
    under `derived`: it is then missing where any of them is, and as sure as the least sure of them.

    Args:
        layout: the name of a layout, a YAML file, or the layout itself.

    Raises:
        LayoutError: when called in a layout that cannot give all joints; it names those that lack.
    """

    def __init__(self, *, layout: Layout) -> None:
        self.layout = layout

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return converted(batch, self.layout)
