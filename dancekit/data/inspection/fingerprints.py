"""Recordings that are there twice: exactly, or moved and rounded."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancekit.data.inspection.bodies import Array, Bodies

SUMS, SAMPLES = 12, 12
_ALIKE = 1e-3  # of the body: more than rounding to float16 does to a mean, less than two takes differ
_ALIKE_SAMPLES = 5e-3  # the same for single keypoints some metres from the origin
_NEIGHBOURS = 16  # that a recording is compared with, of those of its length in order of their prints


@dataclass(frozen=True, kw_only=True)
class Fingerprints:
    """For each of N clips.

    Attributes:
        digest: (N,) bytes, the same for the same keypoints, scores and frames; empty where nobody is seen.
        print: (N, SUMS + SAMPLES) numbers that hardly change when all keypoints are moved alike or
            rounded; NaN where nothing moves, as then nothing tells recordings apart.
    """

    digest: Array
    print: Array


def fingerprints(bodies: Bodies, sizes: Array, still: Array) -> Fingerprints:
    """Take those of one piece of a store.

    Args:
        sizes: (B,) of bodies.
        still: (N,) clips in which nothing moves.
    """
    return Fingerprints(digest=_digests(bodies), print=_prints(bodies, sizes, still))


def _digests(bodies: Bodies) -> Array:
    ends = np.append(bodies.starts, len(bodies.present))
    digests = np.empty(len(bodies.clip_bodies), object)
    for clip, (first, count) in enumerate(zip(bodies.first_bodies, bodies.clip_bodies, strict=True)):
        rows = slice(ends[first], ends[first + count])
        digests[clip] = b""
        if bodies.seen[rows].any():
            content = hashlib.blake2b(repr((int(count), bodies.keypoints.shape[1:])).encode(), digest_size=16)
            for values in (bodies.keypoints[rows], bodies.score[rows]):
                content.update(np.ascontiguousarray(values).data)
            digests[clip] = content.digest()
    return digests


def _prints(bodies: Bodies, sizes: Array, still: Array) -> Array:
    """Sums over a clip with fixed random weights of joints and waves over time, and keypoints here and there.

    All are ways from the middle of what is seen in the clip, in bodies.
    """
    random = np.random.default_rng(0)
    _, joints, coordinates = bodies.keypoints.shape
    weight = (random.normal(size=(joints * coordinates, SUMS)) / np.sqrt(joints)).astype(np.float32)
    waves, phases = random.uniform(1, 9, SUMS), random.uniform(0, 6, SUMS)
    moments, places = random.uniform(size=SAMPLES), random.integers(joints * coordinates, size=SAMPLES)

    seen = bodies.seen[..., None]  # (R, V, 1)
    count = bodies.per_clip(np.add, bodies.per_body(np.add, bodies.seen.sum(1)))  # (N,)
    total = bodies.per_body(np.add, np.where(seen, bodies.keypoints, 0).sum(1))  # (B, C)
    middle = bodies.per_clip(np.add, total) / np.maximum(count, 1)[:, None]  # (N, C)
    of_rows = bodies.over_rows(bodies.over_bodies(middle.astype(np.float32)))  # (R, C)
    ways = ((bodies.keypoints - of_rows[:, None]) * seen).reshape(len(of_rows), -1)  # (R, V * C)

    frame = np.arange(len(ways)) - bodies.over_rows(bodies.starts)
    moment = frame / bodies.over_rows(bodies.body_frames)  # (R,) from 0 to 1
    sums = (ways @ weight) * np.cos(moment[:, None] * waves + phases)  # (R, SUMS)
    person = np.arange(len(bodies.starts)) - bodies.over_bodies(bodies.first_bodies)
    of_bodies = bodies.per_body(np.add, sums) * (1 + person)[:, None]  # (B, SUMS)
    rows = bodies.per_clip(np.add, bodies.body_frames)  # (N,)
    sampled = bodies.starts[bodies.first_bodies][:, None] + (moments * rows[:, None]).astype(np.int64)
    prints = np.hstack([bodies.per_clip(np.add, of_bodies) / rows[:, None], ways[sampled, places]])
    prints /= bodies.per_clip(np.fmax, sizes)[:, None]  # (N, SUMS + SAMPLES)
    prints[still | ~np.isfinite(prints).all(1)] = np.nan
    return np.asarray(prints)


def same(digests: Sequence[bytes]) -> list[tuple[int, ...]]:
    """Groups of two or more places with the same digest."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for place, digest in enumerate(digests):
        if digest:
            groups[digest].append(place)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def nearly_same(prints: Array, frames: Array, persons: Array, digests: Array) -> list[tuple[int, int]]:
    """Pairs of recordings whose prints agree and whose digests don't.

    Args:
        prints: (N, SUMS + SAMPLES).
        frames, persons: (N,); only recordings that agree in both are compared.
        digests: (N,).
    """
    known = np.flatnonzero(~np.isnan(prints).any(1))
    order = known[np.lexsort((prints[known, 0], persons[known], frames[known]))]
    limit = np.repeat([_ALIKE, _ALIKE_SAMPLES], [SUMS, SAMPLES])
    found: set[tuple[int, int]] = set()
    for apart in range(1, min(_NEIGHBOURS, len(order) - 1) + 1):
        one, other = order[:-apart], order[apart:]
        alike = (
            (frames[one] == frames[other])
            & (persons[one] == persons[other])
            & (np.abs(prints[one] - prints[other]) < limit).all(1)
            & (digests[one] != digests[other])
        )
        found |= {
            (min(a, b), max(a, b)) for a, b in zip(one[alike].tolist(), other[alike].tolist(), strict=True)
        }
    return sorted(found)
