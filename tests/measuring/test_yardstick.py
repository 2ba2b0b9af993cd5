"""A backbone against its textbook form: what is compared, and what is refused."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.errors import PluginError
from dancekit.interfaces import Backbone
from dancekit.measuring.timing import Clock
from dancekit.measuring.yardstick import against_textbook, everyone_there
from dancekit.testing.examples import example_batch


class Mean(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x.mean((2, 3))


class Places(Backbone):
    """The mean place of everyone, with a textbook form that is `wrong` times as large."""

    out_features = 2

    def __init__(self, wrong: float | None = 1.0) -> None:
        super().__init__()
        self.factor, self.wrong = nn.Parameter(torch.tensor(3.0)), wrong
        self.seen: list[tuple[bool, bool]] = []

    def embed(self, batch: ClipBatch) -> Tensor:
        self.seen.append((self.training, torch.is_grad_enabled()))
        assert batch.present.all() and batch.seen.all()
        return self.factor * batch.keypoints.mean((1, 2, 3))

    def textbook(self) -> nn.Module | None:
        return None if self.wrong is None else Mean(self.wrong * self.factor.item())


def _compare(backbone: Backbone, **precisions):
    return list(
        against_textbook(
            backbone,
            example_batch(),
            clock=Clock(torch.device("cpu")),
            budget=0.0,
            precision=nullcontext,
            textbook_precisions=precisions or {"32-true": nullcontext},
        )
    )


def test_inference_and_training_for_each_precision() -> None:
    backbone = Places()
    entered: list[str] = []

    def other() -> nullcontext[None]:
        entered.append("other")
        return nullcontext()

    compared = _compare(backbone, **{"32-true": nullcontext, "other": other})
    assert [(each.what, each.textbook_precision) for each in compared] == [
        ("inference", "32-true"),
        ("training_step", "32-true"),
        ("inference", "other"),
        ("training_step", "other"),
    ]
    assert all(each.seconds.calls == each.textbook_seconds.calls >= 3 for each in compared)
    assert all(each.times_as_fast > 0 for each in compared)
    assert len(entered) >= 6  # the textbook form alone
    assert set(backbone.seen) == {(False, False), (True, True)}
    assert backbone.factor != 3  # a step was made


def test_none_without_a_textbook_form() -> None:
    assert _compare(Places(wrong=None)) == []


@pytest.mark.parametrize("wrong", [1.01, float("nan")])
def test_another_function_is_refused(wrong: float) -> None:
    with pytest.raises(PluginError, match="textbook form of Places gives other features"):
        _compare(Places(wrong=wrong))


def test_everyone_is_there() -> None:
    batch = example_batch(clips=3, persons=2)
    batch.present[2, 0] = False
    full = everyone_there(batch)
    assert full.keypoints.shape == (3, 1, *batch.keypoints.shape[2:])
    assert full.seen.all()
    assert torch.equal(full.keypoints[0, 0], batch.keypoints[0, 0])
    assert torch.equal(full.keypoints[2, 0], batch.keypoints[2, 1])  # the first who is there
    assert full.label.tolist() == batch.label.tolist()
