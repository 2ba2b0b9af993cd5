"""Profiles: absurd ones are refused in words, good ones survive JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from care_dancers import START, dancers, steady
from dancekit_coach.care_checks import name, names, number, pain_map, whole
from dancekit_coach.faults import Fault
from dancekit_coach.plan import PlanInputs
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.profile import DancerProfile, Presentation, a_date, zone
from hypothesis import given, settings

from dancekit.errors import DataError

NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"age": -3}, "age"),
        ({"age": NAN}, "age"),
        ({"age": 17.5}, "age"),
        ({"age": True}, "age"),
        ({"age": 12}, "guardian"),
        ({"availability": (60,) * 6}, "seven numbers"),
        ({"availability": (60,) * 6 + (1441,)}, "weekday"),
        ({"availability": (60,) * 6 + (-1,)}, "weekday"),
        ({"usual_weekly_minutes": NAN}, "usual weekly minutes"),
        ({"usual_weekly_minutes": float("inf")}, "usual weekly minutes"),
        ({"usual_effort": 11}, "usual effort"),
        ({"usual_days": 7}, "usual training days"),
        ({"usual_days": 0}, "no days"),
        ({"usual_weekly_minutes": 0}, "no minutes"),
        ({"experience": "profesional"}, "Did you mean 'professional'"),
        ({"excluded_regions": ("kne",)}, "Did you mean 'knee'"),
        ({"excluded_regions": ("knee", "knee")}, "twice"),
        ({"goals": "walking"}, "list of names"),
        ({"timezone": "Europe/Berlim"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"declared_on": "2026-01-01"}, "declaration"),
        ({"consent": "yes"}, "consent"),
        ({"partner": 1}, "partner"),
        ({"presentation": "words"}, "presentation"),
        ({"guardian": "a\nb"}, "one line"),
    ],
)
def test_absurd_profiles_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        replace(steady().profile, **changes)  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None)
@given(inputs=dancers)
def test_a_profile_survives_json(inputs: PlanInputs) -> None:
    profile = inputs.profile
    assert DancerProfile.from_dict(json.loads(json.dumps(profile.to_dict()))) == profile


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"declared_on": "2026-01-01"}, "lacks 'age'"),
        ({"age": 20, "declared_on": "yesterday"}, "Write it as"),
        ({"age": 20, "declared_on": "2026-01-01", "goal": []}, "Did you mean 'goals'"),
        ({"age": 20, "declared_on": "2026-01-01", "presentation": {"colour": 1}}, "presentation"),
    ],
)
def test_wrong_json_is_refused(content: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        DancerProfile.from_dict(content)


def test_how_things_are_shown_changes_no_plan() -> None:
    planner, inputs = WeekPlanner(), steady()
    other = replace(inputs.profile, presentation=Presentation(first="try", feedback="overlay", numbers=True))
    assert planner.plan(replace(inputs, profile=other)) == planner.plan(inputs)
    with pytest.raises(DataError, match="What comes first"):
        Presentation(first="dream")  # type: ignore[arg-type]


def test_checks_of_values() -> None:
    assert number(3, "it", 0, 5) == 3.0
    assert whole(3.0, "it", 0, 5) == 3
    assert names(["a", "b"], "they") == ("a", "b")
    assert dict(pain_map({"knee": 3, "ankle": 1}, "pain") or {}) == {"ankle": 1.0, "knee": 3.0}
    assert pain_map(None, "pain") is None
    assert a_date("2026-03-29", "it") == date(2026, 3, 29)
    assert zone("Asia/Tokyo").key == "Asia/Tokyo"
    for wrong in ([3], {"soul": 3}, {"knee": 11}, {"knee": NAN}):
        with pytest.raises(DataError):
            pain_map(wrong, "The pain")
    with pytest.raises(DataError, match="200"):
        name("x" * 201, "It")
    with pytest.raises(DataError, match="The start"):
        PlanInputs(start="2026-01-01", profile=steady().profile)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="The seed"):
        PlanInputs(start=START, profile=steady().profile, seed=-1)


def test_faults_within_the_error_are_none() -> None:
    fault = Fault(movement="waving", measure="timing", phase="rise", error=-9, detectable=10, tolerance=5)
    assert fault.severity < 0
    assert replace(fault, error=-20).severity == 2
    with pytest.raises(DataError, match="tolerance"):
        replace(fault, tolerance=0)
