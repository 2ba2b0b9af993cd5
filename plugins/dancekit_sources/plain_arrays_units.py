"""What the numbers of plain arrays are, which a recipe has to say: pixels, parts of an image, or lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import Scale, check_scale
from dancekit.errors import RecipeError
from dancekit_sources.vertical import required_vertical, y_up


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of recordings in two dimensions, or those in three.

    Attributes:
        scale: None in three dimensions.
        metres: in a unit; of no matter in two dimensions.
        vertical: the axis that points up; likewise.
    """

    scale: Scale | None
    metres: float
    vertical: Literal["y", "z"]

    @property
    def coordinates(self) -> int:
        return 3 if self.scale is None else 2

    @classmethod
    def of(
        cls,
        *,
        units: Scale | None,
        metres_per_unit: float | None,
        vertical: Literal["y", "z"] | None,
        image_size: tuple[int, int] | None,
    ) -> Units:
        """Check what a recipe says.

        Raises:
            RecipeError: it says nothing, too much, or what cannot be.
        """
        if (units is None) == (metres_per_unit is None):
            raise RecipeError(
                "units and metres_per_unit are both " + ("missing." if units is None else "given."),
                hint="Set units to pixels or normalised for recordings in two dimensions, or metres_per_unit"
                " for those in three: 1 for metres, 0.01 for centimetres.",
            )
        if units is not None and units not in get_args(Scale):
            raise RecipeError(f"units is {units!r}.", hint=f"Take one of {', '.join(get_args(Scale))}.")
        if metres_per_unit is not None and not (math.isfinite(metres_per_unit) and metres_per_unit > 0):
            raise RecipeError(
                f"metres_per_unit is {metres_per_unit}.", hint="Give 0.01 for recordings in centimetres."
            )
        if image_size is not None and (units != "pixels" or min(image_size) < 1):
            raise RecipeError(
                f"image_size is {tuple(image_size)}.",
                hint="Give width and height in pixels, for keypoints in pixels only.",
            )
        if units is not None and vertical is not None:
            raise RecipeError(
                "vertical is given, but recordings in two dimensions are y down.", hint="Leave it out."
            )
        axis = required_vertical(
            vertical,
            coordinates=2 if metres_per_unit is None else 3,
            hint="Set it to y or z, whichever of a standing person's head is the largest.",
        )
        return cls(scale=units, metres=1.0 if metres_per_unit is None else metres_per_unit, vertical=axis)

    def applied(self, points: npt.NDArray[Any], *, where: str) -> npt.NDArray[Any]:
        """Points (..., C) as a clip has them: in metres, y up, or as they are.

        Raises:
            DataError: they cannot be what the recipe says.
        """
        if self.scale is None:
            with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is missing
                return y_up(points * np.float32(self.metres), self.vertical)
        finite = points[np.isfinite(points)]
        if finite.size:
            check_scale(float(np.abs(finite).max()), self.scale, key="units", where=where)
        return points
