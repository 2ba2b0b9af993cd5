"""The contract of an attention: the same shape, and nothing from frames that are not there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dancekit.interfaces import Attention
from dancekit.masking import zero_absent
from dancekit.skeleton.layout import Layout
from dancekit.testing.modules import (
    Call,
    apart,
    check_export,
    check_network,
    check_same,
    observe,
)
from dancekit.testing.subject import Subject, find_subject

_PERSONS, _FRAMES, _ABSENT = 4, 12, 5
_MASK = "Set absent frames to zero before a convolution over time, and leave them out of means and norms."


def check_attention(
    attention: str | type[Attention],
    /,
    *,
    layouts: Sequence[str] = ("openpose18", "ntu25", "dance11"),
    channels: Sequence[int] = (3, 16),
    **arguments: object,
) -> None:
    """Check an attention against `dancekit.interfaces.Attention`.

    Args:
        attention: its name in a recipe, or its class.
        layouts: shipped layouts that it must work with.
        channels: numbers of channels that it must work with.
        arguments: of the recipe's node.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("attention", attention, arguments)
    for name in layouts:
        for count in channels:
            _check_shapes(subject, Layout.named(name), count)
    layout, count = Layout.named(layouts[0]), channels[-1]
    x = _features(count, layout.num_joints)
    mask = torch.ones(_PERSONS, _FRAMES, dtype=torch.bool)
    mask[1, -_ABSENT:] = False
    mask[2] = False

    def build() -> nn.Module:
        made: nn.Module = subject.build(channels=count, layout=layout)
        return made

    network = build()
    check_network(subject, build, _attended(x, mask))
    _check_mask(subject, network, x, mask)
    _check_persons_apart(subject, network, x)
    _check_maps(subject, network, x, mask)
    check_export(subject, network, (x, mask), (x[:3], mask[:3]))


def _features(channels: int, joints: int, *, frames: int = _FRAMES) -> Tensor:
    return torch.randn(
        _PERSONS, channels, frames, joints, generator=torch.Generator().manual_seed(0)
    )  # (B, C, T, V)


def _attended(x: Tensor, mask: Tensor | None) -> Call:
    """What comes out for the frames that are there; zeros elsewhere."""

    def call(network: nn.Module) -> Tensor:
        output: Tensor = network(x, mask)
        return zero_absent(output, mask)

    return call


def _check_shapes(subject: Subject, layout: Layout, channels: int) -> None:
    network = subject.build(channels=channels, layout=layout)
    mend = "It reweighs (B, C, T, V) and gives back the same shape, for any number of persons and frames."
    for frames in (1, _FRAMES):
        x = _features(channels, layout.num_joints, frames=frames)
        for mask in (None, torch.ones(_PERSONS, frames, dtype=torch.bool)):
            where = f"on {channels} channels and {frames} frames of {layout.name}"
            with subject.attempt(f"fails {where}", mend):
                output = observe(network, _attended(x, mask), training=True).output
            subject.require(
                output.shape == x.shape, f"gives {tuple(output.shape)} for {tuple(x.shape)} {where}", mend
            )
            subject.require(output.isfinite().all(), f"gives no finite numbers {where}", mend)


def _check_mask(subject: Subject, network: nn.Module, x: Tensor, mask: Tensor) -> None:
    other = zero_absent(x, mask) + 1e3 * ~mask[:, None, :, None]
    for training in (False, True):
        when = "in training" if training else "in evaluation"
        before = observe(network, _attended(x, mask), training=training)
        after = observe(network, _attended(other, mask), training=training)
        check_same(subject, before, after, f"when other numbers stand in absent frames, {when}", _MASK)
        everyone = torch.ones_like(mask)
        bare = observe(network, _attended(x, None), training=training)
        full = observe(network, _attended(x, everyone), training=training)
        check_same(
            subject, bare, full, f"with a mask that is true throughout, {when}", "No mask means the same."
        )


def _check_persons_apart(subject: Subject, network: nn.Module, x: Tensor) -> None:
    network = network.eval()
    with torch.no_grad():
        together, alone = network(x), torch.cat([network(each[None]) for each in x])
    subject.require(
        apart(alone, together) < 1e-3,
        "gives a person another output when others are beside them, in evaluation",
        "Take no mean or maximum over the first axis.",
    )


def _check_maps(subject: Subject, network: nn.Module, x: Tensor, mask: Tensor) -> None:
    assert isinstance(network, Attention)
    b, _, t, v = x.shape
    with torch.no_grad():
        for name, values in network.eval().maps(x, mask).items():
            subject.require(
                tuple(values.shape) == (b, t, v),
                f"gives a map {name!r} of shape {tuple(values.shape)}",
                "A map is (B, T, V); leave `maps` out if there is nothing to show for each frame and joint.",
            )
