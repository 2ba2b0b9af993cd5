"""What a review compares: the dancer, the reference, and further takes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dancekit.errors import RecipeError, RecipeErrors
from dancekit_coach.motion import prepared
from dancekit_coach.options import MirrorMode, Options
from dancekit_coach.recognising import recognise, reference_for
from dancekit_coach.recordings import Finder, Found, check_usable, choose_person, split_name
from dancekit_coach.report_skeletons import Overlay
from dancekit_coach.review import review
from dancekit_coach.view import shoulder_ratio

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
    def find(cls, asked: Asked, finder: Finder, reference_finder: Finder | None = None) -> Pair:
        """Look up everything that was asked for.

        Args:
            reference_finder: of the reference and its takes; None: the same.

        Raises:
            DataError: a recording is not there, or cannot be read.
            RecipeError: it is not clear which recording, person or reference is meant.
            RunError: there is no such run.
        """
        source, name = split_name(asked.clip, asked.name, "--name")
        model, reference_name = split_name(asked.reference, asked.reference_name, "--reference-name")
        theirs = _finder_of(model, finder, reference_finder or finder)
        model = model or source
        alone = model == source
        student, note = choose_person(_one(finder, source, name, alone), asked.person, "--person")
        notes = [note]
        seen = None if asked.run is None else recognise(asked.run, student, finder.registry)
        if seen is not None:
            notes.append(seen.words)
        if seen is not None and reference_name is None:
            found = reference_for(seen, student, theirs, model)
            notes.append(f"So {found.recording} was chosen as the reference.")
        else:
            found = _one(theirs, model, reference_name, alone)
        reference, note = choose_person(found, asked.reference_person, "--reference-person")
        notes.append(note)
        takes = [
            choose_person(theirs.one(*split_name(each, None, "--take")), None, "--take")[0]
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
            shoulder_ratio(prepared(each.clip, each.layout, rate=30.0, cutoff=cutoff).points)  # (T,)
            for each in (self.student, self.reference)
        )
        return float(np.nanmedian(student)), float(np.nanmedian(reference))

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


def _one(finder: Finder, source: str, name: str | None, alone: bool) -> Found:
    """A recording; where an argument does not fit, and there is another source, how to tell them apart."""
    try:
        return finder.one(source, name)
    except RecipeErrors as error:
        if alone:
            raise
        both = RecipeError(
            "KEY=VALUE is for both recordings.", hint="What only one of them has begins with clip. or ref."
        )
        raise RecipeErrors([*error.problems, both]) from None


def _finder_of(model: str, finder: Finder, reference_finder: Finder) -> Finder:
    """How the reference is read: as the clip where it is in the same file."""
    if model:
        return reference_finder
    if reference_finder != finder:
        raise RecipeError(
            "the reference is in the file of the clip, which has one format and one set of arguments.",
            hint="Leave out clip., ref. and --reference-format.",
        )
    return finder
