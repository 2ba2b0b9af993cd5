"""What is wrong or odd with where the joints of recordings lie."""

from __future__ import annotations

import numpy as np

from dancekit.data.inspection.bodies import Array
from dancekit.data.inspection.findings import Finding, clips_finding, listed, of_clips
from dancekit.data.inspection.measurements import Measurements
from dancekit.data.inspection.motion import METRES, TALL
from dancekit.skeleton.layout import Layout

_BONES = 0.1  # variation of a bone's length beyond that of a good recording
_OUTSIDE = 0.1  # share of a clip's joints that lie beside the picture
_UNITS = (
    # name, how large people are in it, metres
    ("millimetres", (900, 2300), 0.001),
    ("centimetres", (90, 230), 0.01),
    ("inches", (35, 90), 0.0254),
)


def geometry_findings(found: Measurements, layout: Layout, coordinates: int) -> list[Finding]:
    """Units, the picture, what is up, and lengths of bones.

    Args:
        found: of all clips, each once.
        coordinates: 2 or 3.
    """
    return [
        *(_metres(found) if coordinates == 3 else _picture(found)),
        *_vertical(found, coordinates),
        *_bones(found, layout),
    ]


def _metres(found: Measurements) -> list[Finding]:
    size = found.shape.size
    odd: Array = (size < METRES[0]) | (size > METRES[1])
    if not odd.any():
        return []
    typical = float(np.median(size[odd]))
    advice = f"Give the data set the right unit, or multiply the keypoints by about {TALL / typical:.2g}."
    for name, (least, most), metres in _UNITS:
        if least <= typical <= most:
            advice = f"They look like {name}: give the data set that unit, or multiply by {metres:g}."
    return clips_finding(
        found,
        odd,
        code="units",
        severity="problem",
        says=f"Bodies are {_number(typical)} tall, so these are no metres, in {{clips}}",
        advice=advice,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _picture(found: Measurements) -> list[Finding]:
    share = found.shape.outside / np.maximum(1, found.completeness.seen.sum(1))
    return [
        *clips_finding(
            found,
            found.shape.unit,
            code="not-pixels",
            severity="problem",
            says="All keypoints lie between -1 and 1 although a picture in pixels is given in {clips}",
            advice="Multiply them by the width and the height, or leave out the size of the picture.",
        ),
        *clips_finding(
            found,
            share > _OUTSIDE,
            code="outside-picture",
            severity="problem",
            says=f"More than {_OUTSIDE:.0%} of the joints lie beside the picture in {{clips}}",
            advice="Check the size of the picture: width comes first.",
        ),
    ]


def _vertical(found: Measurements, coordinates: int) -> list[Finding]:
    up = found.shape.up  # (N, 3)
    known = np.isfinite(up).all(1)
    if not known.any():
        return []
    upwards = 1 if coordinates == 3 else -1  # in a picture y grows downwards
    axis = np.where(known, np.abs(np.nan_to_num(up)).argmax(1), -1)  # (N,)
    along_y = axis == 1
    down = along_y & (up[:, 1] * upwards < 0)
    aside = known & ~along_y
    if 2 * (down | aside).sum() <= known.sum():
        return []  # who does floor work or a handstand may
    if down.sum() >= aside.sum():
        turned = "Turn y round: in a picture it points down, in space up."
        says = "The head is below the feet, so the vertical axis points the wrong way, in {clips}"
        return clips_finding(found, down, code="vertical", severity="problem", says=says, advice=turned)
    name = "xyz"[np.bincount(axis[aside]).argmax()]
    says = f"Bodies stand along {name}, so the vertical axis is {name} and not y, in {{clips}}"
    told = "Tell the data set so (`vertical=z`), or turn" if name == "z" else "Turn"
    return clips_finding(
        found,
        aside,
        code="vertical",
        severity="problem",
        says=says,
        advice=f"{told} the recordings until bodies stand along y.",
    )


def _bones(found: Measurements, layout: Layout) -> list[Finding]:
    bones = found.shape.bones  # (N, E)
    varying = np.nan_to_num(bones) > _BONES
    typical = _medians(bones)  # (E,)
    worst = [bone for bone in np.argsort(-np.nan_to_num(typical), kind="stable") if typical[bone] > _BONES]
    if not worst:
        return []
    joints = [layout.joints[layout.bones[bone][0]] for bone in worst]
    shares = [f"{joint} {typical[bone]:.0%}" for joint, bone in zip(joints, worst, strict=True)]
    count = int(varying.any(1).sum())
    return [
        Finding(
            code="bone-lengths",
            severity="notice",
            sentence=f"Bones change their lengths in {of_clips(count, len(found))}, by {listed(shares)}.",
            advice="Depth cameras and lifters do that. Don't trust these joints, least of all in a stream of"
            " bones.",
            clips=count,
            names=tuple(joints[:5]),
        )
    ]


def _medians(values: Array) -> Array:
    """(N, E) to (E,), NaN left out."""
    columns = [column[np.isfinite(column)] for column in values.T]
    return np.array([np.median(column) if len(column) else np.nan for column in columns])
