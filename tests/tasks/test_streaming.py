"""Lifted as they come, frames are what they are in the whole sequence."""

from __future__ import annotations

import pytest
import torch
from dancekit_lifting.martinez import Martinez
from dancekit_lifting.siamese import Siamese
from dancekit_lifting.videopose import VideoPose
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout
from dancekit.tasks.streaming import LiftStream

LAYOUTS = {"input_layout": Layout.named("dance14"), "output_layout": Layout.named("h36m17")}


def _lifter(kind: type[Lifter], weight: float | None = None) -> Lifter:
    torch.manual_seed(0)
    lifter = kind(**LAYOUTS, channels=16).eval()
    for name, parameter in lifter.named_parameters():
        if name.startswith(("head", "direct", "shrink")):
            torch.nn.init.normal_(parameter, std=0.1)
    if weight is not None:
        lifter.trust(weight)
    return lifter


LIFTERS = {
    "siamese": _lifter(Siamese),
    "fused": _lifter(Siamese, 0.4),
    "videopose": _lifter(VideoPose),
    "martinez": _lifter(Martinez),
}


@pytest.mark.parametrize("name", LIFTERS)
@given(chunks=st.lists(st.integers(1, 60), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_streamed_is_whole(name: str, chunks: list[int]) -> None:
    lifter = LIFTERS[name]
    generator = torch.Generator().manual_seed(sum(chunks))
    keypoints = torch.randn(2, sum(chunks), 14, 2, generator=generator)
    score = torch.rand(2, sum(chunks), 14, generator=generator)
    score = score * (score > 0.1)
    stream, given_out, came = LiftStream(lifter), [], 0
    for own, its_score in zip(keypoints.split(chunks, 1), score.split(chunks, 1), strict=True):
        came += own.shape[1]
        given_out.append(stream.push(own, its_score))
        assert sum(each.shape[1] for each in given_out) == max(0, came - stream.latency)
        assert stream._keypoints.shape[1] <= 2 * stream.latency + own.shape[1]
    given_out.append(stream.close())
    with torch.inference_mode():
        whole = lifter.lift(keypoints, score)
    torch.testing.assert_close(torch.cat(given_out, 1), whole, atol=1e-6, rtol=1e-5)


def test_a_closed_stream_begins_anew() -> None:
    lifter = LIFTERS["martinez"]
    stream = LiftStream(lifter)
    assert stream.close() is None
    for _ in range(2):
        keypoints, score = torch.randn(1, 30, 14, 2), torch.ones(1, 30, 14)
        first, rest = stream.push(keypoints, score), stream.close()
        with torch.inference_mode():
            whole = lifter.lift(keypoints, score)
        torch.testing.assert_close(torch.cat([first, rest], 1), whole, atol=1e-6, rtol=1e-5)
