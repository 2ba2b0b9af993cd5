"""The graph of a skeleton: hop distances and the partitions of the neighbourhood.

Source: Yan, Xiong and Lin, "Spatial temporal graph convolutional networks for skeleton-based action
recognition" (2018), section 3.3; equations 10 and 11 of Zhang and Chen.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from dancekit.errors import RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest

Strategy = Literal["uniform", "distance", "spatial"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)


def hop_distances(layout: Layout) -> npt.NDArray[np.int64]:
    """How many bones lie between two joints: (V, V), symmetric, 0 on the diagonal."""
    size = layout.num_joints
    joined = np.eye(size, dtype=bool)  # (V, V)
    for child, parent in layout.bones:
        joined[child, parent] = joined[parent, child] = True
    hops = np.full((size, size), -1, dtype=np.int64)
    reached = np.eye(size, dtype=bool)
    for distance in range(size):
        hops[reached & (hops < 0)] = distance
        reached = reached @ joined
    return hops


def adjacency(
    layout: Layout, strategy: Strategy = "spatial", *, normalize: bool = True
) -> npt.NDArray[np.float32]:
    """The graph as K matrices that each hold the edges of one subset: (K, V, V).

    Edges run from row to column: joint w gathers out[..., w] = sum over k, v of x_k[..., v] A[k, v, w].

    Args:
        strategy: how the neighbourhood of a joint w, itself included, is divided:
            `uniform`, K = 1: all together;
            `distance`, K = 2: w itself; its neighbours;
            `spatial`, K = 3: w itself; neighbours nearer the centre than w (inward); neighbours farther
            from it (outward). Distances are counted in bones over the whole skeleton. Two neighbours
            are never equally far from the centre, as a layout is a tree.
        normalize: divide every column of the whole graph, self-loops included, by its sum before it is
            divided into subsets (A D^-1), so that each joint gathers a mean over its neighbourhood and
            the subsets' columns add up to 1.

    Raises:
        RecipeError: there is no such strategy.
    """
    if strategy not in STRATEGIES:
        raise RecipeError(f"There is no graph strategy {strategy!r}.", hint=nearest(strategy, STRATEGIES))
    hops = hop_distances(layout)  # (V, V)
    itself, neighbour = hops == 0, hops == 1
    subsets = [itself | neighbour]
    if strategy == "distance":
        subsets = [itself, neighbour]
    elif strategy == "spatial":
        to_centre = hops[layout.centre]  # (V,)
        inward = (
            to_centre[:, None] < to_centre[None, :]
        )  # (V, V): the row's joint is nearer than the column's
        subsets = [itself, neighbour & inward, neighbour & ~inward]
    edges = np.stack(subsets).astype(np.float32)  # (K, V, V)
    if normalize:
        edges /= edges.sum(axis=(0, 1))  # (K, V, V) / (V,): by column
    return edges
