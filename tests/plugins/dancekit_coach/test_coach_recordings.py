"""The recordings of a review: found by name, one person of several, and joints that have other names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dancekit_coach.arguments import told_apart
from dancekit_coach.options import Options
from dancekit_coach.pairing import Asked, Pair
from dancekit_coach.recognising import Recognised, reference_for
from dancekit_coach.recordings import Finder, Found, body_seen, check_usable, choose_person, split_name
from PIL import Image
from synthetic import LAYOUT, RATE, as_clip, dance, filmed

from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout

ARGUMENTS = (f"frame_rate={RATE}", "layout=h36m17", "metres_per_unit=1", "vertical=y",
             "label_pattern=^([a-z_]+)_")  # fmt: skip


@pytest.fixture(scope="module")
def dances(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two recordings of raising and one of waving."""
    folder = tmp_path_factory.mktemp("dances")
    for name, movement in (("raise_1", "raise"), ("raise_2", "raise"), ("wave_1", "wave")):
        np.save(folder / f"{name}.npy", dance(movement).astype(np.float32))  # (T, V, C)
    return str(folder)


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(registry=Registry.load(), overrides=ARGUMENTS, format="arrays")


def two() -> Found:
    """Two persons with a movement each, the second seen longer."""
    points = np.stack([dance("raise"), dance("wave")])  # (M, T, V, C)
    points[0, :20] = np.nan
    clip = as_clip(points, name="folder/both", label=(1, 0))
    return Found(clip=clip, layout=LAYOUT, source="file.npz", recording=clip.name, classes=("wave", "raise"))


def test_recordings_are_found_by_name_or_said_to_be_several(dances: str, finder: Finder) -> None:
    assert finder.one(dances, "raise_1").movement == "raise"
    assert [found.recording for found in finder.all(dances)] == ["raise_1", "raise_2", "wave_1"]
    with pytest.raises(RecipeError, match="several recordings, as raise_1 and raise_2"):
        finder.one(dances, None)
    with pytest.raises(RecipeError, match="is called 'raise1'") as caught:
        finder.one(dances, "raise1")
    assert "Did you mean 'raise_1'" in str(caught.value)
    assert split_name("a.pkl::b", None, "--name") == ("a.pkl", "b")
    assert split_name("a.pkl", "b", "--name") == ("a.pkl", "b")
    with pytest.raises(RecipeError, match="Name it once"):
        split_name("a.pkl::b", "c", "--name")


def test_a_file_whose_name_has_the_mark_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a::b.npy"
    np.save(file, dance().astype(np.float32))
    assert split_name(str(file), None, "--name") == (str(file), None)


def test_of_several_persons_one_is_chosen_and_said() -> None:
    found = two()
    assert found.movement == "" and found.persons == 2
    alone, note = choose_person(found, None, "--person")
    assert (alone.movement, alone.clip.name, alone.persons) == ("wave", "folder/both, person 2", 1)
    assert "2 persons; person 2 is looked at" in note and "--person" in note
    np.testing.assert_array_equal(alone.clip.keypoints[0], found.clip.keypoints[1])
    first, note = choose_person(found, 1, "--person")
    assert (first.movement, first.person, note) == ("raise", 0, "")
    assert choose_person(first, None, "--person") == (first, "")
    for wrong, says in ((0, "1 to 2"), (3, "1 to 2")):
        with pytest.raises(RecipeError, match=says):
            choose_person(found, wrong, "--person")
    with pytest.raises(RecipeError, match="one person"):
        choose_person(first, 2, "--person")


def test_joints_with_other_names_are_named_in_the_message() -> None:
    bones = {"LeftArm": "Hips", "RightArm": "Hips"}
    content = {"name": "bvh", "joints": ["Hips", *bones], "bones": bones, "centre": "Hips", "pairs": {}}
    layout = Layout.from_mapping(content)
    clip = as_clip(np.zeros((9, 3, 3)), name="walk")
    found = Found(clip=clip, layout=layout, source="walk.bvh", recording="walk")
    with pytest.raises(DataError, match=r"joints Hips, LeftArm, RightArm.*no left_shoulder") as caught:
        check_usable(found)
    assert "rename=" in str(caught.value)
    check_usable(two())


def test_without_a_frame_rate_it_is_asked_for() -> None:
    found = two()
    with pytest.raises(DataError, match="frame_rate=30"):
        check_usable(replace(found, clip=replace(found.clip, frame_rate=None)))


def test_a_camera_is_no_recording(finder: Finder) -> None:
    with pytest.raises(RecipeError, match="camera"):
        replace(finder, format=None).one("0", None)


