"""MediaPipe's landmarks: the forms in which people store them, two kinds, and whatever is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.mediapipe_landmarks import MediapipeLandmarks
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

JOINTS = Layout.named("mediapipe33").joints
NAMES = [
    {"left_mouth": "mouth_left", "right_mouth": "mouth_right", "left_toe": "left_foot_index"}.get(name, name)
    for name in JOINTS[:-1]
] + ["right_foot_index"]
HIPS = [23, 24]
T = 4


def image(shift: float = 0.0) -> np.ndarray:
    """(T, 33, 4): a body around the middle of the image, and its visibility."""
    random = np.random.default_rng(5)
    points = (random.uniform(0.4, 0.6, (33, 4)) + random.normal(0, 0.003, (T, 33, 4))).round(4)
    points[..., 0] += shift
    points[..., 3] = 0.75
    return points


def world() -> np.ndarray:
    """(T, 33, 4): metres from between the hips; y down, the head up."""
    points = np.random.default_rng(6).uniform(-0.5, 0.5, (T, 33, 4)).round(4)
    points[:, HIPS[1], :3] = -points[:, HIPS[0], :3]
    points[:, 0, 1] = -0.7
    points[..., 3] = 0.5
    return points


def objects(person: np.ndarray) -> list[dict[str, float]]:
    """(33, 4) as MediaPipe's landmarks turned to JSON."""
    return [dict(zip(("x", "y", "z", "visibility"), row, strict=False)) for row in person.tolist()]


def one(points: np.ndarray) -> list[Any]:
    return [objects(person) for person in points]


def save(folder: Path, content: Any, name: str = "walk_s1.json") -> Path:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def table(points: np.ndarray, header: list[str], extra: str = "") -> str:
    more = [extra] if extra else []
    return "\n".join(",".join([*map(str, row), *more]) for row in (header, *points.reshape(len(points), -1)))


def header(pattern: str, first: int = 0, visible: str = "v", upper: bool = False) -> list[str]:
    stems = [name.upper() if upper else name for name in NAMES] if first < 0 else range(first, first + 33)
    return [pattern.format(stem, each) for stem in stems for each in ("x", "y", "z", visible)]


def dataset(path: Path, **arguments: Any) -> MediapipeLandmarks:
    return MediapipeLandmarks(**{"path": path, "frame_rate": 30, **arguments})


def only(path: Path, **arguments: Any) -> Any:
    (clip,) = dataset(path, **arguments).recordings("all")
    return clip


def test_contract(tmp_path: Path) -> None:
    save(tmp_path, one(world()))
    save(tmp_path, one(world()), "wave_s2.json")
    check_dataset(
        MediapipeLandmarks,
        path=str(tmp_path),
        frame_rate=30.0,
        landmarks="world",
        label_pattern="^([a-z]+)_",
        person_pattern="_(s[0-9])",
        splits={"train": "s1", "test": "s2"},
    )
    np.save(tmp_path / "jump_s3.npy", image())
    check_dataset(MediapipeLandmarks, path=str(tmp_path / "jump_s3.npy"), frame_rate=30.0)


def test_image_landmarks(tmp_path: Path) -> None:
    save(tmp_path, one(image()))
    clip = only(tmp_path, label_pattern="^([a-z]+)_", person_pattern="_(s[0-9])$")
    assert (clip.name, clip.label, clip.person, clip.frame_rate) == ("walk_s1", 0, "s1", 30)
    np.testing.assert_allclose(clip.keypoints[0], image()[..., :2], rtol=1e-6)
    assert (clip.score == 0.75).all() and clip.image_size is None
    pixels = only(tmp_path, image_size=(640, 480))
    np.testing.assert_allclose(pixels.keypoints[0], image()[..., :2] * (640, 480), rtol=1e-6)
    assert pixels.image_size == (640, 480)


