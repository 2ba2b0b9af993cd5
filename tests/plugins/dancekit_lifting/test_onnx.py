"""Lifters as ONNX graphs: onnxruntime gives what PyTorch does, for any number of persons and frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dancekit_lifting.martinez import Martinez
from dancekit_lifting.siamese import Siamese
from dancekit_lifting.videopose import VideoPose
from torch import Tensor, nn

from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout

onnxruntime = pytest.importorskip("onnxruntime")

LAYOUTS: dict[str, Any] = {"input_layout": Layout.named("dance14"), "output_layout": Layout.named("h36m17")}


def _siamese(**options: Any) -> Siamese:
    lifter = Siamese(**LAYOUTS, channels=32, **options)
    lifter.trust(torch.linspace(0.2, 1.0, 17))
    return lifter


LIFTERS = {
    "fused": lambda: _siamese(),
    "alone": lambda: _siamese(fuse=False),
    "frame": lambda: _siamese(trunk="frame"),
    "videopose": lambda: VideoPose(**LAYOUTS, channels=32),
    "martinez": lambda: Martinez(**LAYOUTS, channels=32),
}


class _Lift(nn.Module):
    """`lift` under the name that the exporter calls."""

    def __init__(self, lifter: Lifter) -> None:
        super().__init__()
        self.lifter = lifter

    def forward(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return self.lifter.lift(keypoints, score)


def _used(lifter: Lifter) -> Lifter:
    """With weights and statistics unlike those of a new one, as a trained one has."""
    torch.manual_seed(1)
    for name, value in lifter.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 2.0)
        elif value.is_floating_point() and name != "joint_weights":
            value.add_(torch.randn_like(value), alpha=0.1)
    return lifter.eval()


def _keypoints(persons: int, frames: int) -> tuple[Tensor, Tensor]:
    """Joints that are lost, and a person who is in no frame."""
    torch.manual_seed(persons * frames)
    score = torch.rand(persons, frames, 14) * (torch.rand(persons, frames, 14) > 0.1)
    score[-1] = 0
    return torch.randn(persons, frames, 14, 2), score


@pytest.mark.slow
@pytest.mark.parametrize("name", LIFTERS)
def test_onnxruntime_gives_what_pytorch_does(name: str, tmp_path: Path) -> None:
    lifter = _used(LIFTERS[name]())
    persons, frames = torch.export.Dim("persons", min=1), torch.export.Dim("frames", min=1)
    sizes = {0: persons, 1: frames}
    path = tmp_path / "lifter.onnx"
    torch.onnx.export(
        _Lift(lifter).eval(),
        _keypoints(3, 50),
        path,
        dynamo=True,
        dynamic_shapes={"keypoints": sizes, "score": sizes},
        verbose=False,
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    for persons_now, frames_now in ((1, 1), (1, 200), (5, 31)):
        given = _keypoints(persons_now, frames_now)
        with torch.no_grad():
            wanted = lifter.lift(*given)
        (lifted,) = session.run(None, {name: each.numpy() for name, each in zip(names, given, strict=True)})
        assert lifted.shape == (persons_now, frames_now, 17, 3)
        assert float(np.abs(lifted).max()) > 0.01
        np.testing.assert_allclose(lifted, wanted.numpy(), atol=1e-4)
