"""Everything about a data set together: what is in each split, in all of them, and what to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dancekit.data.inspection.findings import Finding
from dancekit.data.inspection.geometry_findings import geometry_findings
from dancekit.data.inspection.measurements import Measurements, joined
from dancekit.data.inspection.recording_findings import recording_findings
from dancekit.data.inspection.split_findings import split_findings
from dancekit.data.inspection.summary import Summary, summarise
from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is known of recordings.

    Attributes:
        coordinates: 2 or 3.
        total: of all splits together, a recording that is in several of them counted once.
        findings: problems first.
    """

    layout: Layout
    coordinates: int
    splits: Mapping[str, Summary]
    total: Summary
    findings: tuple[Finding, ...]


def conclude(
    parts: Mapping[str, Measurements], *, layout: Layout, coordinates: int, classes: Sequence[str]
) -> Inspection:
    """Sum up and judge what was measured of at least one split."""
    every = _each_once(parts)
    findings = [
        *split_findings(parts, every, classes),
        *recording_findings(every, layout),
        *geometry_findings(every, layout, coordinates),
    ]
    return Inspection(
        layout=layout,
        coordinates=coordinates,
        splits={split: summarise(found, layout=layout, classes=classes) for split, found in parts.items()},
        total=summarise(every, layout=layout, classes=classes),
        findings=tuple(sorted(findings, key=lambda finding: finding.severity != "problem")),
    )


def _each_once(parts: Mapping[str, Measurements]) -> Measurements:
    """All clips, those of one name and content once."""
    every = joined(list(parts.values()))
    first: dict[tuple[str, bytes], int] = {}
    for place, key in enumerate(zip(every.name, every.fingerprints.digest, strict=True)):
        first.setdefault(key, place)
    return every.select(np.array(list(first.values())))