def test_a_pair_is_found_with_its_takes(dances: str, finder: Finder) -> None:
    asked = Asked(clip=f"{dances}::raise_1", reference="::raise_2", takes=(f"{dances}::raise_1",))
    pair = Pair.find(asked, finder)
    assert (pair.student.recording, pair.reference.recording, pair.movement) == (
        "raise_1",
        "raise_2",
        "raise",
    )
    assert [take.recording for take in pair.takes] == ["raise_1"] and pair.notes == ()
    with pytest.raises(RecipeError, match="several recordings"):
        Pair.find(replace(asked, takes=(dances,)), finder)


def test_two_layouts_are_compared_by_the_names_of_their_joints() -> None:
    joints = LAYOUT.joints
    backwards = Layout.from_mapping(
        {
            "name": "backwards",
            "joints": list(reversed(joints)),
            "bones": {joints[child]: joints[parent] for child, parent in LAYOUT.bones},
            "centre": joints[LAYOUT.centre],
            "pairs": {joints[left]: joints[right] for left, right in LAYOUT.pairs},
        }
    )
    clip, turned_over = as_clip(dance(), name="a"), as_clip(dance()[:, ::-1], name="b")
    pair = Pair(
        student=Found(clip=clip, layout=LAYOUT, source="a", recording="a"),
        reference=Found(clip=turned_over, layout=backwards, source="b", recording="b"),
        takes=(),
        movement="",
        notes=(),
    )
    found = pair.review(mirror="off", options=Options())
    assert found.score is not None and found.score.value == 100
    views = pair.overlay(found, cutoff=6.0).views
    assert all(np.nanmax(np.abs(view[0] - view[1])) <= 1 for view in views.values())


@pytest.mark.parametrize("width", [0.8, 1.0])
def test_a_body_in_the_picture_tells_its_own_width(width: float) -> None:
    points = filmed(dance())
    points[..., 0] = 640 + width * (points[..., 0] - 640)  # as bodies and detectors differ
    found = Found(clip=as_clip(points, name="a"), layout=LAYOUT, source="a", recording="a")
    pair = Pair(student=found, reference=found, takes=(), movement="", notes=())
    own, _ = pair.frontal_ratios(cutoff=6.0)
    shoulders = [LAYOUT.index(f"{side}_shoulder") for side in ("left", "right")]
    hips = [LAYOUT.index(f"{side}_hip") for side in ("left", "right")]
    across = np.linalg.norm(points[:, shoulders[0]] - points[:, shoulders[1]], axis=-1)  # (T,)
    along = np.linalg.norm(points[:, shoulders].mean(1) - points[:, hips].mean(1), axis=-1)
    assert own == pytest.approx(np.median(across / along), rel=0.01)
    options = Options(frontal_ratio=own, reference_frontal_ratio=own)
    assert "left_shoulder_elevation" not in pair.review(mirror="off", options=options).not_measured


