"""From what a detector finds in each frame to people followed over time, and from those to a recording."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import tee

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.persons import Persons, strongest_persons
from dancekit.data.tracking import track
from dancekit.errors import DataError, DataWarning

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PATIENCE = 0.5
_MEMORY = 5.0
_BIRTH = 3
_LONGEST_GAP = 3.5
"""In frames: over a longer one without a picture people are not guessed."""
_ALIKE = 0.25
"""By how much of it the time between two frames may be off the median, by rounding."""
_LONGEST_STRETCH = 10
"""How many times more frames there may be at a constant rate; more is a broken clock."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The people in one frame.

    Attributes:
        time: in seconds from the first frame.
        people: (D, V, 3) x and y in pixels, y down, and score from 0 to 1; zeros where a joint isn't seen.
        identity: (D,) who that is, the same number in all frames; -1 = not known, or nobody.
        image_size: (width, height) of the frame in pixels; None = unknown.
    """

    time: float
    people: Array
    identity: Integers
    image_size: tuple[int, int] | None = None


def follow_found(
    frames: Iterable[tuple[float, Array]],
    *,
    frame_rate: float | None,
    image_size: tuple[int, int] | None = None,
) -> Iterator[Found]:
    """Tell who is who, four frames after they were seen, with a memory that doesn't grow.

    Who is not seen for half a second may come back within five where no one else can be meant, and somebody
    new must be seen in three of five frames (`dancekit.data.tracking.Tracker`). In an image everyone counts.

    Args:
        frames: the time of each in seconds, increasing, and (D, V, 3) the people in it.
        frame_rate: frames per second, or the mean of them; None of an image.
        image_size: (width, height) in pixels; None = unknown.
    """
    rate = frame_rate or 1.0
    found, people, moments = tee(frames, 3)
    identities = track(
        (each for _, each in people),
        moments=(time * rate for time, _ in moments),
        patience=max(1.0, _PATIENCE * rate),
        birth=_BIRTH,
        memory=_MEMORY * rate,
    )
    for (time, each), identity in zip(found, identities, strict=True):
        yield Found(time=time, people=each, identity=identity, image_size=image_size)


def clip_of(frames: Iterable[Found], *, name: str, persons: int) -> Clip:
    """A recording of the people found, at a constant frame rate, with the label -1.

    The strongest people come first. Where nobody is found, one person is never there. Frames of variable
    rate are brought to their usual rate: keypoints between two frames lie on a straight line, at most over
    three missing frames.

    Args:
        persons: the most to keep; a warning says how many were left out.

    Raises:
        DataError: there is no frame, or the times leave it unclear how many there should be.
    """
    found = list(frames)
    if not found:
        raise DataError(f"{name}: there is no frame in it.", hint="Check that the file is complete.")
    identities = [each.identity for each in found]
    there = len({number for each in identities for number in each.tolist() if number >= 0})
    if there > persons:
        warnings.warn(
            f"{name}: of {there} people, those {persons} of the highest scores are kept; set persons to "
            "keep more.",
            DataWarning,
            stacklevel=2,
        )
    kept = strongest_persons([each.people for each in found], identities, persons)
    times = np.array([each.time for each in found])
    rate = usual_rate(times)
    if rate is not None and not _is_regular(times, rate):
        kept = at_rate(kept, times, rate, name=name)
    return Clip.of(
        kept.keypoints,
        score=kept.score,
        present=kept.present,
        label=-1,
        name=name,
        frame_rate=rate,
        image_size=found[0].image_size,
    )


def usual_rate(times: Array) -> float | None:
    """Frames per second: the mean of frames that come regularly, else by the usual time between two.

    Returns:
        None of fewer than two frames.
    """
    if len(times) < 2:
        return None
    mean = (len(times) - 1) / float(times[-1] - times[0])
    if _is_regular(times, mean):
        return round(mean, 3)  # times are told in milliseconds, as a rule
    steps = np.diff(times)
    middle = np.median(steps)
    return round(1 / float(steps[np.abs(steps - middle) <= _ALIKE * middle].mean()), 3)


def _is_regular(times: Array, rate: float) -> bool:
    """Whether every frame is nearest to its own place at this rate."""
    places = (times - times[0]) * rate
    return bool((np.abs(places - np.arange(len(times))) < 0.5).all())


def at_rate(persons: Persons, times: Array, rate: float, *, name: str) -> Persons:
    """The same people, seen at a constant rate from the first time to the last.

    Args:
        times: (T,) in seconds, increasing.
        rate: frames per second.
        name: of the recording, for errors.

    Raises:
        DataError: there would be more than ten times as many frames.
    """
    frames = round(float(times[-1] - times[0]) * rate) + 1
    if frames > _LONGEST_STRETCH * len(times):
        raise DataError(
            f"{name}: {len(times)} frames are spread over {times[-1] - times[0]:.0f} seconds, although most "
            f"follow each other at {rate:g} a second.",
            hint="Its clock may be broken: convert the video to a constant frame rate.",
        )
    wanted = times[0] + np.arange(frames) / rate  # (T',)
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    before = after - 1
    span = times[after] - times[before]
    share = ((wanted - times[before]) / span).clip(0, 1)  # (T',) 0: at the frame before, 1: at the one after
    near = np.where(share < 0.5, before, after)
    close = np.abs(times[near] - wanted) * rate <= 0.5 + 1e-6  # (T',)
    bridged = span * rate <= _LONGEST_GAP
    both = (persons.score[:, before] > 0) & (persons.score[:, after] > 0) & bridged[:, None]  # (M, T', V)
    weight = share[:, None]
    score = np.where(both, persons.score[:, before] * (1 - weight) + persons.score[:, after] * weight, 0)
    score = np.where(~both & close[:, None], persons.score[:, near], score)
    weight = weight[..., None]  # (T', 1, 1)
    line = persons.keypoints[:, before] * (1 - weight) + persons.keypoints[:, after] * weight
    keypoints = np.where(both[..., None], line, persons.keypoints[:, near])  # (M, T', V, C)
    return replace(
        persons,
        keypoints=np.where((score > 0)[..., None], keypoints, 0),
        score=score,
        present=np.asarray((score > 0).any(axis=2)),
    )
