"""Several data sets as one: names, classes, layouts, splits and repetition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.union import Union

from dancekit.assembly import prepare_data
from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError, RecipeErrors
from dancekit.interfaces import Dataset
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.skeleton.layout import Layout


class Made(Dataset):
    """Recordings of one frame, one of each class."""

    def __init__(
        self, layout: str, classes: tuple[str, ...], splits: tuple[str, ...], *, coordinates: int = 3
    ) -> None:
        self.layout, self.classes, self.splits = Layout.named(layout), classes, splits
        self._coordinates = coordinates

    def recordings(self, split):
        for label, name in enumerate(self.classes):
            places = np.arange(self.layout.num_joints * self._coordinates, dtype=np.float32) + 100 * label
            places = places.reshape(1, self.layout.num_joints, self._coordinates)
            yield Clip.of(places, label=label, name=f"{split}-{name}", person="anna")


def _members(**more):
    return {
        "one": lambda: Made("bandai21", ("walk", "run"), ("train", "test")),
        "other": lambda: Made("h36m17", ("jump", "walk"), ("train", "test", "extra")),
        **more,
    }


H36M = Layout.named("h36m17")


def test_recordings_of_all_in_one_layout_with_common_classes() -> None:
    union = Union(members=_members(), layout=H36M)
    assert union.classes == ("walk", "run", "jump")
    assert union.splits == ("train", "test")
    clips = list(union.recordings("train"))
    assert [clip.name for clip in clips] == [
        "one/train-walk",
        "one/train-run",
        "other/train-jump",
        "other/train-walk",
    ]
    assert [union.classes[clip.label] for clip in clips] == ["walk", "run", "jump", "walk"]
    assert {clip.person for clip in clips} == {"one/anna", "other/anna"}
    assert {clip.keypoints.shape for clip in clips} == {(1, 1, 17, 3)}
    own = next(iter(_members()["one"]().recordings("train")))
    knee = Layout.named("bandai21").index("left_knee")
    np.testing.assert_array_equal(
        clips[0].keypoints[..., H36M.index("left_knee"), :], own.keypoints[..., knee, :]
    )


def test_splits_and_repetition_as_they_are_said() -> None:
    union = Union(
        members=_members(),
        layout=H36M,
        splits={"train": {"one": "train", "other": "extra"}, "exam": {"other": "test"}},
        repeat={"other": 3},
    )
    assert union.splits == ("train", "exam")
    names = [clip.name for clip in union.recordings("train")]
    assert names[2:] == [
        "other/extra-jump",
        "other/extra-jump#2",
        "other/extra-jump#3",
        "other/extra-walk",
        "other/extra-walk#2",
        "other/extra-walk#3",
    ]
    assert [clip.name for clip in union.recordings("exam")] == ["other/test-jump", "other/test-walk"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"splits": {"train": {"none": "train"}}}, "splits.train: there is no member 'none'."),
        ({"splits": {"train": {"one": "extra"}}}, "splits.train: one has no split 'extra'."),
        ({"repeat": {"none": 2}}, "repeat: there is no member 'none'."),
        ({"repeat": {"one": 0}}, "repeat must be at least 1."),
        ({"repeat": {"one": 2}, "repeated": "learn"}, "repeated: there is no split 'learn'."),
    ],
)
def test_what_makes_no_sense_is_told(arguments, told) -> None:
    with pytest.raises(RecipeError) as error:
        Union(members=_members(), layout=H36M, **arguments)
    assert error.value.message == told and error.value.hint


def test_members_without_a_split_in_common() -> None:
    apart = {
        "one": lambda: Made("h36m17", ("a",), ("train",)),
        "other": lambda: Made("h36m17", ("a",), ("test",)),
    }
    with pytest.raises(RecipeError, match="no split in common"):
        Union(members=apart, layout=H36M)


def test_two_dimensions_do_not_go_with_three() -> None:
    flat = _members(flat=lambda: Made("h36m17", ("walk",), ("train", "test"), coordinates=2))
    with pytest.raises(DataError, match="is in 2D, and others are not"):
        list(Union(members=flat, layout=H36M).recordings("train"))


def test_a_layout_that_a_member_cannot_give_names_the_member() -> None:
    union = Union(members=_members(), layout=Layout.named("openpose18"))
    with pytest.raises(Exception, match=r"one: .*openpose18"):
        list(union.recordings("train"))


RECIPE = """
data:
  name: union
  layout: dance14
  members:
    six: {{name: dance_six, keypoints: true_2d, recordings_train: 12, recordings_test: 6}}
    file:
      name: arrays
      path: {file}
      layout: openpose18
      units: normalised
      frame_rate: 30
      label_pattern: '^([a-z]+)'
  splits:
    train: {{six: train, file: all}}
    test: {{six: test}}
splits: {{hold_out: 0}}
backbone: {{name: stgcn, width: 4}}
"""


def test_in_a_recipe_and_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANCEKIT_CACHE", str(tmp_path / "cache"))
    recorded = tmp_path / "hop.npy"
    np.save(recorded, np.random.default_rng(0).random((5, 18, 2)).astype(np.float32))
    (tmp_path / "recipe.yaml").write_text(RECIPE.format(file=recorded))
    recipe = check_recipe(read_recipe(tmp_path / "recipe.yaml"), Registry.load())
    first = prepare_data(recipe)
    assert len(first.store("train")) == 13 and first.store("train").layout.name == "dance14"
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").rglob("*")}
    assert len(prepare_data(recipe).store("train")) == 13
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").rglob("*")} == kept
    np.save(recorded, np.zeros((9, 18, 2), dtype=np.float32))  # a member's file has changed
    assert int(prepare_data(recipe).store("train").frames[-1]) == 9
    assert (
        check_recipe(read_recipe(tmp_path / "recipe.yaml"), Registry.load()).to_mapping()
        == recipe.to_mapping()
    )


def test_a_wrong_member_is_told_by_its_key(tmp_path: Path) -> None:
    text = RECIPE.format(file="x.npy").replace("dance_six", "dance_sox")
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(RecipeErrors) as errors:
        check_recipe(read_recipe(tmp_path / "recipe.yaml"), Registry.load())
    assert any(each.message.startswith("data.members.six.name: ") for each in errors.value.problems)
