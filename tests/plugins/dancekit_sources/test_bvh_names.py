"""The names that programs give to joints, as the names of the shipped layouts."""

from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.bvh import Bvh
from dancekit_sources.bvh_names import CONVENTIONS, usual_names
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.skeleton.layout import Layout

LIMBS = [f"{side}_{joint}" for side in ("left", "right")
         for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]  # fmt: skip


def _named(convention: str) -> dict[str, str]:
    return dict(CONVENTIONS[convention].names())


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_convention_names_arms_and_legs_once_and_the_others_do_not_take_it(convention: str) -> None:
    names = _named(convention)
    assert set(LIMBS) <= set(names.values())
    assert len(set(names.values())) == len(names)
    assert usual_names(names) == names  # by this convention, and none that is looked at before


def test_what_joints_are_called_where() -> None:
    for convention, left in (
        ("MotionBuilder and Mixamo", "LeftUpLeg LeftLeg LeftFoot LeftArm LeftForeArm LeftHand"),
        ("after the joints", "LeftHip LeftKnee LeftAnkle LeftShoulder LeftElbow LeftWrist"),
        ("Bandai-Namco", "UpperLeg_L LowerLeg_L Foot_L UpperArm_L LowerArm_L Hand_L"),
        ("Poser and DAZ", "lThigh lShin lFoot lShldr lForeArm lHand"),
        ("Unreal", "thigh_l calf_l foot_l upperarm_l lowerarm_l hand_l"),
        ("Rigify", "thigh.L shin.L foot.L upper_arm.L forearm.L hand.L"),
    ):
        back = {joint: name for name, joint in _named(convention).items()}
        assert [back[joint] for joint in LIMBS[:6]] == left.split(), convention


def test_name_spaces_do_not_matter_and_names_that_are_taken_stay() -> None:
    spaced = [f"mixamorig:{name}" for name in _named("MotionBuilder and Mixamo")]
    assert usual_names(spaced)["mixamorig:LeftArm"] == "left_shoulder"
    assert usual_names([*_named("Bandai-Namco"), "pelvis"]).get("Hips") is None
    kept = usual_names(_named("Bandai-Namco"), keep=("Hips", "Hand_L"))
    assert "Hips" not in kept and "Hand_L" not in kept and kept["Hand_R"] == "right_wrist"


@given(left_out=st.sampled_from(LIMBS), convention=st.sampled_from(sorted(CONVENTIONS)))
@settings(max_examples=30, deadline=None)
def test_a_body_without_all_arms_and_legs_keeps_its_names(left_out: str, convention: str) -> None:
    assert usual_names(name for name, joint in _named(convention).items() if joint != left_out) == {}


def _file(path: Path, names: list[str]) -> Path:
    """A body whose joints all hang from the first."""
    joints = "".join(
        f"JOINT {name}\n{{\nOFFSET {place} 10 0\nCHANNELS 1 Zrotation\nEnd Site\n{{\nOFFSET 0 0 1\n}}\n}}\n"
        for place, name in enumerate(names[1:])
    )
    values = " ".join(["0"] * (len(names) + 2))
    path.write_text(
        f"HIERARCHY\nROOT {names[0]}\n{{\nOFFSET 0 0 0\n"
        f"CHANNELS 3 Xposition Yposition Zposition\n{joints}}}\n"
        f"MOTION\nFrames: 2\nFrame Time: 0.04\n{values}\n{values}\n"
    )
    return path


def test_files_are_renamed_unless_the_user_has_other_names(tmp_path: Path) -> None:
    names = _named("MotionBuilder and Mixamo")
    middle = sorted(names, key=lambda name: names[name] != "pelvis")  # the root first
    file = _file(tmp_path / "dance.bvh", [*middle, "Tail"])
    usual = Bvh(path=file, metres_per_unit=0.01)
    assert usual.layout.joints == (*(names[name] for name in middle), "Tail")
    assert ("left_knee", "right_knee") in {
        tuple(sorted(usual.layout.joints[place] for place in pair)) for pair in usual.layout.pairs
    }
    assert Bvh(path=file, metres_per_unit=0.01, rename={}).layout.joints == (*middle, "Tail")
    mine = Bvh(path=file, metres_per_unit=0.01, rename={"LeftArm": "wing"}).layout
    assert "wing" in mine.joints and "RightArm" in mine.joints
    as_written = Layout(
        name="own", joints=("LeftArm", "RightArm"), bones=((0, 1),), centre=0, pairs=((0, 1),)
    )
    (clip,) = Bvh(path=file, metres_per_unit=0.01, layout=as_written).recordings("all")
    assert clip.keypoints.shape == (1, 2, 2, 3) and (clip.score == 1).all()


@pytest.mark.real
def test_recordings_of_two_archives_become_a_shipped_layout_without_a_word(real_data: Path) -> None:
    for pattern, unit, height in (("dataset-2_walk*.bvh", 0.01, 1.2), ("131_0*.bvh", 0.056444, 1.2)):
        for file in sorted((real_data / "bvh").glob(pattern))[:2]:
            data = Bvh(path=file, metres_per_unit=unit, layout=Layout.named("h36m17"))
            (clip,) = data.recordings("all")
            ankle, shoulder = (data.layout.index(name) for name in ("left_ankle", "left_shoulder"))
            rise = clip.keypoints[0, :, shoulder, 1] - clip.keypoints[0, :, ankle, 1]
            assert np.median(rise) == pytest.approx(height, abs=0.25)
