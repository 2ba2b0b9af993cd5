"""The contract tests pass on what is sound, and each fails on what breaks it, saying so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from strangers import hook, install
from torch import Tensor, nn

from dancekit.data.clips import Clip, ClipBatch
from dancekit.errors import DataError
from dancekit.interfaces import Attention, Backbone, Dataset, Lifter, Matrix, SkeletonBackbone
from dancekit.masking import masked_mean, zero_absent
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout
from dancekit.testing import (
    check_attention,
    check_backbone,
    check_dataset,
    check_lifter,
    constructor_problems,
    example_batch,
)


class Sound(SkeletonBackbone):
    """A backbone that keeps the contract; the others break it in one place each."""

    def __init__(self, *, layout: Layout, coordinates: int, width: int = 8) -> None:
        super().__init__(layout=layout, coordinates=coordinates, out_features=width)
        self.layer = nn.Linear(self.in_channels * layout.num_joints, width)

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.layer(x.permute(0, 2, 1, 3).flatten(2)).transpose(1, 2).unsqueeze(3)  # (B, F, T, 1)


class CountsAbsentPersons(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch) / batch.present.shape[1]


class ReadsMissingJoints(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch) + batch.keypoints.sum((1, 2, 3, 4))[:, None]


class LearnsFromMissingJoints(Sound):
    """What is masked after a learned layer still reaches its gradient: 0 times NaN."""

    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.stretch = nn.Parameter(torch.ones(()))

    def embed(self, batch: ClipBatch) -> Tensor:
        stretched = (batch.keypoints * self.stretch).masked_fill(~batch.seen[..., None], 0)
        return (
            super().embed(replace(batch, keypoints=stretched)) + stretched.sum((1, 2, 3, 4))[:, None] * 1e-3
        )


class LooksIntoAbsentFrames(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.over_time = nn.Conv2d(self.out_features, self.out_features, (3, 1), padding=(1, 0))

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.over_time(super().features(x, mask))


class NormalisesWithAbsentFrames(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.norm = nn.BatchNorm2d(self.out_features)

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.norm(super().features(x, mask))


class LooksAtOtherClips(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        embedded = super().embed(batch)
        return embedded - embedded.mean(0)


class ChangesItsInput(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        batch.keypoints.mul_(2)
        return super().embed(batch)


class IsRandomInEvaluation(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch) + torch.randn(())


class RemembersInEvaluation(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.register_buffer("calls", torch.zeros(()))

    def embed(self, batch: ClipBatch) -> Tensor:
        self.calls += 1
        return super().embed(batch)


class ForgetsAParameter(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.forgotten = nn.Parameter(torch.zeros(3))


class HasNoFiniteGradient(Sound):
    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        y = super().features(x, mask)
        return y + (y - y.detach()).abs().sqrt()


class NamesTooFewRows(Sound):
    def matrices(self) -> tuple[Matrix, ...]:
        return (Matrix(title="odd", explanation="", values=torch.eye(2), rows=("a",), columns=("b", "c")),)


class GivesAnotherWidth(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch)[:, 1:]


class NeedsTwoFrames(Sound):
    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return super().features(x[:, :, 1:], None if mask is None else mask[:, 1:])


class NeedsSomebody(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        share = batch.present.float().mean((1, 2))[:, None]
        return super().embed(batch) * (share / share)


class KeepsALooseTensor(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.offset = torch.ones(())

    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch) + self.offset


class ForgetsWhatItDrew(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.register_buffer("directions", torch.randn(self.out_features), persistent=False)

    def embed(self, batch: ClipBatch) -> Tensor:
        return super().embed(batch) * self.directions


class HoldsALambda(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.activation = lambda x: x


class ReadsNumbersWhenBuilt(Sound):
    def __init__(self, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)
        self.scale = torch.ones(3).sum().item()


class LosesDigits(Sound):
    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return (super().features(x, mask) + 1000) - 1000


class BranchesOnNumbers(Sound):
    def embed(self, batch: ClipBatch) -> Tensor:
        embedded = super().embed(batch)
        return embedded if embedded.isfinite().all() else embedded.nan_to_num()


def test_sound_backbone_passes() -> None:
    check_backbone(Sound, layouts=("dance11", "ntu25"))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (CountsAbsentPersons, "another output when a person is added who is never there"),
        (ReadsMissingJoints, "another output when huge numbers stand in for missing joints"),
        (LearnsFromMissingJoints, "stretch another gradient when NaN stands in for missing joints"),
        (LooksIntoAbsentFrames, "another output when frames are added in which nobody is there"),
        (NormalisesWithAbsentFrames, "when frames are added in which nobody is there, in training"),
        (LooksAtOtherClips, "another output when other clips are beside it"),
        (ChangesItsInput, "changes the batch that it is given"),
        (IsRandomInEvaluation, "another output each time in evaluation"),
        (RemembersInEvaluation, "changes its buffer calls in evaluation"),
        (ForgetsAParameter, "no gradient reaches: forgotten"),
        (HasNoFiniteGradient, "a gradient that is not finite"),
        (NamesTooFewRows, r"gives a matrix 'odd' of shape \(2, 2\) with 1 rows"),
        (GivesAnotherWidth, r"gives \(4, 7\) in place of \(4, 8\) on 1 persons"),
        (NeedsTwoFrames, "no finite numbers on 2 persons in 1 frames"),
        (NeedsSomebody, "not finite for a clip with nobody in it"),
        (KeepsALooseTensor, "keeps the tensor offset"),
        (ForgetsWhatItDrew, "another output after its weights were saved and loaded"),
        (HoldsALambda, "cannot be pickled"),
        (ReadsNumbersWhenBuilt, "cannot be built on the device `meta`"),
        (LosesDigits, "away from its float32 output under autocast"),
        (BranchesOnNumbers, "cannot be exported"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_broken_backbone_fails(broken: type[Backbone], said: str) -> None:
    with pytest.raises(AssertionError, match=said) as caught:
        check_backbone(broken, layouts=("dance11",))
    assert str(caught.value).startswith(f"backbone {broken.__name__!r} ")


class Loose(Sound):
    def __init__(self, layout: Layout, coordinates, *, sizes: tuple[int, ...] = [1, 2], **more: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates)


class OddDefault(Sound):
    def __init__(self, *, layout: Layout, coordinates: int, width: int = "wide") -> None:
        super().__init__(layout=layout, coordinates=coordinates)


class Unfinished(SkeletonBackbone):
    pass


def test_constructor_rules() -> None:
    assert constructor_problems(Sound, "backbone") == []
    positional, untyped, changeable, keywords = constructor_problems(Loose, "backbone")
    assert "Loose(layout" in positional
    assert "keyword-only" in positional
    assert "keyword-only" in untyped
    assert "use a tuple" in changeable
    assert "name every argument" in keywords
    assert "cannot hold its default" in constructor_problems(OddDefault, "backbone")[0]
    assert "does not define features" in constructor_problems(Unfinished, "backbone")[0]
    assert "dancekit.interfaces.Lifter" in constructor_problems(Sound, "lifter")[0]
    with pytest.raises(AssertionError, match="use a tuple"):
        check_backbone(Loose)


def test_arguments_are_those_of_a_recipe() -> None:
    with pytest.raises(AssertionError, match=r"Sound.widht: there is no such key. Did you mean 'width'\?"):
        check_backbone(Sound, widht=8)
    with pytest.raises(AssertionError, match=r"Sound.width: 'wide' is not a whole number"):
        check_backbone(Sound, width="wide")


def test_name_that_is_not_installed_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "stranger_bad", "import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        AssertionError, match=r"there is no backbone 'mine'.*no_such_module_anywhere.*pip install -e"
    ):
        check_backbone("mine")


def test_plugin_whose_module_imports_torch_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "stranger_heavy", "import torch\n" + hook(target="test_testing:Sound"))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match=r"importing stranger_heavy imports torch"):
        check_backbone("mine")


class ChannelMean(Attention):
    """An attention that keeps the contract: a gate from the mean of the frames that are there."""

    def __init__(self, *, channels: int) -> None:
        super().__init__()
        self.gate = nn.Linear(channels, channels)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        there = None if mask is None else mask[:, None, :, None]
        means = masked_mean(x.float(), there, (2, 3))  # (B, C)
        return x * torch.sigmoid(self.gate(means))[:, :, None, None]


class IgnoresMask(ChannelMean):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(x)


class Transposes(ChannelMean):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(x, mask).transpose(2, 3)


class MixesPersons(ChannelMean):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(x, mask) * torch.sigmoid(zero_absent(x, mask).mean())


class ShowsTooMuch(ChannelMean):
    def maps(self, x: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
        return {"gate": x}


def test_sound_attention_passes() -> None:
    check_attention(ChannelMean)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (IgnoresMask, "when other numbers stand in absent frames"),
        (Transposes, "gives .* for .* on 3 channels"),
        (MixesPersons, "another output when others are beside them"),
        (ShowsTooMuch, "gives a map 'gate' of shape"),
    ],
)
def test_broken_attention_fails(broken: type[Attention], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_attention(broken, layouts=("dance11",))


class FlatLifter(Lifter):
    """A lifter that keeps the contract, and has learned nothing."""

    input_layout = output_layout = Layout.named("dance11")
    receptive_field = 1

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return self.layer(keypoints.masked_fill(score[..., None] == 0, 0))


class LiftsMissingJoints(FlatLifter):
    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return self.layer(keypoints)


class LiftsToPlane(FlatLifter):
    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return super().lift(keypoints, score)[..., :2]


class HidesItsField(FlatLifter):
    receptive_field = None


def test_sound_lifter_passes() -> None:
    check_lifter(FlatLifter)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (LiftsMissingJoints, "when other numbers stand in for missing joints"),
        (LiftsToPlane, "in place of"),
        (HidesItsField, "has no receptive_field"),
    ],
)
def test_broken_lifter_fails(broken: type[Lifter], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_lifter(broken)


class Stills(Dataset):
    """A data set that keeps the contract: two recordings of someone standing."""

    classes = ("standing", "standing still")
    splits = ("train",)
    layout = Layout.named("dance11")

    def recordings(self, split: str) -> Iterator[Clip]:
        if split not in self.splits:
            raise DataError(f"there is no split {split!r}.")
        for number in range(2):
            yield self.one(number)

    def one(self, number: int) -> Clip:
        return Clip.of(np.ones((5, 11, 2)), label=number, name=f"clip-{number}")


class LabelsFromOne(Stills):
    def one(self, number: int) -> Clip:
        return replace(super().one(number), label=number + 1)


class NamesNothing(Stills):
    def one(self, number: int) -> Clip:
        return replace(super().one(number), name="clip")


class DrawsUnseeded(Stills):
    def one(self, number: int) -> Clip:
        return Clip.of(np.random.default_rng().normal(size=(5, 11, 2)), label=0, name=f"clip-{number}")


class HasHoles(Stills):
    def one(self, number: int) -> Clip:
        clip = super().one(number)
        return replace(clip, keypoints=np.full_like(clip.keypoints, np.nan))


class HasOtherJoints(Stills):
    def one(self, number: int) -> Clip:
        return Clip.of(np.ones((5, 17, 2)), label=0, name=f"clip-{number}")


class TakesAnySplit(Stills):
    def recordings(self, split: str) -> Iterator[Clip]:
        return super().recordings("train")


class FailsOnOtherSplits(Stills):
    def recordings(self, split: str) -> Iterator[Clip]:
        return super().recordings({"train": "train"}[split])


def test_sound_dataset_passes() -> None:
    check_dataset(Stills)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (LabelsFromOne, "gives the label 2 in clip-1"),
        (NamesNothing, "recordings of one name"),
        (DrawsUnseeded, "gives other recordings of 'train' the second time"),
        (HasHoles, "not finite in clip-0"),
        (HasOtherJoints, "its layout has 11 joints"),
        (TakesAnySplit, "gives recordings for a split that is not there"),
        (FailsOnOtherSplits, "raises KeyError for a split that is not there"),
    ],
)
def test_broken_dataset_fails(broken: type[Dataset], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_dataset(broken)


@pytest.mark.parametrize("persons", [1, 3])
def test_example_batch_keeps_the_array_contract(persons: int) -> None:
    batch = example_batch(layout="ntu25", clips=3, persons=persons, frames=8, coordinates=3, training=True)
    assert batch.keypoints.shape == (3, persons, 8, 25, 3)
    assert batch.score.shape == (3, persons, 8, 25)
    assert not batch.keypoints[~batch.seen].any()
    assert not batch.score[~batch.present].any()
    assert (batch.present & ~batch.seen.any(-1)).sum() == 0
    assert not batch.present.all()
    assert 0.05 < (~batch.seen & batch.present[..., None]).float().sum() / batch.present.sum() / 25 < 0.15
    again = example_batch(layout="ntu25", clips=3, persons=persons, frames=8, coordinates=3)
    assert torch.equal(batch.keypoints, again.keypoints)
    assert example_batch(complete=True).seen.all()


@pytest.mark.slow
@pytest.mark.parametrize("name", Registry.load().names("attention"))
@pytest.mark.parametrize(
    "options", [{}, {"maps": "full", "gate": "literal", "start": "zero"}], ids=["", "options"]
)
def test_built_in_attentions(name: str, options: dict[str, str]) -> None:
    check_attention(name, layouts=("openpose18", "ntu25"), **options)


@pytest.mark.slow
def test_stgcn_on_every_layout() -> None:
    check_backbone("stgcn", width=8, stages=(1, 2), strides=(1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("attention", Registry.load().names("attention"))
def test_stgcn_with_attention(attention: str) -> None:
    sizes = {"width": 8, "stages": (1, 2), "strides": (1, 2)}
    check_backbone("stgcn", layouts=("openpose18",), attention=attention, score_channel=True, **sizes)


@pytest.mark.slow
def test_stgcn_with_all_ten_blocks() -> None:
    check_backbone("stgcn", width=8, layouts=("openpose18",), dropout=0.1)


def test_dance_six() -> None:
    check_dataset("dance_six", recordings_train=12, recordings_test=6)
