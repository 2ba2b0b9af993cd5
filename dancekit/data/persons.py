"""From the people detected in each frame to the arrays of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Persons:
    """The keypoints of M persons, in the shapes of a Clip.

    Attributes:
        keypoints: (M, T, V, C), 0 where nobody is.
        score: (M, T, V).
        present: (M, T).
    """

    keypoints: Array
    score: Array
    present: npt.NDArray[np.bool_]


def strongest_persons(frames: Sequence[Array], identities: Sequence[Integers], persons: int) -> Persons:
    """Keep the people of the highest scores, summed over joints and frames, the highest first.

    At least one person comes back, who is never there if nobody is.

    Args:
        frames: of each frame (D, V, C + 1), the coordinates and the score.
        identities: of each frame (D,), whose detection it is; -1 = nobody's. No one is twice in a frame.
        persons: the most to keep.
    """
    joints, values = frames[0].shape[1:]
    every = np.concatenate(frames)  # (all D, V, C + 1)
    whose = np.concatenate(identities)
    when = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    known, place = np.unique(whose, return_inverse=True)
    total = np.bincount(place, weights=every[:, :, -1].sum(axis=1), minlength=len(known))
    ranked = [known[each] for each in np.argsort(-total, kind="stable") if known[each] >= 0][:persons]
    shape = (max(len(ranked), 1), len(frames), joints)
    kept = Persons(
        keypoints=np.zeros((*shape, values - 1)),
        score=np.zeros(shape),
        present=np.zeros(shape[:2], dtype=bool),
    )
    for slot, person in enumerate(ranked):
        mine = whose == person
        kept.keypoints[slot, when[mine]] = every[mine, :, :-1]
        kept.score[slot, when[mine]] = every[mine, :, -1]
        kept.present[slot, when[mine]] = True
    return kept
