"""Which dancer a command is about, and what day it is where she lives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from dancekit.errors import DataError, RecipeError
from dancekit_coach.clock import today_in
from dancekit_coach.profile import DancerProfile, a_date
from dancekit_coach.store import DancerStore
from dancekit_coach.store_file import dancer_file


def opened(name: str | None) -> DancerStore:
    """The file of a dancer; without a name that of the only one there is.

    Raises:
        DataError: there is no such dancer.
        RecipeError: there is none, or more than one, and no name.
    """
    if name is None:
        names = sorted(file.stem for file in dancer_file("x").parent.glob("*.sqlite"))
        if len(names) != 1:
            raise RecipeError(
                "there is no dancer yet." if not names else f"there are {len(names)} dancers.",
                hint="Make one: dancekit coach new NAME." if not names else "Say who: --profile NAME.",
            )
        name = names[0]
    path = dancer_file(name)
    if not path.exists():
        raise DataError(f"There is no dancer {name}.", hint=f"Make one: dancekit coach new {name}.")
    return DancerStore(path=path)


def today_of(profile: DancerProfile, day: str | None) -> date:
    """The day that was written, else today where the dancer lives.

    Raises:
        DataError: it is no date.
    """
    return today_in(profile.timezone) if day is None else a_date(day, "The day")


def pain_of(written: Sequence[str]) -> dict[str, float] | None:
    """REGION=NUMBER, repeated; "none" is asked and nothing hurts; nothing written is not asked.

    Raises:
        RecipeError: one has another form.
    """
    if not written:
        return None
    if list(written) == ["none"]:
        return {}
    found: dict[str, float] = {}
    for each in written:
        region, equals, amount = each.partition("=")
        try:
            value = float(amount)
        except ValueError:
            value = math.nan
        if not equals or not math.isfinite(value) or region in found:
            raise RecipeError(f"--pain is {each!r:.40}.", hint="Write --pain knee=3, once for each region.")
        found[region] = value
    return found
