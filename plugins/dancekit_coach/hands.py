"""Where the hands are: for hands on the waist and for raised hands, which angles alone do not show."""

from __future__ import annotations

from typing import Any

import numpy as np

from dancekit_coach.body import SIDES, Array, joint, neck, trunk_frame
from dancekit_coach.comparison import Comparison
from dancekit_coach.interfaces import Metric


class HandPlaces(Metric):
    """The median place of each hand in each phase, of the student and of the reference: see `hand_places`."""

    name = "hands"

    def measure(self, comparison: Comparison) -> dict[str, Any]:
        both = {"student": comparison.points, "reference": comparison.reference.points}
        found: dict[str, Any] = {}
        for who, points in both.items():
            for place, values in hand_places(points).items():
                for phase in comparison.phases:
                    seen = values[phase.frames][~np.isnan(values[phase.frames])]
                    if len(seen):
                        found.setdefault(place, {}).setdefault(phase.name, {})[who] = float(np.median(seen))
        return found


def hand_places(points: Array) -> dict[str, Array]:
    """Places of the hands, (..., T) each, of points (..., T, J, C).

    `wrist_from_hip` is the distance from the hip in lengths of the trunk, `wrist_above_shoulder` the height
    along the spine in lengths of the arm.
    """
    up = trunk_frame(points)[..., 1, :]
    trunk = np.linalg.norm(neck(points) - joint(points, "pelvis"), axis=-1)
    places: dict[str, Array] = {}
    for side in SIDES:
        shoulder, elbow, wrist = (joint(points, f"{side}_{name}") for name in ("shoulder", "elbow", "wrist"))
        arm = np.linalg.norm(elbow - shoulder, axis=-1) + np.linalg.norm(wrist - elbow, axis=-1)
        away = np.linalg.norm(wrist - joint(points, f"{side}_hip"), axis=-1)
        places[f"{side}_wrist_from_hip"] = away / trunk
        places[f"{side}_wrist_above_shoulder"] = ((wrist - shoulder) * up).sum(-1) / arm
    return places
