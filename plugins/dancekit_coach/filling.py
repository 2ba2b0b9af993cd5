"""Filling a week: which days, and in steps of five minutes what is needed most.

The objective is the sum over subjects of need x log(1 + minutes), less boredom, which grows with the square
of what a day repeats and so spreads practice over days (Shea et al. 2000). What breaks a limit is not added,
nor tried again: limits are closed downwards, so a fuller week would break it too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

from dancekit_coach.limits import TRAINING_DAYS, Limits
from dancekit_coach.plan import Limit, PlanInputs
from dancekit_coach.session_building import EASY, SHORT_WARM_UP, Content
from dancekit_coach.subjects import NEW_A_WEEK, Subject
from dancekit_coach.week_draft import WeekDraft, worthwhile

STEP = 5
BOREDOM = 0.0002
"""Per squared minute of one subject on one day: an engineering default."""
USUAL_DAYS = 3
"""Training days that anybody may get; more only where her usual week has more."""


class Filling:
    """A draft that is filled step by step, and what stopped each subject on each day."""

    def __init__(self, draft: WeekDraft, limits: Limits, rank: Callable[[str], float]) -> None:
        self.draft, self.limits, self.rank = draft, limits, rank
        self.days: tuple[int, ...] = ()
        self.stopped: dict[tuple[str, int], Limit] = {}
        self._amounts = draft.amounts()  # of the draft; a step changes one day only

    def choose_days(self, inputs: PlanInputs) -> None:
        """The training days: as many as usual, first those with time for a whole session, apart, long."""
        usable = [place for place, time in enumerate(self.limits.time) if time >= SHORT_WARM_UP + STEP]
        most = min(TRAINING_DAYS, max(USUAL_DAYS, inputs.profile.usual_days))
        best: tuple[tuple[float, ...], tuple[int, ...]] = ((), ())
        for count in range(1, min(most, len(usable)) + 1):
            for days in combinations(usable, count):
                if self.limits.rests(days):
                    score = (
                        sum(not self.draft.short[place] for place in days),
                        count,
                        -sum(self._danced_before(place, days) for place in days),
                        sum(self.limits.time[place] for place in days),
                        self.rank(str(days)),
                    )
                    best = max(best, (score, days))
        self.days = best[1]

    def _danced_before(self, place: int, days: tuple[int, ...]) -> bool:
        return self.limits.danced[5 + place] or place - 1 in days

    def place_once(self, content: Content) -> bool:
        """Put a block on the least filled day that has room, in five minutes if not in full."""
        order = sorted(self.days, key=lambda place: (self.draft.amount(place).minutes, place))
        taken = {
            place
            for place in order
            if any(each.drill.kind == content.drill.kind for each in self.draft.days[place])
        }
        for minutes in sorted({content.minutes, STEP}, reverse=True):
            for place in order:
                if place not in taken and self._add(place, replace(content, minutes=minutes)) is None:
                    return True
        return False

    def fill(self, subjects: list[Subject], begun: frozenset[str]) -> None:
        """Add five minutes where they gain most, until no step gains or fits.

        Args:
            subjects: what may be practised.
            begun: movements that were new in the week before, which count among the new ones.
        """
        alive = [(subject, place) for subject in subjects for place in self.days]
        spent = dict.fromkeys((subject.drill.key for subject in subjects), 0)
        fresh = set(begun)
        while alive:
            ranked = sorted(
                alive, key=lambda each: (-self._gain(each, spent), self.rank(each[0].drill.key), each[1])
            )
            for subject, place in ranked:
                if self._gain((subject, place), spent) <= 0:
                    return
                refused = self._step(subject, place, fresh)
                if refused is None:
                    spent[subject.drill.key] += STEP
                    if subject.new:
                        fresh.add(subject.movement)
                    break
                self.stopped[subject.drill.key, place] = refused
                alive.remove((subject, place))

    def finished(self) -> WeekDraft:
        """The draft without days that have nothing to dance, and with what stopped each block."""
        draft = self.draft
        for place, contents in enumerate(draft.days):
            marked = tuple(
                each
                if each.limit == "quota"
                else replace(each, limit=self.stopped.get((each.drill.key, place), "enough"))
                for each in contents
            )
            draft = draft.with_day(place, marked if worthwhile(contents) else ())
        return draft

    def _gain(self, step: tuple[Subject, int], spent: dict[str, int]) -> float:
        subject, place = step
        so_far = spent[subject.drill.key]
        today = self.draft.minutes_of(subject.drill.key, place)
        bored = BOREDOM * ((today + STEP) ** 2 - today**2)
        # Rounded, so that ties are ties on every machine and the seed breaks them.
        return round(subject.need * math.log((1 + so_far + STEP) / (1 + so_far)) - bored, 9)

    def _step(self, subject: Subject, place: int, fresh: set[str]) -> Limit | None:
        if subject.new and subject.movement not in fresh and len(fresh) >= NEW_A_WEEK:
            return "H10"
        if self.draft.minutes_of(subject.drill.key, place) + STEP > subject.drill.minutes:
            return "drill"
        return self._add(
            place,
            Content(
                drill=subject.drill,
                movement=subject.movement,
                minutes=STEP,
                reason=subject.reason,
                blocked=subject.blocked,
            ),
        )

    def _add(self, place: int, content: Content) -> Limit | None:
        """Add a content, or say which limit refuses it."""
        drill = content.drill
        if self.draft.short[place] and (
            drill.rpe > EASY or drill.kind not in ("skill", "creative", "partner")
        ):
            return "H7"
        draft = self.draft.with_content(place, content)
        amounts = [*self._amounts]
        amounts[place] = draft.amount(place)
        broken = self.limits.broken(amounts)
        if broken is None:
            self.draft, self._amounts = draft, amounts
        return broken
