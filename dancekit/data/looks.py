"""Looks at one recording: which stretch of it, and whether mirrored. For evaluating with several of them."""

from __future__ import annotations

from dataclasses import dataclass

from dancekit.errors import RecipeError

_GOLDEN = 0.6180339887498949  # steps of this share never fall close to each other (Weyl 1916)


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look.

    Attributes:
        share: of the recording, as `batches.crop` means it.
        place: of the stretch, from 0, the beginning, to 1, the end.
        mirrored: left and right changed.
    """

    share: float = 1.0
    place: float = 0.5
    mirrored: bool = False


WHOLE = Look()


def several_looks(samples: int, *, crop: tuple[float, float], flip: bool) -> tuple[Look, ...]:
    """The whole recording, then stretches of it spread over the lengths and places that training saw.

    Args:
        samples: how many stretches, the whole included.
        crop: shortest and longest share in training.
        flip: take each mirrored too.

    Raises:
        RecipeError: there is to be none.
    """
    if samples < 1:
        raise RecipeError(f"samples is {samples}.", hint="Take at least 1, the whole recording.")
    shortest, longest = crop
    stretches = [WHOLE]
    for number in range(samples - 1):
        share = shortest + (longest - shortest) * (number + 0.5) / (samples - 1)
        stretches.append(Look(share=share, place=(0.5 + (number + 1) * _GOLDEN) % 1))
    return (
        *stretches,
        *(Look(share=each.share, place=each.place, mirrored=True) for each in stretches if flip),
    )
