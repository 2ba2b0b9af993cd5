"""How much a week may hold: rules H2 to H6 as limits on its days.

Every limit here is closed downwards: a week that keeps it still keeps it when any of its blocks is shortened
or taken out. That lets `reductions` shorten a finished week for pain, bad days or a young age without looking
at the rules again, and so without ever ending up with more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dancekit_coach.diary import known_from
from dancekit_coach.load import (
    ACUTE_DAYS,
    CHRONIC_DAYS,
    averages,
    ewma_weight,
    missing_days,
    ratio_is_shown,
    usual_week,
)
from dancekit_coach.plan import Limit, PlanInputs

GROWTH = 0.10
ENTRY_WEEK, ENTRY_DAY = 180.0, 60.0
"""AU with which anybody may begin or return: three times 20 minutes at effort 3."""
TRAINING_DAYS = 5
"""Of any seven days; days without an entry count as danced. H2 asks for one rest day, for minors two, H6 for
a monotony of at most 2.0. Five equal days have 1.58, five others less, six equal ones 2.45. So with two rest
days for everybody these rules hold however a week is shortened."""
DAY_GROWTH = 1.5
HARD = 7
RATIO = 1.5
SESSION = 120
"""Minutes of the longest session that is planned: an engineering default."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """What a day of a plan costs: minutes, load in AU, and its highest effort."""

    minutes: int = 0
    load: float = 0.0
    hardest: int = 0


class Limits:
    """The limits of one week. Pain, wellness and age play no part here.

    Args:
        inputs: of the plan.
    """

    def __init__(self, inputs: PlanInputs) -> None:
        profile, diary, start = inputs.profile, inputs.diary, inputs.start
        known = known_from(diary, profile.declared_on)
        self.usual = usual_week(diary, profile, start)
        self.missing = missing_days(diary, profile, start)
        self.young = (start - known).days < 28
        self.growth = 0.0 if self.young or self.missing >= 3 else GROWTH
        self.week = max((1 + self.growth) * self.usual, ENTRY_WEEK)
        done = diary.loads(start, 7)
        logged = {each.day for each in diary.sessions}
        self.closed = [start + timedelta(days=place) in logged for place in range(7)]
        self._loads = np.nan_to_num(
            np.concatenate([diary.loads(start - timedelta(days=6), 6), done])
        )  # (13,)
        danced = []
        for place in range(-6, 7):
            day = start + timedelta(days=place)
            rows = diary.on(day)
            unknown = place < 0 and day >= known and not rows
            danced.append(unknown or any(row.kind != "rest" for row in rows))
        self.danced = danced  # of the six days before and the seven of the plan
        self.unknown_before = sum(
            known <= start - timedelta(days=back) and not diary.on(start - timedelta(days=back))
            for back in range(1, 7)
        )
        self.time = [
            0 if closed else min(profile.availability[(start + timedelta(days=place)).weekday()], SESSION)
            for place, closed in enumerate(self.closed)
        ]
        self._day_limits = self._heaviest(inputs)  # AU (H4), the entry day left aside
        self._hard_before = self._is_hard(inputs, -1)
        self._hard_done = [
            self._is_hard(inputs, place) if self.closed[place] else False for place in range(7)
        ]
        self.ratio_shown = ratio_is_shown(diary, profile, start)
        self.acute, self.chronic = averages(diary, profile, start)

    def broken(self, week: Sequence[Amount]) -> Limit | None:
        """The first limit that seven amounts break, or None; rest days are the matter of `rests`."""
        loads = [amount.load for amount in week]
        if not any(loads):
            return None
        entry = sum(loads) <= ENTRY_WEEK and max(loads) <= ENTRY_DAY
        for place, amount in enumerate(week):
            if not amount.minutes:
                continue
            if amount.minutes > self.time[place]:
                return "time"
            if not entry:
                if amount.load > self._day_limits[place]:
                    return "H4"
                if self.ratio_shown and self.ratio_excess(loads, place) > 1e-9:
                    return "H5"
            if amount.hardest >= HARD and self._hard_beside(week, place):
                return "H4"
        return None if self.week_fits(loads) else "H3"

    def rests(self, days: Sequence[int]) -> bool:
        """Whether training on some days of the plan leaves enough rest (H2, H6).

        All seven days in a row that hold one of them count; days after it too, which may be done already.
        """
        danced = [done or place - 6 in days for place, done in enumerate(self.danced)]
        return all(sum(danced[last : last + 7]) <= TRAINING_DAYS for last in range(min(days), 7))

    def week_fits(self, loads: Sequence[float]) -> bool:
        """Whether all seven days in a row that hold a planned one keep within `week` (H3)."""
        all_loads = self._loads.copy()
        all_loads[6:] += loads
        first = next(place for place, load in enumerate(loads) if load)
        return all(all_loads[last : last + 7].sum() <= self.week + 1e-9 for last in range(first, 7))

    def ratio_excess(self, loads: Sequence[float], place: int) -> float:
        """At least acute - 1.5 chronic after a day, AU; the rule is that it is not positive (H5).

        A load of five days ago adds more to 1.5 chronic than to acute. That gain is left out, so that
        shortening a day never breaks the limit of a later one.
        """
        fast, slow = ewma_weight(ACUTE_DAYS), ewma_weight(CHRONIC_DAYS)
        excess = self.acute * (1 - fast) ** (place + 1) - RATIO * self.chronic * (1 - slow) ** (place + 1)
        for back in range(place + 1):
            weight = fast * (1 - fast) ** back - RATIO * slow * (1 - slow) ** back
            day = place - back
            excess += max(weight, 0.0) * loads[day] + weight * float(self._loads[6 + day])
        return excess

    def _hard_beside(self, week: Sequence[Amount], place: int) -> bool:
        before = self._hard_before if place == 0 else self._hard_done[place - 1] or _hard(week[place - 1])
        after = place < 6 and (self._hard_done[place + 1] or _hard(week[place + 1]))
        return before or after

    def _heaviest(self, inputs: PlanInputs) -> list[float]:
        """1.5 times the heaviest day of the diary in the 14 days before each day of the plan.

        Planned days are no reason for heavier ones. Before the diary began, usual training days count.
        """
        profile, first = inputs.profile, inputs.start - timedelta(days=14)
        loads = inputs.diary.loads(first, 14)
        before = (known_from(inputs.diary, profile.declared_on) - first).days
        usual = profile.usual_weekly_load / profile.usual_days if profile.usual_days else 0.0
        loads[: max(before, 0)] = np.nan_to_num(loads[: max(before, 0)], nan=usual)
        loads = np.nan_to_num(loads)
        return [DAY_GROWTH * float(loads[place:].max()) for place in range(7)]

    @staticmethod
    def _is_hard(inputs: PlanInputs, place: int) -> bool:
        """Whether a day of the diary was hard, or may have been."""
        day = inputs.start + timedelta(days=place)
        if day < known_from(inputs.diary, inputs.profile.declared_on):
            return False
        hardest = inputs.diary.hardest(day)
        return hardest is None or hardest >= HARD


def _hard(amount: Amount) -> bool:
    return amount.hardest >= HARD
