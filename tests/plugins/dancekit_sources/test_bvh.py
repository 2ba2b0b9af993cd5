"""Folders of BVH files as a data set."""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.bvh import Bvh
from dancekit_sources.bvh_kinematics import world_positions
from dancekit_sources.bvh_parse import read_bvh

from dancekit.data.unpickle import read_pickle
from dancekit.errors import DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

SPINE = ("Hips", "Spine", "Chest", "Neck", "Head")
ARM = ("Shoulder", "UpperArm", "LowerArm", "Hand")
LEG = ("UpperLeg", "LowerLeg", "Foot", "Toes")
BANDAI = (*SPINE, *(f"{each}_{side}" for limb in (ARM, LEG) for side in "LR" for each in limb))
NAMES = ("walk_s1_1", "walk_s2_1", "wave_s1_1")


def text(*, root: str = "Hips", hands: tuple[str, str] = ("Hand_L", "Hand_R"), x: str = "100") -> str:
    limbs = "".join(
        f"JOINT {hand}\n{{\nOFFSET {side} 50 0\nCHANNELS 1 Zrotation\nEnd Site\n{{\nOFFSET 0 0 10\n}}\n}}\n"
        for hand, side in zip(hands, (20, -20), strict=True)
    )
    return (
        f"HIERARCHY\nROOT {root}\n{{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\n{limbs}}}\n"
        f"MOTION\nFrames: 2\nFrame Time: 0.04\n{x} 90 5 0 0\n{x} 91 5 90 0\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        (tmp_path / f"{name}.bvh").write_text(text(x=str(100 * (number + 1))))
    return tmp_path


def test_contract(folder: Path) -> None:
    check_dataset(
        Bvh,
        path=str(folder),
        metres_per_unit=0.01,
        label_pattern="^([a-z]+)_",
        person_pattern="_(s[0-9])_",
        splits={"train": "_s1_", "test": "_s2_"},
        rename={"Hips": "pelvis"},
        end_sites=True,
    )


def test_recordings_in_metres(folder: Path) -> None:
    data = Bvh(path=folder, metres_per_unit=0.01, label_pattern="^([a-z]+)_", person_pattern="_(s[0-9])_")
    assert data.classes == ("walk", "wave") and data.splits == ("all",)
    first, second, third = data.recordings("all")
    assert (first.name, first.label, first.person, first.frame_rate) == ("walk_s1_1", 0, "s1", 25)
    assert (second.person, third.label) == ("s2", 1)
    assert first.keypoints.shape == (1, 2, 3, 3) and first.score.all() and first.present.all()
    np.testing.assert_allclose(first.keypoints[0, 0], [[1, 0.9, 0.05], [1.2, 1.4, 0.05], [0.8, 1.4, 0.05]])
    assert second.keypoints[0, 0, 0, 0] == 2


def test_the_layout_is_the_hierarchy(folder: Path) -> None:
    layout = Bvh(path=folder, metres_per_unit=1).layout
    assert layout.joints == ("Hips", "Hand_L", "Hand_R")
    assert (layout.parents, layout.centre, layout.pairs) == ((-1, 0, 0), 0, ((1, 2),))
    ends = Bvh(path=folder, metres_per_unit=1, end_sites=True, rename={"Hand_L": "left_wrist"}).layout
    assert ends.joints == ("Hips", "left_wrist", "Hand_L_end", "Hand_R", "Hand_R_end")
    assert (ends.parents, ends.pairs) == ((-1, 0, 1, 0, 3), ((1, 3), (2, 4)))


@pytest.mark.parametrize(
    ("left", "right", "paired"),
    [
        ("LeftHand", "RightHand", True),
        ("mixamorig:LeftHand", "mixamorig:RightHand", True),
        ("LHand", "RHand", True),
        ("lHand", "rHand", True),
        ("lhand", "rhand", True),
        ("hand.L", "hand.R", True),
        ("LowerLeg_L", "LowerLeg_R", True),
        ("Bip01 L Hand", "Bip01 R Hand", True),
        ("LEFT_HAND", "RIGHT_HAND", True),
        ("Lower", "Upper", False),
        ("Lap", "Rim", False),
    ],
)
def test_pairs_by_name(tmp_path: Path, left: str, right: str, paired: bool) -> None:
    file = tmp_path / "one.bvh"
    file.write_text(text(hands=(left, right)))
    assert Bvh(path=file, metres_per_unit=1).layout.pairs == (((1, 2),) if paired else ())
    file.write_text(text(hands=(right, left)))
    assert Bvh(path=file, metres_per_unit=1).layout.pairs == (((2, 1),) if paired else ())


def test_another_layout_with_a_derived_joint(folder: Path) -> None:
    wanted = Layout.from_mapping(
        {
            "joints": ["right_wrist", "middle", "left_wrist"],
            "bones": {"right_wrist": "middle", "left_wrist": "middle"},
            "centre": "middle",
            "pairs": {"left_wrist": "right_wrist"},
            "derived": {"middle": ["left_wrist", "right_wrist"]},
        },
        name="hands",
    )
    (folder / "walk_s1_1.bvh").write_text(text(root="Root"))  # files need not have the same joints then
    rename = {"Hand_L": "left_wrist", "Hand_R": "right_wrist"}
    data = Bvh(path=folder, metres_per_unit=0.01, layout=wanted, rename=rename)
    first = next(data.recordings("all"))
    np.testing.assert_allclose(
        first.keypoints[0, 0], [[0.8, 1.4, 0.05], [1, 1.4, 0.05], [1.2, 1.4, 0.05]], rtol=1e-6
    )
    with pytest.raises(DataError, match=r"walk_s1_1\.bvh: .*it lacks right_wrist.*Hand_R"):
        Bvh(path=folder, metres_per_unit=0.01, layout=wanted, rename={"Hand_L": "left_wrist"})


def test_z_up_is_turned(folder: Path) -> None:
    up = next(Bvh(path=folder, metres_per_unit=1, vertical="y").recordings("all")).keypoints
    turned = next(Bvh(path=folder, metres_per_unit=1, vertical="z").recordings("all")).keypoints
    np.testing.assert_array_equal(turned, np.stack([up[..., 0], up[..., 2], -up[..., 1]], axis=-1))


def test_numbers_that_are_not_finite_are_missing_joints(folder: Path) -> None:
    (folder / "walk_s1_1.bvh").write_text(text(x="1e300").replace("1e300 91 5 90", "1 91 5 nan"))
    clip = next(Bvh(path=folder, metres_per_unit=1).recordings("all"))
    assert clip.score[0].tolist() == [[0, 0, 0], [1, 1, 1]] and clip.present.tolist() == [[False, True]]
    ends = next(Bvh(path=folder, metres_per_unit=1, end_sites=True).recordings("all"))
    assert ends.score[0, 1].tolist() == [1, 1, 0, 1, 1]


def test_subfolders_and_single_files(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "run.take 1.BVH").write_text(text())
    data = Bvh(path=folder, metres_per_unit=1)
    assert [clip.name for clip in data.recordings("all")] == ["more/run.take 1", *NAMES]
    assert data.classes == ("unlabelled",) and next(data.recordings("all")).label == -1
    (alone,) = Bvh(path=folder / "walk_s2_1.bvh", metres_per_unit=1).recordings("all")
    assert alone.name == "walk_s2_1"
    (folder / "more" / "run.take 1.bvh").write_text(text())
    with pytest.raises(DataError, match="has the same name"):
        Bvh(path=folder, metres_per_unit=1)


def test_some_classes_only(folder: Path) -> None:
    data = Bvh(path=folder, metres_per_unit=1, label_pattern="^([a-z]+)_", classes=("wave",))
    assert data.classes == ("wave",)
    assert [(clip.name, clip.label) for clip in data.recordings("all")] == [("wave_s1_1", 0)]


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"metres_per_unit": 0}, RecipeError, "metres_per_unit is 0.*0.01 for files in centimetres"),
        ({"metres_per_unit": float("nan")}, RecipeError, "metres_per_unit is nan"),
        ({"label_pattern": "("}, RecipeError, "label_pattern .* is no regular expression"),
        ({"label_pattern": "^[a-z]+"}, RecipeError, "label_pattern .* has 0 groups"),
        ({"label_pattern": "_(x)_"}, DataError, "label_pattern .* finds nothing in 3 of 3 names"),
        ({"person_pattern": "_(s1)_"}, DataError, "person_pattern .* nothing in 1 of 3 names.*'walk_s2_1'"),
        ({"classes": ("walk",)}, RecipeError, "Set label_pattern too"),
        ({"label_pattern": "^([a-z]+)_", "classes": ("wlak",)}, DataError, "'wlak'.*mean 'walk'"),
        ({"label_pattern": "^([a-z]+)_", "classes": ("walk", "walk")}, RecipeError, "'walk' twice"),
        ({"splits": {"test": "_s3_"}}, DataError, "splits.test '_s3_' finds none of the 3 recordings"),
        ({"splits": {"test": "["}}, RecipeError, "splits.test .* is no regular expression"),
        ({"rename": {"Hand": "wrist"}}, DataError, "rename speaks of the unknown joint 'Hand'"),
        ({"rename": {"Hand_L": "wrist", "Hand_R": "wrist"}}, DataError, "'wrist' is listed twice.*rename"),
        ({"layout": Layout.named("coco17")}, DataError, "lacks .*nose"),
    ],
)
def test_parameters_that_do_not_fit(
    folder: Path, parameters: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Bvh(**{"path": folder, "metres_per_unit": 0.01, **parameters})


def test_splits_that_are_not_there(folder: Path) -> None:
    with pytest.raises(DataError, match=r"there is no split 'al'.*'all'"):
        Bvh(path=folder, metres_per_unit=1).recordings("al")


def test_files_that_do_not_fit(folder: Path) -> None:
    (folder / "wave_s1_1.bvh").write_text(text(root="Root"))
    with pytest.raises(
        DataError, match=r"wave_s1_1\.bvh: its joints are not those of walk_s1_1\.bvh.*layout"
    ):
        Bvh(path=folder, metres_per_unit=1)
    (folder / "wave_s1_1.bvh").write_text("HIERARCHY\n")
    with pytest.raises(DataError, match=r"wave_s1_1\.bvh: line 1: there is no ROOT"):
        Bvh(path=folder, metres_per_unit=1)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"there is no \.bvh file"):
        Bvh(path=folder, metres_per_unit=1)


