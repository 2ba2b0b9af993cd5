"""ONNX files: onnxruntime gives what PyTorch does, for any number of clips, persons and frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dancekit_baselines.distances import KeypointDistances
from dancekit_baselines.hu import HuMoments
from dancekit_baselines.residual4 import Residual4
from dancekit_preprocessing.normalise import Centre, ScaleToBody
from dancekit_preprocessing.picture import Box, Screen
from dancekit_preprocessing.streams import Stream
from dancekit_stgcn.attention import SpatioTemporalAttention
from dancekit_stgcn.model import STGCN
from networks import LAYOUT, recognition_of, tensors_of, write
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.exporting.onnx_file import NotTensorCode, recorded
from dancekit.interfaces import Attention, Backbone, Preprocessor
from dancekit.onnx_model import OnnxModel
from dancekit.testing.examples import example_batch

pytest.importorskip("onnxruntime")

JOINTS = ("keypoints", "score", "present")
PICTURES = {"residual4_frames": ("frames", "silhouette"), "hu_moments": ("silhouette", "thinned")}


def _attention(channels: int) -> Attention:
    return SpatioTemporalAttention(channels=channels, maps="pooled")


BACKBONES: dict[str, Callable[[], Backbone]] = {
    "stgcn": lambda: STGCN(layout=LAYOUT, coordinates=2, width=4, stages=(1, 2), strides=(1, 2)),
    "attention": lambda: STGCN(
        layout=LAYOUT,
        coordinates=2,
        width=4,
        stages=(1, 2),
        strides=(2, 3),
        score_channel=True,
        attention=_attention,
    ),
    "residual4_skeleton": lambda: Residual4(
        layout=LAYOUT, coordinates=2, width=4, input="skeleton", stem="small"
    ),
    "residual4_frames": lambda: Residual4(layout=LAYOUT, coordinates=2, width=4),
    "distances": lambda: KeypointDistances(layout=LAYOUT),
    "hu_moments": HuMoments,
}


def _batch(name: str, clips: int, persons: int, frames: int) -> ClipBatch:
    pictures = 32 if name in PICTURES else None
    return example_batch(layout=LAYOUT, clips=clips, persons=persons, frames=frames, pictures=pictures)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_every_shipped_backbone_answers_as_in_pytorch(name: str, tmp_path: Path) -> None:
    inputs = JOINTS + PICTURES.get(name, ())
    network = recognition_of(BACKBONES[name](), inputs)
    file = tmp_path / "model.onnx"
    write(network, tensors_of(_batch(name, 2, 2, 12), inputs), file)
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]  # one file, no part of it beside it
    model = OnnxModel.open(file, threads=1)
    for sizes in ((1, 1, 12), (3, 3, 13), (2, 1, 7), (1, 2, 30)):
        given = tensors_of(_batch(name, *sizes), inputs)
        with torch.no_grad():
            wanted = network(*given.values())
        logits = model.predict(**{key: value.numpy() for key, value in given.items()})
        assert logits.shape == wanted.shape == (sizes[0], 3)
        assert float(np.ptp(logits, axis=1).min()) > 1e-3  # it says something
        # As `export` itself checks it: random weights make logits of hundreds, with seven digits each.
        np.testing.assert_allclose(logits, wanted.numpy(), atol=1e-4 * max(1.0, float(wanted.abs().max())))


class _Means(Backbone):
    """The mean place of all joints of the first person: the smallest backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.out_features = 2

    def embed(self, batch: ClipBatch) -> Tensor:
        return batch.keypoints[:, 0].mean((1, 2))  # (N, C)


STEPS: dict[str, list[Preprocessor]] = {
    "centre": [Centre(over="frame"), ScaleToBody()],
    "torso": [ScaleToBody(by="torso")],
    "screen": [Screen(), Stream(of="bone_motion")],
    "box": [Box()],
}


@pytest.mark.parametrize("name", STEPS)
def test_preprocessing_goes_into_the_file(name: str, tmp_path: Path) -> None:
    inputs = (*JOINTS, "image_size") if name == "screen" else JOINTS
    network = recognition_of(_Means(), inputs, preprocess=STEPS[name])
    bare = recognition_of(_Means(), inputs)
    batch = replace(_batch(name, 3, 2, 9), image_size=torch.full((3, 2), 4.0))
    file = tmp_path / "model.onnx"
    write(network, tensors_of(_batch(name, 2, 2, 12), inputs), file)
    given = tensors_of(batch, inputs)
    with torch.no_grad():
        wanted, unprepared = network(*given.values()), bare(*given.values())
    logits = OnnxModel.open(file, threads=1).predict(**{key: value.numpy() for key, value in given.items()})
    np.testing.assert_allclose(logits, wanted.numpy(), atol=1e-4)
    assert not np.allclose(logits, unprepared.numpy(), atol=1e-3)  # the steps do something here


class _Looks(_Means):
    """Decides in Python by the numbers in a tensor, which no graph can hold."""

    def embed(self, batch: ClipBatch) -> Tensor:
        means = super().embed(batch)
        return means if bool(means.sum() > 0) else -means


def test_what_is_no_tensor_code_is_told() -> None:
    network = recognition_of(_Looks(), JOINTS)
    with pytest.raises(NotTensorCode):
        recorded(network, tensors_of(_batch("", 2, 2, 12), JOINTS), lifting=False)
