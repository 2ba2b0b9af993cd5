"""Conversion by name and by declared derived joints."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DataError, LayoutError
from dancekit.skeleton.convert import conversion_matrix, convert
from dancekit.skeleton.layout import Layout, layout_names

LAYOUTS = {name: Layout.named(name) for name in layout_names()}


def convertible(source: Layout, target: Layout) -> bool:
    try:
        conversion_matrix(source, target)
    except LayoutError:
        return False
    return True


PAIRS = [(a, b) for a, b in product(LAYOUTS, repeat=2) if convertible(LAYOUTS[a], LAYOUTS[b])]
BOTH_WAYS = [(a, b) for a, b in PAIRS if (b, a) in PAIRS]


def recording(layout: Layout, channels: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(4, layout.num_joints, channels)).astype(np.float32)
    return points, generator.uniform(0.1, 1, points.shape[:-1]).astype(np.float32)


def test_the_conversions_that_pipelines_rest_on_exist() -> None:
    detectors = ("openpose18", "body25", "coco17", "mediapipe33")
    bodies = ("h36m17", "ntu25", "kinect20", "smpl24", "bandai21")
    for source in (*detectors, *bodies):
        assert (source, "dance14") in PAIRS
        assert (source, "dance11") in PAIRS
    for source in (*detectors, "ntu25", "kinect20"):
        assert (source, "h36m17") in PAIRS
    assert ("dance14", "dance11") in PAIRS
    assert ("openpose18", "coco17") in PAIRS
    assert ("coco17", "openpose18") in PAIRS


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_rows_are_one_hot_for_shared_names_and_means_otherwise(source: str, target: str) -> None:
    a, b = LAYOUTS[source], LAYOUTS[target]
    matrix = conversion_matrix(a, b)
    assert matrix.shape == (b.num_joints, a.num_joints)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-6)
    assert (matrix >= 0).all()
    for joint in set(a.joints) & set(b.joints):
        np.testing.assert_array_equal(matrix[b.index(joint)], np.eye(a.num_joints)[a.index(joint)])


def test_a_layout_to_itself_changes_nothing() -> None:
    for layout in LAYOUTS.values():
        np.testing.assert_array_equal(conversion_matrix(layout, layout), np.eye(layout.num_joints))


def test_mirroring_before_or_after_is_the_same() -> None:
    for source, target in PAIRS:
        a, b = LAYOUTS[source], LAYOUTS[target]
        matrix = conversion_matrix(a, b)
        np.testing.assert_array_equal(
            matrix[list(b.flip)], matrix[:, list(a.flip)], err_msg=f"{source} {target}"
        )


@settings(max_examples=40, deadline=None)
@given(pair=st.sampled_from(BOTH_WAYS), data=st.data())
def test_there_and_back_keeps_the_shared_joints(pair: tuple[str, str], data: st.DataObject) -> None:
    a, b = (LAYOUTS[name] for name in pair)
    shape = (3, a.num_joints)
    number = st.floats(-1e4, 1e4, width=32)
    points = data.draw(arrays.arrays(np.float32, (*shape, 2), elements=number))
    score = data.draw(arrays.arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.25, 1.0])))
    points[score == 0] = 0
    back, score_back = convert(*convert(points, score, a, b), b, a)
    shared = [a.index(joint) for joint in a.joints if joint in b.joints]
    np.testing.assert_array_equal(back[:, shared], points[:, shared])
    np.testing.assert_array_equal(score_back[:, shared], score[:, shared])
    assert back.shape == points.shape
    assert (back[score_back == 0] == 0).all()


def test_coco_to_h36m_by_hand() -> None:
    coco, h36m = LAYOUTS["coco17"], LAYOUTS["h36m17"]
    points, score = recording(coco)
    converted, confidence = convert(points, score, coco, h36m)

    def mean(*joints: str) -> np.ndarray:
        return np.mean([points[:, coco.index(joint)] for joint in joints], axis=0)

    pelvis, thorax = mean("left_hip", "right_hip"), mean("left_shoulder", "right_shoulder")
    expected = {
        "pelvis": pelvis,
        "thorax": thorax,
        "spine": (pelvis + thorax) / 2,
        "head": mean("left_ear", "right_ear"),
        "left_knee": mean("left_knee"),
    }
    for joint, place in expected.items():
        np.testing.assert_allclose(converted[:, h36m.index(joint)], place, atol=1e-6, err_msg=joint)
    hips = score[:, [coco.index("left_hip"), coco.index("right_hip")]]
    np.testing.assert_array_equal(confidence[:, h36m.index("pelvis")], hips.min(axis=1))


def test_a_derived_joint_is_missing_where_one_of_its_sources_is() -> None:
    coco, h36m = LAYOUTS["coco17"], LAYOUTS["h36m17"]
    points, score = recording(coco)
    score[1, coco.index("left_hip")] = 0
    points[1, coco.index("left_hip")] = np.nan
    converted, confidence = convert(points, score, coco, h36m)
    gone = {joint for joint in h36m.joints if confidence[1, h36m.index(joint)] == 0}
    assert gone == {"left_hip", "pelvis", "spine"}
    assert (converted[1, [h36m.index(joint) for joint in gone]] == 0).all()
    assert np.isfinite(converted).all()
    assert (confidence[[0, 2, 3]] > 0).all()


def test_leading_axes_are_kept() -> None:
    points, score = recording(LAYOUTS["openpose18"], channels=2)
    converted, confidence = convert(
        points.reshape(2, 2, 18, 2), score.reshape(2, 2, 18), LAYOUTS["openpose18"], LAYOUTS["dance14"]
    )
    assert converted.shape == (2, 2, 14, 2)
    np.testing.assert_array_equal(converted.reshape(4, 14, 2), points[:, :14])
    np.testing.assert_array_equal(confidence.reshape(4, 14), score[:, :14])


def chain(name: str, *joints: str, derived: dict[str, tuple[str, ...]] | None = None) -> Layout:
    bones = tuple((child, child - 1) for child in range(1, len(joints)))
    return Layout(name=name, joints=joints, bones=bones, centre=0, derived=derived or {})


def test_a_target_says_how_its_own_joints_are_made() -> None:
    source = chain("source", "a", "b", "c", derived={"ab": ("a", "b")})
    target = chain("target", "middle", "ab", "c", derived={"middle": ("ab", "c")})
    expected = [[0.25, 0.25, 0.5], [0.5, 0.5, 0], [0, 0, 1]]
    np.testing.assert_array_equal(conversion_matrix(source, target), expected)


def test_the_sources_word_comes_before_the_targets() -> None:
    source = chain("source", "a", "b", "c", derived={"middle": ("a", "b")})
    target = chain("target", "middle", "c", "b", derived={"middle": ("b", "c")})
    np.testing.assert_array_equal(conversion_matrix(source, target)[0], [0.5, 0.5, 0])


def test_all_joints_that_lack_are_named_and_no_other() -> None:
    with pytest.raises(LayoutError) as caught:
        conversion_matrix(LAYOUTS["dance11"], LAYOUTS["dance14"])
    assert "lacks nose, right_knee, left_knee." in caught.value.message
    assert "`derived`" in caught.value.hint
    source = chain("source", "a")
    target = chain("target", "middle", "a", "b", derived={"middle": ("a", "b")})
    with pytest.raises(LayoutError, match=r"source cannot be converted to target: it lacks middle, b\."):
        conversion_matrix(source, target)


def test_a_matrix_may_be_changed_by_its_owner() -> None:
    pair = (LAYOUTS["coco17"], LAYOUTS["dance14"])
    conversion_matrix(*pair)[:] = 0
    assert conversion_matrix(*pair).sum() == pytest.approx(14)


@pytest.mark.parametrize(
    ("points", "score"), [((4, 17, 3), (4, 17)), ((4, 18, 3), (4, 17)), ((4, 18, 3), (3, 18)), ((18,), ())]
)
def test_shapes_that_do_not_fit_are_refused(points: tuple[int, ...], score: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="openpose18"):
        convert(np.zeros(points), np.zeros(score), LAYOUTS["openpose18"], LAYOUTS["dance14"])
