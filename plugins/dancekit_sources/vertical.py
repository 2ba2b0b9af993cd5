"""Recordings in 3D are y up in dancekit; others are turned as they are read."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from dancekit.errors import RecipeError

Real = TypeVar("Real", bound=np.floating[Any])


def y_up(points: npt.NDArray[Real], vertical: Literal["y", "z"]) -> npt.NDArray[Real]:
    """Points (..., 3) with y up; from z up they are turned by -90 degrees about x, (x, y, z) -> (x, z, -y).

    Args:
        vertical: the axis that points up in them.
    """
    if vertical == "y":
        return points
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def required_vertical(
    vertical: Literal["y", "z"] | None, *, coordinates: int, hint: str
) -> Literal["y", "z"]:
    """The vertical axis of recordings whose format doesn't tell it; 2D ones have none to tell.

    Raises:
        RecipeError: it is not given although they are in 3D.
    """
    if vertical is None and coordinates == 3:
        raise RecipeError("vertical is missing: the format doesn't tell which axis points up.", hint=hint)
    return vertical or "y"
