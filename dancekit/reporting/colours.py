"""The colours of the pages, for pictures that are made here; the style sheets are where they are chosen."""

from __future__ import annotations

import re
from functools import cache

from dancekit.reporting.page import page_file

PERSONS = 6
"""How many persons have a colour of their own."""

Colour = tuple[int, int, int]


@cache
def colours() -> dict[str, Colour]:
    """The light colours by the names that the style sheets give them, such as `left`."""
    found: dict[str, Colour] = {}
    for sheet in ("page.css", "viewer.css"):
        light = page_file(sheet).partition("@media")[0]
        for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6});", light):
            found[name] = (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16))
    return found


def person_colour(person: int) -> str:
    """The name of the colour of a person among several."""
    return f"person-{person % PERSONS + 1}"
