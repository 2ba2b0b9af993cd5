"""The page of a week: what to do on which day and why, the load behind it, and health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dancekit_coach.diary import Diary
from dancekit_coach.drill_choice import real_faults
from dancekit_coach.load import LoadSummary
from dancekit_coach.plan import SECTION_FOUR, PlanInputs, WeekPlan
from dancekit_coach.red_flags import SIGNS, stop_message
from dancekit_coach.report_base import render
from dancekit_coach.report_limits import WEEK_LIMITS
from dancekit_coach.result import plain
from dancekit_coach.week_figures import load_chart, wellness_chart
from dancekit_coach.wellness import WellnessVerdict

KINDS: Mapping[str, str] = {
    "warm_up": "warm-up",
    "skill": "movement",
    "conditioning": "strength and endurance",
    "partner": "with a partner",
    "creative": "creating",
    "cool_down": "cool-down",
    "relaxation": "relaxing",
}

RULES: Mapping[str, str] = {
    "H1": "An active red flag stops all training.",
    "H2": "Rest days, and hours of activity for minors.",
    "H3": "The week is no more than a tenth above the usual one.",
    "H4": "No day far above the heaviest recent one, hard days apart, within the time of the day.",
    "H5": "The short average of the load stays near the long one.",
    "H6": "The week has variety.",
    "H7": "Each session is whole: warm-up, main part, cool-down.",
    "H8": "Pain takes out what loads it.",
    "H9": "Feeling worse than usual makes days easier.",
    "H10": "Few new movements, and what they need first.",
    "H11": "Every block has a reason.",
}

LIMITS: Mapping[str, str] = {
    "H1": "a red flag (H1)",
    "H2": "the hours of minors (H2)",
    "H3": "the limit of the week (H3)",
    "H4": "the limit of a day (H4)",
    "H5": "the averages of the load (H5)",
    "H6": "the variety of the week (H6)",
    "H7": "its place in the session (H7)",
    "H8": "pain or a broken-off session (H8)",
    "H9": "how you felt (H9)",
    "H10": "new movements (H10)",
    "time": "the time of the day",
    "drill": "the drill’s own length",
    "enough": "more would add little",
    "quota": "a fixed block",
}


@dataclass(frozen=True, kw_only=True)
class WeekPage:
    """What the page of a week shows.

    Attributes:
        certainty: movement -> how surely it is mastered at the start of the week, 0 to 1.
        due: movement -> when it should be reviewed again; None where it was never mastered.
    """

    dancer: str
    plan: WeekPlan
    inputs: PlanInputs
    load: LoadSummary
    wellness: WellnessVerdict
    certainty: Mapping[str, float]
    due: Mapping[str, date | None]

    @property
    def movements(self) -> list[str]:
        """Movements of which a review is kept or given."""
        return sorted({*self.inputs.mastery, *(fault.movement for fault in self.inputs.faults)})

    @property
    def stop(self) -> str:
        return stop_message(self.inputs.flags, local_help=self.inputs.profile.local_help)


def render_week(page: WeekPage) -> str:
    """The whole page; equal contents give equal pages, and every name and text is escaped."""
    diary, start = page.inputs.diary, page.inputs.start
    return render(
        "week.html",
        page=page,
        plan=page.plan,
        inputs=page.inputs,
        load=page.load,
        wellness=page.wellness,
        load_chart=load_chart(diary, page.plan, page.load.usual),
        wellness_chart=wellness_chart(diary.check_ins, page.wellness, start),
        pain=_pain(diary, page.inputs),
        found={movement: real_faults(movement, page.inputs.faults)[:2] for movement in page.movements},
        flags=[(SIGNS[flag.sign].text, flag) for flag in page.inputs.flags],
        kinds=KINDS,
        rules=RULES,
        reasons=LIMITS,
        parts=SECTION_FOUR,
        limits=WEEK_LIMITS,
    )


def week_mapping(page: WeekPage) -> dict[str, Any]:
    """The week as plain data; the same inputs give the same mapping."""
    return {
        "schema": 1,
        "plan": page.plan.to_dict(),
        "load": plain(vars(page.load)),
        "mastery": {
            movement: {
                **state.to_dict(),
                "certainty": page.certainty[movement],
                "due": _iso(page.due[movement]),
            }
            for movement, state in page.inputs.mastery.items()
        },
        "faults": [vars(fault) for fault in page.inputs.faults],
        "wellness": plain(vars(page.wellness)),
        "flags": [flag.sign for flag in page.inputs.flags if flag.active],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _pain(diary: Diary, inputs: PlanInputs) -> list[tuple[str, list[tuple[date, float]]]]:
    """Each region that hurt in the last four weeks, with all answers since it first did; the worst first."""
    first = inputs.start - timedelta(days=28)
    asked = [each for each in diary.pain(inputs.last) if each[0] >= first]
    regions: dict[str, list[tuple[date, float]]] = {}
    for day, answers in asked:
        for region in {*regions, *(region for region, value in answers.items() if value)}:
            regions.setdefault(region, []).append((day, answers.get(region, 0.0)))
    return sorted(regions.items(), key=lambda each: (-max(value for _, value in each[1]), each[0]))
