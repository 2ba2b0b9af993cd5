"""KEY=VALUE arguments of the recordings of a review: of both, of the clip alone, of the reference alone."""

from __future__ import annotations

from collections.abc import Sequence

from dancekit.errors import RecipeError

CLIP, REFERENCE = "clip.", "ref."
"""What stands before a KEY that only one of the two recordings has."""


def told_apart(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The arguments of the clip and of the reference; what is said of one alone counts more.

    Raises:
        RecipeError: one has no key.
    """
    both = [word for word in words if not word.startswith((CLIP, REFERENCE))]
    return _with_own(both, words, CLIP), _with_own(both, words, REFERENCE)


def _with_own(both: Sequence[str], words: Sequence[str], mark: str) -> tuple[str, ...]:
    own = [word.removeprefix(mark) for word in words if word.startswith(mark)]
    for word in own:
        if not word.partition("=")[0]:
            raise RecipeError(f"{mark}{word} has no key.", hint=f"Write it as {mark}frame_rate=30.")
    return (*both, *own)
