"""What programs call the joints of a body, and what they are called in dancekit's layouts.

A joint of a BVH file is where its bone begins: the joint of the upper arm is the shoulder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")


@dataclass(frozen=True, kw_only=True)
class Convention:
    """How one family of programs names joints.

    Attributes:
        sides: what stands for {side}, left and right.
        limb: pattern -> joint of a side, as `{side}UpLeg` -> `hip`.
        middle: name -> joint that both sides share.
    """

    sides: tuple[str, str]
    limb: Mapping[str, str]
    middle: Mapping[str, str]

    def names(self) -> Iterable[tuple[str, str]]:
        for side, said in zip(("left", "right"), self.sides, strict=True):
            for pattern, joint in self.limb.items():
                yield pattern.format(side=said), f"{side}_{joint}"
        yield from self.middle.items()


def _limb(pattern: str, *names: str) -> Mapping[str, str]:
    joints = (*_LIMBS, "clavicle", "toe")
    return MappingProxyType(
        {pattern.format(name): joint for name, joint in zip(names, joints, strict=True) if name}
    )


_MIDDLE = MappingProxyType({"Hips": "pelvis", "Spine": "spine", "Neck": "neck", "Head": "head"})

CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        "MotionBuilder and Mixamo": Convention(
            sides=("Left", "Right"),
            limb=_limb(
                "{{side}}{}", "UpLeg", "Leg", "Foot", "Arm", "ForeArm", "Hand", "Shoulder", "ToeBase"
            ),
            middle=_MIDDLE,
        ),
        "after the joints": Convention(
            sides=("Left", "Right"),
            limb=_limb("{{side}}{}", "Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist", "Collar", "Toe"),
            middle=_MIDDLE,
        ),
        "Bandai-Namco": Convention(
            sides=("L", "R"),
            limb=_limb(
                "{}_{{side}}",
                "UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand", "Shoulder", "Toes",
            ),
            middle=MappingProxyType({**_MIDDLE, "Chest": "chest"}),
        ),
        "Poser and DAZ": Convention(
            sides=("l", "r"),
            limb=_limb("{{side}}{}", "Thigh", "Shin", "Foot", "Shldr", "ForeArm", "Hand", "Collar", "Toe"),
            middle=MappingProxyType(
                {"hip": "pelvis", "abdomen": "spine", "chest": "chest", "neck": "neck", "head": "head"}
            ),
        ),
        "Unreal": Convention(
            sides=("l", "r"),
            limb=_limb(
                "{}_{{side}}", "thigh", "calf", "foot", "upperarm", "lowerarm", "hand", "clavicle", "ball"
            ),
            middle=MappingProxyType(
                {"pelvis": "pelvis", "spine_01": "spine", "neck_01": "neck", "head": "head"}
            ),
        ),
        "Rigify": Convention(
            sides=("L", "R"),
            limb=_limb(
                "{}.{{side}}", "thigh", "shin", "foot", "upper_arm", "forearm", "hand", "shoulder", "toe"
            ),
            middle=MappingProxyType({"hips": "pelvis", "spine": "spine", "neck": "neck", "head": "head"}),
        ),
    }
)  # fmt: skip


def usual_names(joints: Iterable[str], *, keep: Collection[str] = ()) -> dict[str, str]:
    """Names in a file -> names in dancekit's layouts, by the convention that names all arms and legs.

    A name space, as in `mixamorig:LeftArm`, does not matter. Empty where no convention fits; a name that
    another joint of the file has stays with that joint.

    Args:
        keep: names that stay as they are.
    """
    plain = {name.rpartition(":")[2]: name for name in joints}
    limbs = {f"{side}_{joint}" for side in ("left", "right") for joint in _LIMBS}
    for convention in CONVENTIONS.values():
        found = {plain[name]: joint for name, joint in convention.names() if name in plain}
        if limbs <= set(found.values()):
            stay = set(plain.values()) - found.keys()
            return {name: joint for name, joint in found.items() if joint not in stay and name not in keep}
    return {}
