"""MODEL_CARD.md: what a model was trained on, how well it does, and where that ends.

Every number in it stands in the run; what the run does not know, the card says is not known.

Source: Mitchell et al., "Model cards for model reporting", 2019, for what a card answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dancekit.exporting.description import Description


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a card is made of.

    Attributes:
        recipe: the resolved recipe of the run.
        result: result.json; {} where the run was not finished.
        versions: versions.json; {} where there is none.
        file: name of the exported file.
        difference: the largest between the file's answers and PyTorch's.
        clips: on so many recordings.
        made_up: they are no recordings of the run.
        data: what the data set is, by the plugin that provides it; "" where that is unknown.
        licence: of the data, as its files or its plugin say; "" where they say nothing.
    """

    description: Description
    recipe: Mapping[str, Any]
    result: Mapping[str, Any]
    versions: Mapping[str, Any]
    parameters: int
    file: str
    difference: float
    clips: int
    made_up: bool = False
    data: str = ""
    licence: str = ""


def model_card(told: Told) -> str:
    """The card as Markdown."""
    sections = (
        ("", _head(told)),
        ("What it is for", _use(told)),
        ("What it takes and gives", _interface(told.description)),
        ("What it was trained on", _data(told)),
        ("How well it does", _quality(told)),
        ("Limits", _limits(told)),
        ("How it was made", _making(told)),
    )
    parts = []
    for title, lines in sections:
        heading = f"# {told.description.run}" if not title else f"## {title}"
        parts.append("\n".join([heading, "", *lines]))
    return "\n\n".join(parts) + "\n"


def _head(told: Told) -> Iterator[str]:
    part = told.recipe["lifter" if told.description.task == "lifting" else "backbone"]
    what = "2D keypoints to 3D ones" if told.description.task == "lifting" else "movements from skeletons"
    fused = ", batch norm and graph folded into the weights" if told.description.fused else ""
    yield f"`{told.file}`: {part['name']}, {told.parameters:,} parameters, {what}{fused}."


def _use(told: Told) -> Iterator[str]:
    if told.description.task == "lifting":
        yield "It estimates where joints are in 3D, relative to the pelvis, from 2D keypoints of one camera."
        return
    yield f"It says which of {len(told.description.classes)} movements a clip shows:"
    yield from (f"* {name}" for name in told.description.classes)
    yield ""
    yield "It always gives one of them the most, also for a movement that is none of them."
    if threshold := _threshold(told.description):
        yield threshold


def _threshold(description: Description) -> str:
    """Below which probability a movement is none that it knows; "" where nobody knows."""
    known = description.calibration
    if known is None or not known["clips"]:
        return ""
    unlike = ", and what is unlike all movements," if known.get("novelty") else ","
    return (
        f"`dancekit predict` calls unknown what has less than {100 * known['threshold']:.0f}%{unlike} as "
        f"learned from {known['clips']} validation recordings."
    )


def _interface(description: Description) -> Iterator[str]:
    joints = ", ".join(description.layout["joints"])
    yield f"* takes: {', '.join(description.inputs)}"
    yield f"* layout: {description.layout['name']} in {description.coordinates}D ({joints})"
    pace = "stretched over the whole recording"
    if description.frame_rate is not None:
        pace = f"at {description.frame_rate:g} frames per second"
    yield f"* trained with {description.frames} frames, {pace}; sizes that may differ: " + (
        ", ".join(description.dynamic) or "none"
    )
    if description.inside:
        yield f"* preprocessing inside: {', '.join(description.inside)}"
    if description.outside:
        yield f"* preprocessing that has to come before: {', '.join(description.outside)}"
    if description.simulated:
        yield f"* trained on what {', '.join(description.simulated)} made of recordings in 3D: it takes"
        yield "  detections of one camera in 2D, and no step has to come before"
    if description.output_layout is not None:
        yield f"* gives: metres in {description.output_layout['name']}, x right, y up, z to the camera"
    elif description.calibration is None:
        yield f"* gives: {description.output}; softmax makes probabilities of them"
    else:
        warmth = description.calibration["temperature"]
        yield f"* gives: {description.output}; softmax of them, divided by {warmth:.3g}, makes probabilities"


