"""The residual network: its size, what it is given, and that absent frames change nothing."""

import copy
from dataclasses import replace

import pytest
import torch
from dancekit_baselines.residual4 import Residual4, four_channels, motion
from dancekit_baselines.residual_blocks import BasicBlock, ResidualTrunk
from torch.nn import functional as F

from dancekit.errors import RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_backbone
from dancekit.testing.examples import clips_of, example_batch

LAYOUT = Layout.named("dance11")


def _model(**arguments):
    torch.manual_seed(0)
    return Residual4(layout=LAYOUT, coordinates=2, **{"width": 4, **arguments})


@pytest.mark.parametrize("stem", ["large", "small"])
def test_frames_keep_the_contract(stem):
    check_backbone(
        Residual4, layouts=("openpose18", "dance11"), pictures=16, input="frames", stem=stem, width=4
    )


@pytest.mark.parametrize("stem", ["large", "small"])
def test_skeletons_keep_the_contract(stem):
    check_backbone(Residual4, layouts=("openpose18", "ntu25"), input="skeleton", stem=stem, width=4)


def test_published_size_with_one_more_channel():
    """ResNet-18 without its classifier has 11 176 512 weights; a fourth channel adds 64 kernels of 7 x 7."""

    def size(channels):
        trunk = ResidualTrunk(in_channels=channels, width=64, stem="large")
        return sum(each.numel() for each in trunk.parameters())

    assert size(3) == 11_176_512
    assert size(4) == 11_176_512 + 64 * 7 * 7 == 11_179_648


def test_published_shape():
    trunk = ResidualTrunk(in_channels=4, width=2, stem="large")
    assert [block.first.convolution.stride[0] for block in trunk.blocks] == [1, 1, 2, 1, 2, 1, 2, 1]
    assert [block.first.convolution.out_channels for block in trunk.blocks] == [2, 2, 4, 4, 8, 8, 16, 16]
    assert [block.shortcut is not None for block in trunk.blocks] == [False, False, *[True, False] * 3]
    assert trunk(torch.randn(2, 4, 64, 96)).shape == (2, 16, 2, 3)
    small = ResidualTrunk(in_channels=4, width=2, stem="small")
    assert small(torch.randn(2, 4, 64, 96)).shape == (2, 16, 8, 12)


@pytest.mark.parametrize(("in_channels", "stride"), [(3, 1), (6, 1), (3, 2)])
def test_a_block_is_two_convolutions_and_a_way_around(in_channels, stride):
    torch.manual_seed(0)
    block = BasicBlock(in_channels, 6, stride).eval()
    x = torch.randn(2, in_channels, 9, 7)

    def normalised(part, y, stride):
        weight = part.convolution.weight
        norm = part.norm
        y = F.conv2d(y, weight, stride=stride, padding=weight.shape[2] // 2)
        return F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)

    y = normalised(block.second, normalised(block.first, x, stride).relu(), 1)
    around = x if block.shortcut is None else normalised(block.shortcut, x, stride)
    assert (block.shortcut is None) == (stride == 1 and in_channels == 6)
    torch.testing.assert_close(block(x, None)[0], (y + around).relu())


def test_four_channels_are_colours_and_silhouette():
    frames = torch.tensor([0, 51, 255], dtype=torch.uint8)[None, :, None, None].expand(2, 3, 4, 5)
    silhouette = torch.rand(2, 4, 5) < 0.5
    picture = four_channels(frames, silhouette)
    assert picture.shape == (2, 4, 4, 5)
    torch.testing.assert_close(picture[:, :3, 0, 0], torch.tensor([-0.5, -0.3, 0.5]).expand(2, 3))
    assert torch.equal(picture[:, 3] == 1, silhouette)
    assert torch.equal(picture[:, 3] == 0, ~silhouette)


def test_grey_pictures_are_as_if_all_colours_were_alike():
    batch = example_batch(layout=LAYOUT, pictures=16)
    grey = batch.frames[:, :, 1:2]
    model = _model().eval()
    expected = model(replace(batch, frames=grey.expand(-1, -1, 3, -1, -1)))
    torch.testing.assert_close(model(replace(batch, frames=grey)), expected, rtol=0, atol=0)


