"""The contract of a data set: recordings that fit their layout, in the same order each time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancekit.data.clips import Clip
from dancekit.errors import DataError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit.testing.subject import Subject, find_subject

_OF = "Make recordings with Clip.of, which puts any array into the contract."
_NO_SPLIT = "no such split"


def check_dataset(dataset: str | type[Dataset], /, **arguments: object) -> None:
    """Check a data set against `dancekit.interfaces.Dataset`; all of its recordings are read twice.

    Args:
        dataset: its name in a recipe, or its class.
        arguments: of the recipe's node: the path of a small sample, as a rule.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("dataset", dataset, arguments)
    source: Dataset = subject.build()
    _check_attributes(subject, source)
    coordinates: set[int] = set()
    for split in source.splits:
        recordings = _read(subject, source, split)
        subject.require(
            recordings, f"has nothing in its split {split!r}", "List only splits that have recordings."
        )
        names = [clip.name for clip in recordings]
        subject.require(
            len(set(names)) == len(names),
            f"has recordings of one name in {split!r}",
            "Give each its own name.",
        )
        for clip in recordings:
            _check_clip(subject, source, clip)
        coordinates |= {clip.keypoints.shape[-1] for clip in recordings}
        again = _read(subject, subject.build(), split)
        subject.require(
            len(again) == len(recordings) and all(map(_equal, recordings, again)),
            f"gives other recordings of {split!r} the second time",
            "Sort what a folder lists, and seed what is random.",
        )
    subject.require(
        len(coordinates) == 1, "mixes 2D and 3D recordings", "Give all of them as many coordinates."
    )
    _check_unknown_split(subject, source)


def _read(subject: Subject, source: Dataset, split: str) -> Sequence[Clip]:
    with subject.attempt(
        f"cannot read its split {split!r}", "recordings(split) gives Clips, one after the other."
    ):
        recordings = list(source.recordings(split))
    for clip in recordings:
        subject.require(isinstance(clip, Clip), f"gives a {type(clip).__name__} in {split!r}", _OF)
    return recordings


def _check_attributes(subject: Subject, source: Dataset) -> None:
    subject.require(
        isinstance(getattr(source, "layout", None), Layout),
        "has no layout",
        'Set it: Layout.named("openpose18").',
    )
    for name in ("classes", "splits"):
        values = getattr(source, name, None)
        subject.require(
            isinstance(values, tuple) and values and all(isinstance(each, str) and each for each in values),
            f"has no {name}",
            f"Set {name} to a tuple of names.",
        )
        subject.require(
            len(set(values or ())) == len(values or ()), f"has a name twice in {name}", "Keep one."
        )


def _check_clip(subject: Subject, source: Dataset, clip: Clip) -> None:
    where = f"in {clip.name or 'a recording without a name'}"
    m, t, v, c = clip.keypoints.shape
    subject.require(bool(clip.name), f"has no name {where}", "A name finds a recording again in a report.")
    subject.require(
        v == source.layout.num_joints and c in (2, 3) and min(m, t) > 0,
        f"gives keypoints {clip.keypoints.shape} {where}, its layout has {source.layout.num_joints} joints",
        "They are (persons, frames, joints, 2 or 3).",
    )
    fits = clip.score.shape == (m, t, v) and clip.present.shape == (m, t)
    types = [str(each.dtype) for each in (clip.keypoints, clip.score, clip.present)]
    fits = fits and types == ["float32", "float32", "bool"]
    subject.require(fits, f"gives score or present of another shape or type {where}", _OF)
    finite = bool(np.isfinite(clip.keypoints).all() and np.isfinite(clip.score).all())
    subject.require(finite, f"gives numbers that are not finite {where}", _OF)
    subject.require(
        bool((clip.score >= 0).all() and (clip.score <= 1).all()),
        f"gives a score outside 0 to 1 {where}",
        _OF,
    )
    subject.require(
        not clip.keypoints[clip.score == 0].any(), f"leaves numbers where a joint is missing {where}", _OF
    )
    subject.require(not clip.score[~clip.present].any(), f"scores joints of someone absent {where}", _OF)
    labels = clip.label if isinstance(clip.label, tuple) else (clip.label,)
    subject.require(
        all(-1 <= label < len(source.classes) for label in labels) and len(labels) in (1, m),
        f"gives the label {clip.label} {where}",
        f"Labels are 0 to {len(source.classes) - 1}, or -1 for unknown: one, or one for each person.",
    )


def _equal(clip: Clip, other: Clip) -> bool:
    arrays = ("keypoints", "score", "present")
    same = all(np.array_equal(getattr(clip, name), getattr(other, name)) for name in arrays)
    return same and (clip.name, clip.label, clip.person) == (other.name, other.label, other.person)


def _check_unknown_split(subject: Subject, source: Dataset) -> None:
    mend = f"Raise DataError(..., hint=...) for a split that is not among {', '.join(source.splits)}."
    try:
        list(source.recordings(_NO_SPLIT))
    except DataError:
        return
    except Exception as error:
        subject.require(False, f"raises {type(error).__name__} for a split that is not there", mend)
    subject.require(False, "gives recordings for a split that is not there", mend)