def test_a_broken_motion_is_told_when_it_is_read(folder: Path) -> None:
    (folder / "walk_s1_1.bvh").write_text(text().replace("Frames: 2", "Frames: 3"))
    recordings = Bvh(path=folder, metres_per_unit=1).recordings("all")
    with pytest.raises(DataError, match=r"walk_s1_1\.bvh: `Frames:` says '3'"):
        next(recordings)


def test_bandai_recordings_are_those_of_the_pickle(real_data: Path) -> None:
    """The pickle starts each recording over the origin and was rounded to 4 decimals, then to float16."""
    layout = Layout.named("bandai21")
    annotations = {
        each["frame_dir"]: each for each in read_pickle(real_data / "bandai2_3d.pkl")["annotations"]
    }
    files = sorted((real_data / "bvh").glob("dataset-2_*.bvh"))
    assert len(files) == 9
    for file in files:
        rename = dict(zip(BANDAI, layout.joints, strict=True))
        (clip,) = Bvh(path=file, metres_per_unit=0.01, layout=layout, rename=rename).recordings("all")
        match = re.fullmatch(r"dataset-2_(.+)_0*(\d+)", clip.name)
        assert match and clip.frame_rate == 30
        stored = annotations[f"{match[1]}_{match[2]}"]["keypoint"]
        over_origin = clip.keypoints.astype(float) - clip.keypoints[:, :1, :1] * [1.0, 0.0, 1.0]
        allowed = np.spacing(np.abs(stored)).astype(float) / 2 + 0.5e-4 + 1e-6
        assert (np.abs(over_origin - stored.astype(float)) <= allowed).all()


def test_bones_of_real_recordings_keep_their_length(real_data: Path) -> None:
    """On Bandai's files every joint has position channels; all but those of the hips repeat the bone."""
    for file in sorted((real_data / "bvh").glob("*.bvh")):
        recording = read_bvh(file)
        positions = world_positions(recording.hierarchy, recording.values)
        moving = set()
        for place, joint in enumerate(recording.hierarchy.joints[1:], start=1):
            lengths = np.linalg.norm(positions[:, place] - positions[:, joint.parent], axis=1)
            if np.ptp(lengths) > 1e-6 * lengths.mean():
                moving.add(joint.name)
        assert moving == ({"Hips"} if file.name.startswith("dataset-2") else set())


@pytest.mark.slow
def test_import_speed(real_data: Path) -> None:
    file = real_data / "bvh" / "dataset-2_walk_normal_001.bvh"
    fastest = float("inf")
    for _ in range(10):
        start = time.process_time()
        recording = read_bvh(file)
        positions = world_positions(recording.hierarchy, recording.values)
        fastest = min(fastest, time.process_time() - start)
    assert len(positions) / fastest > 15_000  # frames of 21 joints a second
