"""Clean recordings give no finding; each fault that is planted in them is found, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from dancers import CLASSES, LAYOUT, changed, dancer, dancers

from dancekit.data.clips import Clip
from dancekit.data.inspection.findings import Finding
from dancekit.data.inspection.inspection import Inspection, conclude
from dancekit.data.inspection.measurements import measure
from dancekit.data.store import RecordingStore

Splits = dict[str, list[Clip]]
WRIST, HEAD = LAYOUT.index("left_wrist"), LAYOUT.index("head")


def inspect(splits: Splits) -> Inspection:
    parts = {split: measure(RecordingStore.pack(clips, LAYOUT)) for split, clips in splits.items()}
    coordinates = next(iter(splits.values()))[0].keypoints.shape[-1]
    return conclude(parts, layout=LAYOUT, coordinates=coordinates, classes=CLASSES)


def only(splits: Splits, code: str) -> Finding:
    """The one finding there is."""
    findings = inspect(splits).findings
    assert [finding.code for finding in findings] == [code]
    return findings[0]


def first(splits: Splits, change: Callable[[np.ndarray], np.ndarray | None]) -> Splits:
    splits["train"][0] = changed(splits["train"][0], change)
    return splits


def all_of(splits: Splits, change: Callable[[np.ndarray], np.ndarray | None]) -> Splits:
    return {split: [changed(clip, change) for clip in clips] for split, clips in splits.items()}


def each(splits: Splits, **values: object) -> Splits:
    return {split: [replace(clip, **values) for clip in clips] for split, clips in splits.items()}


@pytest.mark.parametrize("coordinates", [2, 3])
def test_clean_recordings_give_none(coordinates: int) -> None:
    assert inspect(dancers(coordinates)).findings == ()


# One recording


def put(index: object, value: float) -> Callable[[np.ndarray], None]:
    def change(keypoints: np.ndarray) -> None:
        keypoints[index] = value

    return change


def still(keypoints: np.ndarray) -> None:
    keypoints[:] = keypoints[:, :1]


def freeze_wrist(keypoints: np.ndarray) -> None:
    keypoints[:, :, WRIST] = keypoints[:, :1, WRIST]


def spike(keypoints: np.ndarray) -> None:
    keypoints[:, 30, HEAD] += 0.8 if keypoints.shape[-1] == 3 else 200


def glitch(keypoints: np.ndarray) -> None:
    """Elsewhere, for several frames."""
    keypoints[:, 20:28, WRIST] += 1 if keypoints.shape[-1] == 3 else 220


def stop(keypoints: np.ndarray) -> None:
    keypoints[:, 31:34] = keypoints[:, 30:31]


def breathe(keypoints: np.ndarray) -> None:
    """Lower arms grow and shrink smoothly."""
    elbow = LAYOUT.index("left_elbow")
    factor = 1 + 0.4 * np.sin(np.arange(keypoints.shape[1]) / 8)[:, None]
    keypoints[:, :, WRIST] = keypoints[:, :, elbow] + factor * (
        keypoints[:, :, WRIST] - keypoints[:, :, elbow]
    )


@pytest.mark.parametrize("coordinates", [2, 3])
@pytest.mark.parametrize(
    ("change", "code", "severity", "told"),
    [
        (put(np.s_[:], np.nan), "nobody", "problem", "Nobody is ever seen in 1 of 16 clips: a0."),
        (
            put(np.s_[:, :, WRIST], np.nan),
            "joint-unseen",
            "notice",
            "A joint (left_wrist) is never seen in 1 of 16 clips: a0.",
        ),
        (
            put(np.s_[:, 10:], np.nan),
            "mostly-empty",
            "notice",
            "Nobody is there for most of 1 of 16 clips: a0.",
        ),
        (still, "still", "problem", "Nothing moves in 1 of 16 clips: a0."),
        (
            freeze_wrist,
            "frozen-joint",
            "problem",
            "A joint (left_wrist) stays in its place while the body moves in 1 of 16 clips: a0.",
        ),
        (
            spike,
            "jumps",
            "notice",
            "Joints jump farther from one frame to the next than a body can in 1 of 16 clips:"
            " a0 (head at frame",
        ),
        (glitch, "jumps", "notice", "a0 (left_wrist at frame 2"),
        (
            stop,
            "repeated-frames",
            "notice",
            "3 frames are exactly the one before, amid movement, in 1 of 16 clips: a0 (3).",
        ),
        (lambda keypoints: keypoints[:, :7], "short", "notice", "fewer than 8 frames in 1 of 16 clips: a0."),
    ],
)
def test_a_fault_of_one_recording(
    coordinates: int, change: Callable, code: str, severity: str, told: str
) -> None:
    found = only(first(dancers(coordinates), change), code)
    assert told in found.sentence
    assert (found.severity, found.clips) == (severity, 1)
    assert found.names[0].split(" ")[0] == "a0" and found.advice


def test_bones_that_vary() -> None:
    found = only(all_of(dancers(), breathe), "bone-lengths")
    assert found.sentence.startswith("Bones change their lengths in all 16 clips, by left_wrist 2")
    assert found.names == ("left_wrist",)


def test_missing_and_uncertain_joints() -> None:
    random = np.random.default_rng(0)

    def lose(keypoints: np.ndarray) -> None:
        keypoints[random.random(keypoints.shape[:3]) < 0.4] = np.nan

    assert only(all_of(dancers(), lose), "much-missing").sentence == "39% of the joints are missing."
    doubtful = {
        split: [replace(clip, score=clip.score * np.where(np.arange(17) < 8, 0.2, 1)) for clip in clips]
        for split, clips in dancers().items()
    }
    assert "47% of the seen joints have a score below 0.3." in only(doubtful, "much-uncertain").sentence


def test_a_joint_that_is_never_there() -> None:
    found = only(all_of(dancers(), put(np.s_[:, :, HEAD], np.nan)), "joint-never-seen")
    assert found.sentence == "head of the layout h36m17 is seen in no clip." and found.severity == "problem"


def test_a_planted_foot_is_no_frozen_joint() -> None:
    ankle = LAYOUT.index("left_ankle")

    def plant(keypoints: np.ndarray) -> None:
        keypoints[:, :, ankle] = keypoints[:, :1, ankle]

    def plant_and_walk(keypoints: np.ndarray) -> None:
        keypoints += np.linspace(0, 3, keypoints.shape[1])[:, None, None]
        plant(keypoints)

    assert "frozen-joint" not in {each.code for each in inspect(first(dancers(), plant)).findings}
    assert "frozen-joint" in {each.code for each in inspect(first(dancers(), plant_and_walk)).findings}


def test_a_reference_pose_in_front() -> None:
    def prepend(keypoints: np.ndarray) -> np.ndarray:
        return np.concatenate([keypoints[:, :1] + 0.8, keypoints], axis=1)

    found = only(all_of(dancers(), prepend), "first-frame")
    assert found.sentence.endswith("joints jump right after it in all 16 clips.") and found.clips == 16
    once = only(first(dancers(), prepend), "jumps")
    assert once.names == ("a0 (at frame 1)",)


# All recordings


@pytest.mark.parametrize(
    ("factor", "tall", "told"),
    [
        (100, "169", "They look like centimetres: give the data set that unit, or multiply by 0.01."),
        (1000, "1,694", "They look like millimetres: give the data set that unit, or multiply by 0.001."),
        (1 / 0.0254, "67", "They look like inches: give the data set that unit, or multiply by 0.0254."),
        (0.1, "0.17", "Give the data set the right unit, or multiply the keypoints by about 8.9."),
    ],
)
def test_other_units(factor: float, tall: str, told: str) -> None:
    found = only(all_of(dancers(), lambda keypoints: keypoints * factor), "units")
    assert found.sentence == f"Bodies are {tall} tall, so these are no metres, in all 16 clips."
    assert found.advice == told and found.severity == "problem"


def test_one_recording_of_another_unit() -> None:
    assert only(first(dancers(), lambda keypoints: keypoints * 100), "units").names == ("a0",)


@pytest.mark.parametrize(
    ("coordinates", "change", "told"),
    [
        (
            3,
            lambda x: x * [1, -1, 1],
            "The head is below the feet, so the vertical axis points the wrong way",
        ),
        (3, lambda x: x[..., [0, 2, 1]], "Bodies stand along z, so the vertical axis is z and not y"),
        (2, lambda x: [0, 480] + x * [1, -1], "The head is below the feet"),
        (2, lambda x: x[..., [1, 0]], "Bodies stand along x"),
    ],
)
def test_another_vertical(coordinates: int, change: Callable, told: str) -> None:
    found = only(all_of(dancers(coordinates), change), "vertical")
    assert found.sentence.startswith(told) and found.sentence.endswith("all 16 clips.")
    one = first(dancers(coordinates), change)  # a handstand
    assert inspect(one).findings == ()


def test_keypoints_that_are_not_in_the_picture() -> None:
    found = only(all_of(dancers(2), lambda keypoints: keypoints / [640, 480]), "not-pixels")
    assert found.severity == "problem"
    found = only(each(dancers(2), image_size=(640, 240)), "outside-picture")
    assert found.clips == 16
    assert inspect(each(dancers(2), image_size=None)).findings == ()


def test_frame_rates() -> None:
    assert only(each(dancers(), frame_rate=None), "frame-rate-unknown").clips == 16
    some = dancers()
    some["test"] = [replace(clip, frame_rate=60) for clip in some["test"]]
    found = only(some, "frame-rates-differ")
    assert found.sentence.startswith("The frame rate is not 30 as in most, but 60, in 4 of 16 clips: d12")


def test_a_slow_camera_makes_no_jumps() -> None:
    assert inspect(all_of(each(dancers(), frame_rate=4), lambda keypoints: keypoints[:, ::7])).findings == ()


# Classes, people, splits


def test_classes_that_are_absent() -> None:
    splits = dancers()
    splits["test"] = [clip for clip in splits["test"] if clip.label == 0]
    found = only(splits, "class-absent")
    assert found.sentence == "test has no clip of 1 class: right." and found.severity == "notice"
    splits = dancers()
    splits["train"] = [clip for clip in splits["train"] if clip.label == 0]
    assert only(splits, "class-absent").severity == "problem"


def test_imbalance() -> None:
    splits = dancers()
    splits["train"] += [dancer(50 + n, label=0, name=f"more{n}", person="a") for n in range(61)]
    found = only(splits, "imbalance")
    assert found.sentence == "train has 67 of left, but 6 of right." and found.names == ("left", "right")


def test_classes_and_balance_where_no_split_is_for_training() -> None:
    clips = dancers()["train"]
    days = {f"day{number}": [clip] for number, clip in enumerate(clips)}
    found = only(days, "class-absent")
    assert found.severity == "notice" and found.names == ("day0", "day1", "day2", "day3", "day4")
    assert found.sentence == "12 splits lack classes: day0 1, day1 1, day2 1, day3 1, day4 1 and 7 more."
    many = [*clips[:2], *(dancer(50 + n, label=0, name=f"more{n}", person="a") for n in range(11))]
    assert only({"all": many}, "imbalance").sentence == "The data set has 12 of left, but 1 of right."


def test_what_nobody_knows() -> None:
    splits = dancers()
    splits["train"][2] = replace(splits["train"][2], label=-1)
    assert only(splits, "unlabelled").names == ("a2",)
    splits = dancers()
    splits["train"][2] = replace(splits["train"][2], person="")
    assert only(splits, "person-unknown").names == ("a2",)


def test_people_on_both_sides() -> None:
    splits = dancers()
    splits["test"][0] = replace(splits["test"][0], person="b")
    found = only(splits, "people-in-two-splits")
    assert found.sentence == "1 person is in train and in test, there in 1 of 4 clips: b."
    assert found.severity == "problem" and found.names == ("b",)


def test_recordings_on_both_sides() -> None:
    splits = dancers()
    splits["test"].append(replace(splits["train"][0], person="d"))
    found = only(splits, "recordings-in-two-splits")
    assert found.sentence == "1 recording is in train and in test: a0." and found.severity == "problem"
    splits = dancers()
    splits["test"][0] = replace(splits["test"][0], name="a0")
    found = only(splits, "names-in-two-splits")
    assert found.sentence == "1 name is in train and in test for different recordings: a0."
    splits = dancers()
    splits["test"].append(replace(splits["train"][0], person="d", name="new"))
    found = only(splits, "copies-in-two-splits")
    assert found.sentence == "1 recording of test is the same as recordings of train: new = a0."
    assert found.severity == "problem"


def shifted(clip: Clip) -> Clip:
    return changed(clip, lambda keypoints: (keypoints + 0.5).astype(np.float16).astype(np.float32))


def test_twins_within_a_split() -> None:
    splits = dancers()
    splits["train"].append(replace(splits["train"][0], name="new"))
    found = only(splits, "copies")
    assert found.sentence == "1 recording of train is the same as others of it: new = a0."
    assert found.severity == "notice"
    splits["train"][-1] = replace(splits["train"][-1], label=1)
    found = only(splits, "copies")
    assert found.severity == "problem" and "1 of them with another label" in found.sentence


def test_twins_but_for_a_shift_and_rounding() -> None:
    splits = dancers()
    splits["train"].append(replace(shifted(splits["train"][0]), name="new"))
    found = only(splits, "near-copies")
    assert (
        found.sentence
        == "1 recording of train is but for a shift or rounding the same as others of it: new = a0."
    )
    splits = dancers()
    splits["test"].append(replace(shifted(splits["train"][0]), name="new", person="d"))
    assert only(splits, "near-copies-in-two-splits").severity == "problem"


def test_a_split_of_all_is_no_leak_and_counts_nothing_twice() -> None:
    splits = dancers()
    found = inspect({"all": splits["train"] + splits["test"], **splits})
    assert found.findings == () and found.total.clips == 16
    assert {split: each.clips for split, each in found.splits.items()} == {"all": 16, "train": 12, "test": 4}
    spiked = first(splits, spike)
    assert only({"all": spiked["train"] + spiked["test"], **spiked}, "jumps").clips == 1


def test_problems_come_first() -> None:
    splits = first(each(dancers(), frame_rate=None), still)
    assert [finding.severity for finding in inspect(splits).findings] == ["problem", "notice"]


def test_at_most_five_names_are_said() -> None:
    splits = dancers()
    splits["train"] = [replace(clip, person="") for clip in splits["train"]]
    found = only(splits, "person-unknown")
    assert found.sentence.endswith(": a0, a1, a2, a3, b4 and 7 more.") and len(found.names) == 5


# Next to nothing


@pytest.mark.parametrize("coordinates", [2, 3])
def test_one_frame_and_nobody(coordinates: int) -> None:
    one = changed(dancers(coordinates)["train"][0], lambda keypoints: keypoints[:, :1])
    nobody = changed(one, lambda keypoints: keypoints * np.nan)
    codes = {found.code for found in inspect({"all": [one]}).findings}
    assert codes == {"short", "class-absent"}
    codes = {found.code for found in inspect({"all": [nobody]}).findings}
    assert codes == {"short", "class-absent", "nobody"}
    summary = inspect({"all": [nobody]}).total
    assert summary.size is None and summary.missing == 1 and summary.empty == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("coordinates", [2, 3])
def test_numbers_that_no_body_has(coordinates: int) -> None:
    huge = first(dancers(coordinates), put(np.s_[:, 5:9, WRIST], 3e38))
    found = inspect(huge)
    assert "jumps" in {finding.code for finding in found.findings}
    assert np.isfinite([*found.total.bones.values(), found.total.size.most]).all()


def test_braces_in_the_name_of_a_joint() -> None:
    names = tuple("{0}" if joint == "left_wrist" else joint for joint in LAYOUT.joints)
    layout = replace(LAYOUT, joints=names)
    parts = {"all": measure(RecordingStore.pack(first(dancers(), freeze_wrist)["train"], layout))}
    found = conclude(parts, layout=layout, coordinates=3, classes=CLASSES).findings
    assert any(finding.sentence.startswith("A joint ({0}) stays") for finding in found)


def test_the_summary_counts() -> None:
    splits = dancers()
    splits["train"][0] = replace(splits["train"][0], frame_rate=None, person="", label=-1)
    total = inspect(splits).total
    assert (total.clips, total.frames) == (16, 16 * 60) and total.hours == pytest.approx(15 * 2 / 3600)
    assert total.classes == {"left": 7, "right": 8} and total.unlabelled == 1
    assert total.people == {"a": 3, "b": 4, "c": 4, "d": 4} and total.without_person == 1
    assert total.frame_rates == {"30": 15} and total.without_frame_rate == 1
    assert total.persons == {"1": 16} and not total.label_per_person
    assert total.lengths.least == total.lengths.most == 60
    assert total.bytes == sum(
        RecordingStore.pack(clips, LAYOUT).keypoints.nbytes for clips in splits.values()
    ) + (16 * 60 * (17 * 4 + 1))


def test_labels_of_persons() -> None:
    clip = dancers()["train"][0]
    two = Clip.of(np.repeat(clip.keypoints, 2, 0), label=(1, -1), name="two", frame_rate=30, person="a")
    total = inspect({"all": [clip, two]}).total
    assert total.classes == {"left": 1, "right": 1} and total.unlabelled == 1
    assert total.label_per_person and total.persons == {"1": 1, "2": 1}
