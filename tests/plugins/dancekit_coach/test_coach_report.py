"""What stands on the page of a review, part by part: words, figures over time, key frames, bars, progress."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from dancekit_coach.angles import ANGLES, PLACES, joint_angles
from dancekit_coach.body import JOINTS
from dancekit_coach.cues import Cue
from dancekit_coach.form import FormError
from dancekit_coach.mastery import LocalLevel, Trial, mastery_of
from dancekit_coach.motion import prepared
from dancekit_coach.phases import Phase
from dancekit_coach.report_angles import KINDS, angle_order, angle_words, difference_words
from dancekit_coach.report_bars import score_bar, sides_bar, sides_words
from dancekit_coach.report_curves import angle_chart, excess_of
from dancekit_coach.report_heat_map import figure, heat_map, told
from dancekit_coach.report_progress import Progress, progress_chart
from dancekit_coach.report_skeletons import DRAWN, Overlay
from dancekit_coach.report_timing import tempo_words, timing_facts, timing_strip
from dancekit_coach.report_words import cue_words, found_words, quality_words, score_words, summary
from dancekit_coach.result import Curve, Quality, Review
from dancekit_coach.review import Options, review
from dancekit_coach.symmetry import Symmetry
from synthetic import LAYOUT, as_clip, dance


@cache
def late(together: bool) -> Review:
    """Danced 0.3 s late and a fifth slower."""
    student = as_clip(dance(late=9.0, tempo=0.8, frames=180))
    return review(student, as_clip(dance()), layout=LAYOUT, options=Options(together=together))


def error(degrees: float, *, beyond_error: bool = True, beyond_tolerance: bool = True) -> FormError:
    return FormError(
        angle="right_knee_flexion", phase="move 1", error=degrees, mean_absolute=abs(degrees),
        largest=abs(degrees), detectable=3.0, tolerance=15.0, frames=20, beyond_error=beyond_error,
        beyond_tolerance=beyond_tolerance,
    )  # fmt: skip


def test_every_angle_has_words_for_more_and_less() -> None:
    names = [angle.name for angle in ANGLES]
    assert {name.removeprefix("left_").removeprefix("right_") for name in names} == set(KINDS)
    assert len({angle_words(name) for name in names}) == len(names)
    for name in names:
        more, less = difference_words(name, 12.4), difference_words(name, -12.4)
        assert "12°" in more and "12°" in less and more != less and "{" not in more + less
    assert angle_words("elbow_flexion") == "elbow bend" and angle_words("whole_body") == "whole body"
    assert sorted([*reversed(names), "sway"], key=angle_order) == [*names, "sway"]


def test_more_twist_is_to_the_right_and_more_lean_to_the_left() -> None:
    upright = dance(frames=2)[:, [LAYOUT.index(name) for name in JOINTS]]
    left, right, pelvis = (JOINTS.index(name) for name in ("left_shoulder", "right_shoulder", "pelvis"))
    across = upright[0, left] - upright[0, right]
    forward = np.cross(across, [0.0, 1.0, 0.0])
    twisted = upright.copy()
    twisted[:, left] += 0.3 * forward  # with the left shoulder ahead they are turned to the right
    twisted[:, right] -= 0.3 * forward
    change = (joint_angles(twisted) - joint_angles(upright))[0, PLACES["trunk_twist"]]
    assert abs(change) > 10
    assert difference_words("trunk_twist", change).endswith("turned further to the right")
    leaning = upright.copy()
    leaning[upright[..., 1] > upright[:, [pelvis], 1]] += 0.3 * across
    change = (joint_angles(leaning) - joint_angles(upright))[0, PLACES["trunk_inclination_left"]]
    assert abs(change) > 5
    assert difference_words("trunk_inclination_left", change).endswith("further to the left")


def test_a_cell_is_told_by_sign_and_weight_and_by_nothing_where_it_is_noise() -> None:
    assert figure(error(-25)) == "−25" and figure(error(25)) == "+25"
    assert figure(error(4, beyond_error=False, beyond_tolerance=False)) == "≈"
    assert told(error(-25)).startswith("right knee 25° straighter, move 1 (beyond tolerance)")
    assert "real, within tolerance" in told(error(9, beyond_tolerance=False))
    phases = [Phase(name=f"move {n}", kind="move", start=9 * n, stop=9 * n + 9) for n in (1, 2)]
    styles = [error(-25), replace(error(45), phase="move 2"), replace(error(9), angle="left_knee_flexion")]
    drawn = heat_map(styles, phases)
    assert re.findall(r'<rect[^>]*class="([^"]*)"', drawn) == [
        *("more-1", "blank"),
        *("less-2", "more-3"),
    ]
    assert "left knee bend, move 2: not measured" in drawn and "elbow" not in drawn


def test_long_names_of_phases_stand_upright() -> None:
    many = [Phase(name=f"cycle {n}", kind="cycle", start=9 * n, stop=9 * n + 9) for n in range(24)]
    assert heat_map([error(9)], many).count("rotate(-60)") == 24
    assert "rotate" not in heat_map([error(9)], many[:4])


def test_a_line_breaks_where_nothing_was_seen_and_the_band_too() -> None:
    found = late(together=False)
    gap = (None,) * 20
    ramp = tuple(float(value) for value in range(40))
    curve = Curve(angle="head_tilt", student=ramp + gap + ramp, reference=(0.0,) * 40 + gap + (0.0,) * 40,
                  tolerance=(10.0,) * 100)  # fmt: skip
    drawn = angle_chart(curve, replace(found, warp=(0.0,) * 100))
    paths = dict(re.findall(r'<path d="([^"]*)" class="(reference|dancer)"', drawn))
    assert [path.count("M") for path in paths] == [2, 2] and drawn.count('class="band"') == 2
    beyond = np.maximum(np.arange(40.0) - 10, 0)
    assert excess_of(curve) == pytest.approx(beyond.mean())
    across = Curve(angle="trunk_twist", student=(179.0,), reference=(-179.0,), tolerance=(1.0,))
    assert excess_of(across) == pytest.approx(1.0)
    assert excess_of(replace(across, student=(None,))) == -1


def test_lag_counts_from_the_music_or_from_where_each_began() -> None:
    together, apart = late(together=True), late(together=False)
    lags = [value for value in together.lag if value is not None]
    strip, counted = timing_strip(together), timing_strip(apart)
    assert strip is not None and counted is not None and together.timing is not None
    (most,), (less,) = (re.findall(r"at most ([\d.]+) s", drawn) for drawn in (strip, counted))
    assert float(most) == pytest.approx(max(lags), abs=0.006)
    assert float(less) == pytest.approx(max(lags) - together.timing.start_lag, abs=0.006)
    assert 'class="late"' in strip and 'class="early"' not in strip
    bars = re.findall(r'<path d="M([\d.]+) [^"]*" class="late"', strip)
    assert all(52 <= float(x) <= 1026 for x in bars)
    assert timing_strip(replace(apart, lag=(None, None))) is None


def test_timing_in_words() -> None:
    facts = dict(timing_facts(late(together=True).timing))  # type: ignore[arg-type]
    assert facts["Start"].endswith("s late") and facts["Tempo"] == "20% slower"
    assert "Start" not in dict(timing_facts(late(together=False).timing))  # type: ignore[arg-type]
    assert tempo_words(1.05) == "as the reference" and tempo_words(1.5) == "50% quicker"
    early = replace(late(together=True).timing, start_lag=-0.4, at_limit=True, period=1.2)  # type: ignore[type-var]
    facts = dict(timing_facts(early))  # type: ignore[arg-type]
    assert facts["Start"] == "0.40 s early or more" and facts["One cycle lasts"] == "1.20 s"


def test_key_frames_are_of_all_phases_or_evenly_of_many() -> None:
    motion = prepared(as_clip(dance()), LAYOUT, rate=30.0)
    overlay = Overlay.of(motion, motion, np.arange(135) / 30.0)
    phases = [Phase(name=f"cycle_{n}", kind="cycle", start=13 * n, stop=13 * n + 13) for n in range(10)]
    frames = overlay.key_frames(phases)
    assert [each.phase for each in frames] == [f"cycle {n}" for n in (0, 2, 4, 5, 7, 9)]
    assert [each.share for each in overlay.key_frames(phases[:2])] == [round(x / 134, 4) for x in (6, 19)]
    bones = re.findall(r'd="([^"]*)"', frames[0].drawing)
    assert [path.count("M") for path in bones] == [len(DRAWN.bones)] * 2
    late_frames = overlay.views.copy()
    (front, view), *_ = late_frames.items()
    late_frames[front] = view.copy()
    late_frames[front][1, :9] = np.nan  # the dancer comes into the picture in frame 9 of the first 13
    assert replace(overlay, views=late_frames).key_frames(phases[:1])[0].second == pytest.approx(10 / 30)
    unseen = replace(overlay, views={"front": np.full((2, 135, DRAWN.num_joints, 2), np.nan)})
    assert re.findall(r'd="([^"]*)"', unseen.key_frames(phases[:1])[0].drawing) == ["", ""]


def test_sides_are_drawn_where_they_move_more() -> None:
    weak = Symmetry(angle="shoulder_elevation", symmetry_angle=-6.0, reference=1.0, curves=9.0,
                    detectable=1.0, half_cycle=False, beyond_error=True)  # fmt: skip
    (dot,) = re.findall(r'cx="([\d.]+)"', sides_bar(weak))
    assert float(dot) < 75 and sides_words(weak) == "less on the right"
    strong = replace(weak, symmetry_angle=6.0)
    (dot,) = re.findall(r'cx="([\d.]+)"', sides_bar(strong))
    assert float(dot) > 75 and sides_words(strong) == "less on the left"
    assert sides_words(replace(weak, beyond_error=False)) == "as even as the reference"


def test_progress_is_that_of_the_filter_and_of_one_movement() -> None:
    trials = [Trial(movement="waving", day=date(2026, 11, day), score=score, width=8.0)
              for day, score in ((9, 88.0), (2, 70.0), (9, 95.0))]  # fmt: skip
    other = Trial(movement="walking", day=date(2026, 11, 3), score=10.0, width=8.0)
    progress = Progress.of("waving", [*trials, other])
    assert progress is not None and [each.score for each in progress.trials] == [70.0, 88.0, 95.0]
    assert progress.states[-1][1] == mastery_of(LocalLevel(), trials)["waving"]
    assert progress.words.startswith("Not mastered yet.") and f"{progress.sure:.0%}" in progress.words
    drawn = progress_chart(progress)
    assert drawn.count('class="trial"') == 3 and "2026-11-02" in drawn and "88 ± 4" in drawn
    assert Progress.of("waving", [other]) is None
    once = Progress.of("walking", [other])
    assert once is not None and progress_chart(once).count("2026-11-03</text>") == 1


def test_words_on_top() -> None:
    forms = [
        error(25),
        error(9, beyond_tolerance=False),
        error(1, beyond_error=False, beyond_tolerance=False),
    ]
    assert found_words(forms).startswith("1 angle of the body in 1 part of the movement: 1 of 3 differ")
    assert found_words([]) == "No joint could be compared."
    start = Cue(about="start", phase="", side="", words="x", error=0.31, excess=1.0)
    found = late(together=True)
    assert cue_words(start, found) == "The start was 0.30 s late."  # nine frames
    assert "30% slower" in cue_words(replace(start, about="tempo", error=-0.3), found)
    last = found.phases[-1]
    knee = replace(start, about="right_knee_flexion", phase=last.name, error=-20.0)
    assert cue_words(knee, found) == (
        f"In the part “{last.name}”, from {last.start / 30:.1f} s on: right knee 20° straighter."
    )
    assert "two takes" in quality_words(Quality(jitter=0.02, reference_jitter=1.24, takes=2))
    assert "less than 0.1%" in quality_words(Quality(jitter=0.02, reference_jitter=1.24, takes=2))
    assert "4 takes" in quality_words(Quality(jitter=1, reference_jitter=1, takes=4))


def test_a_terminal_hears_the_same() -> None:
    found = late(together=True)
    lines = summary(found)
    assert found.score is not None and score_bar(found.score) is not None
    assert lines[0].startswith("This was") and f"{found.score.high:.0f} of 100" in lines[1]
    assert [line[2:] for line in lines[2:]] == [cue.words for cue in found.cues]
    same = score_words(replace(found.score, low=99.8, high=100.0, coverage=0.82))
    assert same == "100 of 100, with 90% certainty. 82% of what the score counts was measured."
    assert score_words(replace(found.score, value=None, withheld="x")) == "X."
    assert score_bar(replace(found.score, value=None)) is None and score_bar(None) is None
    refused = replace(found, refused="this is other", score=None, cues=())
    assert summary(refused)[1:] == ["This is other."]
