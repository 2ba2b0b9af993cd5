"""When a movement may begin and end: where activity crosses a threshold, and at its lulls.

A person is active from when the log odds of activity cross a low threshold until they fall below it again, if
they reach a higher one in between. A movement may begin and end there; and, as people go from one movement to
the next without a rest, at lulls within. All of it follows from what went before and from less than a second
of what comes after, so that moments can be told while a recording still comes in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit.prediction.decoding import BIAS, Lengths

Floats = npt.NDArray[np.float64]

LOW, _HIGH = -BIAS, 0.0  # log odds: an active stretch is above the first, and reaches the second
_APART = 0.4  # seconds on both sides of a lull in which nothing is lower
_BLUR = 0.1  # seconds: standard deviation of the smoothing before lulls are looked for


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A frame in which a movement may begin, or before which one may end.

    Attributes:
        group: no movement reaches from one group to the next, as there is a long rest between.
    """

    frame: int
    group: int
    begins: bool
    ends: bool


@dataclass
class _Stretch:
    start: int
    at: int  # the next frame that may be a lull
    stop: int | None = None  # None: it goes on
    high: bool = False
    begun: bool = False  # its start is told
    cut: int | None = None  # the last that is told


class Moments:
    """The moments of one person, as the log odds of their activity come in.

    A lull is the lowest place of 0.8 seconds, away from the ends of the active stretch by the shortest
    movement. Where activity stays the same, as it does where it is beyond all doubt, every 0.4 seconds count
    as one, and so does a moment up to which there was none for as long as the longest movement. A stretch
    begins no earlier than the longest movement before it reaches the higher threshold.

    Args:
        rate: frames per second.
    """

    def __init__(self, *, lengths: Lengths, rate: float) -> None:
        self._shortest = max(1, round(lengths.shortest * rate))
        self._longest = max(self._shortest, int(lengths.longest * rate))
        self._pause = lengths.pause * rate
        self._apart = round(_APART * rate)
        self._radius = max(1, round(3 * _BLUR * rate))
        weight = np.exp(-0.5 * (np.arange(-self._radius, self._radius + 1) / max(_BLUR * rate, 1e-6)) ** 2)
        self._kernel: Floats = weight / weight.sum()
        self._frames = 0
        self._raw = np.zeros(0)  # log odds that smooth ones still ask for
        self._smooth = np.zeros(0)
        self._first = 0  # the frame of the first of them
        self._stretches: deque[_Stretch] = deque()  # those of which not all is told
        self._group = -1
        self._last_stop: int | None = None

    @property
    def settled(self) -> int:
        """Every moment before this frame is told."""
        if not self._stretches:
            return self._frames
        stretch = self._stretches[0]
        if not stretch.high:
            return stretch.start
        return min(stretch.at, self._frames if stretch.stop is None else stretch.stop)

    @property
    def alone(self) -> bool:
        """Whether no moment to come can be in the group of the last one."""
        going_on = bool(self._stretches) and self._stretches[0].begun
        return not going_on and (self._last_stop is None or self.settled - self._last_stop > self._pause)

    def follow(self, odds: Floats, *, ended: bool = False) -> list[Moment]:
        """The moments that are sure with the next log odds, (F,), in order of time.

        Args:
            ended: no more is to come.
        """
        self._blur(odds, ended=ended)
        found: list[Moment] = []
        for value in odds:
            self._step(float(value))
            self._frames += 1
        if ended and self._stretches and self._stretches[-1].stop is None:
            self._stretches[-1].stop = self._frames
        while self._stretches and self._tell(self._stretches[0], found):
            self._stretches.popleft()
        self._forget()
        return found

    def _blur(self, odds: Floats, *, ended: bool) -> None:
        before = odds[:1] if self._frames == 0 else odds[:0]
        after = (odds if len(odds) else self._raw)[-1:] if ended else odds[:0]
        self._raw = np.concatenate([self._raw, before.repeat(self._radius), odds, after.repeat(self._radius)])
        new = len(self._raw) - 2 * self._radius
        if new > 0:
            smooth = np.convolve(self._raw, self._kernel, mode="valid")
            self._smooth = np.concatenate([self._smooth, smooth])
            self._raw = self._raw[new:]

    def _step(self, value: float) -> None:
        """Take one more frame, number `_frames`."""
        going_on = bool(self._stretches) and self._stretches[-1].stop is None
        if value > LOW:
            if not going_on:
                self._stretches.append(_Stretch(start=self._frames, at=self._frames + self._shortest))
            stretch = self._stretches[-1]
            if not stretch.high:
                stretch.start = max(stretch.start, self._frames - self._longest)
                stretch.at = stretch.start + self._shortest
                stretch.high = value >= _HIGH
        elif going_on and self._stretches[-1].high:
            self._stretches[-1].stop = self._frames
        elif going_on:
            self._stretches.pop()

    def _tell(self, stretch: _Stretch, found: list[Moment]) -> bool:
        """Add what is sure of a stretch; whether that is all of it."""
        if not stretch.high:
            return stretch.stop is not None
        if not stretch.begun:
            stretch.begun = True
            if self._last_stop is None or stretch.start - self._last_stop > self._pause:
                self._group += 1
            found.append(Moment(frame=stretch.start, group=self._group, begins=True, ends=False))
        stop = self._frames if stretch.stop is None else stretch.stop
        while stretch.at + self._shortest <= stop:
            until = stretch.at + self._apart + 1
            if stretch.stop is not None:
                until = min(until, stretch.stop)
            if until > self._first + len(self._smooth):
                return False
            if self._may_cut(stretch, until):
                stretch.cut = stretch.at
                found.append(Moment(frame=stretch.at, group=self._group, begins=True, ends=True))
            stretch.at += 1
        if stretch.stop is None:
            return False
        found.append(Moment(frame=stretch.stop, group=self._group, begins=False, ends=True))
        self._last_stop = stretch.stop
        return True

    def _may_cut(self, stretch: _Stretch, until: int) -> bool:
        at, last = stretch.at, stretch.start if stretch.cut is None else stretch.cut
        if at - last >= self._longest:
            return True
        around = self._smooth[max(stretch.start, at - self._apart) - self._first : until - self._first]
        lowest = bool(self._smooth[at - self._first] <= around.min())
        return lowest and (stretch.cut is None or at - last > self._apart)

    def _forget(self) -> None:
        first = self._first + len(self._smooth)
        if self._stretches:
            stretch = self._stretches[0]
            first = min(
                first, max(stretch.start, stretch.at - self._apart) if stretch.high else stretch.start
            )
        self._smooth = self._smooth[max(first - self._first, 0) :]
        self._first = max(first, self._first)
