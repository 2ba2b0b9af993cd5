"""The contract of a detector: people in pixels, frame by frame, the same each time, and errors in words."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from dancekit.data.clips import Clip
from dancekit.data.found import Found
from dancekit.errors import DataError
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout
from dancekit.testing.subject import Subject, find_subject

_FOLLOW = "dancekit.data.found.follow_found makes frames of what is found in each."


def check_detector(detector: str | type[Detector], /, *, source: Path, **arguments: object) -> None:
    """Check a detector against `dancekit.interfaces.Detector`; the source is gone through three times.

    Args:
        detector: its name in a recipe, or its class.
        source: a short video, an image or files of the kind it takes.
        arguments: of the recipe's node.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("detector", detector, arguments)
    network: Detector = subject.build()
    subject.require(
        isinstance(getattr(network, "layout", None), Layout),
        "has no layout",
        'Set it: Layout.named("coco17").',
    )
    with subject.attempt(f"cannot take {source.name}", "frames(source) gives Found, one after the other."):
        frames = list(network.frames(source))
        again = list(network.frames(source))
    _check_frames(subject, network, frames)
    subject.require(
        len(frames) == len(again) and all(map(_equal, frames, again)),
        "finds others the second time",
        "Begin anew with each source, and seed what is random.",
    )
    _check_clip(subject, network, source)
    _check_empty(subject, network, source)


def _check_frames(subject: Subject, network: Detector, frames: list[Found]) -> None:
    subject.require(frames, "gives no frame", "Give one also where nobody is found.")
    times = [each.time for each in frames]
    subject.require(
        times[0] >= 0 and all(np.diff(times) > 0), "gives times that don't increase", "They are in seconds."
    )
    joints = network.layout.num_joints
    for number, each in enumerate(frames):
        where = f"in frame {number}"
        subject.require(
            each.people.ndim == 3 and each.people.shape[1:] == (joints, 3),
            f"gives people {each.people.shape} {where}, its layout has {joints} joints",
            "They are (people, joints, 3): x, y and score.",
        )
        score = each.people[..., 2]
        subject.require(
            bool(np.isfinite(each.people).all() and (score >= 0).all() and (score <= 1).all()),
            f"gives numbers that are not finite, or a score outside 0 to 1, {where}",
            "dancekit.data.detections.detection sets to 0 what is not finite.",
        )
        subject.require(
            not each.people[score == 0].any(),
            f"leaves numbers where a joint is missing {where}",
            "Set them to 0.",
        )
        known = each.identity[each.identity >= 0].tolist()
        subject.require(
            each.identity.shape == each.people.shape[:1] and len(set(known)) == len(known),
            f"gives identities that don't fit its people {where}",
            _FOLLOW,
        )


def _check_clip(subject: Subject, network: Detector, source: Path) -> None:
    with subject.attempt(f"makes no clip of {source.name}", "Leave __call__ as it is, or give a Clip."):
        clip = network(source)
        fits = isinstance(clip, Clip) and clip.keypoints.shape[2:] == (network.layout.num_joints, 2)
    subject.require(fits, "makes no clip in two coordinates of its layout", "Leave __call__ as it is.")
    subject.require(clip.label == -1, f"gives the label {clip.label}", "Nothing is known of it: -1.")
    subject.require(
        len(clip.keypoints) <= max(network.persons, 1),
        "gives more people than `persons`",
        "Keep the strongest.",
    )


def _check_empty(subject: Subject, network: Detector, source: Path) -> None:
    """A file of 0 bytes by the same ending."""
    mend = "Raise DataError(..., hint=...); dancekit.data.footage.Footage does."
    file = source if source.is_file() else next(each for each in sorted(source.iterdir()) if each.is_file())
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / file.name
        empty.touch()
        try:
            list(network.frames(empty))
        except DataError:
            return
        except Exception as error:
            subject.require(False, f"raises {type(error).__name__} for an empty file", mend)
        subject.require(False, "finds frames in an empty file", mend)


def _equal(one: Found, other: Found) -> bool:
    same = np.array_equal(one.people, other.people) and np.array_equal(one.identity, other.identity)
    return same and one.time == other.time