def test_world_landmarks_are_turned_and_not_mirrored(tmp_path: Path) -> None:
    clip = only(save(tmp_path, one(world())), landmarks="world")
    np.testing.assert_allclose(clip.keypoints[0], world()[..., :3] * (1, -1, -1), rtol=1e-6)
    # A person who faces the camera: in the image the left hand is on the right, and the nose is nearer.
    body = world()
    body[:, HIPS[0], :3], body[:, HIPS[1], :3] = (0.1, 0, 0), (-0.1, 0, 0)
    body[:, 0, :3] = (0, -0.6, -0.2)
    turned = only(save(tmp_path, one(body)), landmarks="world").keypoints[0, 0]
    to_left, up, forward = turned[HIPS[0]] - turned[HIPS[1]], turned[0] * (0, 1, 0), turned[0] * (0, 0, 1)
    assert up[1] > 0
    assert np.cross(up, forward) @ to_left > 0  # left is up x forward for everybody who is no mirror image


@pytest.mark.parametrize(
    "columns",
    [
        header("{1}{0}"),
        header("{1}{0}", first=1),
        header("{1}{0}", visible="visibility"),
        header("{0}_{1}", first=-1, visible="visibility"),
        header("{0}_{1}", first=-1, visible="v", upper=True),
    ],
)
def test_tables(tmp_path: Path, columns: list[str]) -> None:
    save(tmp_path, table(image(), columns, extra="class"), "a.csv")
    clip = only(tmp_path)
    np.testing.assert_allclose(clip.keypoints[0], image()[..., :2], rtol=1e-6)
    assert (clip.score == 0.75).all()
    save(tmp_path, table(world(), columns), "a.csv")
    np.testing.assert_allclose(only(tmp_path, landmarks="world").keypoints[0, :, 1, 1], -world()[:, 1, 1])


def test_a_table_without_depth_and_visibility_with_numbered_frames(tmp_path: Path) -> None:
    columns = [name for name in header("{1}{0}") if name[0] in "xy"]
    rows = np.column_stack([[3, 4, 6, 7], image()[..., :2].reshape(T, -1)])
    save(tmp_path, table(rows, ["frame", *columns]), "a.csv")
    clip = only(tmp_path)
    assert clip.present.tolist() == [[True, True, False, True, True]] and clip.score[0, 0].all()
    with pytest.raises(DataError, match=r"a\.csv: its columns are not those of 33 world landmarks"):
        only(tmp_path, landmarks="world")


@pytest.mark.parametrize("channels", [3, 4, 5])
def test_arrays(tmp_path: Path, channels: int) -> None:
    array = np.concatenate([image(), np.ones((T, 33, 1))], axis=-1)[..., :channels]
    np.save(tmp_path / "a.npy", array.astype(np.float32))
    clip = only(tmp_path)
    np.testing.assert_allclose(clip.keypoints[0], image()[..., :2], rtol=1e-6)
    assert (clip.score == (1 if channels == 3 else 0.75)).all()


def test_persons_of_an_array_stay_in_their_places(tmp_path: Path) -> None:
    pair = np.stack([image(), image(0.3)], axis=1)  # (T, M, 33, 4)
    pair[1, 0] = 0  # as people write nobody
    pair[2, 0] = np.nan
    pair[0, 1, 5, 3] = 0
    np.save(tmp_path / "a.npy", pair)
    clip = only(tmp_path)
    assert clip.present.tolist() == [[True] * 4, [True, False, False, True]]  # the better seen one first
    assert clip.score[0, 0, 5] == 0
    np.testing.assert_allclose(clip.keypoints[1, 3], image()[3, :, :2], rtol=1e-6)
    assert only(tmp_path, persons=1).keypoints.shape[0] == 1


@pytest.mark.parametrize("nobody", [None, [], {}, {"landmarks": None}, objects(np.zeros((33, 4)))])
def test_frames_without_anybody(tmp_path: Path, nobody: Any) -> None:
    frames: list[Any] = one(image())
    frames[1] = nobody
    if isinstance(nobody, dict):
        frames = [frame if frame is nobody else {"landmarks": frame} for frame in frames]
    clip = only(save(tmp_path, frames))
    assert clip.present.tolist() == [[True, False, True, True]]


def test_one_person_is_one_however_long_out_of_sight(tmp_path: Path) -> None:
    frames = one(image())[:2] + [None] * 40 + one(image(0.3))[2:]
    assert only(save(tmp_path, frames)).present.sum(axis=1).tolist() == [4]