def _data(told: Told) -> Iterator[str]:
    data = told.recipe["data"]
    arguments = ", ".join(f"{key}: {value}" for key, value in data.items() if key != "name")
    yield f"* data set: {data['name']}{f' ({told.data})' if told.data else ''}"
    if arguments:
        yield f"* with {arguments}"
    splits = told.recipe["splits"]
    held = f"split {splits['validate']}"
    if splits["validate"] is None:
        held = f"{100 * splits['hold_out']:g}% of it, held out by {splits['by']}"
    yield f"* trained on the split {splits['train']}; best epoch chosen on {held}"
    yield f"* tested once on: {splits['test'] or 'nothing'}"
    yield f"* licence of the data: {told.licence or 'not known to dancekit; ask whoever the data came from'}"


def _quality(told: Told) -> Iterator[str]:
    measured = [(split, told.result[split]) for split in ("validate", "test") if split in told.result]
    if not measured:
        yield "The run was not finished: nothing was measured."
    for split, found in measured:
        yield f"* {split}: {_figures(found)}, {found['clips']} clips"
    confusion = measured[-1][1].get("confusion") if measured else None
    if confusion:
        yield ""
        yield from _per_class(told.description.classes, confusion)
    yield ""
    exact = f"{told.difference:.1g}" if told.difference else "0"
    tried = f"{told.clips} {'made-up ' if told.made_up else ''}recordings"
    yield f"The file's answers to {tried} were within {exact} of PyTorch's."


def _figures(found: Mapping[str, Any]) -> str:
    if "accuracy" in found:
        low, high = found["accuracy_interval"]
        return f"accuracy {100 * found['accuracy']:.2f}% (95% interval {100 * low:.1f} to {100 * high:.1f})"
    if found.get("mpjpe") is None:
        return "error not known"
    interval = found.get("mpjpe_interval")
    within = f" (95% interval {interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
    return f"MPJPE {found['mpjpe']:.1f} mm{within}"


def _per_class(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> Iterator[str]:
    yield "| movement | clips | recognised |"
    yield "|---|---|---|"
    for row, name in enumerate(classes):
        clips = sum(confusion[row])
        share = f"{100 * confusion[row][row] / clips:.1f}%" if clips else "-"
        yield f"| {name} | {clips} | {share} |"


def _limits(told: Told) -> Iterator[str]:
    yield "* The figures hold for recordings like those it was tested on: people, cameras and detectors of"
    yield "  that data set. The interval covers chance among these recordings, not other kinds of them."
    if told.recipe["splits"]["by"] == "clip" and told.recipe["splits"]["validate"] is None:
        yield "* Validation held out clips and not people: the best epoch was chosen on people it had seen."
    if told.description.outside:
        yield "* Without the steps that have to come before, its answers mean nothing."
    yield f"* One training with the seed {told.recipe['seed']}; others would differ."
    yield "* It judges movements, not dancers, and is no medical device."


def _making(told: Told) -> Iterator[str]:
    optimizer, trainer = told.recipe["optimizer"], told.recipe["trainer"]
    epochs = told.result.get("epochs", "an unknown number of")
    yield f"* {epochs} epochs of at most {trainer['max_epochs']}, {optimizer['name']}, {trainer['precision']}"
    names = ("dancekit", "torch", "lightning", "python")
    known = [f"{name} {told.versions[name]}" for name in names if name in told.versions]
    yield f"* {', '.join(known) or 'versions not known'}"
    if told.versions.get("git"):
        yield f"* code at {told.versions['git']}"
    yield "* the whole recipe: recipe.yaml of the run"
