"""Which clips a report shows: the surest mistakes and hits, or the best, middle and worst of poses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["best", "median", "worst"]


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


def choose_poses(
    error: npt.NDArray[np.floating], label: npt.NDArray[np.integer], *, each: int = 2
) -> list[tuple[Kind, int]]:
    """Up to `each` of the smallest, the middle and the largest errors, of different classes first.

    Args:
        error: (N,); what is not finite is not chosen.
        label: (N,)

    Returns:
        Rows of `error`, none twice, each with where it stands.
    """
    order = [int(row) for row in np.argsort(error, kind="stable") if np.isfinite(error[row])]
    from_the_middle = sorted(range(len(order)), key=lambda rank: abs(rank - (len(order) - 1) / 2))
    ranked: dict[Kind, list[int]] = {
        "best": order,
        "worst": order[::-1],
        "median": [order[rank] for rank in from_the_middle],
    }
    count = min(each, max(1, len(order) // 3))
    chosen: list[tuple[Kind, int]] = []
    for kind, rows in ranked.items():
        taken = {row for _, row in chosen}
        chosen += [(kind, row) for row in _spread([row for row in rows if row not in taken], label, count)]
    return chosen


def _spread(rows: Iterable[int], label: npt.NDArray[np.integer], count: int) -> list[int]:
    """The first of each class in their order, then, if these are too few, the others."""
    first: list[int] = []
    others: list[int] = []
    shown: set[int] = set()
    for row in rows:
        (others if int(label[row]) in shown else first).append(row)
        shown.add(int(label[row]))
    return [*first, *others][:count]
