"""The contract of a backbone: who is not there changes nothing, and the rest is as torch expects it."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dancekit.data.clips import PICTURES, ClipBatch
from dancekit.interfaces import Backbone
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import (
    clips_of,
    example_batch,
    with_absent_frames,
    with_absent_person,
    with_missing_as,
    with_nobody_in,
)
from dancekit.testing.modules import (
    Call,
    apart,
    check_export,
    check_network,
    check_same,
    observe,
)
from dancekit.testing.subject import Subject, find_subject

_MASK = "SkeletonBackbone hands `features` a mask: see dancekit.masking for means and norms that honour it."


def check_backbone(
    backbone: str | type[Backbone],
    /,
    *,
    layouts: Sequence[str] = ("openpose18", "ntu25", "dance11"),
    pictures: int | None = None,
    **arguments: object,
) -> None:
    """Check a backbone against `dancekit.interfaces.Backbone`.

    Args:
        backbone: its name in a recipe, or its class. Small `arguments` make the check fast.
        layouts: shipped layouts that it must work with; the first one carries most of the checks.
        pictures: side in pixels of the pictures that it is given; None for keypoints alone.
        arguments: of the recipe's node.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("backbone", backbone, arguments)
    _check_shapes(subject, layouts[0], 2, pictures, [(1, 16), (2, 16), (3, 16), (2, 1)])
    for name in layouts:
        _check_shapes(subject, name, 3, pictures, [(2, 16)])
    for name in layouts[1:]:
        _check_shapes(subject, name, 2, pictures, [(1, 16)])
    layout = Layout.named(layouts[0])

    def build() -> Backbone:
        made: Backbone = subject.build(layout=layout, coordinates=2)
        return made

    network = build()
    batch = example_batch(layout=layout, pictures=pictures)
    _check_input_untouched(subject, network, batch)
    check_network(subject, build, _embedding(batch))
    _check_absent(subject, network, layout, pictures)
    _check_nobody(subject, network, batch)
    _check_clips_apart(subject, network, batch)
    _check_figures(subject, network, layout)
    others = clips_of(batch, 0, 3)
    check_export(subject, _OnTensors(network, layout), _tensors(batch), _tensors(others))


class _OnTensors(nn.Module):
    """A backbone as an exported network sees it."""

    def __init__(self, backbone: nn.Module, layout: Layout) -> None:
        super().__init__()
        self.backbone = backbone
        self.layout = layout

    def forward(
        self,
        keypoints: Tensor,
        score: Tensor,
        present: Tensor,
        frames: Tensor | None = None,
        person_mask: Tensor | None = None,
        silhouette: Tensor | None = None,
        thinned: Tensor | None = None,
    ) -> Tensor:
        clips = keypoints.shape[0]
        batch = ClipBatch(
            keypoints=keypoints,
            score=score,
            present=present,
            label=torch.zeros(clips, dtype=torch.long),
            layout=self.layout,
            index=torch.arange(clips),
            frame_rate=torch.full((clips,), 30.0),
            image_size=torch.full((clips, 2), float("nan")),
            frames=frames,
            person_mask=person_mask,
            silhouette=silhouette,
            thinned=thinned,
        )
        return _embed(self.backbone, batch)


def _embed(network: nn.Module, batch: ClipBatch) -> Tensor:
    assert isinstance(network, Backbone)
    return network.embed(batch)


def _embedding(batch: ClipBatch) -> Call:
    return lambda network: _embed(network, batch)


def _tensors(batch: ClipBatch) -> tuple[Tensor, ...]:
    """What `_OnTensors` takes, in its order: either all kinds of pictures or none."""
    pictures = (getattr(batch, kind) for kind in PICTURES)
    return batch.keypoints, batch.score, batch.present, *(each for each in pictures if each is not None)


def _check_shapes(
    subject: Subject,
    layout: str,
    coordinates: int,
    pictures: int | None,
    cases: Sequence[tuple[int, int]],
) -> None:
    """Forward only: each new shape costs the kernels' preparation."""
    network: Backbone = subject.build(layout=Layout.named(layout), coordinates=coordinates)
    width = getattr(network, "out_features", None)
    subject.require(
        isinstance(width, int), "has no out_features", "Set it in the constructor: the F of (N, F)."
    )
    mend = "embed takes any number of clips, persons and frames, and gives (N, out_features)."
    for persons, frames in cases:
        batch = example_batch(
            layout=layout, persons=persons, frames=frames, coordinates=coordinates, pictures=pictures
        )
        where = f"on {persons} persons in {frames} frames of {layout} in {coordinates}D"
        for training in (True, False):
            with torch.no_grad(), subject.attempt(f"fails {where}", mend):
                output = _embed(network.train(training), batch)
            subject.require(
                tuple(output.shape) == (len(batch), width),
                f"gives {tuple(output.shape)} in place of {(len(batch), width)} {where}",
                mend,
            )
            subject.require(
                output.is_floating_point() and output.isfinite().all(),
                f"gives no finite numbers {where}",
                _MASK,
            )


