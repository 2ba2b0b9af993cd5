"""The plan of a week: blocks of section IV, then what is needed most; then less, for the dancer's sake."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from dancekit_coach.care_interfaces import DrillLibrary, MasteryModel, Planner, WellnessScale
from dancekit_coach.drills import Drill, YamlDrills, check_library
from dancekit_coach.filling import STEP, Filling
from dancekit_coach.limits import Limits
from dancekit_coach.mastery import LocalLevel
from dancekit_coach.plan import PlanInputs, PlannedDay, WeekPlan, empty_plan
from dancekit_coach.red_flags import stop_message
from dancekit_coach.reductions import care_for, reduce_week
from dancekit_coach.rules import keep_rules
from dancekit_coach.session_building import SHORT, SHORT_WARM_UP, Content, assemble, choose_frame
from dancekit_coach.subjects import allowed_drills, find_subjects, most_mastered
from dancekit_coach.week_draft import WeekDraft
from dancekit_coach.wellness import Hooper


class WeekPlanner(Planner):
    """Plans seven days from a drill library, within H1 to H11.

    Args:
        library: the drills; those that come with dancekit by default.
        mastery: tells what is mastered and due.
        wellness: judges the check-ins.

    Raises:
        DataError: the drills of the library do not fit together.
    """

    def __init__(
        self,
        *,
        library: DrillLibrary | None = None,
        mastery: MasteryModel | None = None,
        wellness: WellnessScale | None = None,
    ) -> None:
        self.drills = (library or YamlDrills()).drills()
        check_library(self.drills)
        self.mastery = mastery or LocalLevel()
        self.wellness = wellness or Hooper()

    def plan(self, inputs: PlanInputs) -> WeekPlan:
        if any(flag.active for flag in inputs.flags):
            return self._kept(empty_plan(inputs, stop_message(inputs.flags)), inputs)
        if not inputs.ready:
            message = "Answer the questions before the first training; then there will be a plan."
            return self._kept(empty_plan(inputs, message), inputs)
        keys = allowed_drills(inputs, self.drills, lambda movement: self.mastered(inputs, movement))

        def allowed(drill: Drill) -> bool:
            return drill.key in keys

        @functools.cache
        def rank(key: str) -> float:
            return random.Random(f"{inputs.seed}/{key}").random()

        frame = choose_frame(self.drills, allowed, rank)
        if frame is None:
            message = "No warm-up or cool-down is left after what you excluded, so nothing can be trained."
            return self._kept(empty_plan(inputs, message), inputs)
        limits = Limits(inputs)
        short = tuple(time < SHORT for time in limits.time)
        filling = Filling(WeekDraft(short=short, frame=frame), limits, rank)
        filling.choose_days(inputs)
        missing = self._section_four(filling, inputs, allowed)
        filling.fill(find_subjects(inputs, self.drills, self.mastery, allowed, rank))
        base = filling.finished()
        verdict = self.wellness.judge(inputs.diary.check_ins, inputs.start)
        care = care_for(inputs, verdict.gate)
        reduced = reduce_week(base, inputs, care, drills=self.drills, allowed=allowed, rank=rank)
        notes = [*_limit_notes(limits), *reduced.notes]
        if verdict.gate != "open":
            notes.append(f"H9: {verdict.words}")
        plan = _plan(reduced.week, inputs, limits, notes)
        notes.extend(f"{part}: {why}" for part, why in _places_missing(plan, missing).items())
        return self._kept(replace(plan, notes=tuple(notes)), inputs)

    def mastered(self, inputs: PlanInputs, movement: str) -> bool:
        state = inputs.mastery.get(movement)
        return state is not None and self.mastery.mastered(state, inputs.start)

    def _kept(self, plan: WeekPlan, inputs: PlanInputs) -> WeekPlan:
        gate = self.wellness.judge(inputs.diary.check_ins, inputs.start).gate
        drills = {drill.key: drill for drill in self.drills}
        return keep_rules(plan, inputs, gate, drills, lambda movement: self.mastered(inputs, movement))

    def _section_four(
        self, filling: Filling, inputs: PlanInputs, allowed: Callable[[Drill], bool]
    ) -> dict[str, str]:
        """Creative and partner blocks once, relaxation on two days; what found no place, and why."""
        missing: dict[str, str] = {}
        theme = most_mastered(inputs.mastery, lambda movement: self.mastered(inputs, movement))
        partner = inputs.profile.partner and "partner" not in inputs.profile.restrictions
        for part, kind, times in (("IV.C", "creative", 1), ("IV.B", "partner", 1), ("IV.A", "relaxation", 2)):
            drills = [
                drill
                for drill in self.drills
                if drill.kind == kind and allowed(drill) and (theme or not drill.of_mastered)
            ]
            drills.sort(key=lambda drill: (not drill.of_mastered, filling.rank(drill.key)))
            for time in range(times):
                if not drills:
                    missing[part] = "no drill of the library is allowed."
                    break
                drill = drills[time % len(drills)]
                content = Content(
                    drill=drill,
                    movement=(theme or "") if drill.of_mastered else "",
                    minutes=drill.minutes,
                    reason=_SECTION_FOUR_WORDS[kind]
                    + ("" if kind != "partner" or partner else " Alone: do what stands under solo."),
                    limit="quota",
                )
                if not filling.place_once(content):
                    missing[part] = "no day has room for it within the rules."
        return missing


_SECTION_FOUR_WORDS = {
    "creative": "Developing thinking (IV.C), once a week; it is not scored.",
    "partner": "Peer interaction (IV.B), once a week; it is not scored.",
    "relaxation": "Reducing stress (IV.A), twice a week; it is not scored.",
}


def _plan(week: WeekDraft, inputs: PlanInputs, limits: Limits, notes: list[str]) -> WeekPlan:
    days = []
    for place, contents in enumerate(week.days):
        day = inputs.start + timedelta(days=place)
        blocks = assemble(contents, week.frame, short=week.short[place])
        if limits.closed[place]:
            reason = "What you entered for this day is done; nothing is added."
        elif blocks:
            reason = "Training." if any(each.main for each in contents) else "Recovery only."
        else:
            reason = "Rest." if limits.time[place] else "No time on this weekday."
        days.append(PlannedDay(day=day, blocks=blocks, reason=reason))
    plan = WeekPlan(start=inputs.start, days=tuple(days), message="", seed=inputs.seed)
    if plan.empty:
        time = any(each >= SHORT_WARM_UP + STEP for each in limits.time)
        why = " ".join(notes) if time else "No day has ten minutes of time."
        return replace(plan, message=f"Nothing is planned this week. {why}".strip())
    trained = sum(day.training for day in days)
    return replace(plan, message=f"{trained} training days, {plan.minutes} minutes, {plan.load} AU.")


def _limit_notes(limits: Limits) -> list[str]:
    """Why the week may hold what it may."""
    notes = [f"H3: at most {limits.week:.0f} AU; your recent usual week is {limits.usual:.0f}."]
    if limits.young:
        notes.append("H3: no growth in the first 28 days.")
    elif limits.missing >= 3:
        notes.append(f"H3: no growth, because {limits.missing} of the last seven days are missing.")
    if limits.unknown_before:
        notes.append(
            f"H2: {limits.unknown_before} of the six days before have no entry and count as danced. "
            "Enter rest days too."
        )
    return notes


def _places_missing(plan: WeekPlan, missing: dict[str, str]) -> dict[str, str]:
    """Parts of section IV below their quota in the finished plan, with why."""
    found = {"IV.A": 0, "IV.B": 0, "IV.C": 0}
    for day in plan.days:
        for part in {block.part for block in day.blocks} & set(found):
            found[part] += 1
    quota = {"IV.A": 2, "IV.B": 1, "IV.C": 1}
    return {
        part: missing.get(part, "it was taken out with what the rules took.")
        for part in found
        if found[part] < quota[part]
    }
