"""What is wrong or odd with the division of recordings into classes and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dancekit.data.inspection.bodies import Array
from dancekit.data.inspection.findings import Finding, clips_finding, counted, listed, of_clips
from dancekit.data.inspection.measurements import UNKNOWN, Measurements
from dancekit.data.inspection.splits import apart, is_train
from dancekit.data.inspection.twins import twin_findings

_IMBALANCE = 10


def split_findings(
    parts: Mapping[str, Measurements], every: Measurements, classes: Sequence[str]
) -> list[Finding]:
    """Everything that the splits give reason to say.

    Args:
        parts: split -> what was measured.
        every: all clips, each once.
    """
    return [
        *_labels(every),
        *_classes(parts, every, classes),
        *_people(parts, every),
        *twin_findings(parts, _pairs(parts)),
    ]


def _labels(every: Measurements) -> list[Finding]:
    return clips_finding(
        every,
        np.asarray((every.label == UNKNOWN).any(1)),
        code="unlabelled",
        severity="notice",
        says="A label is unknown in {clips}",
        advice="They can be predicted, but neither learned from nor tested on.",
    )


def _classes(parts: Mapping[str, Measurements], every: Measurements, classes: Sequence[str]) -> list[Finding]:
    findings = []
    training = [split for split in parts if is_train(split)]
    absent = {split: _absent(found, classes) for split, found in parts.items()}
    learned = [split for split in absent if absent[split] and (split in training or len(parts) == 1)]
    for split in learned:
        findings.append(
            Finding(
                code="class-absent",
                severity="problem",
                sentence=f"{_lacks(split, absent[split])}: {listed(absent[split])}.",
                advice="What isn't there can't be learned.",
                clips=0,
                names=tuple(absent[split][:5]),
            )
        )
    others = [split for split in absent if absent[split] and split not in learned]
    if others:
        says = f"{_lacks(others[0], absent[others[0]])}: {listed(absent[others[0]])}."
        if len(others) > 1:
            lacking = [f"{split} {len(absent[split])}" for split in others]
            says = f"{len(others)} splits lack classes: {listed(lacking)}."
        findings.append(
            Finding(
                code="class-absent",
                severity="notice",
                sentence=says,
                advice="Such a split tells nothing about them.",
                clips=0,
                names=tuple(absent[others[0]][:5] if len(others) == 1 else others[:5]),
            )
        )
    for split in training:
        findings += _imbalance(split, parts[split], classes)
    return findings if training else [*findings, *_imbalance("The data set", every, classes)]


def _lacks(split: str, absent: Sequence[str]) -> str:
    return f"{split} has no clip of {counted(len(absent), 'class', 'classes')}"


def _counts(found: Measurements, classes: Sequence[str]) -> Array:
    return np.bincount(found.label[found.label >= 0], minlength=len(classes))


def _absent(found: Measurements, classes: Sequence[str]) -> list[str]:
    """The classes that a split lacks; none where no label is known at all."""
    count = _counts(found, classes)
    return [classes[place] for place in np.flatnonzero(count == 0).tolist()] if count.any() else []


def _imbalance(where: str, found: Measurements, classes: Sequence[str]) -> list[Finding]:
    count = _counts(found, classes)
    most, least = int(count.argmax()), _least(count)
    if count[most] <= _IMBALANCE * count[least]:
        return []
    says = f"{where} has {count[most]:,} of {classes[most]}, but {count[least]:,} of {classes[least]}."
    return [
        Finding(
            code="imbalance",
            severity="notice",
            sentence=says,
            advice="Judge by the mean over classes, and record more of the rare ones.",
            clips=int(count[least]),
            names=(classes[most], classes[least]),
        )
    ]


def _least(count: Array) -> int:
    return int(np.where(count > 0, count, count.max() + 1).argmin())


def _people(parts: Mapping[str, Measurements], every: Measurements) -> list[Finding]:
    findings = clips_finding(
        every,
        every.person == "",
        code="person-unknown",
        severity="notice",
        says="Nobody knows who dances in {clips}",
        advice="So someone may be on both sides of a split. Name people where the data set can"
        " (`person_pattern`).",
    )
    for train, other in _pairs(parts):
        if not is_train(train):
            continue
        shared = sorted(set(parts[train].person) & set(parts[other].person) - {""})
        if shared:
            which = np.isin(parts[other].person, np.array(shared, object))
            findings.append(
                Finding(
                    code="people-in-two-splits",
                    severity="problem",
                    sentence=f"{counted(len(shared), 'person is', 'people are')} in {train} and in {other}"
                    f", there in {of_clips(int(which.sum()), len(which))}: {listed(shared)}.",
                    advice="Divide by whole persons, or results say nothing about new ones.",
                    clips=int(which.sum()),
                    names=tuple(shared[:5]),
                )
            )
    return findings


def _pairs(parts: Mapping[str, Measurements]) -> list[tuple[str, str]]:
    return list(apart({split: found.name.tolist() for split, found in parts.items()}))
