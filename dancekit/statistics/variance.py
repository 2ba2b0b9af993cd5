"""The variance of an accuracy over people and over trainings, and how many degrees of freedom it has.

The accuracy of one person's clips under one seed is taken as

    overall + person + seed + (person with seed, and the chance of single clips),

every part after the first random with mean 0 and a variance of its own. Clips of one person are alike,
whatever the reason. The variance of the mean is that over people, plus that over seeds, less what both hold:
Owen, "The pigeonhole bootstrap", 2007; Cameron, Gelbach and Miller, "Robust inference with multiway
clustering", 2011.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUNDING = 1e-9  # of two variances that are equal but for rounding, nothing is left


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a variance.

    Attributes:
        value: what it adds, at least 0.
        spread: the mean square it was found from; its own variance is 2 * spread^2 / freedom.
        freedom: degrees of freedom of that mean square.
    """

    value: float
    spread: float
    freedom: float


class Groups:
    """Clips by who dances in them.

    Attributes:
        index: (N,) the group of each clip.
        weight: (P,) the share of clips that each group has; sums to 1.
    """

    def __init__(self, index: npt.NDArray[np.intp]) -> None:
        self.index = index
        self._clips = np.bincount(index)
        self.weight: Floats = self._clips / len(index)

    @classmethod
    def of(cls, people: Sequence[object] | npt.NDArray[np.generic] | None, clips: int) -> Groups:
        """One group for each person; a clip of someone unknown (None or "") is a group of its own."""
        if people is None:
            return cls(np.arange(clips))
        known: dict[object, int] = {}
        names = people.tolist() if isinstance(people, np.ndarray) else people
        keys = [name if is_known(name) else object() for name in names]
        return cls(np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.intp))

    def __len__(self) -> int:
        return len(self.weight)

    def means(self, correct: Bools) -> Floats:
        """(S, N) to (S, P): the accuracy on each group."""
        sums = [np.bincount(self.index, weights=row, minlength=len(self)) for row in correct]
        return np.asarray(np.stack(sums) / self._clips, dtype=np.float64)

    @property
    def leverage(self) -> Floats:
        """(P,) of the variance of a group, what is left once the mean over all clips is taken away.

        Source: the correction CR2 of Bell and McCaffrey, "Bias reduction in standard errors for linear
        regression with multi-stage samples", 2002, for groups whose accuracies vary alike.
        """
        return np.asarray(1 - 2 * self.weight + np.square(self.weight).sum(), dtype=np.float64)

    def variance(self, deviations: Floats) -> Floats:
        """(..., P) deviations from the mean over all clips to (...): the variance of that mean."""
        return np.asarray((np.square(self.weight * deviations) / self.leverage).sum(-1), dtype=np.float64)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of `variance`: P - 1 where all groups have as many clips, else fewer.

        Source: Bell and McCaffrey, 2002; Imbens and Kolesár, "Robust standard errors in small samples", 2016:
        (tr K)^2 / tr(K^2) with K the matrix of the quadratic form, here without writing out K.
        """
        weight, leverage = self.weight, self.leverage
        share = np.square(weight).sum()
        scale = np.square(weight) / leverage
        moment = [float((scale * weight**power).sum()) for power in range(3)]
        every = share**2 * moment[0] ** 2 + 2 * moment[0] * moment[2] + 2 * moment[1] ** 2
        every -= 4 * share * moment[0] * moment[1]  # the sum over pairs of (share - w_p - w_r)^2
        alone = np.square(scale * (share - 2 * weight)).sum()
        itself = np.square(scale * leverage)
        return float((scale * leverage).sum() ** 2 / (itself.sum() + every - alone))


def is_known(name: object) -> bool:
    """Whether a name is of someone: None and "" are not."""
    return name is not None and name != ""


def over_people(groups: Groups, means: Floats) -> Part:
    """From (P,) accuracies, or differences of accuracies, averaged over seeds."""
    value = float(groups.variance(means - groups.weight @ means))
    return Part(value=value, spread=value, freedom=groups.freedom)


def over_seeds(groups: Groups, means: Floats) -> Part | None:
    """From (S, P) accuracies, what differs from training to training and is shared by all people.

    Trainings differ in their accuracy also by what is left to chance in single people. The variance over
    people holds that already, so it is taken away. None with one training, which says nothing of others.
    """
    seeds = len(means)
    if seeds < 2:
        return None
    accuracy = means @ groups.weight  # (S,)
    apart = means - means.mean(0) - (accuracy - accuracy.mean())[:, None]  # (S, P)
    chance = float(groups.variance(apart).sum()) / (seeds - 1)
    found = float(accuracy.var(ddof=1))
    left = found - chance if found - chance > _ROUNDING * found else 0.0
    return Part(value=left / seeds, spread=found / seeds, freedom=seeds - 1)


def total(parts: Iterable[Part]) -> tuple[float, float]:
    """The variance that all parts make together, and its degrees of freedom.

    These are at least those of the part that has fewest, as they must be in a sum. What is left of a
    subtraction is as uncertain as what it was taken from.

    Source: Welch, "The generalization of Student's problem when several different population variances are
    involved", 1947: with few degrees of freedom nearer the truth than Satterthwaite's formula of 1946, in
    which the + 2 and the - 2 are missing.
    """
    there = [part for part in parts if part.value > 0]
    if not there:
        return 0.0, 1.0
    value = sum(part.value for part in there)
    uncertain = sum(part.spread**2 / (part.freedom + 2) for part in there)
    return value, max(min(part.freedom for part in there), value**2 / uncertain - 2)
