"""Section IV of the paper in a week: less stress, practice with others, own ideas. Counted, never scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from dancekit_coach.drills import Drill, DrillKind
from dancekit_coach.filling import Filling
from dancekit_coach.plan import SECTION_FOUR, PlanInputs, WeekPlan
from dancekit_coach.session_building import Content
from dancekit_coach.subjects import theme_of

BLOCKS: Mapping[str, tuple[DrillKind, int, str]] = {
    "IV.C": ("creative", 1, "Developing thinking"),
    "IV.B": ("partner", 1, "Peer interaction"),
    "IV.A": ("relaxation", 2, "Reducing stress"),
}
"""Parts of section IV of the paper: the kind of drill, on how many days of a week, and what it is for."""


def place_section_four(
    filling: Filling,
    inputs: PlanInputs,
    library: Sequence[Drill],
    allowed: Callable[[Drill], bool],
    mastered: Callable[[str], bool],
) -> dict[str, str]:
    """Put each part on its days; drills take turns from week to week.

    Returns:
        Part -> why not all of it found a place.
    """
    missing: dict[str, str] = {}
    theme = theme_of(inputs, library, mastered)
    week = (inputs.start.toordinal() - 1) // 7  # changes on Mondays
    for part, (kind, times, _) in BLOCKS.items():
        drills = [
            drill
            for drill in library
            if drill.kind == kind and allowed(drill) and (theme or not drill.of_mastered)
        ]
        drills.sort(key=lambda drill: filling.rank(drill.key))
        for time in range(times):
            if not drills:
                missing[part] = "no drill of the library is allowed"
                break
            drill = drills[(times * week + time) % len(drills)]
            if not filling.place_once(_fixed(drill, theme if drill.of_mastered else None, inputs)):
                missing[part] = "no day has room for it within the rules"
    return missing


def _fixed(drill: Drill, theme: tuple[str, frozenset[str]] | None, inputs: PlanInputs) -> Content:
    """A block of section IV; one that plays with a movement loads what the movement loads."""
    part = SECTION_FOUR[drill.kind]
    _, times, words = BLOCKS[part]
    often = "once" if times == 1 else "twice"
    partner = inputs.profile.partner and "partner" not in inputs.profile.restrictions
    if theme is not None:
        drill = replace(drill, regions=tuple(sorted({*drill.regions, *theme[1]})))
    return Content(
        drill=drill,
        movement=theme[0] if theme else "",
        minutes=drill.minutes,
        reason=f"{words} ({part}), {often} a week; it is not scored.",
        limit="quota",
        alone=drill.kind == "partner" and not partner,
    )


def below_quota(plan: WeekPlan, missing: Mapping[str, str]) -> Iterator[str]:
    """Parts of section IV below their quota in the finished plan, with why."""
    for part, (_, times, words) in BLOCKS.items():
        if sum(any(block.part == part for block in day.blocks) for day in plan.days) < times:
            why = missing.get(part, "it was taken out with what the rules took")
            yield f"{words} ({part}): {why}."