def test_a_clip_is_the_mean_of_its_pictures():
    batch = example_batch(layout=LAYOUT, pictures=16)
    model = _model().eval()
    ours = model(batch)
    shown = batch.present.any(1)
    assert not shown.all()
    for clip in range(len(batch)):
        pictures = four_channels(batch.frames[clip, shown[clip]], batch.silhouette[clip, shown[clip]])
        alone = [model.reader.trunk(picture[None]).mean((0, 2, 3)) for picture in pictures]
        torch.testing.assert_close(ours[clip], sum(alone) / len(alone), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_pictures_of_absent_frames_change_neither_output_nor_statistics(training):
    batch = example_batch(layout=LAYOUT, pictures=16)
    absent = ~batch.present.any(1)
    assert absent.any()
    frames, silhouette = batch.frames.clone(), batch.silhouette.clone()
    frames[absent], silhouette[absent] = 200, True
    model = _model().train(training)
    twin = copy.deepcopy(model)
    scribbled = twin(replace(batch, frames=frames, silhouette=silhouette))
    torch.testing.assert_close(scribbled, model(batch), rtol=0, atol=0)
    for ours, theirs in zip(twin.buffers(), model.buffers(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_batch_without_anyone_gives_zeros_and_leaves_statistics_alone():
    batch = example_batch(layout=LAYOUT, pictures=16)
    empty = replace(batch, present=torch.zeros_like(batch.present))
    model = _model().train()
    before = copy.deepcopy(dict(model.named_buffers()))
    output = model(empty)
    assert not output.any()
    output.sum().backward()
    assert all(each.grad is not None and each.grad.isfinite().all() for each in model.parameters())
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())


@pytest.mark.parametrize("stem", ["large", "small"])
@pytest.mark.parametrize("frames", [9, 16])
@pytest.mark.parametrize("training", [True, False])
def test_padded_frames_are_as_if_the_clip_ended_before(training, frames, stem):
    """A longer clip with absent frames at the end: the same output and the same running statistics."""
    torch.manual_seed(1)
    trunk = ResidualTrunk(in_channels=4, width=4, stem=stem).train(training).double()
    twin = copy.deepcopy(trunk)
    x = torch.randn(3, 4, 29, 22, dtype=torch.float64)
    mask = (torch.arange(29) < frames).expand(3, -1)
    short = trunk(x[:, :, :frames])
    long = twin(x, mask)
    torch.testing.assert_close(long[:, :, : short.shape[2]], short, rtol=1e-9, atol=1e-9)
    assert long.shape[2] > short.shape[2] or stem == "large"
    assert not long[:, :, short.shape[2] :].any()
    for ours, theirs in zip(twin.buffers(), trunk.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_absent_rows_in_the_middle_reach_nobody():
    trunk = ResidualTrunk(in_channels=4, width=4, stem="small").train()
    x = torch.randn(2, 4, 24, 10)
    mask = torch.ones(2, 24, dtype=torch.bool)
    mask[0, 6:15] = False
    other = x.masked_fill(~mask[:, None, :, None], float("nan"))
    torch.testing.assert_close(copy.deepcopy(trunk)(other, mask), trunk(x, mask), rtol=0, atol=0)


def test_motion_is_the_change_from_the_frame_before():
    x = torch.randn(2, 3, 6, 5)
    mask = torch.tensor([[1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 1, 0]], dtype=torch.bool)
    ours = motion(x, mask)
    assert ours.shape == x.shape
    for person in range(2):
        for time in range(6):
            expected = torch.zeros(3, 5)
            if time > 0 and mask[person, time] and mask[person, time - 1]:
                expected = x[person, :, time] - x[person, :, time - 1]
            assert torch.equal(ours[person, :, time], expected)
    assert torch.equal(motion(x[:, :, :1], None), torch.zeros(2, 3, 1, 5))


def test_the_picture_of_a_skeleton_is_joints_bones_and_their_motion():
    model = _model(input="skeleton", stem="small").eval()
    seen = []
    model.reader.trunk.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.randn(2, 2, 6, 11)
    model.reader.features(x, None)
    (picture,) = seen
    assert picture.shape == (2, 4, 6, 22)
    for joint, parent in enumerate(LAYOUT.parents):
        for axis in range(2):
            place = x[:, axis, :, joint]
            bone = torch.zeros_like(place) if parent < 0 else place - x[:, axis, :, parent]
            column = picture[..., 2 * joint + axis]  # (B, 4, T)
            assert torch.equal(column[:, 0], place)
            assert torch.equal(column[:, 1], bone)
            torch.testing.assert_close(column[:, 2, 1:], place.diff(dim=1))
            torch.testing.assert_close(column[:, 3, 1:], bone.diff(dim=1))


def test_every_kind_of_input_counts():
    batch = example_batch(layout=LAYOUT, pictures=16)
    model = _model().eval()
    for name in ("frames", "silhouette"):
        other = replace(batch, **{name: getattr(batch, name).flip(-1)})
        assert not torch.allclose(model(other), model(batch))
    skeleton = _model(input="skeleton", stem="small").eval()
    assert not torch.allclose(skeleton(batch.with_keypoints(-batch.keypoints)), skeleton(batch))
    assert torch.equal(skeleton(replace(batch, frames=None, silhouette=None)), skeleton(batch))
    assert clips_of(batch, 0, 1).frames.any()


def test_without_pictures_frames_are_asked_for():
    with pytest.raises(RecipeError, match="frames"):
        _model()(example_batch(layout=LAYOUT))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"input": "audio"}, "frames or skeleton"), ({"stem": "tiny"}, "large or small"), ({"width": 0}, "1")],
)
def test_senseless_arguments_of_residual4(arguments, message):
    with pytest.raises(ValueError, match=message):
        _model(**arguments)
