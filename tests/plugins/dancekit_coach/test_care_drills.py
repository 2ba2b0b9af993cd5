"""The drill library: what comes with dancekit is sound, and every mistake of a teacher is worded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from care_dancers import MOVEMENTS, steady
from dancekit_coach.drill_file import YamlDrills, read_drills
from dancekit_coach.drills import PARTS
from dancekit_coach.planner import WeekPlanner
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

SHIPPED = YamlDrills()


def test_the_shipped_library() -> None:
    drills = SHIPPED.drills()
    assert {drill.movement for drill in drills if drill.movement} == set(MOVEMENTS)
    for kind in ("conditioning", "partner", "creative", "cool_down", "relaxation"):
        assert any(drill.kind == kind for drill in drills)
    for part in PARTS:  # whatever hurts, there is a way to warm up
        assert any(drill.part == part and not drill.regions for drill in drills)
    assert all(drill.solo for drill in drills if drill.kind == "partner")


def plain() -> dict[str, dict[str, object]]:
    return yaml.safe_load(SHIPPED.path.read_text())["drills"]


def written(tmp_path: Path, drills: object) -> Path:
    file = tmp_path / "drills.yaml"
    file.write_text(yaml.safe_dump({"drills": drills}))
    return file


def test_a_teacher_adds_a_drill_without_code(tmp_path: Path) -> None:
    drills = plain()
    drills["pirouette_prep"] = {
        "title": "Turn in quarters",
        "kind": "skill",
        "movement": "turning",
        "rpe": 3,
        "minutes": 20,
        "cue": "Spot the door.",
    }
    planner = WeekPlanner(library=YamlDrills(path=written(tmp_path, drills)))
    inputs = steady()
    profile = {**inputs.profile.to_dict(), "goals": ["turning"]}
    plan = planner.plan(steady(profile=type(inputs.profile).from_dict(profile)))
    assert any(block.movement == "turning" for day in plan.days for block in day.blocks)


@pytest.mark.parametrize(
    ("drill", "changes", "words"),
    [
        ("walk_even", {"rpe": 11}, "rpe of the drill walk_even is 11"),
        ("walk_even", {"rpe": "hard"}, "rpe"),
        ("walk_even", {"rpe": float("nan")}, "rpe"),
        ("walk_even", {"minutes": 500}, "minutes"),
        ("walk_even", {"level": 4}, "level"),
        ("walk_even", {"kind": "skil"}, "Did you mean 'skill'"),
        ("walk_even", {"regions": ["kneee"]}, "Did you mean 'knee'"),
        ("walk_even", {"regions": "knee"}, "list of names"),
        ("walk_even", {"colour": "red"}, "unknown 'colour'"),
        ("walk_even", {"cue": ""}, "cue"),
        ("walk_even", {"movement": None}, "movement of the drill walk_even is missing"),
        ("walk_even", {"part": "pulse"}, "Only a warm_up"),
        ("walk_even", {"prerequisites": ["walking"]}, "its own movement"),
        ("walk_even", {"prerequisites": ["wavin"]}, "Did you mean 'waving'"),
        ("walk_even", {"regression": "nothing"}, "regression"),
        ("walk_even", {"regression": "wave_steady"}, "something else"),
        ("walk_even", {"regression": "walk_directions"}, "not easier"),
        ("walk_directions", {"progression": "walk_even"}, "which is easier"),
        ("walk_even", {"regression": "walk_even"}, "not easier"),
        ("walk_even", {"target": "timing"}, "target"),
        ("walk_even", {"target": {"measure": 3}}, "measure"),
        ("walk_even", {"target": {"measure": "smoothness"}}, "smoothness"),
        ("walk_even", {"target": {"measure": []}}, "no measure"),
        ("walk_even", {"target": {"measure": "tempo", "phase": "holt"}}, "Did you mean 'hold'"),
        ("settle", {"target": {"measure": "tempo"}}, "Only a skill drill"),
        ("walk_even", {"of_mastered": True}, "creative"),
        ("pair_mirror", {"solo": None}, "solo of the drill pair_mirror is missing"),
        ("settle", {"rpe": 3}, "rpe"),
        ("breathing", {"minutes": 15}, "minutes"),
        ("easy_travelling", {"part": "jog"}, "part"),
    ],
)
def test_mistakes_are_worded(tmp_path: Path, drill: str, changes: dict[str, object], words: str) -> None:
    drills = plain()
    drills[drill].update(changes)
    for key, value in changes.items():
        if value is None:
            del drills[drill][key]
    with pytest.raises(DataError, match=words) as caught:
        read_drills(written(tmp_path, drills))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.hint


def test_every_mistake_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    """Lines are those that an editor shows."""
    lines = SHIPPED.path.read_text().splitlines()
    place = lines.index("  walk_even:")
    rpe = next(at for at in range(place, len(lines)) if lines[at].startswith("    rpe:"))
    lines[rpe] = "    rpe: 11"
    other = lines.index("  wave_high:")
    del lines[next(at for at in range(other, len(lines)) if lines[at].startswith("    cue:"))]
    target = next(at for at in range(other, len(lines)) if lines[at].startswith("    target:"))
    lines[target] = "    target: {measure: [elbow_flexon], phase: hold}"
    pose = lines.index("  pair_mirror:")
    lines.insert(pose + 1, "    movment: walking")
    file = tmp_path / "drills.yaml"
    file.write_text("\n".join(lines))
    with pytest.raises(DataError) as caught:
        read_drills(file)
    said = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in said] == [
        f"{file}:{at + 1}" for at in sorted((rpe if rpe < other else rpe - 1, other, pose + 1))
    ]
    assert "lacks cue" in str(caught.value) and "Did you mean 'movement'" in str(caught.value)
    lines[other:other] = []
    lines.insert(target, "    cue: Wave.")
    del lines[lines.index("    movment: walking")]
    lines[lines.index("    rpe: 11")] = "    rpe: 3"
    file.write_text("\n".join(lines))
    with pytest.raises(DataError, match=rf":{target + 2}: .*elbow_flexon.*Did you mean 'elbow_flexion'"):
        read_drills(file)


def test_a_file_of_nothing_but_mistakes_is_said_in_part(tmp_path: Path) -> None:
    drills = {f"drill_{number}": {"title": "x"} for number in range(30)}
    with pytest.raises(DataError, match="20 more mistakes") as caught:
        read_drills(written(tmp_path, drills))
    assert len(str(caught.value).splitlines()) == 11


def test_two_equal_drills_that_ease_each_other_are_refused(tmp_path: Path) -> None:
    drills = plain()
    drills["walk_even"].update(rpe=5, level=2, regression="walk_directions")
    with pytest.raises(DataError, match="circle"):
        read_drills(written(tmp_path, drills))


@pytest.mark.parametrize("without", [*PARTS, "cool_down"])
def test_a_library_without_a_frame_is_refused(tmp_path: Path, without: str) -> None:
    drills = {key: each for key, each in plain().items() if without not in (each["kind"], each.get("part"))}
    with pytest.raises(DataError, match=without.replace("_", "-")):
        read_drills(written(tmp_path, drills))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "one key drills"),
        ("drills:", "drills is empty"),
        ("drills: [1]", "drills is empty"),
        ("drills: {a: 1}", "no mapping"),
        ("drills: {1: {}}", "no mapping"),
        ("drills: {a: {}}", "lacks title"),
        ("drills: {a: {title: x, title: y}}", "'title' stands here twice"),
        ("a: &a [x]\ndrills: *a", "aliases"),
        ("drills: !!python/object/apply:os.system [true]", "not valid YAML"),
        ("drills: {", "not valid YAML"),
        ("drills: {[1]: 2}", "not valid YAML"),
        ("[" * 5000, "not valid YAML"),
        ("x" * (1 << 21), "megabyte"),
    ],
)
def test_what_is_no_library_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "drills.yaml"
    file.write_text(text)
    with pytest.raises(DataError, match=words):
        read_drills(file)


def test_files_that_cannot_be_read_are_worded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_drills(tmp_path / "none.yaml")
    with pytest.raises(DataError, match="cannot be read"):
        read_drills(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DataError, match=r"no text|not valid"):
        read_drills(tmp_path / "bytes.yaml")


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_refused_in_words(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("drills") / "drills.yaml"
    file.write_text(text, "utf-8", errors="surrogatepass")
    with pytest.raises(DataError):
        read_drills(file)
