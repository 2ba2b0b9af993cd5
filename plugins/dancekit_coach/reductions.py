"""Taking from a finished week for pain, bad days, growth and a young age: H8, H9, H2 for minors, H3.

Two means, and both only take. A ladder of ever smaller weeks, each block of a rung at most as long as on the
rung above: rules on sums ask for a rung, and the lowest asked for counts. And per block a share that pain, or
an effort limit, leaves of it. Neither looks at what the other did, so more pain, a worse check-in or a
younger age never lead to a longer block anywhere, and the load of the week never rises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from dancekit_coach.drills import Drill
from dancekit_coach.load import usual_week
from dancekit_coach.plan import Limit, PlanInputs
from dancekit_coach.session_building import LEAST, Content, choose_frame
from dancekit_coach.week_draft import WeekDraft, worthwhile
from dancekit_coach.wellness import Gate

BLOCKING_PAIN = 4
EASY_SHARE = 0.7
EASY_EFFORT = 4
REGRESSION_SHARE = 0.5
"""The share of a block's minutes that its easier form gets where the drill itself is not allowed."""
SHORTEST = 3
"""Minutes below which what is left of a block is left out."""
_SHARES = tuple(share / 20 for share in range(20, 9, -1))  # 1, 0.95, ..., 0.5


@dataclass(frozen=True, kw_only=True)
class Care:
    """What a dancer's state takes from her week.

    Attributes:
        pain: the latest answer per region, worst of its day.
        blocked: regions of which no drill is planned.
        gate: of her wellness.
        stopped: a session of the last week was broken off.
    """

    pain: Mapping[str, float] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    gate: Gate = "open"
    stopped: bool = False

    @property
    def sore(self) -> frozenset[str]:
        return frozenset(region for region, value in self.pain.items() if value > 0)

    @property
    def grows(self) -> bool:
        return not self.sore and not self.stopped

    def share(self, drill: Drill) -> float:
        """What is left of a drill's minutes: all, half or nothing."""
        if self.blocked & set(drill.regions) or (self.gate != "open" and drill.rpe > EASY_EFFORT):
            return 0.0
        return 0.5 if self.sore & set(drill.regions) else 1.0


def care_for(inputs: PlanInputs, gate: Gate) -> Care:
    """Pain of the latest day on which it was asked for, and whether it rose on the last two such days (H8).

    Silence does not heal: the latest answer counts until the next.
    """
    answers = [pain for _, pain in inputs.diary.pain(inputs.last)][-3:]
    pain = dict(answers[-1]) if answers else {}
    blocked = set()
    for region, value in pain.items():
        course = [answer.get(region, 0.0) for answer in answers]
        rising = len(course) == 3 and course[0] < course[1] < course[2]
        if value >= BLOCKING_PAIN or rising:
            blocked.add(region)
    week = inputs.start - timedelta(days=7)
    stopped = any(row.stopped_early and row.day >= week for row in inputs.diary.sessions)
    return Care(pain=pain, blocked=frozenset(blocked), gate=gate, stopped=stopped)


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """A week after reductions, and what was taken for what reason."""

    week: WeekDraft
    notes: tuple[str, ...] = ()


def reduce_week(
    week: WeekDraft,
    inputs: PlanInputs,
    care: Care,
    *,
    drills: Sequence[Drill],
    allowed: Callable[[Drill], bool],
    rank: Callable[[str], float],
) -> Reduced:
    """What is left of a week.

    Args:
        week: keeps all limits.
        inputs: of the plan.
        care: the dancer's state.
        drills: the library.
        allowed: whether the profile and prerequisites allow a drill.
        rank: breaks ties.
    """
    takes = not care.grows or care.gate != "open" or inputs.profile.minor
    ladder = _ladder(week) if takes else [week]
    loads = [rung.load() for rung in ladder]
    asked: list[tuple[int, Limit, str]] = []  # a rung of the ladder, the rule that asks for it, and why
    if not care.grows:
        usual = usual_week(inputs.diary, inputs.profile, inputs.start)
        cause = "something hurts" if care.sore else "a session was broken off"
        asked.append((_first(load <= usual for load in loads), "H8", f"No growth, because {cause}"))
    if care.gate != "open":
        rung = _first(load <= EASY_SHARE * loads[0] for load in loads)
        asked.append((rung, "H9", "Seven tenths of the load, because you feel worse than usual"))
    if inputs.profile.minor:
        rung = _first(_minor_fits(each, inputs) for each in ladder)
        asked.append((rung, "H2", f"At most {inputs.profile.age} hours a week, all activity together"))
    rung, limit, _ = max(asked, key=lambda each: each[0], default=(0, "H8", ""))
    said = [each for each in asked if each[0] > 0 and (each[1] != "H9" or care.gate == "easy")]
    notes = [f"{words} ({rule})." for _, rule, words in said]
    reduced = _mark(week, ladder[rung], limit) if rung else week
    frame = choose_frame(drills, lambda drill: allowed(drill) and not care.sore & set(drill.regions), rank)
    if frame is None:
        notes.append("No warm-up is left that spares what hurts, so nothing is trained (H8).")
        return Reduced(week=replace(reduced, days=((),) * 7), notes=tuple(notes))
    by_key = {drill.key: drill for drill in drills}
    reduced = replace(reduced, frame=frame)
    for place, contents in enumerate(reduced.days):
        cared = tuple(kept for each in contents if (kept := _cared(each, care, by_key, allowed)) is not None)
        reduced = reduced.with_day(place, cared if worthwhile(cared) else ())
    if care.gate == "recovery":
        reduced = _recovery(reduced, care, drills, allowed, rank)
        notes.append("Two check-ins in a row felt worse than usual, so there is only recovery (H9).")
    for region in sorted(care.sore):
        what = "left out" if region in care.blocked else "halved"
        said_region = region.replace("_", " ").capitalize()
        notes.append(f"{said_region}, pain {care.pain[region]:g}: drills that load it are {what} (H8).")
    return Reduced(week=reduced, notes=tuple(notes))