def _check_input_untouched(subject: Subject, network: Backbone, batch: ClipBatch) -> None:
    before = copy.deepcopy(_tensors(batch))
    observe(network, _embedding(batch), training=True)
    subject.require(
        all(torch.equal(now, then) for now, then in zip(_tensors(batch), before, strict=True)),
        "changes the batch that it is given",
        "Use operations that make a new tensor: no `+=`, `x[...] = ` or `relu_` on the input.",
    )


def _check_absent(subject: Subject, network: Backbone, layout: Layout, pictures: int | None) -> None:
    """Persons, joints and frames that are not there change no output, no buffer and no gradient."""
    alone = example_batch(layout=layout, persons=1, complete=True, pictures=pictures)
    both = example_batch(layout=layout, persons=2, pictures=pictures)
    changes = [
        (alone, with_absent_person(alone), "when a person is added who is never there"),
        (both, with_missing_as(both, 1e4), "when huge numbers stand in for missing joints"),
        (both, with_missing_as(both, float("nan")), "when NaN stands in for missing joints"),
        (alone, with_absent_frames(alone, 8), "when frames are added in which nobody is there"),
    ]
    for training in (False, True):
        if training and _is_random_in_training(network, both):
            return  # two runs of it cannot be compared
        for before, after, what in changes:
            with subject.attempt(f"fails {what}", _MASK):
                seen = observe(network, _embedding(after), training=training)
            reference = observe(network, _embedding(before), training=training)
            check_same(
                subject, reference, seen, f"{what}, in {'training' if training else 'evaluation'}", _MASK
            )


def _is_random_in_training(network: Backbone, batch: ClipBatch) -> bool:
    """Random in itself, beyond modules of dropout."""

    def moved_on(module: nn.Module) -> Tensor:
        torch.rand(1)
        return _embed(module, batch)

    first = observe(network, _embedding(batch), training=True)
    return not torch.equal(first.output, observe(network, moved_on, training=True).output)


def _check_nobody(subject: Subject, network: Backbone, batch: ClipBatch) -> None:
    """The last batch of an evaluation is filled up with clips in which nobody is."""
    mend = "A mean over nobody is 0, not 0/0: dancekit.masking.masked_mean does that."
    for some in (slice(1), slice(len(batch))):
        empty = with_nobody_in(batch, some)
        with subject.attempt("fails on clips with nobody in them", mend):
            output = observe(network, _embedding(empty), training=False).output
        subject.require(output.isfinite().all(), "is not finite for a clip with nobody in it", mend)


def _check_clips_apart(subject: Subject, network: Backbone, batch: ClipBatch) -> None:
    network = copy.deepcopy(network).eval()
    with torch.no_grad():
        together = _embed(network, batch)
        alone = torch.cat([_embed(network, clips_of(batch, i, i + 1)) for i in range(len(batch))])
    subject.require(
        apart(alone, together) < 1e-3,
        "gives a clip another output when other clips are beside it, in evaluation",
        "Take no mean or maximum over the axis of clips.",
    )


def _check_figures(subject: Subject, network: Backbone, layout: Layout) -> None:
    connections = network.connections()
    if connections is not None:
        subject.require(
            connections.ndim == 3 and tuple(connections.shape[1:]) == (layout.num_joints,) * 2,
            f"gives connections of shape {tuple(connections.shape)}",
            "They are (layers, V, V), or None.",
        )
    for matrix in network.matrices():
        subject.require(
            tuple(matrix.values.shape) == (len(matrix.rows), len(matrix.columns))
            and bool(matrix.values.isfinite().all()),
            f"gives a matrix {matrix.title!r} of shape {tuple(matrix.values.shape)} with "
            f"{len(matrix.rows)} rows and {len(matrix.columns)} columns named",
            "Its values are finite, and each row and column has a name.",
        )
