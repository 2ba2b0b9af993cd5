"""Layouts converted in a batch against the conversion of one recording, and errors in words."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from dancekit_preprocessing.conversion import ConvertLayout

from dancekit.errors import LayoutError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import Draft
from dancekit.skeleton.convert import convert
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_preprocessor, example_batch

PAIRS = [("openpose18", "dance14"), ("coco17", "h36m17"), ("openpose18", "h36m17"), ("ntu25", "dance11")]


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("coordinates", [2, 3])
def test_against_the_conversion_of_one(source, target, coordinates):
    batch = example_batch(layout=source, coordinates=coordinates)
    result = ConvertLayout(layout=Layout.named(target))(batch)
    keypoints, score = convert(batch.keypoints, batch.score, batch.layout, Layout.named(target))
    torch.testing.assert_close(result.keypoints, torch.from_numpy(keypoints))
    assert torch.equal(result.score, torch.from_numpy(score))
    assert result.layout is Layout.named(target) and torch.equal(result.present, batch.present)


def test_a_mean_of_which_a_part_is_missing_is_missing():
    batch = example_batch(layout="coco17", complete=True)
    hip, pelvis = batch.layout.index("left_hip"), Layout.named("h36m17").index("pelvis")
    batch.score[0, 0, 3, hip] = 0
    result = ConvertLayout(layout=Layout.named("h36m17"))(batch)
    assert result.score[0, 0, 3, pelvis] == 0 and not result.keypoints[0, 0, 3, pelvis].any()
    assert result.score[0, 0, 4, pelvis] > 0
    hips = [batch.layout.index(f"{side}_hip") for side in ("left", "right")]
    middle = batch.keypoints[0, 0, 4, hips].mean(0)
    torch.testing.assert_close(result.keypoints[0, 0, 4, pelvis], middle)
    assert result.score[0, 0, 4, pelvis] == batch.score[0, 0, 4, hips].min()


def test_a_layout_may_be_its_own():
    batch = example_batch(layout="openpose18")
    same = ConvertLayout(layout=batch.layout)(replace(batch))
    assert torch.equal(same.keypoints, batch.keypoints) and torch.equal(same.score, batch.score)


def test_contract():
    check_preprocessor("convert_layout", layout=Layout.named("dance11"))
    check_preprocessor("convert_layout", layouts=("coco17", "openpose18"), layout=Layout.named("h36m17"))


def test_what_a_layout_cannot_give_is_told():
    step = ConvertLayout(layout=Layout.named("openpose18"))
    with pytest.raises(
        LayoutError, match="ntu25 cannot be converted to openpose18: it lacks right_eye, left_eye"
    ):
        step(example_batch(layout="ntu25"))


def test_a_recipe_names_the_layout():
    def checked(layout):
        node = {"name": "convert_layout", "layout": layout}
        content = {"data": "dance_six", "backbone": "stgcn", "preprocess": [node]}
        return check_recipe(Draft(content=content, folder=Path(), name="r"), Registry.load())

    recipe = checked("h36m17")
    assert recipe.to_mapping()["preprocess"] == [{"name": "convert_layout", "layout": "h36m17"}]
    assert recipe.preprocess[0].build().layout == Layout.named("h36m17")
    with pytest.raises(RecipeErrors, match=r"preprocess\[0\]\.layout: .*h36m17"):
        checked("h36m71")
