"""VideoPose3D's archives as data sets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.videopose3d import VideoPose3D
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset


def points(frames: int = 3, joints: int = 17, channels: int = 3) -> np.ndarray:
    count = frames * joints * channels
    return np.arange(1, count + 1, dtype=np.float32).reshape(frames, joints, channels)


MOCAP = {
    "S1": {"Walking 1": points(2), "WalkDog": points(4)},
    "S9": {"Walking": points(3)},
}
FILMED = {
    "S1": {"Walking 1": [points(2, channels=2), points(3, channels=2)]},
    "S9": {"Eating": [points(2, channels=2)]},
}


def save(folder: Path, **content: Any) -> Path:
    file = folder / "data.npz"
    np.savez_compressed(file, **{key: np.array(value, dtype=object) for key, value in content.items()})
    return file


def test_contract(tmp_path: Path) -> None:
    check_dataset(VideoPose3D, path=str(save(tmp_path, positions_3d=MOCAP)), vertical="z")
    check_dataset(
        VideoPose3D, path=str(save(tmp_path, positions_2d=FILMED)), layout="coco17", image_size=(100, 80)
    )


def test_mocap(tmp_path: Path) -> None:
    data = VideoPose3D(path=save(tmp_path, positions_3d=MOCAP), vertical="y", frame_rate=50)
    assert data.layout == Layout.named("h36m17")
    assert data.splits == ("all", "S1", "S9") and data.classes == ("WalkDog", "Walking")
    clips = list(data.recordings("all"))
    assert [(clip.name, clip.label, clip.person) for clip in clips] == [
        ("S1/Walking 1", 1, "S1"),
        ("S1/WalkDog", 0, "S1"),
        ("S9/Walking", 1, "S9"),
    ]
    np.testing.assert_array_equal(clips[0].keypoints[0], points(2))
    assert clips[0].frame_rate == 50 and clips[0].image_size is None
    assert [clip.name for clip in data.recordings("S9")] == ["S9/Walking"]


def test_z_up_is_turned(tmp_path: Path) -> None:
    clip = next(VideoPose3D(path=save(tmp_path, positions_3d=MOCAP), vertical="z").recordings("all"))
    assert clip.keypoints[0, 0, 0].tolist() == [1, 3, -2]


def test_cameras(tmp_path: Path) -> None:
    metadata = {"layout_name": "coco", "num_joints": 17, "keypoints_symmetry": [[1], [2]]}
    file = save(tmp_path, positions_2d=FILMED, metadata=metadata)
    data = VideoPose3D(path=file, image_size=(1000, 1002))
    assert data.layout == Layout.named("coco17")
    clips = list(data.recordings("all"))
    assert [clip.name for clip in clips] == ["S1/Walking 1/0", "S1/Walking 1/1", "S9/Eating/0"]
    assert clips[1].frames == 3 and clips[0].image_size == (1000, 1002) and clips[0].frame_rate is None


@pytest.mark.parametrize("as_objects", [False, True])
def test_cameras_that_were_saved_as_one_array(tmp_path: Path, as_objects: bool) -> None:
    views: Any = np.stack([points(2, channels=2)] * 2)
    if as_objects:
        views = np.empty(2, dtype=object)
        views[:] = [points(2, channels=2), points(3, channels=2)]
    file = save(tmp_path, positions_2d={"S1": {"Walking": views}})
    data = VideoPose3D(path=file, layout=Layout.named("coco17"))
    assert [clip.name for clip in data.recordings("all")] == ["S1/Walking/0", "S1/Walking/1"]


def test_scores_and_missing_joints(tmp_path: Path) -> None:
    scored = np.ones((2, 17, 3), dtype=np.float32)
    scored[0, 3] = [5, 5, 0.25]
    scored[1, 4, 0] = np.nan
    file = save(tmp_path, positions_2d={"S1": {"Walking": [scored]}})
    (clip,) = VideoPose3D(path=file, layout=Layout.named("coco17")).recordings("all")
    assert clip.keypoints.shape == (1, 2, 17, 2)
    assert clip.score[0, 0, 3] == 0.25 and clip.score[0, 1, 4] == 0


def test_frame_rates(tmp_path: Path) -> None:
    file = save(tmp_path, positions_3d=MOCAP, metadata={"frame_rate": 120})
    assert next(VideoPose3D(path=file, vertical="y").recordings("all")).frame_rate == 120
    assert next(VideoPose3D(path=file, vertical="y", frame_rate=60).recordings("all")).frame_rate == 60
    file = save(tmp_path, positions_3d=MOCAP, metadata={"frame_rate": "fast"})
    assert next(VideoPose3D(path=file, vertical="y").recordings("all")).frame_rate is None


def test_persons_splits_and_labels_by_pattern(tmp_path: Path) -> None:
    content = {
        "Train/S1": {"Box 1": points()},
        "Validate/S1": {"Box 2": points()},
        "Train/S2": {"Jog 1": points()},
    }
    data = VideoPose3D(
        path=save(tmp_path, positions_3d=content),
        vertical="z",
        person_pattern="(S[0-9]+)$",
        splits={"train": "^Train/", "test": "^Validate/"},
    )
    assert [(clip.name, clip.person) for clip in data.recordings("train")] == [
        ("Train/S1/Box 1", "S1"),
        ("Train/S2/Jog 1", "S2"),
    ]
    assert [clip.person for clip in data.recordings("test")] == ["S1"]
    unlabelled = VideoPose3D(
        path=save(tmp_path, positions_3d=content), vertical="z", label_pattern="", person_pattern=""
    )
    assert unlabelled.classes == ("unlabelled",)
    assert {(clip.label, clip.person) for clip in unlabelled.recordings("all")} == {(-1, "")}
    only = VideoPose3D(path=save(tmp_path, positions_3d=content), vertical="z", classes=("Jog",))
    assert only.splits == ("all", "Train/S2") and [clip.label for clip in only.recordings("all")] == [0]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"vertical": None}, "vertical is missing.*z for Human3.6M"),
        ({"frame_rate": -1}, "frame_rate is -1"),
        ({"image_size": (0, 5)}, "image_size is"),
        ({"label_pattern": "x"}, "label_pattern 'x' has 0 groups"),
        ({"person_pattern": "(x"}, "person_pattern .* no regular expression"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path: Path, parameters: Any, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        VideoPose3D(**{"path": save(tmp_path, positions_3d=MOCAP), "vertical": "z", **parameters})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"positions": MOCAP}, "neither `positions_3d` nor `positions_2d`"),
        ({"positions_3d": [1, 2]}, "`positions_3d` is no dict"),
        ({"positions_3d": {}}, "there is no recording"),
        ({"positions_3d": {"S1": 3}}, "subject 'S1' is no dict of actions"),
        ({"positions_3d": {3: {}}}, "subject '3' is no dict"),
        ({"positions_3d": {"S1": {3: points()}}}, "an action of subject 'S1' has no name"),
        ({"positions_3d": {"S1": {"Walk": 3}}}, "'S1/Walk' is no array"),
        ({"positions_3d": {"S1": {"Walk": [None]}}}, "'S1/Walk/0' is no array"),
        ({"positions_3d": {"S1": {"Walk": points().astype(str)}}}, "'S1/Walk' is no array"),
        ({"positions_3d": {"S1": {"a/b": points()}, "S1/a": {"b": points()}}}, "'S1/a/b' is there twice"),
        ({"positions_3d": {"S1": {"Walk": points(channels=2)}}}, r"shape \(3, 17, 2\).*joints, 3"),
        (
            {"positions_3d": {"S1": {"Walk": points(), "Run": points()[:0]}}},
            r"'S1/Run' has shape \(0, 17, 3\)",
        ),
        ({"positions_3d": {"S1": {"Walk": points(), "Run": points(joints=16)}}}, "'S1/Run' has 16 joints"),
        ({"positions_3d": {"S1": {"Walk": points(joints=32)}}}, "layout is missing.* 32 joints.*declare one"),
        ({"positions_2d": FILMED}, "layout is missing.* 17 joints.*coco17, h36m17"),
        ({"positions_3d": MOCAP, "metadata": {"layout_name": "own"}}, "layout is missing"),
        ({"positions_3d": MOCAP, "metadata": 3}, "`metadata` is no dict"),
        ({"positions_3d": {"S1": {"1": points()}}}, "label_pattern .* finds nothing in 1 of 1 names.*'1'"),
    ],
)
def test_content_that_does_not_fit(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    with pytest.raises(DancekitError, match=words) as caught:
        VideoPose3D(path=save(tmp_path, **content), vertical="y")
    assert "data.npz" in str(caught.value) and caught.value.hint


def test_a_layout_that_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'S1/Walking 1' has 17 joints, but layout ntu25 has 25.*coco17"):
        VideoPose3D(path=save(tmp_path, positions_3d=MOCAP), layout=Layout.named("ntu25"), vertical="y")
    with pytest.raises(DataError, match="there is no split 'S2'"):
        VideoPose3D(path=save(tmp_path, positions_3d=MOCAP), vertical="y").recordings("S2")


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ARRAY = arrays.arrays(
    st.sampled_from([np.float32, np.int64, np.bool_, "U2"]),
    st.sampled_from([(2, 17, 3), (2, 17, 2), (0, 17, 3), (2, 3), (2, 2, 17, 3), ()]),
)
VIEW = PLAIN | ARRAY | st.lists(PLAIN | ARRAY, max_size=2)
KEY = st.sampled_from(["S1", "all", "a/b", "", "Walk 1"]) | PLAIN


@settings(max_examples=200, deadline=None)
@given(
    key=st.sampled_from(["positions_3d", "positions_2d"]),
    content=st.dictionaries(KEY, st.dictionaries(KEY, VIEW, max_size=2) | PLAIN, max_size=2) | PLAIN,
    metadata=st.dictionaries(st.sampled_from(["layout_name", "frame_rate"]), PLAIN | st.just("h36m")) | PLAIN,
)
def test_any_content_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, key: str, content: Any, metadata: Any
) -> None:
    file = save(tmp_path_factory.mktemp("any"), **{key: content, "metadata": metadata})
    try:
        clips = list(VideoPose3D(path=file, vertical="z").recordings("all"))
    except DancekitError as error:
        assert str(file) in str(error) and error.hint
    else:
        assert clips and all(clip.keypoints.shape[2] == 17 for clip in clips)


def test_cmu(real_data: Path) -> None:
    data = VideoPose3D(path=real_data / "data_3d_cmu.npz", vertical="y", person_pattern="")
    assert data.splits == ("all", "train", "test") and data.layout == Layout.named("h36m17")
    assert data.classes[:2] == ("basketball", "directing") and len(data.classes) == 7
    clips = list(data.recordings("all"))
    assert (len(clips), sum(clip.frames for clip in clips)) == (96, 67_870)
    assert {clip.frame_rate for clip in clips} == {120} and {clip.person for clip in clips} == {""}
    head, pelvis = (data.layout.index(name) for name in ("head", "pelvis"))
    assert all((clip.keypoints[..., head, 1] > clip.keypoints[..., pelvis, 1]).mean() > 0.9 for clip in clips)