def test_several_persons_are_followed(tmp_path: Path) -> None:
    left, right = one(image()), one(image(0.3))
    frames = [[a, b] if place % 2 else [b, a] for place, (a, b) in enumerate(zip(left, right, strict=True))]
    clip = only(save(tmp_path, frames))
    assert clip.present.all() and clip.keypoints.shape == (2, T, 33, 2)
    assert np.ptp(clip.keypoints[..., HIPS, 0].mean(axis=2), axis=1).max() < 0.1


@pytest.mark.parametrize(
    ("image_key", "world_key"),
    [("pose_landmarks", "pose_world_landmarks"), ("landmarks", "worldLandmarks")],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_objects_with_both_kinds(tmp_path: Path, image_key: str, world_key: str, wrapped: bool) -> None:
    def as_stored(person: Any) -> Any:
        return {"landmark": person} if wrapped else person

    frames = [
        {
            image_key: [as_stored(each) for each in pair],
            world_key: [as_stored(metres), as_stored(metres)],
            "timestamp": 3,
        }
        for *pair, metres in zip(one(image()), one(image(0.3)), one(world()), strict=True)
    ]
    frames[1][image_key].reverse()
    save(tmp_path, frames)
    flat = only(tmp_path)
    assert flat.present.all() and np.ptp(flat.keypoints[0, :, HIPS, 0].mean(axis=0)) < 0.1
    metres = only(tmp_path, landmarks="world")
    assert metres.keypoints.shape == (2, T, 33, 3) and metres.present.all()


def test_numbered_frames(tmp_path: Path) -> None:
    frames = [{"frame": 10 + 2 * place, "pose_landmarks": each} for place, each in enumerate(one(image()))]
    assert only(save(tmp_path, frames)).present[0].tolist() == [True, False] * 3 + [True]
    save(tmp_path, [*frames, one(image())[0]])
    with pytest.raises(DataError, match=r"walk_s1\.json: \[4\]: its `frame` is no whole number"):
        only(tmp_path)


def test_world_landmarks_of_several_persons_need_the_image(tmp_path: Path) -> None:
    frames: list[Any] = [[person, person] for person in one(world())]
    save(tmp_path, frames)
    with pytest.raises(DataError, match=r"\[0\]: nothing tells which person is which.*pose_landmarks"):
        only(tmp_path, landmarks="world")
    save(tmp_path, [{"landmarks": pair} for pair in frames])
    with pytest.raises(DataError, match="nothing tells which person is which"):
        only(tmp_path, landmarks="world")
    save(tmp_path, [{"landmarks": pair[:1]} for pair in frames])
    assert only(tmp_path, landmarks="world").present.all()


def test_one_kind_taken_for_the_other(tmp_path: Path) -> None:
    save(tmp_path, one(image()))
    with pytest.raises(DataError, match=r"hips are 0\.\d+ from the origin, so these are no world landmarks"):
        only(tmp_path, landmarks="world")
    save(tmp_path, one(world()))
    with pytest.raises(DataError, match="hips lie in the origin, so these are no landmarks in the image"):
        only(tmp_path)
    save(tmp_path, one(image() * 500))
    with pytest.raises(DataError, match=r"so these are pixels"):
        only(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"landmarks": "camera"}, "Take one of image, world"),
        ({"landmarks": "world", "image_size": (9, 9)}, "for landmarks in the image only"),
        ({"image_size": (0, 9)}, r"image_size is \(0, 9\)"),
        ({"frame_rate": 0}, "frame_rate is 0"),
        ({"persons": 0}, "persons is 0"),
        ({"label_pattern": "walk"}, "has 0 groups"),
        ({"person_pattern": "("}, "no regular expression"),
        ({"splits": {"train": "("}}, r"splits\.train '\(' is no regular expression"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path: Path, arguments: dict[str, Any], words: str) -> None:
    save(tmp_path, one(image()))
    with pytest.raises(RecipeError, match=words):
        dataset(tmp_path, **arguments)


