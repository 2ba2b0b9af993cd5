"""Timing calls: warmed up, repeated, to their end on the device, and against each other in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

Call = Callable[[], object]
"""What is timed; its result is thrown away."""

_MOST = 1000  # repeats: more tell nothing new
_LEAST = 3
_WARM_UP = 2  # calls that meet caches, kernels to choose and memory to reserve
_SLOW = 0.1  # of the budget: a call that takes longer warms up once


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What each repeat took.

    Attributes:
        seconds: of every repeat, in the order they were made; at least one.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """The time that 95 of 100 repeats keep within, interpolated between repeats."""
        if len(self.seconds) == 1:
            return self.seconds[0]
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]


class Clock:
    """Times calls to their end on a device, as whoever waits for the result sees it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def seconds(self, call: Call) -> float:
        """What one call takes."""
        started = self.now()
        call()
        return self.now() - started

    def now(self) -> float:
        """Seconds since some moment, once the device has done what it was asked to."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()

    def measure(self, call: Call, *, budget: float, least: int = _LEAST) -> Timing:
        """Repeat a call after warming up.

        Args:
            budget: seconds after which no further repeat starts.
            least: repeats that are made whatever they take.
        """
        return self.in_turn([call], budget=budget, least=least)[0]

    def in_turn(self, calls: Sequence[Call], *, budget: float, least: int = _LEAST) -> tuple[Timing, ...]:
        """Time several calls round by round, so that whatever else the machine does meets all alike.

        Every second round goes backwards: what follows what is balanced. Repeat i of one call and repeat i of
        another are of the same round, a matched pair.

        Args:
            budget: seconds after which no further round starts.
            least: rounds that are made whatever they take.
        """
        for call in calls:
            for _ in range(_WARM_UP):
                if self.seconds(call) > _SLOW * budget:
                    break
        taken: list[list[float]] = [[] for _ in calls]
        deadline = time.perf_counter() + budget
        for made in range(_MOST):
            if made >= least and time.perf_counter() >= deadline:
                break
            order = range(len(calls)) if made % 2 == 0 else reversed(range(len(calls)))
            for place in order:
                taken[place].append(self.seconds(calls[place]))
        return tuple(Timing(seconds=tuple(each)) for each in taken)


def times_as_fast(slow: Timing, fast: Timing) -> float:
    """How many times as fast the second is: the median of the ratios of matched pairs.

    Raises:
        ValueError: they were not timed in turn.
    """
    return statistics.median(one / other for one, other in zip(slow.seconds, fast.seconds, strict=True))
