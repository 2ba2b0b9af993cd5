"""The contract test of preprocessors: it passes sound ones, and says what is broken in the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.plugin import Registry
from dancekit.testing import check_preprocessor


class Shift(Preprocessor):
    """A preprocessor that keeps the contract: each clip moves by its own draw."""

    when = "train"

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return batch.with_keypoints(batch.keypoints + self.amount(batch)[:, None, None, None, None])

    def amount(self, batch: ClipBatch) -> Tensor:
        assert batch.random is not None
        return batch.random.uniform()


class DrawsGlobally(Shift):
    def amount(self, batch: ClipBatch) -> Tensor:
        return torch.rand(len(batch))


class DrawsForItsShare(Shift):
    def amount(self, batch: ClipBatch) -> Tensor:
        return super().amount(batch).mean().expand(len(batch))


class MovesMissingJoints(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return replace(batch, keypoints=batch.keypoints + 1)


class WritesIntoTheBatch(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        batch.keypoints.add_(1)
        return batch.with_keypoints(batch.keypoints)


class CountsMissingJoints(Shift):
    def amount(self, batch: ClipBatch) -> Tensor:
        return batch.keypoints.mean((1, 2, 3, 4))


class FindsJoints(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return replace(batch, score=batch.present[..., None].expand_as(batch.score).float())


class DividesByNothing(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return batch.with_keypoints(batch.keypoints / batch.index[:, None, None, None, None])


class DropsAFrame(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return replace(batch, keypoints=batch.keypoints[:, :, 1:])


class LeavesPicturesBehind(Shift):
    """Fewer frames of keypoints than of pictures."""

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return replace(
            batch,
            keypoints=batch.keypoints[:, :, 1:],
            score=batch.score[:, :, 1:],
            present=batch.present[:, :, 1:],
        )


class CropsOneKindOfPicture(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        assert batch.silhouette is not None
        return replace(batch, silhouette=batch.silhouette[..., 1:])


class InvertsWhereNobodyIs(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        assert batch.frames is not None
        return replace(batch, frames=255 - batch.frames)


class MakesFloats(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return batch.with_pictures(lambda pictures: pictures.float())


class DarkensByTheBatch(Shift):
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        assert batch.frames is not None
        middle = batch.frames.float().mean()
        return replace(batch, frames=torch.where(batch.frames > middle, batch.frames, 0))


class DarkensAtRandom(Shift):
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        self.calls += 1
        assert batch.frames is not None
        return replace(batch, frames=batch.frames * (self.calls % 2))


def test_sound_preprocessor_passes() -> None:
    check_preprocessor(Shift)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (DrawsGlobally, "draws from torch's global generator"),
        (DrawsForItsShare, "another result when the batch is shared by two processes"),
        (MovesMissingJoints, "leaves numbers where a joint is missing"),
        (WritesIntoTheBatch, "changes keypoints of the batch that it is given"),
        (CountsMissingJoints, "reads the place of missing joints"),
        (FindsJoints, "gives a missing joint a score"),
        (DividesByNothing, "keypoints that are not finite"),
        (DropsAFrame, "gives score of shape"),
        (LeavesPicturesBehind, "gives frames of shape"),
        (CropsOneKindOfPicture, "gives silhouette of shape"),
        (InvertsWhereNobodyIs, "leaves frames where nobody is"),
        (MakesFloats, "gives frames as torch.float32"),
        (DarkensByTheBatch, "another result when the batch is shared by two processes"),
        (DarkensAtRandom, "another result for the same draws"),
    ],
)
def test_broken_preprocessor_fails(broken: type[Preprocessor], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_preprocessor(broken, layouts=("dance11",))


@pytest.mark.parametrize("name", Registry.load().names("preprocessor"))
def test_built_in_preprocessors(name: str) -> None:
    options: dict[str, dict[str, object]] = {
        "align_view": {"coordinates": (3,)},
        "camera": {"coordinates": (3,)},
        "project": {"coordinates": (3,)},
        "detect": {"coordinates": (2,)},
        "convert_layout": {"layout": "dance11"},
        "exchange_bone_lengths": {"mixes_clips": True},
    }
    check_preprocessor(name, **options.get(name, {}))
