"""The report of a run: collect what the page shows, and write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from dancekit.assembly import Prepared
from dancekit.data.clips import Clip
from dancekit.data.store import RecordingStore
from dancekit.recipe import Recipe
from dancekit.reporting.contents import (
    Array,
    Connections,
    Example,
    Member,
    NamedMatrix,
    RunReport,
    SplitResult,
)
from dancekit.reporting.examples import choose_examples
from dancekit.reporting.page import write_page
from dancekit.run import Run, read_json
from dancekit.skeleton.graph import adjacency
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.attention_maps import attention_maps
from dancekit.verbs.callbacks import read_metrics
from dancekit.verbs.report_parts import ROLES, Role, best_epoch, of_any_run, people_counts, people_in


def write_report(run: Run, recipe: Recipe, prepared: Prepared, model: Recognizer) -> None:
    """Write report.html of a finished run.

    Args:
        run: its result.json is written.
        model: has the weights that were kept.
    """
    write_page(collect(run, recipe, prepared, model), run.report)


def collect(run: Run, recipe: Recipe, prepared: Prepared, model: Recognizer) -> RunReport:
    """All that the report shows, from the run's files, its recordings and its model."""
    result = read_json(run.result)
    history = tuple(read_metrics(run.metrics))
    people = {role: people_in(store) for role, store in prepared.data.stores.items()}
    results = tuple(
        _split_result(role, result[role], people[role], people["train"]) for role in ROLES if role in result
    )
    shown = next(role for role in ("test", "validate", "train") if prepared.data.stores[role] is not None)
    store = prepared.store(shown)
    maps, layout = attention_maps(model, store, recipe.batches)
    return RunReport(
        **of_any_run(run, recipe, result),
        subtitle=_subtitle(recipe),
        classes=prepared.classes,
        results=results,
        history=history,
        chosen_epoch=best_epoch(history, "validate/accuracy", highest=True) if "validate" in result else None,
        connections=_connections(model, layout),
        attention=maps,
        matrices=_matrices(model),
        examples=_examples(run, shown, store, prepared.classes) if shown in result else (),
    )


def write_ensemble_report(run: Run, recipe: Recipe, stores: Mapping[Role, RecordingStore]) -> None:
    """Write report.html of the run of an ensemble.

    Args:
        run: its result.json and predictions are written, and so are those of its members.
        stores: role -> the recordings that the members were asked about.
    """
    result = read_json(run.result)
    classes = tuple(result["classes"])
    shown: Role | None = next((role for role in ("test", "validate") if role in stores), None)
    report = RunReport(
        **of_any_run(run, recipe, result),
        subtitle=f"{len(recipe.ensemble.members)} models together: {_subtitle(recipe)}",
        classes=classes,
        results=tuple(
            _split_result(role, result[role], people_in(store), None) for role, store in stores.items()
        ),
        history=(),
        chosen_epoch=None,
        examples=() if shown is None else _examples(run, shown, stores[shown], classes),
        members=_members(run, recipe, result),
    )
    write_page(report, run.report)


def _members(run: Run, recipe: Recipe, result: Mapping[str, Any]) -> tuple[Member, ...]:
    weights = recipe.ensemble.weights or (1.0,) * len(recipe.ensemble.members)
    members = []
    for name, weight in zip(recipe.ensemble.members, weights, strict=True):
        own = run.member(name)
        alone = read_json(own.result)
        members.append(
            Member(
                name=name,
                weight=weight / sum(weights),
                accuracy={role: alone[role]["accuracy"] for role in ROLES if role in result},
                epochs=alone["epochs"],
                page=own.report.relative_to(run.folder).as_posix(),
            )
        )
    return tuple(members)


def picture_points(clip: Clip) -> Array:
    """(M, T, V, 2) as a picture has it, y downwards: 2D as it is, 3D from the front; NaN where missing."""
    points = clip.keypoints[..., :2].astype(np.float64)
    if clip.keypoints.shape[-1] == 3:
        points[..., 1] *= -1  # metres have y upwards
    seen = (clip.score > 0) & clip.present[..., None]  # (M, T, V)
    return np.where(seen[..., None], points, np.nan)


def _split_result(
    role: Role, result: Mapping[str, Any], people: set[str] | None, training: set[str] | None
) -> SplitResult:
    low, high = result["accuracy_interval"]
    return SplitResult(
        role=role,
        accuracy=result["accuracy"],
        interval=(low, high),
        top5=result["top5"],
        loss=result["loss"],
        clips=result["clips"],
        confusion=np.array(result["confusion"]),
        **people_counts(people, training),
    )


def _subtitle(recipe: Recipe) -> str:
    attention = recipe.trained.node().get("attention")
    name = attention.get("name") if isinstance(attention, Mapping) else attention
    model = recipe.trained.name + (f" with {name} attention" if name and name != "none" else "")
    return f"{model} on {recipe.data.name}, seed {recipe.seed}"


def _connections(model: Recognizer, layout: Layout) -> Connections | None:
    after = model.backbone.connections()
    if after is None or after.shape[1:] != (layout.num_joints, layout.num_joints):
        return None
    before = adjacency(layout).sum(0)  # (V, V)
    return Connections(layout=layout, before=before, after=after.detach().float().cpu().numpy())


def _matrices(model: Recognizer) -> tuple[NamedMatrix, ...]:
    return tuple(
        NamedMatrix(
            title=each.title,
            explanation=each.explanation,
            values=each.values.detach().double().cpu().numpy(),
            rows=each.rows,
            columns=each.columns,
        )
        for each in model.backbone.matrices()
    )


def _examples(run: Run, role: str, store: RecordingStore, classes: tuple[str, ...]) -> tuple[Example, ...]:
    with np.load(run.predictions(role)) as saved:
        logits, label, index = saved["logits"], saved["label"], saved["index"]
    probability = torch.from_numpy(logits).softmax(1).numpy()  # (N, K)
    return tuple(
        _example(store, index, row, classes[label[row]], probability[row], classes)
        for row in choose_examples(probability, label)
    )


def _example(
    store: RecordingStore,
    index: np.ndarray,
    row: int,
    label: str,
    probability: np.ndarray,
    classes: tuple[str, ...],
) -> Example:
    clip = store.clip(int(index[row]))
    subject = None
    if isinstance(clip.label, tuple):
        # Predictions of one clip follow each other, one for each of its persons that has a label.
        before = int((index[:row] == index[row]).sum())
        subject = [person for person, each in enumerate(clip.label) if each >= 0][before]
    return Example(
        name=clip.name,
        label=label,
        predicted=classes[int(probability.argmax())],
        probability=float(probability.max()),
        points=picture_points(clip),
        layout=store.layout,
        subject=subject,
        frame_rate=clip.frame_rate,
    )
