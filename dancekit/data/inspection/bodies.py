"""A store in pieces of whole clips: each person of a clip is one run of rows, reduced without a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dancekit.data.clips import BoolArray, FloatArray
from dancekit.data.store import RecordingStore

IntArray = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

ROWS = 40_000
"""Rows of a piece: enough to be quick, little beside the recordings. One longer clip is a piece alone."""


@dataclass(frozen=True, kw_only=True)
class Bodies:
    """Some clips of a store. R rows, B bodies (a person in a clip), N clips; rows lie body by body.

    Attributes:
        keypoints: (R, V, C).
        score: (R, V), 0 where a joint is not seen.
        present: (R,).
        body_frames: (B,) rows of each body.
        clip_bodies: (N,) bodies of each clip.
        frame_rate: (N,) NaN = unknown.
        image_size: (N, 2) NaN = not in pixels.
    """

    keypoints: FloatArray
    score: FloatArray
    present: BoolArray
    body_frames: IntArray
    clip_bodies: IntArray
    frame_rate: FloatArray
    image_size: FloatArray

    @cached_property
    def seen(self) -> BoolArray:
        """(R, V)"""
        return np.asarray(self.score > 0)

    @cached_property
    def starts(self) -> IntArray:
        """(B,) the first row of each body."""
        return np.cumsum(self.body_frames) - self.body_frames

    @cached_property
    def first_bodies(self) -> IntArray:
        """(N,) the first body of each clip."""
        return np.cumsum(self.clip_bodies) - self.clip_bodies

    @cached_property
    def same_body(self) -> BoolArray:
        """(R - 1,) row r + 1 is the next frame of the body of row r."""
        same = np.ones(len(self.present), bool)
        same[self.starts] = False
        return same[1:]

    def over_rows(self, of_bodies: Array) -> Array:
        """(B, ...) to (R, ...)."""
        return np.repeat(of_bodies, self.body_frames, axis=0)

    def over_bodies(self, of_clips: Array) -> Array:
        """(N, ...) to (B, ...)."""
        return np.repeat(of_clips, self.clip_bodies, axis=0)

    def per_body(self, reduce: np.ufunc, of_rows: Array) -> Array:
        """(R, ...) to (B, ...); sums of numbers in double precision."""
        exact = np.float64 if reduce is np.add and of_rows.dtype.kind == "f" else None
        return np.asarray(reduce.reduceat(of_rows, self.starts, axis=0, dtype=exact))

    def per_clip(self, reduce: np.ufunc, of_bodies: Array) -> Array:
        """(B, ...) to (N, ...)."""
        return np.asarray(reduce.reduceat(of_bodies, self.first_bodies, axis=0))

    def mean_per_clip(self, of_bodies: Array) -> Array:
        """(B, ...) to (N, ...), bodies that are NaN left out; NaN where all are."""
        known = np.isfinite(of_bodies)
        total = self.per_clip(np.add, np.where(known, of_bodies, 0))
        count = self.per_clip(np.add, known.astype(np.int64))
        return np.asarray(total / np.where(count, count, np.nan))

    def quantile_per_body(self, of_rows: Array, share: float) -> Array:
        """(R,) numbers, none below 0, to (B,): the one that `share` of a body's lie below; NaN is none.

        It is one of them, the lower one where two are as good. NaN where a body has none.
        """
        known = np.isfinite(of_rows)
        count = self.per_body(np.add, known.astype(np.int64))  # (B,)
        place = self.starts + np.floor(share * np.maximum(count - 1, 0)).astype(np.int64)
        # Bits of positive floats are in their order, so body and number sort as one whole number.
        bits = np.where(known, of_rows, np.inf).astype(np.float32).view(np.uint32)
        body = self.over_rows(np.arange(len(self.starts), dtype=np.uint64))  # (R,)
        ordered = np.sort((body << np.uint64(32)) | bits)
        chosen = (ordered[place] & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.float32)
        return np.where(count > 0, chosen, np.nan)


def pieces(store: RecordingStore, *, rows: int = ROWS) -> Iterator[Bodies]:
    """The clips of a store in their order, a piece of about so many rows at a time."""
    frames, persons = store.frames.numpy(force=True), store.persons.numpy(force=True)
    ends = np.cumsum(frames * persons)  # (N,) rows up to the end of each clip
    first = store.first.numpy(force=True)
    begin, done = 0, 0
    while begin < len(frames):
        end = max(begin + 1, int(np.searchsorted(ends, done + rows, side="right")))
        clips = slice(begin, end)
        place = _rows(first[clips], (frames * persons)[clips])
        present = store.present[place].numpy(force=True)
        score = store.score[place].numpy(force=True)
        yield Bodies(
            keypoints=store.keypoints[place].numpy(force=True),
            score=np.where(present[:, None], score, 0),
            present=present,
            body_frames=np.repeat(frames[clips], persons[clips]),
            clip_bodies=persons[clips],
            frame_rate=store.frame_rate[clips].numpy(force=True),
            image_size=store.image_size[clips].numpy(force=True),
        )
        begin, done = end, int(ends[end - 1])


def _rows(first: IntArray, count: IntArray) -> slice | torch.Tensor:
    """Where the rows of clips lie: one run where they lie one behind the other, as in a whole store."""
    if np.array_equal(first[1:], (first + count)[:-1]):
        return slice(int(first[0]), int(first[-1] + count[-1]))
    before = np.cumsum(count) - count
    return torch.from_numpy(np.arange(int(count.sum())) + np.repeat(first - before, count))
