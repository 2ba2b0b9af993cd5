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
