"""The pages of the coach: all that was found is there, nothing from outside, and hostile names stay text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from dancekit_coach.diary import CheckIn, Diary, Session
from dancekit_coach.load import summarise_load
from dancekit_coach.mastery import LocalLevel, Trial, mastery_of
from dancekit_coach.motion import prepared
from dancekit_coach.plan import PlanInputs
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.profile import DancerProfile
from dancekit_coach.red_flags import RedFlag
from dancekit_coach.report_page import ReviewPage, render_review
from dancekit_coach.report_progress import Progress
from dancekit_coach.report_skeletons import DRAWN, Overlay
from dancekit_coach.report_words import verdict
from dancekit_coach.result import Review
from dancekit_coach.review import Options, review
from dancekit_coach.scoring import Score
from dancekit_coach.week_page import WeekPage, render_week, week_mapping
from dancekit_coach.wellness import Hooper
from synthetic import LAYOUT, RATE, dance

from dancekit.data.clips import Clip

HOSTILE = '</script><img src=x onerror="alert(1)">'
START = date(2026, 11, 30)


def clip(points: np.ndarray, name: str) -> Clip:
    return Clip.of(points, label=0, name=name, frame_rate=RATE)


@cache
def a_review() -> Review:
    """A bent elbow, hostile names."""
    student, teacher = clip(dance(elbow=40.0), HOSTILE), clip(dance(), "the " + HOSTILE)
    return review(student, teacher, layout=LAYOUT, mirror="off", options=Options(together=True))


@cache
def a_page() -> str:
    found = a_review()
    motions = [
        prepared(clip(points, "x"), LAYOUT, rate=found.rate) for points in (dance(elbow=40.0), dance())
    ]
    warp = np.array([np.nan if second is None else second for second in found.warp])
    trials = [
        Trial(movement=HOSTILE, day=date(2026, 11, day), score=60.0 + day, width=9.0) for day in (2, 9, 9)
    ]
    progress = Progress.of(HOSTILE, trials)
    return render_review(
        ReviewPage(review=found, overlay=Overlay.of(*motions, warp), progress=progress, notes=(HOSTILE,))
    )


class Elements(HTMLParser):
    """The elements of a page with their attributes; what stands in text is text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_page(page: str) -> None:
    """Nothing from outside, no handler, one script beside the data, and the policy that says so."""
    parser = Elements()
    parser.feed(page)
    assert "default-src 'none'" in page and "url(" not in page and "@import" not in page
    for tag, attributes in parser.found:
        assert tag not in ("img", "iframe", "link", "object", "embed", "form", "base"), tag
        assert not any(name.startswith("on") or name in ("src", "action", "style") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    scripts = [attributes for tag, attributes in parser.found if tag == "script"]
    assert sum("type" not in attributes for attributes in scripts) == 1
    assert all(attributes.get("type", "application/json") == "application/json" for attributes in scripts)
    assert page.count("<section") == page.count("</section>") >= 2


def test_a_review_is_shown_and_asks_nobody() -> None:
    page = a_page()
    check_page(page)
    assert "&lt;/script&gt;" in page
    for section in (
        "say",
        "together",
        "form",
        "curves",
        "timing",
        "measures",
        "progress",
        "limits",
        "repeat",
    ):
        assert f'id="{section}"' in page and f'href="#{section}"' in page
    assert a_review().cues[0].words in page
    assert "not a medical device" in page and "margin of stability" in page
    assert page == a_page.__wrapped__()


def test_the_elbow_alone_is_coloured_and_the_rest_is_within_the_error() -> None:
    page = a_page()
    coloured = re.findall(r"<title>([^<]*) \(beyond tolerance\)", page)
    assert coloured and all(re.match(r"left elbow [34]\d° more bent, ", each) for each in coloured)
    assert page.count("within the error of measurement);") > 10
    assert page.count('class="on-noise">≈</text>') == page.count("(within the error of measurement);")
    assert re.search(r'class="on-more-[23]">\+[34]\d</text>', page)


def test_the_skeletons_lie_on_one_another_whatever_the_view() -> None:
    points = dance()
    angle = np.radians(137)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    turned = 0.4 * points @ turn.T + [3.0, 0.0, -2.0]
    first, second = (prepared(clip(each, "x"), LAYOUT, rate=30.0) for each in (points, turned))
    overlay = Overlay.of(second, first, np.arange(len(first.points)) / 30.0)
    for view in overlay.views.values():
        assert np.nanmax(np.abs(view[0] - view[1])) <= 1.0  # rounded to units of the picture
    front, side = overlay.views.values()
    left, right = (DRAWN.index(f"{side}_shoulder") for side in ("left", "right"))
    assert (front[..., left, 0] > front[..., right, 0]).all()
    assert (front[..., DRAWN.index("head"), 1] < front[..., DRAWN.index("pelvis"), 1]).all()
    assert not overlay.flat and side.shape == front.shape


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (92.0, 97.0, "very close to the reference."),
        (70.0, 80.0, "between “the same movement, with clear differences” and “close to the reference”"),
        (20.0, 40.0, "far from"),
    ],
)
def test_the_verdict_is_no_surer_than_its_interval(low: float, high: float, words: str) -> None:
    score = Score(
        value=(low + high) / 2, low=low, high=high, coverage=1.0, withheld="", components={}, draws=()
    )
    assert words in verdict(replace(a_review(), score=score))
    assert verdict(replace(a_review(), score=None)).startswith("No score")


