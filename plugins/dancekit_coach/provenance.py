"""What a result was made from: hashes of the inputs, versions of the libraries, the seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dancekit.data.clips import Clip

_LIBRARIES = ("numpy", "scipy")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from.

    Attributes:
        clip: SHA-256 of the clip's keypoints, scores and time.
        reference: the same of the reference.
        takes: the same of its other takes.
        versions: library -> version.
    """

    clip: str
    reference: str
    takes: tuple[str, ...]
    versions: dict[str, str]
    seed: int

    @classmethod
    def of(cls, clip: Clip, reference: Clip, takes: Sequence[Clip], *, seed: int) -> Provenance:
        versions = {name: version(name) for name in ("dancekit", *_LIBRARIES)}
        return cls(
            clip=fingerprint(clip),
            reference=fingerprint(reference),
            takes=tuple(fingerprint(take) for take in takes),
            versions=versions,
            seed=seed,
        )

    def to_mapping(self) -> dict[str, Any]:
        return {
            "clip": self.clip,
            "reference": self.reference,
            "takes": list(self.takes),
            "versions": dict(self.versions),
            "seed": self.seed,
        }


def fingerprint(clip: Clip) -> str:
    """SHA-256 of what a clip shows, whatever it is called."""
    digest = hashlib.sha256(repr((clip.keypoints.shape, clip.frame_rate)).encode())
    for array in (clip.keypoints, clip.score):
        digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
    return digest.hexdigest()
