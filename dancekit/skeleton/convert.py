"""From one layout to another, by the names of the joints and by what they say of derived joints."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError, LayoutError
from dancekit.skeleton.layout import Layout

FloatArray = npt.NDArray[np.float32]


def conversion_matrix(source: Layout, target: Layout) -> FloatArray:
    """The weights with which the source's joints make up the target's: (V target, V source).

    A joint of the target is, in this order of preference,
        the source's joint of the same name;
        what the source declares under `derived`;
        what the target declares under `derived`, from joints that can themselves be had.
    A derived joint is the plain mean of its sources, so every row adds up to 1.

    Raises:
        LayoutError: the source cannot give all joints; the message lists every one that it lacks.
    """
    return _weights(source, target).copy()


def convert(
    keypoints: npt.ArrayLike, score: npt.ArrayLike, source: Layout, target: Layout
) -> tuple[FloatArray, FloatArray]:
    """Keypoints and scores in another layout.

    A derived joint is missing where any joint that it is made from is missing; otherwise its score is
    the lowest of theirs. Missing joints lie at 0.

    Args:
        keypoints: (..., V source, C); what lies where `score` is 0 does not matter, NaN included.
        score: (..., V source), 0 = missing.

    Returns:
        keypoints (..., V target, C) and score (..., V target).

    Raises:
        LayoutError: the source cannot give all joints of the target.
        DataError: the shapes do not fit each other or the source.
    """
    points = np.asarray(keypoints, dtype=np.float32)
    confidence = np.asarray(score, dtype=np.float32)
    if points.ndim < 2 or points.shape[-2] != source.num_joints or confidence.shape != points.shape[:-1]:
        raise DataError(
            f"Keypoints of shape {points.shape} and scores of shape {confidence.shape} are no recording "
            f"in layout {source.name}.",
            hint=f"They must be (..., {source.num_joints}, coordinates) and (..., {source.num_joints}).",
        )
    weights = _weights(source, target)
    points = np.where((confidence > 0)[..., None], points, 0)  # (..., V source, C)
    converted = weights @ points  # (..., V target, C)
    lowest = np.empty((*confidence.shape[:-1], target.num_joints), np.float32)  # (..., V target)
    for joint, row in enumerate(weights):
        lowest[..., joint] = confidence[..., row > 0].min(axis=-1)  # (..., sources) -> (...)
    converted[lowest <= 0] = 0
    return converted, lowest


@cache
def _weights(source: Layout, target: Layout) -> FloatArray:
    rows = [_row(joint, source, target) for joint in target.joints]
    lacking = [joint for joint, row in zip(target.joints, rows, strict=True) if row is None]
    if lacking:
        raise LayoutError(
            f"Layout {source.name} cannot be converted to {target.name}: it lacks {', '.join(lacking)}.",
            hint=f"Say under `derived` of either layout which joints {_each(lacking)} the mean of, "
            "or choose a target without.",
        )
    weights = np.array(rows, dtype=np.float32)  # (V target, V source)
    weights.setflags(write=False)
    return weights


def _row(joint: str, source: Layout, target: Layout) -> npt.NDArray[np.float64] | None:
    """The weights of the source's joints (V source,) for one joint; None where it cannot be had."""
    if joint in source.joints:
        one_hot = np.zeros(source.num_joints)
        one_hot[source.index(joint)] = 1
        return one_hot
    parts = source.derived.get(joint) or target.derived.get(joint)
    if parts is None:
        return None
    rows = [_row(part, source, target) for part in parts]
    found = [row for row in rows if row is not None]
    if len(found) < len(rows):
        return None
    mean: npt.NDArray[np.float64] = np.mean(found, axis=0)
    return mean


def _each(names: list[str]) -> str:
    return "it is" if len(names) == 1 else "each is"
