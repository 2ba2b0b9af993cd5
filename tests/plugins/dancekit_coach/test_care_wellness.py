"""Check-ins against the own past, PSS-10, and red flags."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import mean, pstdev

import pytest
from care_dancers import START, dancers, steady
from care_literal import gate as literal_gate
from dancekit_coach.diary import CheckIn
from dancekit_coach.plan import PlanInputs
from dancekit_coach.red_flags import (
    READINESS,
    SIGNS,
    RedFlag,
    answer_readiness,
    clear,
    stop_message,
)
from dancekit_coach.wellness import Hooper, pss10
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

HOOPER = Hooper()


def entry(back: int, *items: int | None) -> CheckIn:
    sleep, fatigue, stress, soreness = items if len(items) == 4 else items * 4
    day = START - timedelta(days=back)
    return CheckIn(day=day, sleep=sleep, fatigue=fatigue, stress=stress, soreness=soreness)


PAST = [entry(back, 2, 2, 2, 2 + back % 2) for back in range(2, 16)]


def test_the_gate_opens_and_closes() -> None:
    totals = [8 + back % 2 for back in range(2, 16)]
    limit = mean(totals) + 1.5 * pstdev(totals)
    assert 9 < limit < 10
    for items, gate in (((2, 2, 2, 3), "open"), ((2, 2, 3, 3), "easy")):
        verdict = HOOPER.judge([*PAST, entry(1, 2), entry(0, *items)], START)
        assert verdict.gate == gate
        assert verdict.total == sum(items)
        assert verdict.mean == pytest.approx(mean(totals))
        assert verdict.deviation == pytest.approx(pstdev(totals))
    assert HOOPER.judge([*PAST, entry(1, 5), entry(0, 5)], START).gate == "recovery"
    assert HOOPER.judge([*PAST, entry(1, 5), entry(0, 2)], START).gate == "open"


def test_equal_check_ins_are_not_bad_and_the_first_worse_one_is() -> None:
    past = [entry(back, 3) for back in range(2, 16)]
    assert HOOPER.judge([*past, entry(1, 3), entry(0, 3)], START).gate == "open"
    assert HOOPER.judge([*past, entry(1, 3), entry(0, 3, 3, 3, 4)], START).gate == "easy"


def test_fewer_than_ten_entries_are_no_baseline() -> None:
    for count, gate in ((9, "open"), (10, "recovery")):
        past = [entry(back, 2, 2, 2, 2 + back % 2) for back in range(2, 2 + count)]
        verdict = HOOPER.judge([*past, entry(1, 7), entry(0, 7)], START)
        assert verdict.gate == gate
    assert "there are 9." in HOOPER.judge([*PAST[:9], entry(1, 7), entry(0, 7)], START).words
    old = [replace(each, day=each.day - timedelta(days=40)) for each in PAST]
    assert HOOPER.judge([*old, entry(1, 7), entry(0, 7)], START).gate == "open"
    assert HOOPER.judge([], START).gate == "open"


def test_missing_items_are_never_good() -> None:
    bad, silent = entry(0, 7, 7, None, None), entry(0, None)
    assert HOOPER.judge([*PAST, entry(1, 2), bad], START).gate == "easy"
    assert HOOPER.judge([*PAST, entry(1, 2), bad], START).total is None
    # Silence leaves the bad check-in before it in force; so does time.
    assert HOOPER.judge([*PAST, entry(1, 7), silent], START).gate == "easy"
    assert HOOPER.judge([*PAST, entry(1, 7)], START + timedelta(days=9)).gate == "easy"
    assert HOOPER.judge([*PAST, entry(0, 7)], START - timedelta(days=1)).gate == "open"


@settings(max_examples=200, deadline=None)
@given(inputs=dancers)
def test_the_gate_is_the_literal_one(inputs: PlanInputs) -> None:
    gate = HOOPER.judge(inputs.diary.check_ins, inputs.start + timedelta(days=6)).gate  # the week has begun
    assert gate == ("open", "easy", "recovery")[literal_gate(inputs)]


def test_pss10() -> None:
    assert pss10([0] * 10) == 16
    assert pss10([4] * 10) == 24
    assert pss10([4, 4, 4, 0, 0, 4, 0, 0, 4, 4]) == 40
    assert pss10([0, 0, 0, 4, 4, 0, 4, 4, 0, 0]) == 0


@given(answers=st.lists(st.integers(0, 4), min_size=10, max_size=10))
def test_pss10_is_the_literal_sum(answers: list[int]) -> None:
    total = 0
    for item, answer in enumerate(answers, 1):
        total += (4 - answer) if item in {4, 5, 7, 8} else answer
    assert pss10(answers) == total


@pytest.mark.parametrize("answers", [[0] * 9, [0] * 9 + [5], [0] * 9 + [None], [0] * 9 + [1.5], "0000000000"])
def test_pss10_refuses_what_it_cannot_sum(answers: list[int]) -> None:
    with pytest.raises(DataError, match="PSS-10"):
        pss10(answers)


def test_messages_put_the_most_urgent_first_and_cleared_flags_are_silent() -> None:
    flags = [RedFlag(sign="fever", raised_on=START), RedFlag(sign="chest_pain", raised_on=START)]
    message = stop_message(flags)
    assert message.index("emergency number") < message.index("doctor")
    assert "Fever" in message
    assert stop_message([replace(flags[0], cleared_on=START)]) == ""
    crisis = [RedFlag(sign="self_harm", raised_on=START)]
    assert "crisis line" in stop_message(crisis)
    assert "Call 000" in stop_message(crisis, local_help="Call 000.")


def test_every_sign_stops() -> None:
    for sign in SIGNS:
        assert stop_message([RedFlag(sign=sign, raised_on=START)]).startswith("Stop.")


def test_a_flag_is_cleared_by_advice_only_and_for_a_minor_by_the_guardian() -> None:
    flag, adult = RedFlag(sign="head_blow", raised_on=START), steady().profile
    minor = replace(adult, age=14, guardian="Mother")
    cleared = clear(flag, by="Me", advised=True, day=START, profile=adult)
    assert not cleared.active
    assert clear(flag, by="Mother", advised=True, day=START, profile=minor).cleared_by == "Mother"
    for by, advised, day, profile, words in (
        ("Me", False, START, adult, "No professional"),
        ("Me", True, START, minor, "guardian"),
        ("", True, START, adult, "Who confirms"),
        ("Me", True, START - timedelta(days=1), adult, "raised on"),
    ):
        with pytest.raises(DataError, match=words):
            clear(flag, by=by, advised=advised, day=day, profile=profile)


def test_readiness() -> None:
    no = dict.fromkeys(READINESS, False)
    assert answer_readiness(no, START) == ()
    (flag,) = answer_readiness({**no, "heart": True}, START)
    assert flag.active
    with pytest.raises(DataError, match="not answered"):
        answer_readiness({"heart": False}, START)
    with pytest.raises(DataError, match="A question"):
        answer_readiness({**no, "hearth": False}, START)
    with pytest.raises(DataError, match="The sign"):
        RedFlag(sign="headache", raised_on=date(2026, 1, 1))