def test_nothing_measured_is_not_nothing_wrong() -> None:
    found = replace(a_review(), cues=())
    assert "Nothing stands out" in render_review(ReviewPage(review=found))
    page = render_review(ReviewPage(review=replace(found, form=(), curves=())))
    assert "too little to say anything" in page and "Nothing stands out" not in page


def test_a_refused_review_has_a_reason_and_no_figures() -> None:
    found = replace(
        a_review(), refused="another movement", score=None, cues=(), form=(), timing=None, curves=(), lag=()
    )
    page = render_review(ReviewPage(review=found))
    check_page(page)
    assert "Another movement." in page and 'id="form"' not in page and 'id="timing"' not in page


def week(*flags: RedFlag, name: str = "anna") -> WeekPage:
    days = [START - timedelta(days=back) for back in range(1, 29)]
    diary = Diary(
        sessions=tuple(
            Session(day=day, minutes=50, rpe=4) if day.weekday() in (1, 3) else
            Session(day=day, minutes=0, kind="rest")
            for day in days[2:]
        ),
        check_ins=tuple(
            CheckIn(day=day, sleep=3, fatigue=3, stress=3, soreness=None if day.day == 9 else 2,
                    pain={"knee": 2.0})
            for day in days
        ),
    )  # fmt: skip
    profile = DancerProfile(
        age=30, availability=(0, 60, 0, 60, 0, 60, 0), usual_weekly_minutes=100, usual_effort=4,
        usual_days=2, declared_on=days[-1], goals=("waving",), consent=True,
    )  # fmt: skip
    trials = [Trial(movement=HOSTILE, day=days[5], score=70, width=9)]
    inputs = PlanInputs(
        start=START,
        profile=profile,
        diary=diary,
        mastery=mastery_of(LocalLevel(), trials),
        flags=flags,
    )
    return WeekPage(
        dancer=name,
        plan=WeekPlanner().plan(inputs),
        inputs=inputs,
        load=summarise_load(diary, profile, START),
        wellness=Hooper().judge(diary.check_ins, START),
        certainty=dict.fromkeys(inputs.mastery, 0.3),
        due=dict.fromkeys(inputs.mastery),
    )


def test_a_week_has_every_block_with_its_reason() -> None:
    page = week(name=HOSTILE)
    text = render_week(page)
    check_page(text)
    assert not page.plan.empty
    for day in page.plan.days:
        assert str(day.day) in text
    assert text.count('class="minutes"') == sum(len(day.blocks) for day in page.plan.days)
    assert text.count('class="missing"') == 2 and text.count('class="planned"') == sum(
        bool(day.load) for day in page.plan.days
    )
    assert 'class="partial"' in text and "knee" in text and "no risk number" in text
    assert text == render_week(week(name=HOSTILE)) and week_mapping(page) == week_mapping(week())


def test_a_red_flag_stands_first_and_no_day_is_planned() -> None:
    text = render_week(week(RedFlag(sign="chest_pain", raised_on=START)))
    check_page(text)
    assert 'role="alert"' in text and "emergency number" in text and 'id="days"' not in text