def test_a_reference_is_chosen_by_movement_and_is_never_the_recording_itself(
    dances: str, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = finder.one(dances, "raise_1")
    sure = Recognised(movement="raise", confidence=0.9, run="r")
    assert reference_for(sure, student, finder, dances).recording == "raise_2"
    with pytest.raises(RecipeError, match=r"no other recording of spin.*raise, wave"):
        reference_for(replace(sure, movement="spin"), student, finder, dances)
    hidden = as_clip(np.full_like(dance("wave"), np.nan), name="hidden", label=1)
    unseen = replace(student, clip=hidden, recording="hidden")
    assert body_seen(student) == 1 and body_seen(unseen) == 0
    half = student.clip.score.copy()
    half[:, : half.shape[1] // 2, student.layout.index("left_wrist")] = 0.2
    share = body_seen(replace(student, clip=replace(student.clip, score=half)))
    assert share == pytest.approx(1 - (half.shape[1] // 2) / half.shape[1] / 12)
    with monkeypatch.context() as patch, pytest.raises(RecipeError, match="whole body is seen"):
        patch.setattr(Finder, "all", lambda self, source: iter([unseen]))
        reference_for(sure, student, finder, dances)
    wave = finder.one(dances, "wave_1")
    with pytest.raises(RecipeError, match="no other recording of wave"):
        reference_for(replace(sure, movement="wave"), wave, finder, dances)
    with pytest.raises(RecipeError, match=r"79%.*too unsure.*::NAME"):
        reference_for(replace(sure, confidence=0.79), student, finder, dances)
    unnamed = replace(finder, overrides=tuple(each for each in ARGUMENTS if "label" not in each))
    with pytest.raises(RecipeError, match="have no classes"):
        reference_for(sure, student, unnamed, dances)


def test_a_person_beside_the_dancer_may_be_the_reference(
    monkeypatch: pytest.MonkeyPatch, finder: Finder
) -> None:
    both = replace(two(), clip=replace(two().clip, label=(1, 1)))
    monkeypatch.setattr(Finder, "all", lambda self, source: iter([both]))
    sure = Recognised(movement="raise", confidence=1.0, run="r")
    assert reference_for(sure, both.alone(0), finder, "file.npz").person == 1
    assert reference_for(sure, both.alone(1), finder, "file.npz").person == 0


def test_only_the_person_who_is_looked_at_is_recognised(
    monkeypatch: pytest.MonkeyPatch, finder: Finder
) -> None:
    seen: list[Found] = []

    def recognise(run: str, found: Found, registry: Registry) -> Recognised:
        seen.append(found)
        return Recognised(movement=found.movement, confidence=1.0, run=run)

    monkeypatch.setattr("dancekit_coach.pairing.recognise", recognise)
    monkeypatch.setattr(Finder, "one", lambda self, source, name: two())
    asked = Asked(clip="x", reference="y::both", person=2, reference_person=1, run="r")
    pair = Pair.find(asked, finder)
    assert [(found.person, found.movement) for found in seen] == [(1, "wave")]
    assert pair.movement == "raise" and "recognised wave" in pair.notes[0]


def test_arguments_are_of_both_or_of_one() -> None:
    words = ("ref.units=metres", "layout=h36m17", "clip.rename={a: b}", "units=pixels")
    ours, theirs = told_apart(words)
    assert ours == ("layout=h36m17", "units=pixels", "rename={a: b}")
    assert theirs == ("layout=h36m17", "units=pixels", "units=metres")  # the later one counts
    assert told_apart(("layout=h36m17",)) == (("layout=h36m17",),) * 2
    for word in ("ref.=3", "clip."):
        with pytest.raises(RecipeError, match="has no key"):
            told_apart((word,))


def test_a_reference_of_another_format_has_arguments_of_its_own(
    dances: str, finder: Finder, tmp_path: Path
) -> None:
    np.savez(tmp_path / "raise_teacher.npz", keypoints=100 * dance("raise")[None].astype(np.float32))
    theirs = replace(finder, overrides=(*ARGUMENTS, "metres_per_unit=0.01"))
    asked = Asked(clip=f"{dances}::raise_1", reference=str(tmp_path / "raise_teacher.npz"))
    pair = Pair.find(asked, finder, theirs)
    heights = [each.clip.keypoints[..., 1].max() for each in (pair.student, pair.reference)]
    assert heights[0] == pytest.approx(heights[1], rel=1e-5)
    inside = replace(asked, reference="::raise_2")
    assert Pair.find(inside, finder, finder).reference.recording == "raise_2"
    with pytest.raises(RecipeError, match=r"in the file of the clip.*Leave out clip\., ref\."):
        Pair.find(inside, finder, theirs)
    wrong = replace(finder, overrides=(*ARGUMENTS, "rate=3"))
    with pytest.raises(RecipeError, match=r"raise_teacher\.npz: rate: there is no such key") as caught:
        Pair.find(asked, finder, wrong)
    assert "What only one of them has begins with clip. or ref." in str(caught.value)
    with pytest.raises(RecipeError, match="there is no such key") as caught:
        Pair.find(inside, wrong, wrong)
    assert "begins with" not in str(caught.value)


COUNTING = """
import numpy as np
from dancekit.data.found import Found
from dancekit.interfaces import Detector
from dancekit.plugin import Component, hookimpl
from dancekit.skeleton.layout import Layout

class Counting(Detector):
    '''Two people in every video, and one more line in a file for each look.'''

    def __init__(self, *, persons: int = 2) -> None:
        self.layout = Layout.named("openpose18")
        self._persons = persons

    def frames(self, source):
        with open(source.with_suffix(".looks"), "a") as file:
            file.write("looked\\n")
        poses = 300 + 60 * np.random.default_rng(0).normal(size=(self._persons, 18, 2))
        people = np.concatenate([poses, np.ones((self._persons, 18, 1))], 2)
        for frame in range(30):
            who = np.arange(self._persons)
            yield Found(time=frame / 30, people=people, identity=who, image_size=(640, 480))

@hookimpl
def dancekit_components():
    yield Component(kind="detector", name="counting", target=f"{__name__}:Counting")
"""


def test_of_a_video_with_two_of_its_people_everybody_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    video = tmp_path / "class.png"
    Image.new("RGB", (64, 48)).save(video)
    registry = Registry.load([tmp_path / "counting.py"])
    finder = Finder(registry=registry, detector="counting")
    asked = Asked(clip=str(video), reference=str(video), person=1, reference_person=2)
    pair = Pair.find(asked, finder, replace(finder, overrides=()))
    assert (pair.student.person, pair.reference.person) == (0, 1)
    looks = tmp_path / "class.looks"
    assert looks.read_text().count("looked") == 1
    other = Pair.find(asked, finder, replace(finder, overrides=("persons=3",)))
    assert other.reference.persons == 1 and looks.read_text().count("looked") == 2
