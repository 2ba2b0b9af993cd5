"""Who and what is there, clip by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit.data.inspection.bodies import Bodies, IntArray

UNCERTAIN = 0.3
"""A joint with a score below is more of a guess than a sight."""


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """Counts for each of N clips.

    Attributes:
        present: (N,) frames that somebody is in, each person counted.
        empty: (N,) frames that nobody is in.
        seen: (N, V) how often each joint is seen, over all persons.
        uncertain: (N,) joints that are seen with a score below `UNCERTAIN`.
    """

    present: IntArray
    empty: IntArray
    seen: IntArray
    uncertain: IntArray


def completeness(bodies: Bodies) -> Completeness:
    """Count in one piece of a store."""
    seen = bodies.per_body(np.add, bodies.seen.astype(np.int64))  # (B, V)
    uncertain = (bodies.seen & (bodies.score < UNCERTAIN)).sum(1)  # (R,)
    present = bodies.per_body(np.add, bodies.present.astype(np.int64))  # (B,)
    return Completeness(
        present=bodies.per_clip(np.add, present),
        empty=_empty(bodies),
        seen=bodies.per_clip(np.add, seen),
        uncertain=bodies.per_clip(np.add, bodies.per_body(np.add, uncertain)),
    )


def _empty(bodies: Bodies) -> IntArray:
    """(N,) frames without anybody; the persons of a clip lie one behind the other, each with all frames."""
    frames = bodies.body_frames[bodies.first_bodies]  # (N,)
    clip = np.repeat(np.arange(len(frames)), frames * bodies.clip_bodies)  # (R,)
    start = np.cumsum(frames) - frames  # (N,) the first frame of each clip among the frames of all
    frame = np.arange(len(clip)) - bodies.over_rows(bodies.starts)  # (R,) within the clip
    persons = np.bincount((start[clip] + frame)[bodies.present], minlength=int(frames.sum()))  # (frames,)
    return np.asarray(np.add.reduceat((persons == 0).astype(np.int64), start))
