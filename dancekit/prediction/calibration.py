"""How far a model's probabilities can be trusted, learned from what it said of its validation recordings.

Source: Guo et al., "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import RunError
from dancekit.prediction.novelty import RARE, Novelty

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_COLDEST, _HOTTEST = 0.05, 20.0
_GOLDEN = (5**0.5 - 1) / 2
_BINS = 15
_FEWEST = 10  # validation recordings, below which nothing is learned from them
_UNLEARNED = 0.5


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How logits become probabilities, and which of them are too low to name a movement.

    Attributes:
        temperature: logits are divided by it.
        threshold: a likeliest class with a lower probability is unknown.
        clips: validation recordings that it was learned from; 0 where there was none to learn from.
        error_before: expected calibration error of the plain softmax on them; None without.
        error: the same with the temperature.
        kept: share of the correctly recognised recordings that reach the threshold.
        novelty: what the model knows, so that what it does not know is unknown; None: nobody can tell.
    """

    temperature: float = 1.0
    threshold: float = _UNLEARNED
    clips: int = 0
    error_before: float | None = None
    error: float | None = None
    kept: float | None = None
    novelty: Novelty | None = None

    @classmethod
    def learn(cls, logits: Floats, label: Integers, *, keep: float = 1 - RARE) -> Calibration:
        """From logits (N, classes) and the right classes (N,).

        The temperature has the least cross-entropy. The threshold is the probability that the share `keep`
        of the right answers reaches, and never above one half: what a model is less sure of than it is of
        nearly everything it recognises is unknown. Fewer than 10 recordings teach nothing.
        """
        if len(label) < _FEWEST:
            return cls()
        temperature = fit_temperature(logits, label)
        probability = softmax(logits, temperature)
        right = probability.argmax(1) == label
        threshold, kept = _UNLEARNED, None
        if right.any():
            sure = probability.max(1)[right]
            threshold = min(_UNLEARNED, float(np.quantile(sure, 1 - keep, method="lower")))
            kept = float((sure >= threshold).mean())
        return cls(
            temperature=temperature,
            threshold=threshold,
            clips=len(label),
            error_before=calibration_error(softmax(logits), label),
            error=calibration_error(probability, label),
            kept=kept,
            novelty=Novelty.learn(logits, label, keep=keep),
        )

    @classmethod
    def read(cls, file: Path, *, classes: int) -> Calibration:
        """From the predictions that a run keeps of its validation recordings; unlearned where it has none.

        Raises:
            RunError: the file is damaged, or is of other classes.
        """
        if not file.is_file():
            return cls()
        try:
            with np.load(file, allow_pickle=False) as kept:
                logits, label = np.asarray(kept["logits"], np.float64), np.asarray(kept["label"], np.int64)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(
                f"{file} cannot be read: {' '.join(str(error).split())[:160]}.",
                hint="Write it again with `dancekit validate`.",
            ) from error
        fits = logits.ndim == 2 and logits.shape[1] == classes and label.shape == logits.shape[:1]
        if not fits or (len(label) and not 0 <= label.min() <= label.max() < classes):
            raise RunError(
                f"{file} has logits of shape {logits.shape} for {classes} classes.",
                hint="Write it again with `dancekit validate`.",
            )
        finite = np.isfinite(logits).all(1)
        return cls.learn(logits[finite], label[finite])

    def probabilities(self, logits: npt.ArrayLike) -> Floats:
        """(..., classes), adding up to 1."""
        return softmax(np.asarray(logits, np.float64), self.temperature)

    def novelties(self, logits: npt.ArrayLike) -> Floats:
        """(N,) for logits (N, classes): above 1 is unlike everything that the model recognises."""
        given = np.asarray(logits, np.float64)
        return np.zeros(len(given)) if self.novelty is None else self.novelty.of(given)

    @property
    def sentence(self) -> str:
        """What it was learned from and how good it is, for people to read."""
        if not self.clips or self.error is None or self.error_before is None:
            return (
                "Confidence is not calibrated: the run has too few validation predictions. "
                f"Unknown is what has less than {100 * self.threshold:.0f}%."
            )
        return (
            f"Confidence is calibrated on {self.clips:,} validation recordings: temperature "
            f"{self.temperature:.2f}, expected calibration error {100 * self.error:.1f}% (before "
            f"{100 * self.error_before:.1f}%). Unknown is what has less than {100 * self.threshold:.0f}%"
            + ("." if self.novelty is None else ", or is unlike all movements of the training.")
        )

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def figures(self) -> dict[str, Any]:
        """What people want to know of it."""
        return {name: value for name, value in self.to_mapping().items() if name != "novelty"}

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], *, where: str) -> Calibration:
        """What `to_mapping` wrote.

        Raises:
            RunError: it is something else.
        """
        try:
            numbers = {
                name: None if content.get(name) is None else float(content[name])
                for name in ("temperature", "threshold", "error_before", "error", "kept")
            }
            known = content.get("novelty")
            found = cls(
                **numbers,  # type: ignore[arg-type]
                clips=int(content.get("clips") or 0),
                novelty=None if known is None else Novelty.from_mapping(known),
            )
            if found.temperature > 0 and 0 <= found.threshold <= 1:
                return found
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            pass
        raise RunError(f"{where} has no calibration that can be read.")


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """(..., classes) probabilities of logits that are divided by the temperature."""
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    probability: Floats = powers / powers.sum(-1, keepdims=True)
    return probability


def fit_temperature(logits: Floats, label: Integers) -> float:
    """The temperature with the least mean cross-entropy, between 0.05 and 20.

    Cross-entropy is convex in 1 / temperature, so it has one valley, which golden sections close in on.
    """

    def loss(warmth: float) -> float:
        scaled = logits / np.exp(warmth)
        top = scaled.max(1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(1))  # (N,)
        return float((total - scaled[np.arange(len(label)), label]).mean())

    low, high = float(np.log(_COLDEST)), float(np.log(_HOTTEST))
    while high - low > 1e-5:
        inner_low, inner_high = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(inner_low) <= loss(inner_high):
            high = inner_high
        else:
            low = inner_low
    return float(np.exp((low + high) / 2))


def calibration_error(probability: Floats, label: Integers, *, bins: int = _BINS) -> float:
    """Expected calibration error: the mean distance of confidence from accuracy over bins of equal width.

    Source: equation 3 of Guo et al.

    Args:
        probability: (N, classes).
        label: (N,).
    """
    sure = probability.max(1)
    right = probability.argmax(1) == label
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    error = 0.0
    for each in np.unique(bin_of):
        inside = bin_of == each
        error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return float(error)
