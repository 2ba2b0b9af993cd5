"""With a trained run: which movement a recording shows, and which reference belongs to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from dancekit.errors import RecipeError
from dancekit.plugin import Registry
from dancekit_coach.recordings import Finder, Found

SURE = 0.8
"""Probability of a movement below which the reference is asked for rather than chosen."""


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
        return f"The run {self.run} recognised {self.movement.replace('_', ' ')} with {self.confidence:.0%}."


def recognise(run: str, found: Found, registry: Registry) -> Recognised:
    """The movement of a recording.

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
            hint="Leave --run out, and name the reference: --reference FILE::NAME.",
        )
    movement = max(seconds, key=lambda name: (seconds[name], name))
    return Recognised(movement=movement, confidence=weighted[movement] / seconds[movement], run=model.name)


def reference_for(recognised: Recognised, finder: Finder, source: str) -> Found:
    """The first recording of a library that shows the movement.

    Raises:
        RecipeError: the movement is not sure enough, or the library has none of it.
    """
    if recognised.confidence < SURE:
        raise RecipeError(
            f"{recognised.words} That is less than {SURE:.0%}, too unsure to choose a reference by.",
            hint=f"Name the reference: --reference {source}::NAME.",
        )
    for found in finder.all(source):
        if found.movement == recognised.movement:
            return found
    raise RecipeError(
        f"{source} has no recording of {recognised.movement}.", hint="Name another --reference."
    )
