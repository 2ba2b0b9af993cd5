"""Declared skeletons: what is shipped, what a user writes, and what is refused."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dancekit.errors import LayoutError
from dancekit.skeleton.layout import FrozenMapping, Layout, layout_names

named = pytest.mark.parametrize("name", layout_names())

SIZES = {
    "openpose18": 18, "body25": 25, "coco17": 17, "h36m17": 17, "ntu25": 25, "kinect20": 20, "smpl24": 24,
    "mediapipe33": 33, "dance14": 14, "dance11": 11, "bandai21": 21,
}  # fmt: skip


def small() -> dict[str, Any]:
    return {
        "name": "small",
        "joints": ["hip", "left_foot", "right_foot", "head"],
        "bones": {"left_foot": "hip", "right_foot": "hip", "head": "hip"},
        "centre": "hip",
        "pairs": {"left_foot": "right_foot"},
        "parts": {"feet": ["left_foot", "right_foot"]},
        "derived": {"floor": ["left_foot", "right_foot"]},
    }


def test_all_layouts_are_shipped() -> None:
    assert {name: Layout.named(name).num_joints for name in layout_names()} == SIZES


@named
def test_shipped_layouts_survive_every_journey(name: str, tmp_path: Path) -> None:
    layout = Layout.named(name)
    assert layout.name == name
    for other in (
        Layout.from_mapping(layout.to_mapping()),
        pickle.loads(pickle.dumps(layout)),
        copy.deepcopy(layout),
    ):
        assert other == layout
        assert hash(other) == hash(layout)
        assert other.bones == layout.bones
        assert list(other.parts) == list(layout.parts)


@named
def test_flip_swaps_left_and_right_and_nothing_else(name: str) -> None:
    layout = Layout.named(name)
    for joint, mirrored in zip(layout.joints, (layout.joints[place] for place in layout.flip), strict=True):
        if joint.startswith("left_"):
            assert mirrored == joint.replace("left_", "right_")
        elif joint.startswith("right_"):
            assert mirrored == joint.replace("right_", "left_")
        else:
            assert mirrored == joint
    assert tuple(layout.flip[place] for place in layout.flip) == tuple(range(layout.num_joints))


@named
def test_both_sides_hang_together_alike(name: str) -> None:
    """A mirrored skeleton has the same bones: its graph, parts and derived joints have no handedness."""
    layout = Layout.named(name)
    assert {(layout.flip[child], layout.flip[parent]) for child, parent in layout.bones} == set(layout.bones)
    assert layout.flip[layout.centre] == layout.centre
    for part, members in layout.parts.items():
        other = part.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        assert {layout.flip[member] for member in members} == set(layout.parts[other]), part
    for joint, sources in layout.derived.items():
        if not joint.startswith(("left_", "right_")):
            swap = {"left_": "right_", "right_": "left_"}
            mirrored = {
                next((swap[s] + source.removeprefix(s) for s in swap if source.startswith(s)), source)
                for source in sources
            }
            assert mirrored == set(sources), joint


@named
def test_parts_cover_every_joint_of_a_shipped_layout(name: str) -> None:
    layout = Layout.named(name)
    assert {member for members in layout.parts.values() for member in members} == set(
        range(layout.num_joints)
    )


def test_orders_that_recordings_depend_on() -> None:
    """Spot checks against the formats' own documents, joint by number."""
    spots = {
        "openpose18": {0: "nose", 1: "neck", 4: "right_wrist", 7: "left_wrist", 17: "left_ear"},
        "body25": {8: "pelvis", 9: "right_hip", 14: "left_ankle", 19: "left_big_toe", 24: "right_heel"},
        "coco17": {0: "nose", 5: "left_shoulder", 10: "right_wrist", 16: "right_ankle"},
        "h36m17": {0: "pelvis", 3: "right_ankle", 8: "thorax", 10: "head", 16: "right_wrist"},
        "ntu25": {0: "pelvis", 3: "head", 7: "left_hand", 15: "left_foot", 20: "thorax", 24: "right_thumb"},
        "kinect20": {0: "head", 3: "pelvis", 7: "left_hand", 19: "right_foot"},
        "smpl24": {3: "lower_spine", 9: "chest", 12: "neck", 15: "head", 21: "right_wrist", 23: "right_hand"},
        "mediapipe33": {8: "right_ear", 11: "left_shoulder", 24: "right_hip", 32: "right_toe"},
        "bandai21": {0: "pelvis", 4: "head", 6: "left_shoulder", 12: "right_wrist", 20: "right_toe"},
    }  # fmt: skip
    for name, joints in spots.items():
        layout = Layout.named(name)
        assert {place: layout.joints[place] for place in joints} == joints, name


