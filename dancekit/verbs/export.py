"""export: a trained run as a file that other programs run, tried on real recordings before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from dancekit import __version__
from dancekit.assembly import Prepared, build_model, prepare_data
from dancekit.console import quiet_libraries, say
from dancekit.data.clips import ClipBatch
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError, RunError
from dancekit.exporting.clips import CLIPS, batches_of, example_of
from dancekit.exporting.forms import Form, forms_of
from dancekit.exporting.fusing import fuse
from dancekit.exporting.model_card import Told, model_card
from dancekit.exporting.onnx_file import NotTensorCode, check_libraries, recorded, write_onnx
from dancekit.exporting.safetensors_file import check_library, same_weights, write_safetensors
from dancekit.onnx_model import OnnxModel
from dancekit.plugin import Registry
from dancekit.prediction.calibration import Calibration
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run, read_json
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.training_data import TrainingData
from dancekit.weights import read_checkpoint

TOLERANCE = 1e-4
"""The largest difference from PyTorch that counts as rounding, as a share of the largest answer, or of 1."""

Format = Literal["onnx", "safetensors"]
Role = Literal["train", "test"]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        difference: the largest between the file's answers and those of PyTorch, unfused.
        clips: on so many recordings.
        made_up: they are no recordings of the run, whose data was not there.
    """

    file: Path
    card: Path
    form: Form
    difference: float
    clips: int
    made_up: bool = False

    def to_mapping(self) -> dict[str, Any]:
        description = self.form.description
        return {
            "file": str(self.file),
            "card": str(self.card),
            "bytes": self.file.stat().st_size,
            "difference": self.difference,
            "clips": self.clips,
            "made_up": self.made_up,
            "fused": description.fused,
            "inputs": list(description.inputs),
            "inside": list(description.inside),
            "outside": list(description.outside),
            "simulated": list(description.simulated),
            "dynamic": list(description.dynamic),
        }


def export(
    run: Run,
    registry: Registry,
    *,
    format: Format,
    fused: bool = False,
    out: Path | None = None,
    clips: int = CLIPS,
) -> Exported:
    """Write the best weights of a run as model.onnx or model.safetensors, with a MODEL_CARD.md.

    The file is written and read back, and its answers are compared with PyTorch's on recordings of the run,
    or on made-up ones where its data is not; one that answers otherwise is removed again.

    Args:
        fused: fold batch norm into convolutions, and whatever else a part can fold.
        out: the folder to write into; None is `export` in the run.
        clips: recordings to compare on, at most.

    Raises:
        RunError: the run has no weights, a library is missing, or the network cannot be written.
    """
    check_libraries() if format == "onnx" else check_library()
    quiet_libraries()
    trained = _Trained.of(run, registry, clips=clips)
    folder = out or run.folder / "export"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{folder} cannot be made: {error.strerror}.", hint="Name another with --out."
        ) from None
    file = folder / f"model.{format}"
    form, found = _written(trained, file, format=format, fused=fused, clips=clips)
    exported = Exported(
        file=file,
        card=folder / "MODEL_CARD.md",
        form=form,
        difference=found,
        clips=min(clips, len(trained.store)),
        made_up=trained.made_up,
    )
    exported.card.write_text(model_card(_told(trained, registry, exported)))
    return exported


@dataclass(frozen=True, kw_only=True)
class _Trained:
    """A run with its weights and some recordings."""

    run: Run
    recipe: Recipe
    known: TrainingData
    store: RecordingStore
    made_up: bool
    model: Recognizer | Lifting

    @classmethod
    def of(cls, run: Run, registry: Registry, *, clips: int) -> _Trained:
        recipe = check_recipe(read_recipe(run.recipe), registry)
        if recipe.ensemble.members:
            raise RunError(
                f"{run.folder.name} is an ensemble.", hint="Export its members: the folders in members/."
            )
        if not run.weights.is_file():
            raise RunError(
                f"{run.folder} has no weights.", hint=f"`dancekit fit --resume {run.folder}` trains it."
            )
        known = TrainingData.of(run, recipe)
        prepared, role, made_up = _recordings(recipe, known, clips)
        model = build_model(recipe, prepared, fresh=False)
        try:
            model.load_state_dict(read_checkpoint(run.weights)["state_dict"])
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise RunError(f"the weights of {run.folder.name} do not fit its recipe: {reason}.") from error
        store = prepared.store(role)
        return cls(run=run, recipe=recipe, known=known, store=store, made_up=made_up, model=model.eval())

    def forms(self, model: Recognizer | Lifting) -> Iterator[Form]:
        example = example_of(self.store, self.recipe.batches)
        return forms_of(model, self.recipe, example, self.common)

    @property
    def common(self) -> dict[str, Any]:
        """What is said of every form."""
        training = self.known.training
        said: dict[str, Any] = {
            "task": self.recipe.task,
            "frames": training.frames,
            "frame_rate": training.frame_rate,
            "seconds": training.seconds,
            "pixels": training.pixels,
            "version": __version__,
            "run": self.run.folder.name,
        }
        if self.recipe.task == "lifting":
            return said
        calibration = Calibration.read(self.run.predictions("validate"), classes=len(training.classes))
        return {
            **said,
            "classes": training.classes,
            "calibration": calibration.to_mapping(),
        }

    def fused(self) -> Recognizer | Lifting:
        batch = example_of(self.store, self.recipe.batches)

        def run(network: nn.Module) -> object:
            if isinstance(network, Lifting):
                pairs = network.pairs(batch)
                return network(pairs.keypoints, pairs.score)
            return network(batch)

        model = fuse(self.model, run)
        assert isinstance(model, Recognizer | Lifting)
        return model


