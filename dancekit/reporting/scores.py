"""How well each class is recognised, from the confusion counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancekit.reporting.contents import Counts


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """One class of a split.

    Attributes:
        clips: that show it.
        recall: share of its clips that are recognised; None without clips.
        precision: share of what is called so that is so; None where nothing is.
        f1: harmonic mean of the two, 2 hits / (clips + called so); None where neither is defined.
        mistaken_for: the class its clips are most often taken for; None without a mistake.
        mistakes: how often.
    """

    name: str
    clips: int
    recall: float | None
    precision: float | None
    f1: float | None
    mistaken_for: str | None
    mistakes: int


def class_scores(confusion: Counts, classes: Sequence[str]) -> list[ClassScores]:
    """The scores of each class.

    Args:
        confusion: (K, K), row = what was danced, column = what was recognised.
    """
    hits, shown, called = np.diag(confusion), confusion.sum(1), confusion.sum(0)  # each (K,)
    wrong = confusion - np.diag(hits)
    scores = []
    for k, name in enumerate(classes):
        other = int(wrong[k].argmax())
        mistakes = int(wrong[k, other])
        scores.append(
            ClassScores(
                name=name,
                clips=int(shown[k]),
                recall=_share(hits[k], shown[k]),
                precision=_share(hits[k], called[k]),
                f1=_share(2 * hits[k], shown[k] + called[k]),
                mistaken_for=classes[other] if mistakes else None,
                mistakes=mistakes,
            )
        )
    return scores


def _share(part: np.integer, whole: np.integer) -> float | None:
    return float(part / whole) if whole else None