def test_bandai_parents_are_those_of_the_recordings() -> None:
    parents = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
    assert Layout.named("bandai21").parents == parents


def test_smpl_parents_are_those_of_the_body_model() -> None:
    parents = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
    assert Layout.named("smpl24").parents == parents


def test_dance_layouts_are_openpose_without_some_joints() -> None:
    openpose, dance14, dance11 = (Layout.named(name).joints for name in ("openpose18", "dance14", "dance11"))
    assert dance14 == openpose[:14]
    assert [joint for joint in dance14 if joint in dance11] == list(dance11)


def test_a_users_file(tmp_path: Path) -> None:
    file = tmp_path / "robot.yaml"
    file.write_text(
        "joints: [hip, left_foot, right_foot]\n"
        "bones: {left_foot: hip, right_foot: hip}\n"
        "centre: hip\n"
        "pairs: {left_foot: right_foot}\n"
    )
    layout = Layout.from_yaml(file)
    assert layout.name == "robot"
    assert layout.parents == (-1, 0, 0)
    assert layout.flip == (0, 2, 1)
    assert not layout.parts
    assert not layout.derived
    file.write_text("name: ${oc.env:HOME}\n" + file.read_text())
    assert Layout.from_yaml(file).name == "${oc.env:HOME}"


def test_a_name_given_takes_the_place_of_the_mappings_own() -> None:
    assert Layout.from_mapping(small(), name="mine").name == "mine"
    with pytest.raises(LayoutError, match="`name`"):
        Layout.from_mapping({key: value for key, value in small().items() if key != "name"})


def test_layouts_differ_by_content() -> None:
    layout = Layout.from_mapping(small())
    assert layout != Layout.from_mapping(small() | {"parts": {}})
    assert layout != Layout.from_mapping(small() | {"centre": "head"})
    assert len({layout, Layout.from_mapping(small())}) == 1


def test_index_names_the_nearest_joint() -> None:
    layout = Layout.from_mapping(small())
    assert layout.index("right_foot") == 2
    with pytest.raises(LayoutError, match=r"small.*'left_fot'.*'left_foot'"):
        layout.index("left_fot")


