"""Which clips a report shows: the surest mistakes and the surest hits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def choose_examples(
    probability: npt.NDArray[np.floating], label: npt.NDArray[np.integer], *, each: int = 4
) -> list[int]:
    """Up to `each` wrong and then up to `each` right clips, the surest first, of different classes first.

    Args:
        probability: (N, K)
        label: (N,)

    Returns:
        Rows of `probability`.
    """
    predicted = probability.argmax(1)  # (N,)
    surest = np.argsort(-probability.max(1), kind="stable")
    wrong = [int(row) for row in surest if predicted[row] != label[row]]
    right = [int(row) for row in surest if predicted[row] == label[row]]
    return [*_spread(wrong, label, each), *_spread(right, label, each)]


def _spread(rows: Iterable[int], label: npt.NDArray[np.integer], count: int) -> list[int]:
    """The first of each class in their order, then, if these are too few, the others."""
    first: list[int] = []
    others: list[int] = []
    shown: set[int] = set()
    for row in rows:
        (others if int(label[row]) in shown else first).append(row)
        shown.add(int(label[row]))
    return [*first, *others][:count]
