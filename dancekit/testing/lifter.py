"""The contract of a lifter: 2D keypoints to 3D, undisturbed by what the detector did not see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch, with_missing_as
from dancekit.testing.modules import Call, apart, check_network, check_same, observe
from dancekit.testing.subject import Subject, find_subject


def check_lifter(lifter: str | type[Lifter], /, **arguments: object) -> None:
    """Check a lifter against `dancekit.interfaces.Lifter`.

    Args:
        lifter: its name in a recipe, or its class.
        arguments: of the recipe's node.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("lifter", lifter, arguments)
    network: Lifter = subject.build()
    _check_attributes(subject, network)
    for frames in (1, 16, network.receptive_field + 3):
        _check_shapes(subject, network, frames)
    keypoints, score = _seen_by_detector(network, 16)
    check_network(
        subject, subject.build, _lifting(keypoints, score), learning=_learning(network, keypoints, score)
    )
    _check_missing(subject, network)
    _check_persons_apart(subject, network, keypoints, score)


def _lifting(keypoints: Tensor, score: Tensor) -> Call:
    def call(network: nn.Module) -> Tensor:
        assert isinstance(network, Lifter)
        return network.lift(keypoints, score)

    return call


def _learning(network: Lifter, keypoints: Tensor, score: Tensor) -> Call:
    """The loss towards the end of a training, when every part of it counts."""
    generator = torch.Generator().manual_seed(0)
    target = torch.randn(*keypoints.shape[:2], network.output_layout.num_joints, 3, generator=generator)
    pairs = PosePairs(
        keypoints=keypoints,
        score=score,
        target=target,
        seen=torch.ones(target.shape[:3], dtype=torch.bool),
        present=(score > 0).any(2),
    )

    def call(network: nn.Module) -> Tensor:
        assert isinstance(network, Lifter)
        return torch.stack(list(network.loss(pairs, 0.9).values()))

    return call


def _seen_by_detector(network: Lifter, frames: int, *, missing: float = 0.0) -> tuple[Tensor, Tensor]:
    """(B, T, V, 2) and (B, T, V) with some joints missing."""
    batch = with_missing_as(example_batch(layout=network.input_layout, persons=1, frames=frames), missing)
    return batch.keypoints[:, 0], batch.score[:, 0]


def _check_attributes(subject: Subject, network: Lifter) -> None:
    for name, wanted in (("input_layout", Layout), ("output_layout", Layout), ("receptive_field", int)):
        subject.require(
            isinstance(getattr(network, name, None), wanted),
            f"has no {name}",
            f"Set it in the class or the constructor: a {wanted.__name__}.",
        )
    subject.require(network.receptive_field >= 1, "has a receptive_field below 1", "Count the frame itself.")


def _check_shapes(subject: Subject, network: Lifter, frames: int) -> None:
    keypoints, score = _seen_by_detector(network, frames)
    wanted = (*keypoints.shape[:2], network.output_layout.num_joints, 3)
    mend = "lift takes (B, T, V, 2) with any T, missing joints included, and gives finite (B, T, V', 3)."
    for training in (True, False):
        with subject.attempt(f"fails on {frames} frames", mend):
            output = observe(network, _lifting(keypoints, score), training=training).output
        subject.require(
            tuple(output.shape) == wanted, f"gives {tuple(output.shape)} in place of {wanted}", mend
        )
        subject.require(output.isfinite().all(), f"gives no finite numbers on {frames} frames", mend)


def _check_missing(subject: Subject, network: Lifter) -> None:
    calls = [_seen_by_detector(network, 16, missing=value) for value in (0.0, 1e4)]
    before, after = (observe(network, _lifting(*call), training=False) for call in calls)
    mend = "Where the score is 0 there is no joint: set its place to a fixed number before using it."
    check_same(subject, before, after, "when other numbers stand in for missing joints", mend)


def _check_persons_apart(subject: Subject, network: Lifter, keypoints: Tensor, score: Tensor) -> None:
    network = network.eval()
    with torch.no_grad():
        together = network.lift(keypoints, score)
        alone = torch.cat(
            [network.lift(keypoints[i : i + 1], score[i : i + 1]) for i in range(len(keypoints))]
        )
    subject.require(
        apart(alone, together) < 1e-3,
        "lifts a person otherwise when others are beside them, in evaluation",
        "Take no mean or maximum over the first axis.",
    )
