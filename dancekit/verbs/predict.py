"""predict: a trained model on new recordings, and the files that say what it found."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dancekit.errors import DancekitError, DataWarning, RecipeError
from dancekit.plugin import Registry
from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Lift, Recording
from dancekit.prediction.predictor import Predictor
from dancekit.prediction.timeline import Timeline, to_csv
from dancekit.run import Run, write_json
from dancekit.verbs.inputs import Detectors, Input, recordings_of

_LONGEST = 60  # letters of the name of a folder


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What was found in one recording, and where it was written.

    Attributes:
        folder: None where nothing is written.
    """

    timeline: Timeline
    folder: Path | None

    @property
    def text(self) -> str:
        """For people to read: what was done to the recording, the movements, and where the page is."""
        timeline = self.timeline
        lines = [f"{timeline.recording}: {timeline.seconds:.1f} s, {_persons(len(timeline.persons))}"]
        lines += [f"  {notice}" for notice in timeline.notices]
        lines += [f"  {segment.text(person.number)}" for person, segment in timeline.segments]
        if self.folder is not None:
            lines.append(f"  {self.folder / 'timeline.html'}")
        return "\n".join(lines)

    def to_mapping(self) -> dict[str, Any]:
        return {"folder": None if self.folder is None else str(self.folder), **self.timeline.to_mapping()}


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A recording or a source that could not be used; the others still are."""

    source: str
    error: DancekitError

    def to_mapping(self) -> dict[str, Any]:
        return {"source": self.source, "error": str(self.error)}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One model, with a second entrance for 2D where a run makes 2D of 3D itself."""

    name: str
    predictor: Predictor
    flat: Predictor | None = None

    def for_recording(self, recording: Recording) -> Predictor:
        """The predictor that reads recordings with so many coordinates."""
        if self.flat is not None and recording.coordinates == 2:
            return self.flat
        return self.predictor


def open_model(
    name: str,
    registry: Registry,
    *,
    lifter: str | None = None,
    threshold: float | None = None,
    shortest: float | None = None,
) -> Chosen:
    """The model in a run directory or an ONNX file.

    Args:
        lifter: a run that lifts, for recordings in 2D where the model reads 3D.
        threshold: confidence below which a movement is unknown; None takes the calibrated one.
        shortest: seconds below which no movement is told; None follows the training recordings.

    Raises:
        RunError: there is none, or it is damaged.
        RecipeError: it recognises no movements.
    """
    options: dict[str, Any] = {"threshold": threshold, "shortest": shortest}
    if lifter is not None:
        options["lift"] = _lift(lifter, registry)
    if Path(name).suffix.lower() == ".onnx":
        from dancekit.verbs.exported import open_exported

        exported, calibration = open_exported(Path(name))
        called = Path(name).name
        return Chosen(
            name=called,
            predictor=Predictor(name=called, classifier=exported, calibration=calibration, **options),
        )
    from dancekit.verbs.trained import open_run

    run = Run.open(name)
    trained = open_run(run, registry)
    calibration = Calibration.read(run.predictions("validate"), classes=len(trained.training.classes))
    called = run.folder.name

    def predictor(classifier: Any) -> Predictor:
        return Predictor(name=called, classifier=classifier, calibration=calibration, **options)

    flat = None if trained.flat is None or lifter is not None else predictor(trained.flat)
    return Chosen(name=called, predictor=predictor(trained), flat=flat)


def predict(
    model: Chosen,
    sources: Sequence[str],
    overrides: Sequence[str],
    registry: Registry,
    *,
    detector: str | None = None,
    format: str | None = None,
    split: str | None = None,
    out: Path | None = None,
) -> Iterator[Predicted | Failed]:
    """Predict on one recording after the other; one that cannot be used stops no other.

    Args:
        sources: files, folders or data sets.
        overrides: KEY=VALUE, arguments of the data sets.
        detector: NAME[,KEY=VALUE]... for pictures; None takes the one that is installed.
        format: the data set to read files with.
        out: the folder under which each recording gets one of its own; None writes nothing.

    Raises:
        RecipeError: `out` cannot be written to.
    """
    detectors = Detectors(registry=registry, chosen=detector)
    if out is not None:
        _make(out)
    taken: set[str] = set()
    for source in sources:
        inputs = recordings_of(source, overrides, registry, detectors=detectors, format=format, split=split)
        try:
            for each, warned in _read(inputs):
                yield _predicted(model, each, warned, out, taken)
        except DancekitError as error:
            yield Failed(source=source, error=error)


def write_all(out: Path, found: Sequence[Predicted]) -> None:
    """One table of all recordings, beside their folders."""
    _write(out / "timeline.csv", to_csv(each.timeline for each in found))


@contextmanager
def warnings_told(tell: Callable[[str], object]) -> Iterator[None]:
    """Tell what is lost or assumed of recordings in here, in place of warnings; others stay as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
            if issubclass(category, DataWarning):
                tell(str(message))
            else:
                usual(message, category, *rest)

        warnings.showwarning = show  # type: ignore[assignment]
        yield


def _read(inputs: Iterator[Input]) -> Iterator[tuple[Input, tuple[str, ...]]]:
    """Each with what was lost or assumed while it was read."""
    while True:
        warned: list[str] = []
        with warnings_told(warned.append):
            each = next(inputs, None)
        if each is None:
            return
        yield each, tuple(warned)


def _predicted(
    model: Chosen, each: Input, warned: tuple[str, ...], out: Path | None, taken: set[str]
) -> Predicted | Failed:
    predictor = model.for_recording(each.recording)
    try:
        timeline = predictor.timeline(each.recording, source=each.source)
    except DancekitError as error:
        return Failed(source=f"{each.source}: {each.recording.name}", error=error)
    timeline = replace(timeline, notices=(*warned, *timeline.notices))
    if out is None:
        return Predicted(timeline=timeline, folder=None)
    folder = out / _free(each.recording.name, taken)
    _make(folder)
    write_json(folder / "timeline.json", timeline.to_mapping())
    _write(folder / "timeline.csv", to_csv([timeline]))
    from dancekit.reporting.timeline_page import address_of, render

    video = "" if each.video is None else address_of(each.video, folder=folder)
    page = render(timeline, each.recording, calibration=predictor.calibration.sentence, video=video)
    _write(folder / "timeline.html", page)
    return Predicted(timeline=timeline, folder=folder)


def _persons(count: int) -> str:
    return "1 person" if count == 1 else f"{count} persons"


def _lift(name: str, registry: Registry) -> Lift:
    from dancekit.verbs.trained import Lifting3D

    return Lifting3D.open(name, registry)


def _free(name: str, taken: set[str]) -> str:
    """The name of a folder for a recording; never one that this prediction has given away."""
    stem = re.sub(r"[^\w.-]+", "_", name).strip("._")[:_LONGEST] or "recording"
    number = 1
    while (free := f"{stem}-{number}" if number > 1 else stem) in taken:
        number += 1
    taken.add(free)
    return free


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecipeError(
            f"--out: {folder} cannot be made: {error.strerror or error}.", hint="Name another folder."
        ) from error


def _write(file: Path, text: str) -> None:
    """Write through a temporary file, so that a killed command leaves the old or the new, never half."""
    temporary = file.with_name(file.name + ".part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.replace(file)
    except OSError as error:
        raise RecipeError(
            f"--out: {file} cannot be written: {error.strerror or error}.", hint="Name another folder."
        ) from error
