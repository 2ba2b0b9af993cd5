"""What result.json says of lifted poses: the metrics, and the error by joint, movement, speed and gaps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dancekit.data.pairs import roots_of
from dancekit.skeleton.layout import Layout
from dancekit.tasks.pose_errors import (
    Errors,
    acceleration_errors,
    aligned_errors,
    auc,
    joined,
    joint_means,
    pck,
    position_errors,
    scaled_errors,
    velocity_errors,
)
from dancekit.tasks.poses import LiftedPoses, LiftedSequence

SPEEDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Where bins of speed begin, in m/s; the last has no end."""

GAPS = (0, 1, 2, 3, 5, 8)
"""Where bins of the number of missing input joints begin; the last has no end."""

_DRAWS = 1000  # of the bootstrap


def mpjpe(poses: LiftedPoses) -> float | None:
    """The mean distance of all known joints in millimetres; None where none is known."""
    return _positions(poses).mean()


def summary(poses: LiftedPoses, classes: Sequence[str]) -> dict[str, Any]:
    """What result.json says of one split. Where there is nothing to tell, or no number, it says None.

    Every mean is over known joints in frames with the person, each counted alike. `mpjve` is in mm per frame
    and `acceleration` in mm per frame^2, at the frame rate of the recordings; all other errors are in mm.
    """
    positions = _positions(poses)
    whole = {
        "mpjpe": positions.mean(),
        "mpjpe_interval": _interval(poses),
        "p_mpjpe": _all(aligned_errors, poses).mean(),
        "n_mpjpe": _all(scaled_errors, poses).mean(),
        "mpjve": _all(velocity_errors, poses).mean(),
        "acceleration": _all(acceleration_errors, poses).mean(),
        "pck150": pck(positions),
        "auc": auc(positions),
        "joints": poses.output_layout.num_joints,
        "root": root_rule(poses.output_layout),
        "frames": int(positions.known.any(1).sum()),
        "clips": poses.clips,
        "mean_pose": _error_of_mean_pose(poses),
        "per_joint": dict(zip(poses.output_layout.joints, joint_means(positions), strict=True)),
        "per_movement": _per_movement(poses, positions, classes),
        "speed": _per_speed(poses, positions),
        "occlusion": _per_gap(poses, positions),
    }
    numbers: dict[str, Any] = _without_infinities(whole)
    return numbers


def root_rule(layout: Layout) -> str:
    """Where the root is, in words."""
    roots = [layout.joints[joint].replace("_", " ") for joint in roots_of(layout)]
    root = f"the {roots[0]}" if len(roots) == 1 else f"the middle of {' and '.join(roots)}"
    return f"{root} of the target is at 0, the lifted pose is not moved, all {layout.num_joints} joints count"


def _all(measure: Callable[[Tensor, Tensor, Tensor], Errors], poses: LiftedPoses) -> Errors:
    """The errors of every sequence, so that no difference is taken from one to the next."""
    if not poses.sequences:
        joints = poses.output_layout.num_joints
        return Errors(value=torch.zeros(0, joints).double(), known=torch.zeros(0, joints, dtype=torch.bool))
    return joined(measure(each.lifted, each.target, each.known) for each in poses.sequences)


def _positions(poses: LiftedPoses) -> Errors:
    return _all(position_errors, poses)


def _interval(poses: LiftedPoses) -> list[float] | None:
    """The 95% interval of MPJPE from recordings drawn anew; None where fewer than two are there."""
    total: dict[int, float] = {}
    count: dict[int, int] = {}
    for each in poses.sequences:
        values = position_errors(each.lifted, each.target, each.known).of_known
        if len(values):
            total[each.index] = total.get(each.index, 0.0) + float(values.sum())
            count[each.index] = count.get(each.index, 0) + len(values)
    if len(total) < 2 or not all(map(math.isfinite, total.values())):
        return None
    sums, counts = np.array(list(total.values())), np.array(list(count.values()))
    draw = np.random.default_rng(0)
    # One draw at a time: all of them together would need recordings x draws numbers.
    picks = (draw.integers(len(sums), size=len(sums)) for _ in range(_DRAWS))
    means = [float(sums[pick].sum() / counts[pick].sum()) for pick in picks]
    return [float(bound) for bound in np.quantile(means, [0.025, 0.975])]


def _error_of_mean_pose(poses: LiftedPoses) -> float | None:
    """MPJPE of who always answers with the mean target of this split, which no lifter may know."""
    if not poses.sequences:
        return None
    known = torch.cat([each.known for each in poses.sequences])  # (T, V)
    target = torch.cat([each.target for each in poses.sequences]).double()  # (T, V, 3)
    target = target.masked_fill(~known[..., None], 0.0)
    mean = target.sum(0) / known.sum(0).clamp(min=1)[:, None]  # (V, 3)
    return position_errors(mean.expand_as(target), target, known).mean()


def _per_movement(poses: LiftedPoses, positions: Errors, classes: Sequence[str]) -> dict[str, float | None]:
    label = torch.cat(
        [torch.full((len(each.known),), each.label) for each in poses.sequences] or [torch.zeros(0)]
    )
    return {
        classes[place]: _mean_of(positions, (label == place)[:, None])
        for place in sorted({each.label for each in poses.sequences if each.label >= 0})
    }


def _per_speed(poses: LiftedPoses, positions: Errors) -> list[dict[str, Any]]:
    speeds = [_speed(each) for each in poses.sequences]
    speed = torch.cat(speeds) if speeds else torch.zeros_like(positions.value)  # (T, V)
    return [
        {"from": low, "to": high, "mpjpe": _mean_of(positions, within), "joints": _count(positions, within)}
        for low, high in _bins(SPEEDS)
        for within in [(speed >= low) & (speed < (torch.inf if high is None else high))]
    ]


def _speed(sequence: LiftedSequence) -> Tensor:
    """(T, V) m/s of the true joints against the root, from the frame before to the frame after.

    NaN where the frame rate or one of the two is not known, such as at both ends.
    """
    speed = torch.full(sequence.known.shape, torch.nan, dtype=torch.float64)
    if len(speed) > 2:
        moved = (sequence.target[2:] - sequence.target[:-2]).double().norm(dim=-1)  # (T-2, V)
        both = sequence.known[2:] & sequence.known[:-2]
        speed[1:-1] = (moved * sequence.frame_rate / 2).masked_fill(~both, torch.nan)
    return speed


def _per_gap(poses: LiftedPoses, positions: Errors) -> list[dict[str, Any]]:
    missing = _per_frame((each.score <= 0).sum(1) for each in poses.sequences)
    return [
        {
            "from": low,
            "to": None if after is None else after - 1,
            "mpjpe": _mean_of(positions, within[:, None]),
            "frames": int((positions.known.any(1) & within).sum()),
        }
        for low, after in _bins(GAPS)
        for within in [(missing >= low) & (missing < (torch.inf if after is None else after))]
    ]


def _per_frame(values: Iterable[Tensor]) -> Tensor:
    """(sum of T,) of the sequences behind each other."""
    return torch.cat([torch.zeros(0, dtype=torch.int64), *values])


def _bins(starts: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    yield from zip(starts, (*starts[1:], None), strict=True)


def _mean_of(errors: Errors, within: Tensor) -> float | None:
    return Errors(value=errors.value, known=errors.known & within).mean()


def _count(errors: Errors, within: Tensor) -> int:
    return int((errors.known & within).sum())


def _without_infinities(value: Any) -> Any:
    """None in place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _without_infinities(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_infinities(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
