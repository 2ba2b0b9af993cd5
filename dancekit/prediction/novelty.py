"""Whether what a model was asked about is like anything that it knows.

A softmax is sure of what it has never seen: it compares the classes with each other, and one is always the
likeliest. The logits themselves say more. Those of recordings that are recognised rightly lie close to each
other, class by class, and those of other movements lie elsewhere.

Sources: Lee et al., "A simple unified framework for detecting out-of-distribution samples and adversarial
attacks", 2018 (Mahalanobis distance to the nearest class, one covariance for all), here of logits, as in
Bendale and Boult, "Towards open set deep networks", 2016; Chen et al., "Shrinkage algorithms for MMSE
covariance estimation", 2010 (equation 23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RARE = 0.02
"""The share of what is recognised that counts as unlike it."""

_FEWEST = 50  # recognised recordings, of which one in fifty can be told
_FEWEST_OF_CLASS = 3
_FOLDS = 5
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """How far logits are from those of what a model recognises.

    Attributes:
        usual: the mean logits of each class; None of one that is not judged, having too few recordings.
        precision: the inverse of the covariance of logits about those means, (classes, classes).
        limit: of the squared distance: nearly all that was recognised rightly is nearer.
    """

    usual: tuple[tuple[float, ...] | None, ...]
    precision: tuple[tuple[float, ...], ...]
    limit: float

    @classmethod
    def learn(cls, logits: Floats, label: Integers, *, keep: float = 1 - RARE) -> Novelty | None:
        """From logits (N, classes) and the right classes (N,); None of too few or of such that are all alike.

        Only what was recognised rightly counts. The limit is the distance that the share `keep` does not
        exceed, each recording measured against the others in five folds.
        """
        right = logits.argmax(1) == label
        logits, label = logits[right], label[right]
        if len(label) < _FEWEST:
            return None
        rank = np.zeros(
            len(label), np.int64
        )  # of a recording within its class, so that folds have all classes
        for each in np.unique(label):
            rank[label == each] = np.arange((label == each).sum())
        distances = np.zeros(len(label))
        for fold in range(_FOLDS):
            out = rank % _FOLDS == fold
            learned = _learn(logits[~out], label[~out])
            if learned is None:
                return None
            distances[out] = _distance(logits[out], *learned)
        learned = _learn(logits, label)
        limit = float(np.quantile(distances, keep))
        if learned is None or limit <= 0:
            return None
        usual, precision = learned
        return cls(
            usual=tuple(None if np.isnan(row).any() else tuple(_rounded(row)) for row in usual),
            precision=tuple(tuple(_rounded(row)) for row in precision),
            limit=_rounded(np.array([limit]))[0],
        )

    def of(self, logits: Floats) -> Floats:
        """(N,) for logits (N, classes): above 1 is unlike everything that the model recognises."""
        distance: Floats = np.sqrt(_distance(np.asarray(logits, np.float64), *self._arrays) / self.limit)
        return distance

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        classes = len(self.usual)
        usual = [np.full(classes, np.nan) if row is None else np.array(row) for row in self.usual]
        return np.stack(usual), np.array(self.precision)

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Novelty:
        """What `to_mapping` wrote.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it is something else.
        """
        usual = tuple(None if row is None else tuple(map(float, row)) for row in content["usual"])
        precision = tuple(tuple(map(float, row)) for row in content["precision"])
        limit, classes = float(content["limit"]), len(usual)
        numbers = [value for row in (*usual, *precision, (limit,)) if row is not None for value in row]
        sizes = {len(row) for row in (*usual, *precision) if row is not None}
        if not (
            np.isfinite(numbers).all() and limit > 0 and sizes == {classes} and len(precision) == classes
        ):
            raise ValueError("novelty has other sizes.")
        return cls(usual=usual, precision=precision, limit=limit)


def _learn(logits: Floats, label: Integers) -> tuple[Floats, Floats] | None:
    """Means (classes, classes), NaN of classes with too few recordings, and precision (classes, classes)."""
    classes = logits.shape[1]
    usual = np.full((classes, classes), np.nan)
    for each in range(classes):
        inside = logits[label == each]
        if len(inside) >= _FEWEST_OF_CLASS:
            usual[each] = inside.mean(0)
    away = logits - usual[label]
    covariance = shrunk(away[np.isfinite(away).all(1)])
    if covariance is None:
        return None
    return usual, np.asarray(np.linalg.inv(covariance), np.float64)


def shrunk(away: Floats) -> Floats | None:
    """The covariance of (N, D) deviations, drawn towards a multiple of the identity; None if all are alike.

    Oracle approximating shrinkage: the fewer there are for so many dimensions, the more it is drawn.
    """
    count, dimensions = away.shape
    if count == 0:
        return None
    plain = away.T @ away / count
    trace, squares = float(np.trace(plain)), float((plain**2).sum())
    if trace < np.finfo(np.float64).tiny:
        return None
    over = (count + 1 - 2 / dimensions) * (squares - trace**2 / dimensions)
    share = 1.0 if over <= 0 else min(1.0, ((1 - 2 / dimensions) * squares + trace**2) / over)
    mixed: Floats = (1 - share) * plain + share * trace / dimensions * np.eye(dimensions)
    return mixed


def _distance(logits: Floats, usual: Floats, precision: Floats) -> Floats:
    """(N,) squared distances of logits (N, classes) to the mean of their likeliest class; 0 if not judged."""
    away = logits - usual[logits.argmax(1)]
    distance: Floats = np.nan_to_num(np.einsum("nc,cd,nd->n", away, precision, away)).clip(0)
    return distance


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]
