"""The contract of a preprocessor: a new batch that is whole, and draws that belong to the batch."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from dancekit.data.clips import PICTURES, ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit.testing.examples import (
    clips_of,
    draws,
    example_batch,
    with_missing_as,
    with_nobody_in,
    without_joint,
)
from dancekit.testing.modules import apart
from dancekit.testing.subject import Subject, find_subject

_DRAWS = "Take every random number from batch.random, one draw for each clip: batch.random.uniform(...)."
_SIDE = 12  # pixels; the batch has pictures whether the step looks at them or not
_MISSING = "Use batch.seen to leave missing joints out, and batch.with_keypoints(...) to put them back to 0."


def check_preprocessor(
    preprocessor: str | type[Preprocessor],
    /,
    *,
    layouts: Sequence[str] = ("openpose18", "ntu25", "dance11"),
    coordinates: Sequence[int] = (2, 3),
    mixes_clips: bool = False,
    **arguments: object,
) -> None:
    """Check a preprocessor against `dancekit.interfaces.Preprocessor`.

    Args:
        preprocessor: its name in a recipe, or its class.
        layouts: shipped layouts that it must work with.
        coordinates: (2,) or (3,) for one that is only for these.
        mixes_clips: one that takes something from other clips of the batch, whose result may therefore
            depend on which clips a process has.
        arguments: of the recipe's node.

    Raises:
        AssertionError: what broke, and how to mend it.
    """
    subject = find_subject("preprocessor", preprocessor, arguments)
    step: Preprocessor = subject.build()
    subject.require(
        step.when in ("train", "always"),
        f"is for {step.when!r}",
        'Its `when` is "train" for augmentation, "always" otherwise.',
    )
    with subject.attempt("cannot be pickled", "Keep no lambda, file or generator on it."):
        pickle.loads(pickle.dumps(step))
    for layout in layouts:
        for axes in coordinates:
            batch = example_batch(layout=layout, clips=6, coordinates=axes, pictures=_SIDE)
            batch = with_nobody_in(batch, slice(5, 6))
            batch = without_joint(batch, 1, slice(2, 4))
            _check_result(subject, step, batch)
            _check_draws(subject, step, batch)
            _check_missing(subject, step, batch)
            if not mixes_clips:
                _check_shards(subject, step, batch)


def _apply(
    subject: Subject, step: Preprocessor, batch: ClipBatch, *, seed: int = 0, start: int = 0
) -> ClipBatch:
    """The step as it is called: in training with draws, of which the shard's begin at `start`."""
    random = draws(6, seed=seed, start=start, stop=start + len(batch)) if step.when == "train" else None
    where = f"on {batch.layout.name} in {batch.keypoints.shape[-1]}D"
    mend = "It takes any batch of the contract, and draws nothing where batch.random is None."
    with subject.attempt(f"fails {where}", mend):
        result = step(replace(batch, random=random))
    subject.require(
        isinstance(result, ClipBatch), f"gives a {type(result).__name__}", "It gives a ClipBatch."
    )
    return result


def _tensors(batch: ClipBatch) -> dict[str, Tensor]:
    values = {each.name: getattr(batch, each.name) for each in fields(batch)}
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}


def _check_result(subject: Subject, step: Preprocessor, batch: ClipBatch) -> None:
    before = copy.deepcopy(_tensors(batch))
    result = _apply(subject, step, batch)
    for name, then in before.items():
        subject.require(
            torch.equal(getattr(batch, name).nan_to_num(), then.nan_to_num()),
            f"changes {name} of the batch that it is given",
            "Make new tensors: dataclasses.replace(batch, ...) and batch.with_keypoints(...).",
        )
    n, m, t, v, c = result.keypoints.shape
    shapes = {"score": (n, m, t, v), "present": (n, m, t), "label": tuple(batch.label.shape)}
    subject.require(
        n == len(batch) and v == result.layout.num_joints and c in (2, 3),
        f"gives keypoints of shape {tuple(result.keypoints.shape)} in {result.layout.name}",
        "They are (N, M, T, V, C), with the joints of the layout that the batch names.",
    )
    for name, shape in shapes.items():
        got = tuple(getattr(result, name).shape)
        subject.require(
            got == shape, f"gives {name} of shape {got} beside {shape}", "All arrays change together."
        )
    subject.require(
        result.keypoints.dtype == torch.float32 and result.keypoints.isfinite().all(),
        "gives keypoints that are not finite float32",
        "Look for a division by a size that can be 0: an empty clip, a person of one joint.",
    )
    subject.require(
        torch.equal(result.index, batch.index),
        "changes which clips are in the batch",
        "Leave `index` as it is.",
    )
    _check_contract(subject, batch, result)
    _check_pictures(subject, result)


