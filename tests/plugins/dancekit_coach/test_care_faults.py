"""Faults and drills: what a review can find meets a drill or a reason, and every drill can be asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from care_dancers import MOVEMENTS, START, steady
from dancekit_coach.angles import ANGLES
from dancekit_coach.drill_choice import clearest_fault, drill_for, usual_drill, without_drill
from dancekit_coach.drill_file import YamlDrills
from dancekit_coach.drills import regions_of
from dancekit_coach.faults import MEASURES, PHASES, SIDES, Fault, exactness
from dancekit_coach.mastery import MasteryState
from dancekit_coach.phases import Phase, find_phases
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.review_faults import ReviewFile, faults_now, faults_of
from dancekit_coach.subjects import begun_lately
from dancekit_coach.symmetry import KINDS as SYMMETRIC

from dancekit.errors import DataError

DRILLS = YamlDrills().drills()
RATE = 30.0


def a_fault(movement: str = "raising_high", **changes: Any) -> Fault:
    values = {"measure": "left_elbow_flexion", "phase": "hold", "error": 40, "detectable": 5, "tolerance": 10}
    return Fault(movement=movement, **{**values, **changes})


def cut(*parts: tuple[bool, float]) -> tuple[Phase, ...]:
    """Phases of a reference that moves and stands still in turn, for so many seconds."""
    moving = np.concatenate([np.full(round(seconds * RATE), moves) for moves, seconds in parts])
    speed = moving * 1.0 + 0.01
    return find_phases(speed, moving, np.zeros((len(moving), 1)), RATE, None)


def reported_phases() -> set[str]:
    """Names that reviews give to phases, of short and long clips and of cycles."""
    still, moves = (False, 1.0), (True, 1.0)
    short = cut(still, moves, still, moves, still)
    long = cut(*(still, moves) * 6)
    assert [phase.name for phase in short] == ["prepare", "rise", "hold", "return", "rest"]
    assert "move 6" in {phase.name for phase in long}
    cycles = {"beginning", "cycle 1", "cycle 12", "end"}
    return {phase.name for phase in (*short, *long)} | cycles


def reported_faults(movement: str) -> Iterator[Fault]:
    """Every fault that a review of a movement can report."""
    for angle, phase in product(ANGLES, sorted(reported_phases())):
        yield a_fault(movement, measure=angle.name, phase=phase)
    for phase in sorted(reported_phases()):
        yield a_fault(movement, measure="timing", phase=phase, error=0.3, detectable=0.03, tolerance=0.08)
    for measure in ("tempo", "symmetry", SIDES):
        yield a_fault(movement, measure=measure, phase="any")


def test_the_vocabulary_is_that_of_reviews() -> None:
    kinds = {angle.name.removeprefix(f"{angle.side}_") for angle in ANGLES}
    assert set(MEASURES) == kinds | {"timing", "tempo", "symmetry"}
    assert set(SYMMETRIC) <= set(MEASURES)
    for phase in reported_phases():
        assert any(exactness(wanted, phase) == 3 for wanted in PHASES), phase


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("level", [1, 3])
def test_every_fault_meets_a_drill_or_a_reason(movement: str, level: int) -> None:
    own = [drill for drill in DRILLS if drill.movement == movement and drill.level <= level]
    for fault in reported_faults(movement):
        found = clearest_fault(movement, [fault], own, level)
        said = list(without_drill([fault], DRILLS, own.__contains__))
        assert (found is None) == bool(said), fault
        if found is not None:
            assert found[0] is fault
            assert fault.kind in found[1].target.measures  # type: ignore[union-attr]
        else:
            assert fault.measure == SIDES or (movement, fault.measure) == ("spreading_one_arm", "symmetry")
            assert movement.replace("_", " ").capitalize() in said[0]


def test_every_target_can_be_reached() -> None:
    asked = {
        drill.key
        for movement in MOVEMENTS
        for level in (1, 2, 3)
        for fault in reported_faults(movement)
        if (drill := drill_for(fault, [each for each in DRILLS if each.movement == movement], level))
    }
    assert {drill.key for drill in DRILLS if drill.target} == asked


def test_every_skill_drill_can_be_planned() -> None:
    """Usually, for a fault, or as the easier form of another."""
    for movement in MOVEMENTS:
        own = [drill for drill in DRILLS if drill.movement == movement]
        usual = {usual_drill(own, level, hash).key for level in (1, 2, 3)}
        targeted = {drill.key for drill in own if drill.target}
        assert {drill.key for drill in own} == usual | targeted


@pytest.mark.parametrize(
    ("wanted", "phase", "expected"),
    [
        ("any", "move 3", 1),
        ("any", "any", 1),
        ("hold", "hold", 3),
        ("hold", "hold 2", 3),
        ("move", "move 14", 3),
        ("move", "rise", 2),
        ("rise", "move 3", 2),
        ("return", "move 1", 2),
        ("rise", "return", 0),
        ("hold", "prepare", 2),
        ("prepare", "hold", 0),
        ("cycle", "cycle 4", 3),
        ("cycle", "end", 2),
        ("end", "cycle 4", 2),
        ("hold", "any", 2),
        ("hold", "cycle 2", 0),
        ("rise", "hold 2", 0),
    ],
)
def test_phases_of_long_clips_are_of_a_kind(wanted: str, phase: str, expected: int) -> None:
    assert exactness(wanted, phase) == expected


def test_the_nearest_drill_within_the_level_comes_first() -> None:
    own = [drill for drill in DRILLS if drill.movement == "raising_high"]
    held, moved = a_fault(), a_fault(measure="timing", phase="move 3", error=1)
    assert drill_for(held, own, 1).key == "raise_slow"  # type: ignore[union-attr]
    assert drill_for(a_fault(phase="rise"), own, 1).key == "raise_open"  # type: ignore[union-attr]
    assert drill_for(moved, own, 1).key == "raise_counts"  # type: ignore[union-attr]
    assert drill_for(moved, own, 2).key == "raise_phrase"  # type: ignore[union-attr]
    assert drill_for(a_fault(measure="unknown"), own, 3) is None


def test_a_fault_without_a_drill_is_said() -> None:
    hidden = a_fault(measure="unknown", error=100)
    assert clearest_fault("raising_high", [hidden, a_fault()], DRILLS, 3) is not None
    for fault, allowed, words in (
        (hidden, True, "no drill of the library is for unknown"),
        (a_fault(), False, "no drill that suits you now is for left elbow 40° more bent in the hold"),
        (a_fault("tango"), True, "Tango: the library has no drill of it"),
        (a_fault(measure=SIDES, phase="any", error=1, detectable=0, tolerance=1), True, "exchanged"),
    ):
        beside = [a_fault(fault.movement, error=6)]  # a lesser one
        (said,) = without_drill([fault, *beside], DRILLS, lambda _, yes=allowed: yes)
        assert words in said
    assert not list(without_drill([a_fault(error=4)], DRILLS, lambda _: False))  # within the error
    plan = WeekPlanner().plan(steady(faults=(a_fault("tango"),)))
    assert any(note.startswith("Tango: the library") for note in plan.notes)


def test_faults_are_said_in_words_and_without_blame() -> None:
    words = [
        a_fault().words,
        a_fault(measure="timing", phase="rise", error=-0.3, detectable=0.03, tolerance=0.08).words,
        a_fault(measure="tempo", phase="any", error=math.log(1.25), detectable=0, tolerance=0.08).words,
        a_fault(measure="symmetry", phase="any").words,
        a_fault(measure="head_tilt", phase="cycle 3", error=-12).words,
    ]
    assert words == [
        "left elbow 40° more bent in the hold",
        "timing 0.30 s early in the rise",
        "tempo 25% quicker",
        "left and right are uneven",
        "head 12° nearer to upright in cycle 3",
    ]
    for fault in reported_faults("waving"):
        assert not {"wrong", "bad", "fault", "mistake", "fail"} & set(fault.words.split())


CONTENT: dict[str, Any] = {
    "movement": "raising_high",
    "refused": "",
    "mirror": {"exchanged": False},
    "rate": 30.0,
    "warp": [0.0] * 90,
    "form": [
        {"angle": "left_elbow_flexion", "phase": "hold", "error": 31.0, "detectable": 4.0, "tolerance": 10.0,
         "beyond_tolerance": True},
        {"angle": "head_tilt", "phase": "hold", "error": 7.0, "detectable": 4.0, "tolerance": 10.0,
         "beyond_tolerance": False},
    ],
    "timing": {"together": True, "at_limit": False, "tempo_ratio": 1.3,
               "by_phase": {"rise": 0.2, "hold": 0.0}},
    "symmetry": [
        {"symmetry_angle": -9.0, "reference": -1.0, "detectable": 2.0, "beyond_error": True},
        {"symmetry_angle": 4.0, "reference": 0.0, "detectable": 1.0, "beyond_error": True},
        {"symmetry_angle": 40.0, "reference": 0.0, "detectable": 50.0, "beyond_error": False},
    ],
}  # fmt: skip


def changed(**changes: Any) -> dict[str, Any]:
    content = deepcopy(CONTENT)
    for key, value in changes.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    return content


def test_the_faults_of_a_review() -> None:
    found = {fault.measure: fault for fault in faults_of(CONTENT)}
    assert list(found) == ["left_elbow_flexion", "timing", "tempo", "symmetry"]
    assert (found["timing"].phase, found["timing"].error) == ("rise", 0.2)
    assert found["tempo"].error == pytest.approx(math.log(1.3))
    assert found["symmetry"].error == -8.0
    assert all(fault.severity > 0 for fault in found.values())


@pytest.mark.parametrize(
    ("changes", "measures"),
    [
        ({"refused": "another movement"}, []),
        ({"mirror": {"exchanged": True}}, [SIDES]),
        ({"timing": {"together": False}}, ["left_elbow_flexion", "tempo", "symmetry"]),
        ({"timing": {"at_limit": True}}, ["left_elbow_flexion", "tempo", "symmetry"]),
        ({"timing": {"tempo_ratio": 1 / 1.05}}, ["left_elbow_flexion", "timing", "symmetry"]),
        ({"timing": None}, ["left_elbow_flexion", "symmetry"]),
        ({"form": [], "symmetry": []}, ["timing", "tempo"]),
    ],
)
def test_what_is_no_fault(changes: dict[str, Any], measures: list[str]) -> None:
    assert [fault.measure for fault in faults_of(changed(**changes))] == measures


def test_a_file_replaces_what_is_kept_of_its_movement(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(CONTENT))
    given = ReviewFile.read(file)
    kept = (a_fault(measure="head_tilt"), a_fault("waving"))
    assert faults_now([given], kept) == (*given.faults, kept[1])
    assert faults_now([], kept) == kept
    for text in ("", "[]", "3", '{"movement": "x"}', "[" * 100_000, json.dumps(changed(form=[{}]))):
        file.write_text(text)
        with pytest.raises(DataError, match=r"no result of a review.*dancekit coach review"):
            ReviewFile.read(file)


def test_a_movement_loads_what_all_of_its_drills_load() -> None:
    assert regions_of("raising_high", DRILLS) == {"shoulder"}
    assert regions_of("walking", DRILLS) == {"hip", "knee", "ankle", "foot"}
    assert regions_of("tango", DRILLS) is None


def test_what_began_this_week_counts_as_new() -> None:
    def begun(days: int) -> frozenset[str]:
        state = MasteryState(mean=0.4, variance=0.01, day=START, first=START - timedelta(days=days))
        return begun_lately(steady(mastery={"waving": state}))

    assert [bool(begun(days)) for days in (-6, 0, 6, 7, 400)] == [True, True, True, False, False]
