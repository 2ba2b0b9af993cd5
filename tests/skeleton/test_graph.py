"""The graph against hand-drawn edges and literal versions of the definitions."""

import numpy as np
import pytest

from dancekit.errors import RecipeError
from dancekit.skeleton.graph import STRATEGIES, adjacency, hop_distances
from dancekit.skeleton.layout import Layout, layout_names

LAYOUTS = [Layout.named(name) for name in layout_names()]
named = pytest.mark.parametrize("layout", LAYOUTS, ids=layout_names())

# From outside to the centre, joints numbered from 1 as the data set does; centre 21.
NTU_INWARD = [
    (1, 2), (2, 21), (3, 21), (4, 3), (5, 21), (6, 5), (7, 6), (8, 7), (9, 21), (10, 9), (11, 10), (12, 11),
    (13, 1), (14, 13), (15, 14), (16, 15), (17, 1), (18, 17), (19, 18), (20, 19), (22, 23), (23, 8), (24, 25),
    (25, 12),
]  # fmt: skip
# From outside to the centre, joints numbered from 0 as the detector does; centre 1, the neck.
OPENPOSE_INWARD = [
    (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6), (8, 1), (9, 8), (10, 9), (11, 1), (12, 11), (13, 12),
    (0, 1), (14, 0), (16, 14), (15, 0), (17, 15),
]  # fmt: skip


def floyd_warshall(layout: Layout) -> np.ndarray:
    size = layout.num_joints
    distance = [[0 if a == b else 10**6 for b in range(size)] for a in range(size)]
    for child, parent in layout.bones:
        distance[child][parent] = distance[parent][child] = 1
    for via in range(size):
        for a in range(size):
            for b in range(size):
                distance[a][b] = min(distance[a][b], distance[a][via] + distance[via][b])
    return np.array(distance)


def edges(matrix: np.ndarray) -> set[tuple[int, int]]:
    return {(int(row), int(column)) for row, column in zip(*np.nonzero(matrix), strict=True)}


@named
def test_hop_distances_are_the_shortest_paths(layout: Layout) -> None:
    hops = hop_distances(layout)
    np.testing.assert_array_equal(hops, floyd_warshall(layout))
    assert np.issubdtype(hops.dtype, np.integer)


def test_hops_by_hand() -> None:
    layout = Layout.named("openpose18")
    hops = hop_distances(layout)
    assert hops[layout.index("left_wrist"), layout.index("right_wrist")] == 6
    assert hops[layout.index("left_ear"), layout.index("left_ankle")] == 6
    assert hops[layout.index("neck"), layout.index("right_ankle")] == 3


@pytest.mark.parametrize(
    ("name", "inward", "first"), [("ntu25", NTU_INWARD, 1), ("openpose18", OPENPOSE_INWARD, 0)]
)
def test_spatial_partition_edge_by_edge(name: str, inward: list[tuple[int, int]], first: int) -> None:
    layout = Layout.named(name)
    # "Inward" for joint w is its neighbour v nearer the centre, so the edge of A[1] runs from v, the
    # inner end, to w, the outer end.
    outer_to_inner = [(outer - first, inner - first) for outer, inner in inward]
    itself, nearer, farther = adjacency(layout, "spatial", normalize=False)
    assert edges(itself) == {(joint, joint) for joint in range(layout.num_joints)}
    assert edges(nearer) == {(inner, outer) for outer, inner in outer_to_inner}
    assert edges(farther) == set(outer_to_inner)


@named
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_columns_of_all_subsets_add_up_to_one(layout: Layout, strategy: str) -> None:
    graph = adjacency(layout, strategy)
    size = layout.num_joints
    assert graph.dtype == np.float32
    assert graph.shape == ({"uniform": 1, "distance": 2, "spatial": 3}[strategy], size, size)
    np.testing.assert_allclose(graph.sum(axis=(0, 1)), np.ones(size), rtol=1e-6)


@named
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_divides_the_same_graph(layout: Layout, strategy: str) -> None:
    whole = np.eye(layout.num_joints)
    for child, parent in layout.bones:
        whole[child, parent] = whole[parent, child] = 1
    np.testing.assert_array_equal(adjacency(layout, strategy, normalize=False).sum(axis=0), whole)
    normalized = whole @ np.linalg.inv(np.diag(whole.sum(axis=0)))
    np.testing.assert_allclose(adjacency(layout, strategy).sum(axis=0), normalized, rtol=1e-6, atol=1e-7)


@named
def test_rows_of_each_spatial_subset(layout: Layout) -> None:
    itself, inward, outward = adjacency(layout, "spatial", normalize=False)
    neighbours_within = np.ones(layout.num_joints)
    neighbours_within[layout.centre] = 0
    np.testing.assert_array_equal(itself.sum(axis=0), np.ones(layout.num_joints))
    # In a tree every joint but the centre has exactly one neighbour nearer the centre.
    np.testing.assert_array_equal(inward.sum(axis=0), neighbours_within)
    np.testing.assert_array_equal(outward, inward.T)


@named
def test_spatial_partition_is_equation_10_term_by_term(layout: Layout) -> None:
    """out_w = sum_v x_v / Z_w, v in the neighbourhood of w, with a weight for the subset of v."""
    generator = np.random.default_rng(7)
    x, weight = generator.normal(size=layout.num_joints), generator.normal(size=3)
    hops = floyd_warshall(layout)
    expected = np.zeros(layout.num_joints)
    for w in range(layout.num_joints):
        neighbourhood = [v for v in range(layout.num_joints) if hops[v, w] <= 1]
        for v in neighbourhood:
            nearness = hops[layout.centre, v] - hops[layout.centre, w]
            subset = {0: 0, -1: 1, 1: 2}[int(nearness)]
            expected[w] += weight[subset] * x[v] / len(neighbourhood)
    out = np.einsum("k,v,kvw->w", weight, x, adjacency(layout))
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


def test_a_centre_that_is_not_the_root() -> None:
    layout = Layout(name="chain", joints=("a", "b", "c"), bones=((1, 0), (2, 1)), centre=2)
    _, inward, _ = adjacency(layout, normalize=False)
    assert edges(inward) == {(2, 1), (1, 0)}


def test_an_unknown_strategy_is_named_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r"'spacial'.*'spatial'"):
        adjacency(LAYOUTS[0], "spacial")  # type: ignore[arg-type]
