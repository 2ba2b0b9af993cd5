"""The parts of the body that a step is about."""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit.errors import LayoutError
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest


def members_of(layout: Layout, names: tuple[str, ...], *, step: str) -> Tensor:
    """(P, V) of bool: the joints of each named part, or of all parts where none is named.

    Args:
        step: what errors call the preprocessor.

    Raises:
        LayoutError: the layout has no such part, or none at all.
    """
    names = names or tuple(layout.parts)
    if not names:
        raise LayoutError(
            f"{step}: layout {layout.name} has no parts.", hint="Name some under `parts` in the layout."
        )
    members = torch.zeros(len(names), layout.num_joints, dtype=torch.bool)
    for row, name in enumerate(names):
        if name not in layout.parts:
            raise LayoutError(
                f"{step}: layout {layout.name} has no part {name!r}.", hint=nearest(name, layout.parts)
            )
        members[row, list(layout.parts[name])] = True
    return members


def limbs_of(layout: Layout) -> dict[str, list[int]]:
    """The parts that lie on one side, such as `left_arm`, and their joints that have a counterpart."""
    left, right = ({pair[side] for pair in layout.pairs} for side in (0, 1))
    limbs = {}
    for name, members in layout.parts.items():
        paired = [joint for joint in members if joint in left or joint in right]
        if paired and (left.isdisjoint(paired) or right.isdisjoint(paired)):
            limbs[name] = paired
    return limbs


def swapping_together(layout: Layout) -> list[int]:
    """For each joint the number of the group, a limb and its counterpart, with which it changes sides.

    Joints of no limb are only with their own counterpart; those in the middle are in any group.
    """
    groups = [0] * layout.num_joints
    singles = [[left] for left, _ in layout.pairs]
    free = {joint for pair in layout.pairs for joint in pair}
    number = 0
    for limb in [*limbs_of(layout).values(), *singles]:
        both = {joint for one in limb for joint in (one, layout.flip[one])} & free
        for joint in both:
            groups[joint] = number
        number += bool(both)
        free -= both
    return groups
