"""Dynamic time warping of many-dimensional series, with open ends and a band.

Written here rather than taken from dtaidistance, which the tests compare it with. The table of costs of its
fast version, from which a path with open ends must be read, is wrong in 2.5.1 wherever the band is wide for
the length (some clips then have paths of one step), and its version in Python takes seconds. Here a whole
diagonal of the table is computed at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_coach.body import Array

Path = npt.NDArray[np.int64]


def warping_path(first: Array, second: Array, *, band: int, slack: int, penalty: float) -> Path:
    """The path (L, 2) that pairs frames of two series (T, D) at the least sum of squared distances.

    Which of the two comes first does not matter: the path is found in one order, which their contents
    decide, because ties would otherwise be broken differently.

    Args:
        band: frames by which it may leave the diagonal, beyond the difference in length.
        slack: frames that may be left out at each end, of one of the two; at most a third of the shorter.
        penalty: the distance that a step costs which advances only one of the two.
    """
    slack = min(slack, (min(len(first), len(second)) - 1) // 3)
    turned = (len(first), first.tobytes()) > (len(second), second.tobytes())
    pair = (second, first) if turned else (first, second)
    costs = cost_table(*pair, band=band, slack=slack, penalty=penalty)
    path = _cheapest(costs, slack, penalty**2)
    return path[:, ::-1] if turned else path


def cost_table(first: Array, second: Array, *, band: int, slack: int, penalty: float) -> Array:
    """The least sum of squared distances up to each pair, (T + 1, T' + 1); infinite outside the band.

    Row and column 0 are before the first frames: 0 within the slack.
    """
    n, m = len(first), len(second)
    ahead, behind = band + max(m - n, 0), band + max(n - m, 0)  # how far the second may be before the first
    table = np.full((n + 1, m + 1), np.inf)
    table[0, : slack + 1] = table[: slack + 1, 0] = 0.0
    for both in range(n + m - 1):  # i + j: all pairs of a diagonal depend on the two diagonals before
        lowest = max(0, both - m + 1, -((ahead - both) // 2))
        highest = min(n - 1, both, (both + behind) // 2)
        i = np.arange(lowest, highest + 1)
        j = both - i
        distance = ((first[i] - second[j]) ** 2).sum(axis=1)
        alone = np.minimum(table[i, j + 1], table[i + 1, j]) + penalty**2
        table[i + 1, j + 1] = distance + np.minimum(table[i, j], alone)
    return table


def _cheapest(costs: Array, slack: int, penalty: float) -> Path:
    """Back from the cheapest end within the slack to where the path enters the table."""
    row, column = costs.shape[0] - 1, costs.shape[1] - 1
    ends = [(row, column - left) for left in range(slack + 1)]
    ends += [(row - left, column) for left in range(1, slack + 1)]
    row, column = min(ends, key=lambda end: costs[end])
    steps = []
    while row > 0 and column > 0:
        steps.append((row - 1, column - 1))
        both = costs[row - 1, column - 1]
        one, other = costs[row - 1, column] + penalty, costs[row, column - 1] + penalty
        if both <= min(one, other):
            row, column = row - 1, column - 1
        elif one <= other:
            row -= 1
        else:
            column -= 1
    return np.array(steps[::-1], dtype=np.int64)
