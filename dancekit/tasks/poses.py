"""What a lifter makes of a split: its poses beside the true ones."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class LiftedSequence:
    """One person of one recording, from its first frame to its last.

    Attributes:
        index: place of the recording in its split.
        person: place of the person in the recording.
        label: the class; -1 = unknown.
        frame_rate: frames per second; NaN = unknown.
        keypoints: (T, V, 2) what the lifter was given.
        score: (T, V), 0 = missing, 1 = certain.
        lifted: (T, V', 3) metres.
        target: (T, V', 3) metres, the root at 0.
        seen: (T, V') bool, the target is known.
        present: (T,) bool, the person is in the frame.
    """

    index: int
    person: int
    label: int
    frame_rate: float
    keypoints: Tensor
    score: Tensor
    lifted: Tensor
    target: Tensor
    seen: Tensor
    present: Tensor

    @property
    def known(self) -> Tensor:
        """(T, V') bool, the joints of which an error can be told."""
        return self.seen & self.present[:, None]


@dataclass(frozen=True, kw_only=True)
class LiftedPoses:
    """All persons of a split.

    Attributes:
        input_layout: of the V joints that were given.
        output_layout: of the V' joints that were lifted.
    """

    sequences: tuple[LiftedSequence, ...]
    input_layout: Layout
    output_layout: Layout

    @property
    def clips(self) -> int:
        """Recordings; several persons of one count once."""
        return len({sequence.index for sequence in self.sequences})
