"""What `dancekit predict` is pointed at, as recordings: keypoints, or pictures through a detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dancekit.console import say
from dancekit.data.images import VIDEOS, is_camera, is_picture, shows_pictures
from dancekit.data.paths import data_file
from dancekit.errors import DancekitError, DataError, PluginError, RecipeError, RecipeErrors
from dancekit.interfaces import Detector
from dancekit.plugin import Registry
from dancekit.prediction.needs import Recording
from dancekit.recipe_files import Draft, apply_overrides
from dancekit.schema import Checker

if TYPE_CHECKING:
    from dancekit.data.clips import Clip
    from dancekit.skeleton.layout import Layout

_USUAL_DETECTORS = ("rtmpose", "mediapipe")  # in this order, where none is named and several are there


@dataclass(frozen=True, kw_only=True)
class Input:
    """One recording of what a user named.

    Attributes:
        source: what the user wrote.
        video: the file that the keypoints were found in; None without.
    """

    recording: Recording
    source: str
    video: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Detectors:
    """Finds keypoints with the detector that was chosen, or with the one that is there and takes the source.

    Attributes:
        chosen: NAME[,KEY=VALUE]...; None leaves it to what is installed.
    """

    registry: Registry
    chosen: str | None = None

    def takes(self, source: str) -> bool:
        """Whether a source goes through a detector: pictures, or files that a detector recognises.

        Raises:
            DataError: it looks like a picture and is not there.
        """
        if is_camera(source):
            return True
        path = Path(source)
        if is_picture(path):
            data_file(path)
            return True
        return shows_pictures(path) or bool(self._taking(path))

    def build(self, source: str, overrides: Sequence[str] = ()) -> Any:
        """The detector of a source, ready to be called.

        Args:
            overrides: KEY=VALUE, arguments of a detector of files that is not chosen by name.

        Raises:
            RecipeError: there is none, none of this name, or an argument is wrong.
        """
        path = Path(source)
        pictures = shows_pictures(path)
        taking = self._taking(path)
        if self.chosen is not None and (pictures or self.chosen.split(",")[0] in taking):
            return self._built(self.chosen)
        if taking and not pictures:
            say(f"{source} is read as {taking[0]}.")
            return self._built(",".join((taking[0], *overrides)))
        if not taking:
            raise RecipeError(
                f"{source} is a picture or a video, and no detector is installed.",
                hint="Install one: pip install 'dancekit[video]', or give keypoints.",
            )
        lacking = []
        for name in sorted(taking, key=lambda name: (*_USUAL_DETECTORS, name).index(name)):
            try:
                return self._built(name)
            except PluginError as error:
                lacking.append(error.message.removeprefix("--detector: "))
        raise RecipeError(
            f"{source} is a picture or a video, and no detector runs here. {' '.join(lacking)}",
            hint="Install one: pip install 'dancekit[video]', or give keypoints.",
        )

    def _taking(self, path: Path) -> list[str]:
        """The detectors that recognise it; one that cannot be imported says so, and stops no other."""
        names = []
        for provided in self.registry.components("detector"):
            try:
                target: type[Detector] = provided.load()
            except DancekitError as error:
                say(str(error))
                continue
            if target.recognises(path):
                names.append(provided.component.name)
        return names

    def _built(self, chosen: str) -> Any:
        name, *arguments = chosen.split(",")
        draft = Draft(content={"detector": {"name": name}}, folder=Path(), name="detector")
        apply_overrides(draft, [f"detector.{argument}" for argument in arguments])
        checker = Checker(registry=self.registry, folder=Path())
        part = checker.component("detector", draft.content["detector"], "--detector")
        if checker.problems:
            raise RecipeErrors(checker.problems)
        assert part is not None  # it would be a problem
        return part.build()


def recordings_of(
    source: str,
    overrides: Sequence[str],
    registry: Registry,
    *,
    detectors: Detectors,
    format: str | None = None,
    split: str | None = None,
) -> Iterator[Input]:
    """The recordings behind what a user wrote, one after the other.

    Args:
        overrides: KEY=VALUE, arguments of the data set, or of the detector of files that is taken.
        format: the data set to read a file with.
        split: of a data set; None is all of them.

    Raises:
        DataError: it is not there, or cannot be read.
        RecipeError: there is no detector for pictures, or no such split.
    """
    if format is None and detectors.takes(source):
        yield _detected(source, overrides, detectors)
        return
    from dancekit.verbs.source import find_source

    if Path(source).is_file():
        file_of(source)
    dataset = find_source(source, overrides, registry, format=format).open()
    if split is not None and split not in dataset.splits:
        raise RecipeError(f"{source} has no split {split!r}.", hint=f"It has {', '.join(dataset.splits)}.")
    seen: set[str] = set()
    for each in dataset.splits if split is None else (split,):
        for clip in dataset.recordings(each):
            if clip.name not in seen:
                seen.add(clip.name)
                yield Input(recording=as_recording(clip, dataset.layout), source=source)


def as_recording(clip: Clip, layout: Layout) -> Recording:
    """A clip as prediction takes it."""
    return Recording(
        name=clip.name,
        keypoints=np.asarray(clip.keypoints),
        score=np.asarray(clip.score),
        present=np.asarray(clip.present),
        layout=layout,
        frame_rate=clip.frame_rate,
        image_size=clip.image_size,
    )


def _detected(source: str, overrides: Sequence[str], detectors: Detectors) -> Input:
    if is_camera(source):
        raise RecipeError(
            f"{source} is a camera, which does not end.", hint="Add --stream, or name a recorded video."
        )
    path = file_of(source)
    detector = detectors.build(source, overrides)
    recording = as_recording(detector(path), detector.layout)
    video = path if path.suffix.lower() in VIDEOS else None
    return Input(recording=recording, source=source, video=video)


def check_there(source: str, registry: Registry) -> None:
    """Before anything that takes long: whether there is anything to read.

    Raises:
        DataError: a file or folder is not there or empty.
    """
    recipe = Path(source).suffix in (".yaml", ".yml")
    if not recipe and not is_camera(source) and source not in registry.names("dataset"):
        file_of(source)


def file_of(source: str) -> Path:
    """The file or folder that a user wrote; raises DataError where it is not there or empty."""
    path = data_file(source)
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{source} is empty.", hint="It has 0 bytes; copy or record it again.")
    return path