def test_an_unknown_layout_is_named_with_the_nearest_or_all() -> None:
    with pytest.raises(LayoutError, match=r"'opnpose18'.*'openpose18'"):
        Layout.named("opnpose18")
    with pytest.raises(LayoutError, match=r"bandai21, body25.*smpl24"):
        Layout.named("../../../x")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"joint": []}, r"'joint'.*'joints'"),
        ({"joints": []}, r"unknown joint 'left_foot'"),
        ({"joints": "hip"}, r"`joints` is 'hip'.*list of names"),
        ({"joints": ["hip", 3]}, r"an entry of `joints` is 3"),
        ({"joints": [*small()["joints"], "hip"]}, r"'hip' is listed twice"),
        ({"joints": [*small()["joints"], "tail"]}, r"not in one piece: hip, tail"),
        ({"bones": ["hip"]}, r"bones is .*mapping"),
        ({"bones": {"left_foot": ["hip"]}}, r"bones.left_foot is \['hip'\]"),
        ({"bones": small()["bones"] | {"heed": "hip"}}, r"bones .*'heed'.*'head'"),
        ({"bones": small()["bones"] | {"hip": "head"}}, r"in a circle"),
        ({"bones": small()["bones"] | {"hip": "hip"}}, r"in a circle"),
        ({"bones": {"left_foot": "hip"}}, r"not in one piece: hip, right_foot, head"),
        ({"centre": "hips"}, r"centre .*'hips'.*'hip'"),
        ({"centre": None}, r"`centre` is None"),
        ({"pairs": {"left_foot": "right_foot", "head": "right_foot"}}, r"'right_foot' is in `pairs` twice"),
        ({"pairs": {"head": "head"}}, r"'head' is in `pairs` twice"),
        ({"pairs": [["left_foot", "right_foot"]]}, r"pairs is .*mapping"),
        ({"parts": {"feet": ["left_food"]}}, r"parts.feet .*'left_food'.*'left_foot'"),
        ({"parts": {"feet": "left_foot"}}, r"parts.feet is 'left_foot'"),
        ({"derived": {"floor": ["left_foot", "heed"]}}, r"derived.floor .*'heed'.*'head'"),
        ({"derived": {"floor": []}}, r"mean of nothing"),
        ({"derived": {"a": ["b", "hip"], "b": ["a"]}}, r"derived.a is made from itself"),
    ],
)
def test_what_is_no_skeleton_is_refused_in_words(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    from omegaconf import OmegaConf

    with pytest.raises(LayoutError, match=words):
        Layout.from_mapping(small() | change)
    file = tmp_path / "user.yaml"
    OmegaConf.save(OmegaConf.create(small() | change), file)
    with pytest.raises(LayoutError, match=words) as caught:
        Layout.from_yaml(file)
    assert str(caught.value).startswith(f"{file}: layout small: ")
    assert caught.value.hint


@pytest.mark.parametrize("key", ["joints", "bones", "centre", "pairs"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(LayoutError, match=f"`{key}` is missing"):
        Layout.from_mapping({name: value for name, value in small().items() if name != key})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("- hip\n- head\n", "not a mapping"),
        ("joints: [hip\n", "not valid YAML"),
        ("bones: {head: hip, head: neck}\n", "duplicate key head"),
        ("joints: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        ("joints: [$" + "{oops]\n", "user.yaml"),
        ("just words\n", "user.yaml"),
        ("", "user.yaml"),
    ],
)
def test_files_that_are_no_layout(content: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "user.yaml"
    file.write_text(content)
    with pytest.raises(LayoutError, match=words):
        Layout.from_yaml(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"absent.yaml.*No such file"):
        Layout.from_yaml(tmp_path / "absent.yaml")
    with pytest.raises(LayoutError, match="cannot be read"):
        Layout.from_yaml(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(LayoutError, match=r"binary\.yaml"):
        Layout.from_yaml(tmp_path / "binary.yaml")


def test_indices_are_checked_where_no_names_are() -> None:
    with pytest.raises(LayoutError, match=r"no joint number 2.*0 to 1"):
        Layout(name="two", joints=("a", "b"), bones=((1, 2),), centre=0)
    with pytest.raises(LayoutError, match="it has no joints"):
        Layout(name="none", joints=(), bones=(), centre=0)
    with pytest.raises(LayoutError, match="'b' has two parents"):
        Layout(name="three", joints=("a", "b", "c"), bones=((1, 0), (1, 2)), centre=0)


@given(st.integers(2, 12).flatmap(lambda size: st.tuples(*(st.integers(0, i) for i in range(size)))))
def test_any_tree_is_a_layout_and_comes_back(parent_of_next: tuple[int, ...]) -> None:
    size = len(parent_of_next) + 1
    bones = tuple((child + 1, parent) for child, parent in enumerate(parent_of_next))
    layout = Layout(name="tree", joints=tuple(f"j{i}" for i in range(size)), bones=bones, centre=size - 1)
    assert layout.parents == (-1, *parent_of_next)
    assert Layout.from_mapping(layout.to_mapping()) == layout
    with pytest.raises(LayoutError, match="circle"):
        Layout(name="ring", joints=layout.joints, bones=(*bones, (0, size - 1)), centre=0)


def test_a_frozen_mapping_is_equal_by_content_and_cannot_change() -> None:
    mapping = FrozenMapping({"a": 1, "b": 2})
    assert mapping == FrozenMapping([("b", 2), ("a", 1)]) == {"a": 1, "b": 2}
    assert hash(mapping) == hash(FrozenMapping([("b", 2), ("a", 1)]))
    assert mapping != FrozenMapping({"a": 1})
    with pytest.raises(TypeError):
        mapping["a"] = 3  # type: ignore[index]


def test_importing_a_layout_brings_neither_torch_nor_omegaconf() -> None:
    code = """
import sys, dancekit.skeleton.convert, dancekit.skeleton.graph
print("torch" in sys.modules, "omegaconf" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]