def _recordings(recipe: Recipe, known: TrainingData, clips: int) -> tuple[Prepared, Role, bool]:
    """Recordings to try a network on, what they are in the recipe, and whether they are made up.

    Raises:
        RunError: the data is not there, and no pictures can be made up.
    """
    role: Role = "train" if recipe.splits.test is None else "test"
    try:
        return prepare_data(recipe, needed=(role,)), role, False
    except (DataError, RecipeError) as error:
        if recipe.batches.pictures is not None:
            raise RunError(
                f"its data cannot be opened, and the file cannot be tried without: {error.message}",
                hint="Export where the data is.",
            ) from error
        say(f"The file is tried on made-up recordings, as the data cannot be opened: {error.message}")
        return known.made_up(recipe, clips=clips), "test", True


def _written(trained: _Trained, file: Path, *, format: Format, fused: bool, clips: int) -> tuple[Form, float]:
    """Write the best form that can be written; it, and how far its answers are from PyTorch's."""
    model = trained.fused() if fused else trained.model
    reason = ""
    for form, plain in zip(trained.forms(model), trained.forms(trained.model), strict=True):
        form = replace(form, description=replace(form.description, fused=fused))
        try:
            write = _as_onnx if format == "onnx" else _as_safetensors
            answer = write(trained, form, file)
            found = _difference(trained, plain, answer, clips)
            if not found <= TOLERANCE:
                raise NotTensorCode(f"it answers otherwise than PyTorch (apart by {found:.2g})")
        except NotTensorCode as error:
            file.unlink(missing_ok=True)
            reason = str(error)
            if form.description.inside:
                steps = ", ".join(form.description.inside)
                say(f"The preprocessing ({steps}) does not go into the file as it is: {reason}")
            continue
        return form, found
    raise RunError(f"the network cannot be written as {format}: {reason}.", hint=_WAY_OUT)


_WAY_OUT = (
    "Let no Python `if` depend on the numbers in a tensor; --format safetensors writes the weights alone."
)

_Answer = Callable[[ClipBatch], Tensor]


def _as_onnx(trained: _Trained, form: Form, file: Path) -> _Answer:
    """Write a form as ONNX; what answers in its place."""
    example = form.inputs_of(example_of(trained.store, trained.recipe.batches))
    write_onnx(recorded(form.network, example, lifting=form.lifting), form.description, file)
    opened = OnnxModel.open(file)

    def answer(batch: ClipBatch) -> Tensor:
        given = {name: value.numpy() for name, value in form.inputs_of(batch).items()}
        return torch.from_numpy(opened.lift(**given) if form.lifting else opened.predict(**given))

    return answer


def _as_safetensors(trained: _Trained, form: Form, file: Path) -> _Answer:
    """Write the weights of a form, under the names that a run's own have; what answers with them."""
    write_safetensors(form.model, form.description, file)
    if not same_weights(form.model, file):
        raise RunError(f"{file} holds other weights than were written.", hint="Is the disk full?")
    return form.answer


def _difference(trained: _Trained, plain: Form, answer: _Answer, clips: int) -> float:
    """The largest difference from PyTorch, as a share of the largest answer where that is above 1."""
    largest = 0.0
    for batch in batches_of(trained.store, trained.recipe.batches, clips=clips):
        wanted, given = plain.answer(batch), answer(batch)
        if given.shape != wanted.shape or not bool(given.isfinite().all()):
            return float("inf")
        scale = max(1.0, float(wanted.abs().max()))
        largest = max(largest, float((given - wanted).abs().max()) / scale)
    return largest


def _told(trained: _Trained, registry: Registry, exported: Exported) -> Told:
    run, data = trained.run, trained.recipe.data.name
    versions = run.folder / "versions.json"
    return Told(
        description=exported.form.description,
        recipe=trained.recipe.to_mapping(),
        result=read_json(run.result) if run.result.is_file() else {},
        versions=read_json(versions) if versions.is_file() else {},
        parameters=sum(each.numel() for each in trained.model.parameters()),
        file=exported.file.name,
        difference=exported.difference,
        clips=exported.clips,
        made_up=exported.made_up,
        data=registry.find("dataset", data).component.summary,
        licence=_licence(trained.recipe.data.node().get("path")),
    )


def _licence(path: object) -> str:
    """What the folder of the recordings has as a licence: the file's name and its first line; "" without."""
    folder = Path(str(path)) if path else Path()
    folder = folder if folder.is_dir() else folder.parent
    if path is None or not folder.is_dir():
        return ""
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.stem.upper() in ("LICENSE", "LICENCE"):
            with file.open(errors="replace") as lines:
                return f"{next(iter(lines), '').strip()[:200]} ({file.name} beside the recordings)"
    return ""
