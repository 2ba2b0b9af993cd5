"""The report of a lifting run: collect what the page shows, and write it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from dancekit.data.store import RecordingStore
from dancekit.recipe import Recipe
from dancekit.reporting.contents import Array
from dancekit.reporting.examples import Kind, choose_poses
from dancekit.reporting.lifting_contents import (
    Bin,
    LiftingReport,
    LiftingResult,
    MovementError,
    PoseExample,
)
from dancekit.reporting.lifting_page import write_lifting_page
from dancekit.run import Run, read_json
from dancekit.tasks.pose_errors import position_errors
from dancekit.tasks.poses import LiftedPoses, LiftedSequence
from dancekit.verbs.callbacks import read_metrics
from dancekit.verbs.evaluation import LiftingEvaluation
from dancekit.verbs.report_parts import ROLES, Role, best_epoch, of_any_run, people_counts, people_in

Stores = Mapping[str, RecordingStore | None]

_SECONDS, _FRAMES = 8.0, 240  # at most, of an example; frames where the frame rate is unknown


def write_lifting_report(
    run: Run, recipe: Recipe, shown: LiftingEvaluation, stores: Stores | None = None
) -> None:
    """Write report.html of a finished lifting run.

    Args:
        run: its result.json is written.
        shown: of the split that the page shows: the test, or else the validation.
        stores: role -> the recordings of the run, to say who dances in them; without them nothing is said.
    """
    write_lifting_page(collect_lifting(run, recipe, shown, stores or {}), run.report)


def collect_lifting(run: Run, recipe: Recipe, shown: LiftingEvaluation, stores: Stores) -> LiftingReport:
    """All that the report shows, from the run's files and what it made of its recordings."""
    result = read_json(run.result)
    history = tuple(read_metrics(run.metrics))
    poses = shown.poses
    people = {role: people_in(store) for role, store in stores.items()}
    results = tuple(
        _result(role, result[role], people_counts(people.get(role), people.get("train")))
        for role in ROLES
        if role in result
    )
    layouts = f"{poses.input_layout.name} to {poses.output_layout.name}"
    return LiftingReport(
        **of_any_run(run, recipe, result),
        subtitle=f"{recipe.trained.name} on {recipe.data.name}, {layouts}, seed {recipe.seed}",
        history=history,
        chosen_epoch=best_epoch(history, "validate/mpjpe", highest=False) if "validate" in result else None,
        input_layout=poses.input_layout,
        output_layout=poses.output_layout,
        results=results,
        weights={name: value.double().numpy() for name, value in shown.weights.items()},
        movements=_movements(poses, result[shown.split]["per_movement"], shown.classes),
        examples=_examples(shown),
    )


def _result(role: Role, result: Mapping[str, Any], people: Mapping[str, Any]) -> LiftingResult:
    interval = result["mpjpe_interval"]
    same = (
        "mpjpe",
        "p_mpjpe",
        "n_mpjpe",
        "mpjve",
        "acceleration",
        "pck150",
        "auc",
        "mean_pose",
        "joints",
        "root",
        "frames",
        "clips",
        "per_joint",
    )
    return LiftingResult(
        role=role,
        interval=None if interval is None else (interval[0], interval[1]),
        speed=_bins(result["speed"], counted="joints"),
        occlusion=_bins(result["occlusion"], counted="frames"),
        **{name: result[name] for name in same},
        **people,
    )


def _bins(rows: list[Mapping[str, Any]], *, counted: str) -> tuple[Bin, ...]:
    return tuple(Bin(low=row["from"], high=row["to"], error=row["mpjpe"], count=row[counted]) for row in rows)


def _movements(
    poses: LiftedPoses, errors: Mapping[str, float | None], classes: tuple[str, ...]
) -> tuple[MovementError, ...]:
    """The movements that occur, the one with the largest error first."""
    found = [
        MovementError(
            name=name,
            clips=len({each.index for each in poses.sequences if each.label == classes.index(name)}),
            error=error,
        )
        for name, error in errors.items()
    ]
    return tuple(sorted(found, key=lambda each: -math.inf if each.error is None else -each.error))


def _examples(shown: LiftingEvaluation) -> tuple[PoseExample, ...]:
    sequences = shown.poses.sequences
    errors = [position_errors(each.lifted, each.target, each.known).mean() for each in sequences]
    known = np.array([math.nan if error is None else error for error in errors], dtype=float)  # (S,)
    labels = np.array([each.label for each in sequences], dtype=int)
    alone = np.bincount([each.index for each in sequences]) == 1 if sequences else np.zeros(0, dtype=bool)
    return tuple(
        _example(shown, sequences[row], kind, known[row], alone=bool(alone[sequences[row].index]))
        for kind, row in choose_poses(known, labels)
    )


def _example(
    shown: LiftingEvaluation, sequence: LiftedSequence, kind: Kind, error: float, *, alone: bool
) -> PoseExample:
    rate = sequence.frame_rate if math.isfinite(sequence.frame_rate) and sequence.frame_rate > 0 else None
    stretch = _stretch(sequence, _FRAMES if rate is None else max(2, round(_SECONDS * rate)))
    there = sequence.present[:, None]  # (T, 1)

    def visible(points: torch.Tensor, which: torch.Tensor) -> Array:
        shown_points: Array = points.double().masked_fill(~which[..., None], torch.nan)[stretch].numpy()
        return shown_points

    return PoseExample(
        name=shown.store.names[sequence.index],
        kind=kind,
        movement=shown.classes[sequence.label] if sequence.label >= 0 else None,
        error=float(error),
        keypoints=visible(sequence.keypoints, there & (sequence.score > 0)),
        lifted=visible(sequence.lifted, there.expand(sequence.lifted.shape[:2])),
        target=visible(sequence.target, sequence.known),
        input_layout=shown.poses.input_layout,
        output_layout=shown.poses.output_layout,
        person=None if alone else sequence.person,
        frame_rate=rate,
        frames=len(sequence.present),
    )


def _stretch(sequence: LiftedSequence, most: int) -> slice:
    """The frames that are shown: all, or a stretch around the middle of those in which something is known."""
    frames = len(sequence.present)
    known = sequence.known.any(1).nonzero()[:, 0]
    middle = int(known[len(known) // 2]) if len(known) else frames // 2
    start = max(0, min(middle - most // 2, frames - most))
    return slice(start, start + most)
