"""The two recordings of a review: found by what a user wrote, in any format, videos by a detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.wording import nearest

if TYPE_CHECKING:  # their modules import torch
    from dancekit.data.clips import Clip
    from dancekit.interfaces import Dataset
    from dancekit.skeleton.layout import Layout

MARK = "::"
_MOST_NAMES = 5000  # among which a similar one is searched


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """One recording.

    Attributes:
        source: what the user wrote, without the name of the recording.
        movement: its class, where the data set has classes; "" where it has none.
    """

    clip: Clip
    layout: Layout
    source: str
    movement: str = ""


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Looks recordings up, with the arguments that both of them have.

    Attributes:
        overrides: KEY=VALUE, arguments of the data set.
        format: the data set to read files with; None asks each whether it recognises them.
        detector: finds people in videos; None takes the one that is installed.
    """

    registry: Registry
    overrides: tuple[str, ...] = ()
    format: str | None = None
    detector: str | None = None

    def one(self, source: str, name: str | None) -> Found:
        """The only recording of a source, or the one of this name.

        Raises:
            DataError: there is none, or it cannot be read.
            RecipeError: there are several and none is named, or none has the name.
        """
        if self._pictures(source):
            return self._detected(source)
        dataset = self.open(source)
        seen: list[str] = []
        for clip in _clips(dataset):
            if name is None and seen:
                raise RecipeError(
                    f"{source} has several recordings, as {seen[0]} and {clip.name}.",
                    hint=f"Say which: {source}{MARK}{seen[0]}.",
                )
            if name is None or name in (clip.name, clip.name.rpartition("/")[2]):
                found = self.found(clip, dataset, source)
                if name is not None:
                    return found
                first = found
            if len(seen) < _MOST_NAMES:
                seen.append(clip.name)
        if name is None and seen:
            return first
        if not seen:
            raise DataError(f"{source} has no recordings.", hint="Give a file that has one.")
        raise RecipeError(f"no recording of {source} is called {name!r}.", hint=nearest(str(name), seen))

    def all(self, source: str) -> Iterator[Found]:
        """Every recording of a source."""
        if self._pictures(source):
            yield self._detected(source)
            return
        dataset = self.open(source)
        for clip in _clips(dataset):
            yield self.found(clip, dataset, source)

    def open(self, source: str) -> Dataset:
        from dancekit.verbs.source import find_source

        return find_source(source, self.overrides, self.registry, format=self.format).open()

    @staticmethod
    def found(clip: Clip, dataset: Dataset, source: str) -> Found:
        label = clip.label[0] if isinstance(clip.label, tuple) else clip.label
        movement = dataset.classes[label] if 0 <= label < len(dataset.classes) else ""
        return Found(clip=clip, layout=dataset.layout, source=source, movement=movement)

    def _pictures(self, source: str) -> bool:
        from dancekit.verbs.inputs import needs_detector

        return self.format is None and source not in self.registry.names("dataset") and needs_detector(source)

    def _detected(self, source: str) -> Found:
        from dancekit.verbs.inputs import Detectors, picture_file

        detector = Detectors(registry=self.registry, chosen=self.detector).build(source)
        return Found(clip=detector(picture_file(source)), layout=detector.layout, source=source)


def split_name(written: str, name: str | None, option: str) -> tuple[str, str | None]:
    """FILE::NAME as (FILE, NAME); a file whose own name has the mark is taken as it is.

    Raises:
        RecipeError: the recording is named twice.
    """
    if MARK not in written or Path(written).exists():
        return written, name
    source, _, inside = written.partition(MARK)
    if name is not None:
        raise RecipeError(f"{written} names a recording, and {option} another.", hint="Name it once.")
    return source, inside or None


def takes(finder: Finder, written: Sequence[str]) -> tuple[Found, ...]:
    """Further takes of the reference, each FILE or FILE::NAME."""
    return tuple(finder.one(*split_name(each, None, "--take")) for each in written)


def _clips(dataset: Dataset) -> Iterator[Clip]:
    """The recordings of all splits, one that is in several only once."""
    seen: set[str] = set()
    for split in dataset.splits:
        for clip in dataset.recordings(split):
            if clip.name not in seen:
                seen.add(clip.name)
                yield clip
