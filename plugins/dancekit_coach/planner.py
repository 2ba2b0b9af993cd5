"""The plan of a week: blocks of section IV, then what is needed most; then less, for the dancer's sake."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dancekit_coach.care_interfaces import DrillLibrary, MasteryModel, Planner, WellnessScale
from dancekit_coach.drill_choice import without_drill
from dancekit_coach.drill_file import YamlDrills
from dancekit_coach.drills import Drill, check_library
from dancekit_coach.filling import STEP, Filling
from dancekit_coach.limits import Limits
from dancekit_coach.mastery import LocalLevel
from dancekit_coach.plan import PlanInputs, PlannedDay, WeekPlan, empty_plan
from dancekit_coach.red_flags import stop_message
from dancekit_coach.reductions import care_for, reduce_week
from dancekit_coach.rules import keep_rules
from dancekit_coach.section_four import below_quota, place_section_four
from dancekit_coach.session_building import SHORT, SHORT_WARM_UP, assemble, choose_frame
from dancekit_coach.subjects import allowed_drills, begun_lately, find_subjects
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
            return self._kept(
                empty_plan(inputs, stop_message(inputs.flags, local_help=inputs.profile.local_help)), inputs
            )
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
        missing = place_section_four(
            filling, inputs, self.drills, allowed, lambda movement: self.mastered(inputs, movement)
        )
        subjects = find_subjects(inputs, self.drills, self.mastery, allowed, rank)
        filling.fill(subjects, begun_lately(inputs))
        verdict = self.wellness.judge(inputs.diary.check_ins, inputs.last)
        care = care_for(inputs, verdict.gate)
        reduced = reduce_week(
            filling.finished(), inputs, care, drills=self.drills, allowed=allowed, rank=rank
        )
        reasons = [
            *reduced.notes,
            *([] if verdict.gate == "open" else [f"{verdict.words.removesuffix('.')} (H9)."]),
        ]
        plan = _plan(reduced.week, inputs, limits, reasons)
        notes = [*_limit_notes(limits), *without_drill(inputs.faults, self.drills, allowed)]
        if not plan.empty:
            notes = [*reasons, *notes, *below_quota(plan, missing)]
        return self._kept(replace(plan, notes=tuple(notes)), inputs)

    def mastered(self, inputs: PlanInputs, movement: str) -> bool:
        state = inputs.mastery.get(movement)
        return state is not None and self.mastery.mastered(state, inputs.start)

    def _kept(self, plan: WeekPlan, inputs: PlanInputs) -> WeekPlan:
        gate = self.wellness.judge(inputs.diary.check_ins, inputs.last).gate
        drills = {drill.key: drill for drill in self.drills}
        return keep_rules(plan, inputs, gate, drills, lambda movement: self.mastered(inputs, movement))


def _plan(week: WeekDraft, inputs: PlanInputs, limits: Limits, reasons: Sequence[str]) -> WeekPlan:
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
        return replace(plan, message=f"Nothing is planned this week. {_why_empty(limits, reasons)}")
    trained = sum(day.training for day in days)
    many = "1 training day" if trained == 1 else f"{trained or 'No'} training days"
    return replace(plan, message=f"{many}, {plan.minutes} minutes, {plan.load} AU.")


def _why_empty(limits: Limits, reasons: Sequence[str]) -> str:
    if not any(each >= SHORT_WARM_UP + STEP for each in limits.time):
        left = "No day that is left" if any(limits.closed) else "No day"
        return f"{left} has ten minutes of time."
    return " ".join(reasons) or "Rest days and the limits of the week leave no room."


def _limit_notes(limits: Limits) -> list[str]:
    """Why the week may hold what it may."""
    notes = [f"At most {limits.week:.0f} AU; your recent usual week is {limits.usual:.0f} (H3)."]
    if limits.young:
        notes.append("No growth in the first 28 days of the diary (H3).")
    elif limits.missing >= 3:
        notes.append(f"No growth, because {limits.missing} of the last seven days are missing (H3).")
    if limits.unknown_before:
        notes.append(
            "Days without an entry among the last six count as danced (H2); there are "
            f"{limits.unknown_before}. Enter rest days too."
        )
    return notes
