"""Random draws that belong to a batch, new every epoch, or to its recordings, always the same."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor


@dataclass
class ClipRandom:
    """Draws for the clips of one batch, from a generator of its own.

    Every draw is made for the whole batch and cut to the clips of this process, so a run with two
    processes sees the numbers that a run with one sees. It is seeded by (seed, epoch, step): nothing
    has to be remembered to resume a run, and no global generator is touched.

    Attributes:
        seed: of this batch.
        total: clips in the whole batch.
        start: first clip of this process.
        stop: one past its last clip.
        device: where the numbers are wanted; they are made where the object was.
    """

    seed: int
    total: int
    start: int
    stop: int
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __post_init__(self) -> None:
        self._generator = torch.Generator(self.device).manual_seed(self.seed)

    @classmethod
    def for_batch(
        cls, *, seed: int, epoch: int, step: int, total: int, start: int, stop: int, device: torch.device
    ) -> ClipRandom:
        return cls(seed=cls.mix(seed, epoch, step), total=total, start=start, stop=stop, device=device)

    @staticmethod
    def mix(*numbers: int) -> int:
        """One seed from several numbers; other numbers, another seed."""
        mixed = 0
        for number in numbers:
            mixed = mixed * 1_000_003 + number
        return mixed % (2**63 - 1)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(n, *shape) between `low` and `high`, n the clips of this process."""
        draws = torch.rand(self.total, *shape, generator=self._generator, device=self._generator.device)
        mine = draws[self.start : self.stop].to(self.device)
        return mine if (low, high) == (0, 1) else mine * (high - low) + low

    def normal(self, *shape: int) -> Tensor:
        """(n, *shape) from the standard normal distribution."""
        draws = torch.randn(self.total, *shape, generator=self._generator, device=self._generator.device)
        return draws[self.start : self.stop].to(self.device)

    def chance(self, probability: float, *shape: int) -> Tensor:
        """(n, *shape) of bool, each true with this probability."""
        return self.uniform(*shape) < probability

    def to(self, device: torch.device | str) -> ClipRandom:
        """The same draws, handed out on another device."""
        moved = copy(self)  # with the same generator
        moved.device = torch.device(device)
        return moved


@dataclass
class RecordingRandom:
    """Draws that belong to recordings: the same for each of them in whatever batch, order or process.

    For what is random in validation and test too, and must not differ between two evaluations: the camera
    that sees a recording, or the errors of the detector. It has the draws of `ClipRandom`. What varies along
    the first axis, time, begins alike however long it is, so a recording padded to a longer one of its
    batch sees the numbers that it sees alone.

    Attributes:
        index: (N,) the place of each clip in its split, as `ClipBatch.index`.
        seed: at 0 or above.
        purpose: what the draws are for; draws for something else are others.
    """

    index: Tensor
    seed: int
    purpose: str

    def __post_init__(self) -> None:
        self._places = [place + 1 for place in self.index.tolist()]  # filling has -1
        self._purpose = zlib.crc32(self.purpose.encode())
        self._draws = 0

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(N, *shape) between `low` and `high`."""
        draws = self._each(lambda generator: generator.random(shape, dtype=np.float32), shape)
        return draws if (low, high) == (0, 1) else draws * (high - low) + low

    def normal(self, *shape: int) -> Tensor:
        """(N, *shape) from the standard normal distribution."""
        return self._each(lambda generator: generator.standard_normal(shape, dtype=np.float32), shape)

    def chance(self, probability: float, *shape: int) -> Tensor:
        """(N, *shape) of bool, each true with this probability."""
        return self.uniform(*shape) < probability

    def _each(self, draw: Callable[[np.random.Generator], np.ndarray], shape: tuple[int, ...]) -> Tensor:
        """One generator for each clip and draw, which the length of an earlier draw cannot shift."""
        # NumPy fills arrays number by number; torch's normal numbers depend on how many there are.
        self._draws += 1
        drawn = np.empty((len(self._places), *shape), dtype=np.float32)
        for row, place in enumerate(self._places):
            drawn[row] = draw(np.random.default_rng((self.seed, self._purpose, self._draws, place)))
        return torch.from_numpy(drawn).to(self.index.device)