def _cared(
    content: Content, care: Care, by_key: Mapping[str, Drill], allowed: Callable[[Drill], bool]
) -> Content | None:
    """What is left of a block; where its drill is not allowed, half of its minutes in an easier form."""
    share, drill = care.share(content.drill), content.drill
    while share == 0 and drill.regression is not None:
        drill = by_key[drill.regression]
        if allowed(drill):
            share = min(REGRESSION_SHARE, care.share(drill))
    minutes = int(content.minutes * share)
    if minutes < SHORTEST:
        return None
    if share == 1:
        return content
    limit: Limit = "H8" if care.sore & set(content.drill.regions) else "H9"
    easier = "" if drill is content.drill else " An easier form."
    return replace(content, drill=drill, minutes=minutes, limit=limit, reason=content.reason + easier)


def _ladder(week: WeekDraft) -> list[WeekDraft]:
    """The week, then ever shorter ones; then day after day is taken from the end; the last is empty."""
    rungs = [replace(week, days=tuple(_shortened(day, share) for day in week.days)) for share in _SHARES]
    for place in range(6, -1, -1):
        if rungs[-1].days[place]:
            rungs.append(rungs[-1].with_day(place, ()))
    return rungs


def _shortened(contents: tuple[Content, ...], share: float) -> tuple[Content, ...]:
    """A share of each block; the first one that is danced keeps enough for a session."""
    keeper = next((each for each in contents if each.main and each.minutes >= LEAST), None)
    minutes = [max(int(each.minutes * share), LEAST if each is keeper else 0) for each in contents]
    return tuple(
        replace(each, minutes=some)
        for each, some in zip(contents, minutes, strict=True)
        if some >= min(SHORTEST, each.minutes)
    )


def _mark(before: WeekDraft, after: WeekDraft, limit: Limit) -> WeekDraft:
    """The rung with the rule named on each block that became shorter."""
    for place, contents in enumerate(after.days):
        was = {each.drill.key: each.minutes for each in before.days[place]}
        marked = tuple(
            replace(each, limit=limit) if each.minutes < was[each.drill.key] else each for each in contents
        )
        after = after.with_day(place, marked)
    return after


def _minor_fits(week: WeekDraft, inputs: PlanInputs) -> bool:
    """Whether all organised activity of each seven days that hold a session is at most `age` hours (NATA).

    Days without an entry count as usual days; other activity as declared or as logged, whichever is more.
    """
    profile, first = inputs.profile, inputs.start - timedelta(days=6)
    danced = inputs.diary.minutes(first, 13)
    danced[:6] = np.nan_to_num(danced[:6], nan=profile.usual_weekly_minutes / 7)
    danced = np.nan_to_num(danced)
    other = np.nan_to_num(inputs.diary.other_minutes(first, 13))
    planned = [amount.minutes for amount in week.amounts()]
    danced[6:] += planned
    for place in range(7):
        if any(planned[: place + 1]):
            window = slice(place, place + 7)
            around = max(float(other[window].sum()), profile.other_weekly_minutes)
            if danced[window].sum() + around > profile.age * 60:
                return False
    return True


def _recovery(
    week: WeekDraft,
    care: Care,
    drills: Sequence[Drill],
    allowed: Callable[[Drill], bool],
    rank: Callable[[str], float],
) -> WeekDraft:
    """Relaxation of effort 1 in place of each session that is left; it is always less than the session."""
    calm = [
        drill
        for drill in drills
        if drill.kind == "relaxation"
        and drill.rpe == 1
        and allowed(drill)
        and not care.sore & set(drill.regions)
    ]
    calmest = max(calm, key=lambda drill: (drill.minutes, rank(drill.key)), default=None)
    rest: tuple[Content, ...] = ()
    if calmest is not None:
        reason = "Recovery in place of training."
        rest = (Content(drill=calmest, movement="", minutes=calmest.minutes, reason=reason, limit="H9"),)
    return replace(week, days=tuple(rest if contents else () for contents in week.days))


def _first(fits: Iterable[bool]) -> int:
    """The first rung that fits; the last one, the empty week, fits whatever is asked."""
    return next(place for place, fit in enumerate(fits) if fit)
