"""What a review compares: the dancer, the reference, and further takes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dancekit.errors import RecipeError
from dancekit_coach.body import Array, joint, neck
from dancekit_coach.motion import prepared
from dancekit_coach.options import MirrorMode, Options
from dancekit_coach.recognising import recognise, reference_for
from dancekit_coach.recordings import Finder, Found, check_usable, choose_person, split_name
from dancekit_coach.report_skeletons import Overlay
from dancekit_coach.review import review

if TYPE_CHECKING:
    from dancekit_coach.result import Review


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which recordings a user named.

    Attributes:
        clip: FILE or FILE::NAME; `name` may stand apart.
        reference: the same; ::NAME is in the file of the clip.
        takes: of the reference, each FILE or FILE::NAME.
        person: of the clip, counted from 1; None takes the one of whom most is seen.
        run: a trained run that recognises the movement and so chooses the reference.
    """

    clip: str
    reference: str
    name: str | None = None
    reference_name: str | None = None
    takes: tuple[str, ...] = ()
    person: int | None = None
    reference_person: int | None = None
    run: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """The recordings of a review, one person in each.

    Attributes:
        movement: the class of the reference, else what was recognised; "" where neither is known.
        notes: how they were chosen, where the user did not say it.
    """

    student: Found
    reference: Found
    takes: tuple[Found, ...]
    movement: str
    notes: tuple[str, ...]

    @classmethod
    def find(cls, asked: Asked, finder: Finder) -> Pair:
        """Look up everything that was asked for.

        Raises:
            DataError: a recording is not there, or cannot be read.
            RecipeError: it is not clear which recording, person or reference is meant.
            RunError: there is no such run.
        """
        source, name = split_name(asked.clip, asked.name, "--name")
        model, reference_name = split_name(asked.reference, asked.reference_name, "--reference-name")
        model = model or source
        student, note = choose_person(finder.one(source, name), asked.person, "--person")
        notes = [note]
        seen = None if asked.run is None else recognise(asked.run, student, finder.registry)
        if seen is not None:
            notes.append(seen.words)
        if seen is not None and reference_name is None:
            found = reference_for(seen, student, finder, model)
            notes.append(f"So {found.recording} was chosen as the reference.")
        else:
            found = finder.one(model, reference_name)
        reference, note = choose_person(found, asked.reference_person, "--reference-person")
        notes.append(note)
        takes = [
            choose_person(finder.one(*split_name(each, None, "--take")), None, "--take")[0]
            for each in asked.takes
        ]
        for each in (student, reference):
            check_usable(each)
        if any(take.layout != reference.layout for take in takes):
            raise RecipeError(
                "a take has another layout than the reference.", hint="Give takes of one layout."
            )
        return cls(
            student=student,
            reference=reference,
            takes=tuple(takes),
            movement=reference.movement or (seen.movement if seen else ""),
            notes=tuple(note for note in notes if note),
        )

    def frontal_ratios(self, *, cutoff: float) -> tuple[float, float]:
        """Width of the shoulders over length of the trunk, of the dancer and of the reference.

        For 2D, where both face the camera most of the time.

        Raises:
            DataError: the trunk is never seen, or a recording cannot be used at all.
        """
        student, reference = (
            usual_ratio(prepared(each.clip, each.layout, rate=30.0, cutoff=cutoff).points)
            for each in (self.student, self.reference)
        )
        return student, reference

    def review(self, *, mirror: MirrorMode, options: Options) -> Review:
        """See `dancekit_coach.review.review`."""
        return review(
            self.student.clip,
            self.reference.clip,
            layout=self.student.layout,
            reference_layout=self.reference.layout,
            takes=[take.clip for take in self.takes],
            mirror=mirror,
            options=options,
        )

    def overlay(self, review: Review, *, cutoff: float) -> Overlay:
        """Both dancers as they were compared."""
        student, reference = (
            prepared(each.clip, each.layout, rate=review.rate, cutoff=cutoff)
            for each in (self.student, self.reference)
        )
        if review.mirror.used:
            reference = reference.mirrored()
        warp = np.array([np.nan if second is None else second for second in review.warp])
        return Overlay.of(student, reference, warp)


def usual_ratio(points: Array) -> float:
    """Width of the shoulders over length of the trunk of points (T, J, C), over time the median."""
    width = np.linalg.norm(joint(points, "left_shoulder") - joint(points, "right_shoulder"), axis=-1)  # (T,)
    length = np.linalg.norm(neck(points) - joint(points, "pelvis"), axis=-1)  # (T,)
    ratio = width / np.where(length > 0, length, np.nan)
    return float(np.nanmedian(ratio))
