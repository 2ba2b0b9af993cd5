"""The layout that a BVH hierarchy itself declares."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dancekit.skeleton.layout import Layout
from dancekit_sources.bvh_hierarchy import Hierarchy

_LEFT = (
    re.compile(r"left|Left|LEFT|(?<![A-Za-z])[Ll](?![a-z])"),  # Arm_L, lArm, LArm, mixamorig:LeftArm
    re.compile(r"^[Ll]"),  # lhand
)
"""How the left side is said; the second is only tried where the first finds no counterpart."""
_RIGHT = {"left": "right", "Left": "Right", "LEFT": "RIGHT", "l": "r", "L": "R"}


def kept_joints(hierarchy: Hierarchy, *, end_sites: bool) -> tuple[int, ...]:
    """The places of the joints that become joints of the layout; end sites on request."""
    return tuple(place for place, joint in enumerate(hierarchy.joints) if end_sites or not joint.end)


def layout_of(hierarchy: Hierarchy, *, name: str, rename: Mapping[str, str], end_sites: bool) -> Layout:
    """The joints of a hierarchy in its own order, the root as the centre.

    Two joints are a pair when their names in the file differ in left and right alone.

    Args:
        rename: names in the file -> names in the layout; the others stay.

    Raises:
        LayoutError: two joints get the same name.
    """
    kept = kept_joints(hierarchy, end_sites=end_sites)
    places = {joint: place for place, joint in enumerate(kept)}
    names = [hierarchy.joints[joint].name for joint in kept]
    return Layout(
        name=name,
        joints=tuple(rename.get(each, each) for each in names),
        bones=tuple((places[joint], places[hierarchy.joints[joint].parent]) for joint in kept[1:]),
        centre=0,
        pairs=_pairs(names),
    )


def _pairs(names: list[str]) -> tuple[tuple[int, int], ...]:
    places = {name: place for place, name in enumerate(names)}
    pairs = []
    for name, left in places.items():
        mirrored = (said.sub(lambda match: _RIGHT[match[0]], name) for said in _LEFT)
        right = next((places[each] for each in mirrored if each != name and each in places), None)
        if right is not None:
            pairs.append((left, right))
    return tuple(pairs)