def _check_contract(subject: Subject, batch: ClipBatch, result: ClipBatch) -> None:
    score, seen = result.score, result.seen
    subject.require(
        ((score >= 0) & (score <= 1)).all(), "gives a score outside 0 to 1", "0 is missing and 1 is certain."
    )
    subject.require(not result.keypoints[~seen].any(), "leaves numbers where a joint is missing", _MISSING)
    # Over a whole clip, for a step may bring what it has to other frames or persons.
    subject.require(
        (result.present.any(2).sum(1) <= batch.present.any(2).sum(1)).all(),
        "makes a person appear who was absent",
        _MISSING,
    )
    if result.layout == batch.layout:
        subject.require(
            (_joints_shown(result) <= _joints_shown(batch)).all(),
            "gives a missing joint a score",
            "A joint that a clip never shows stays at score 0.",
        )


def _check_pictures(subject: Subject, result: ClipBatch) -> None:
    pictures = _pictures(result)
    for name, values in pictures.items():
        shape = (*result.present.any(1).shape, *((values.shape[2],) if name == "frames" else ()))
        size = next(iter(pictures.values())).shape[-2:]
        subject.require(
            tuple(values.shape) == (*shape, *size),
            f"gives {name} of shape {tuple(values.shape)} beside {(*shape, *size)}",
            "All pictures change together, with the frames of the keypoints: batch.with_pictures(...).",
        )
        kind = torch.uint8 if name == "frames" else torch.bool
        subject.require(values.dtype == kind, f"gives {name} as {values.dtype}", f"It is {kind}.")
        subject.require(
            not values[~result.present.any(1)].any(),
            f"leaves {name} where nobody is",
            "A frame in which nobody is present is black: multiply by batch.present.any(1).",
        )


def _pictures(batch: ClipBatch) -> dict[str, Tensor]:
    return {name: values for name, values in _tensors(batch).items() if name in PICTURES}


def _joints_shown(batch: ClipBatch) -> Tensor:
    """(N,) how many joints are seen at all in each clip."""
    return batch.seen.flatten(1, 2).any(1).sum(1)


def _check_missing(subject: Subject, step: Preprocessor, batch: ClipBatch) -> None:
    plain = _apply(subject, step, batch)
    other = _apply(subject, step, with_missing_as(batch, 100.0))
    subject.require(
        apart(keep(other.keypoints, other.seen), plain.keypoints) < 1e-3,  # it may leave all as it is
        "reads the place of missing joints",
        _MISSING,
    )


def _check_draws(subject: Subject, step: Preprocessor, batch: ClipBatch) -> None:
    results = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        state = torch.random.get_rng_state()
        results.append(_apply(subject, step, batch))
        subject.require(
            torch.equal(torch.random.get_rng_state(), state), "draws from torch's global generator", _DRAWS
        )
    first, second = results
    same = torch.equal(first.keypoints, second.keypoints) and torch.equal(first.score, second.score)
    same = same and all(torch.equal(each, _pictures(second)[name]) for name, each in _pictures(first).items())
    subject.require(same, "gives another result for the same draws", _DRAWS)


def _check_shards(subject: Subject, step: Preprocessor, batch: ClipBatch) -> None:
    """Two processes with three clips each see what one process with six does."""
    whole = _apply(subject, step, batch)
    parts = [_apply(subject, step, clips_of(batch, start, start + 3), start=start) for start in (0, 3)]
    shared = torch.cat([part.keypoints for part in parts])
    pictures = {name: torch.cat([_pictures(part)[name] for part in parts]) for name in _pictures(whole)}
    subject.require(
        apart(shared, whole.keypoints) < 1e-3
        and all(torch.equal(values, _pictures(whole)[name]) for name, values in pictures.items()),
        "gives a clip another result when the batch is shared by two processes",
        _DRAWS + " What it computes for a clip depends on that clip alone.",
    )