PERSON = one(image())[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"frames": []}, "this is no list of frames"),
        ([], "there is no frame in it"),
        ([7], r"\[0\] is no list of landmarks"),
        (["text"], r"\[0\] is no list of landmarks"),
        ([PERSON[:-1]], r"\[0\] must be a list of 33 landmarks, and is a list of 32"),
        ([[PERSON, 3]], r"\[0\]\[1\] must be a list of 33 landmarks, and is none"),
        ([[[1, 2, 3]]], r"\[0\]\[0\] must be a list of 33 landmarks"),
        ([[{}] * 33], "`x, y` is no list of numbers"),
        ([[{"x": "a", "y": 1}] * 33], "`x, y` is no list of numbers"),
        ([[{"x": 1, "y": 1, "visibility": []}] * 33], "`visibility` is no list of numbers"),
        ([[{"x": 10**400, "y": 1}] * 33], "a number that is no coordinate"),
        ([{"hands": []}], r"\[0\] has no `pose_landmarks`"),
        ('[{"x": 1', "this is no JSON"),
        ("", "the file is empty"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: Any, words: str) -> None:
    save(tmp_path, content)
    with pytest.raises(DataError, match=rf"walk_s1\.json: .*{words}"):
        only(tmp_path)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones((4, 32, 3)), r"shape \(4, 32, 3\)"),
        (np.ones((4, 33, 2)), r"shape \(4, 33, 2\)"),
        (np.ones((33, 3)), r"shape \(33, 3\)"),
        (np.ones((0, 33, 3)), r"shape \(0, 33, 3\)"),
        (np.ones((4, 33, 3), bool), "type bool"),
        (np.full((4, 33, 3), "a"), "no numbers"),
        (np.zeros((100_001, 33, 3), np.int8), "of 1 to 100000 frames"),
    ],
)
def test_a_wrong_array_is_named(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(DataError, match=rf"a\.npy: .*{words}"):
        only(tmp_path)


def test_folders_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no \.json or \.csv or \.npy file in it"):
        dataset(tmp_path)
    save(tmp_path, "hello", "a.txt")
    with pytest.raises(DataError, match=r"a\.txt: this is no \.json, \.csv, \.npy file"):
        only(tmp_path / "a.txt")
    save(tmp_path, one(image()))
    np.save(tmp_path / "walk_s1.npy", image())
    with pytest.raises(DataError, match=r"walk_s1\.npy: .*walk_s1\.json has the same name"):
        dataset(tmp_path)


def any_clip_or_words(folder: Path) -> None:
    for kind in ("image", "world"):
        try:
            clips = list(dataset(folder, landmarks=kind).recordings("all"))
        except DancekitError as error:
            assert str(folder) in str(error) and error.hint
        else:
            assert all(np.isfinite(clip.keypoints).all() for clip in clips)


LEAF = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3)
LANDMARK = st.fixed_dictionaries({"x": LEAF, "y": LEAF}, optional={"z": LEAF, "visibility": LEAF})
WRONG_PERSON = LANDMARK.map(lambda landmark: [*PERSON[:-1], landmark]) | st.lists(LANDMARK, max_size=2)
SOME_PERSON = st.just(PERSON) | WRONG_PERSON | WRONG_PERSON.map(lambda person: {"landmark": person})
VALUE = LEAF | SOME_PERSON | st.lists(SOME_PERSON | LEAF, max_size=3)
OBJECT = st.dictionaries(
    st.sampled_from(["frame", "landmarks", "pose_landmarks", "pose_world_landmarks"]), VALUE, max_size=3
)


@settings(max_examples=200, deadline=None)
@given(content=st.lists(VALUE | OBJECT, max_size=4) | OBJECT)
def test_any_json_gives_clips_or_words(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    any_clip_or_words(save(tmp_path_factory.mktemp("any"), content))


SOUND = {
    "a.json": json.dumps(one(image())[:2]).encode(),
    "a.csv": table(image()[:2], header("{1}{0}")).encode(),
}


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from([*SOUND, "a.npy"]),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=3),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, flips: list[tuple[int, int]], cut: int | None
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    np.save(folder / "a.npy", image()[:2])
    damaged = bytearray(SOUND[name] if name in SOUND else (folder / "a.npy").read_bytes())
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    (folder / "a.npy").unlink()
    (folder / name).write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    any_clip_or_words(folder)
