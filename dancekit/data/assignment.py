"""Who is paired with whom at the least cost in all: the linear assignment problem, for few people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def assign(cost: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The column of each row in the pairing of least total cost, each column taken at most once.

    Shortest augmenting paths with potentials: Jonker and Volgenant, "A shortest augmenting path algorithm
    for dense and sparse linear assignment problems", Computing 38, 1987. Time O(rows^2 columns).

    Args:
        cost: (rows, columns), finite, no more rows than columns.

    Returns:
        (rows,) columns.

    Raises:
        ValueError: there are more rows than columns, or a cost is not finite.
    """
    rows, columns = cost.shape
    if rows > columns or not np.isfinite(cost).all():
        raise ValueError(f"a finite cost with rows <= columns is needed, not {rows} rows, {columns} columns")
    cheapest = cost.argmin(axis=1) if rows else np.zeros(0, dtype=np.int64)
    if len(set(cheapest.tolist())) == rows:  # nobody wants another's column, as a rule
        return cheapest
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    row_of = np.full(columns, -1)
    for start in range(rows):
        # Dijkstra from a row without a column to the nearest column without a row, over reduced costs.
        distance, came_from = np.full(columns, np.inf), np.full(columns, -1)
        done, row, length, column = np.zeros(columns, dtype=bool), start, 0.0, -1
        while row >= 0:
            through = length + cost[row] - row_price[row] - column_price
            nearer = ~done & (through < distance)
            distance[nearer], came_from[nearer] = through[nearer], row
            column = int(np.where(done, np.inf, distance).argmin())
            done[column], length, row = True, distance[column], int(row_of[column])
        passed = done & (row_of >= 0)
        row_price[start] += length
        row_price[row_of[passed]] += length - distance[passed]
        column_price[passed] -= length - distance[passed]
        while column >= 0:  # give every row on the path its next column
            row = int(came_from[column])
            freed = np.flatnonzero(row_of == row)
            row_of[column] = row
            column = int(freed[0]) if row != start else -1
    taken = np.flatnonzero(row_of >= 0)
    result = np.empty(rows, dtype=np.int64)
    result[row_of[taken]] = taken
    return result
