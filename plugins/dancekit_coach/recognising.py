"""With a trained run: which movement a recording shows, and which reference belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dancekit.errors import RecipeError
from dancekit.plugin import Registry
from dancekit.reporting.svg import spoken
from dancekit_coach.recordings import MARK, Finder, Found, body_seen

SURE = 0.8
"""Probability of a movement below which the reference is asked for rather than chosen."""

LEAST_SEEN = 0.75
"""The share of trunk, arms and legs over time that must be seen in a reference that is chosen."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What a run sees in a recording.

    Attributes:
        movement: the movement that lasts longest.
        confidence: its calibrated probability, the mean over its time.
        run: which run.
    """

    movement: str
    confidence: float
    run: str

    @property
    def words(self) -> str:
        return f"The run {self.run} recognised {spoken(self.movement)} with {self.confidence:.0%}."


def recognise(run: str, found: Found, registry: Registry) -> Recognised:
    """The movement of a recording of one person.

    Raises:
        RunError: there is no such run.
        RecipeError: no movement of the run was found in it.
    """
    from dancekit.verbs.inputs import as_recording
    from dancekit.verbs.predict import open_model

    model = open_model(run, registry)
    recording = as_recording(found.clip, found.layout)
    timeline = model.for_recording(recording).timeline(recording, source=found.source)
    seconds: dict[str, float] = defaultdict(float)
    weighted: dict[str, float] = defaultdict(float)
    for _, segment in timeline.segments:
        if segment.known:
            lasts = segment.end_seconds - segment.start_seconds
            seconds[segment.movement] += lasts
            weighted[segment.movement] += lasts * segment.confidence
    if not seconds:
        raise RecipeError(
            f"{run} recognises none of its movements in {found.clip.name}.",
            hint=f"Leave --run out, and name the reference: --reference FILE{MARK}NAME.",
        )
    movement = max(seconds, key=lambda name: (seconds[name], name))
    return Recognised(movement=movement, confidence=weighted[movement] / seconds[movement], run=model.name)


def reference_for(recognised: Recognised, student: Found, finder: Finder, source: str) -> Found:
    """The first recording of a collection that shows the movement well, and is not the student's own.

    Raises:
        RecipeError: the movement is not sure enough, or the collection has none of it.
    """
    if recognised.confidence < SURE:
        raise RecipeError(
            f"{recognised.words} That is less than {SURE:.0%}, too unsure to choose a reference by.",
            hint=f"Name the reference: --reference {source}{MARK}NAME.",
        )
    others = set()
    for found in _each_movement(finder, source):
        fits = found.movement == recognised.movement and not _same(found, student)
        if fits and body_seen(found) >= LEAST_SEEN:
            return found
        others.add(found.movement)
    known = ", ".join(sorted(others - {""}))
    raise RecipeError(
        f"{source} has no other recording of {recognised.movement} in which the whole body is seen.",
        hint=f"It has {known}."
        if known
        else f"Its recordings have no classes; {source}{MARK}NAME names one.",
    )


def _each_movement(finder: Finder, source: str) -> Iterator[Found]:
    """Every recording, and every person of those in which each dances a movement of her own."""
    for found in finder.all(source):
        if isinstance(found.clip.label, tuple):
            yield from map(found.alone, range(found.persons))
        else:
            yield found


def _same(found: Found, student: Found) -> bool:
    """Whether a recording, or one of its persons, is the student's own."""
    if (found.source, found.recording) != (student.source, student.recording):
        return False
    return found.person is None or found.person == student.person
