"""Recordings of any length, packed end to end, so that a batch is one gather."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dancekit.data.clips import Clip
from dancekit.data.pictures import PictureReader
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

_OF_CLIPS = ("first", "frames", "persons", "label", "frame_rate", "image_size")


@dataclass(frozen=True, kw_only=True)
class RecordingStore:
    """All recordings of a split. Row r holds one person in one frame: clip by clip, person by person.

    A selection shares the rows of the store that it was selected from.

    Attributes:
        keypoints: (R, V, C) float32.
        score: (R, V) float32.
        present: (R,) bool.
        first: (N,) int64, the row of each clip's first frame of its first person.
        frames: (N,) int64, length of each clip.
        persons: (N,) int64, persons of each clip.
        label: (N,) or (N, M) int64, -1 where a clip has fewer persons.
        frame_rate: (N,) float32; NaN = unknown.
        image_size: (N, 2) float32; NaN = not in pixels.
        names: of the clips.
        people: who dances in each clip; "" = unknown.
        pictures: reads the clips as pictures, by their names; None where no part asks for that.
    """

    keypoints: Tensor
    score: Tensor
    present: Tensor
    first: Tensor
    frames: Tensor
    persons: Tensor
    label: Tensor
    frame_rate: Tensor
    image_size: Tensor
    names: tuple[str, ...]
    people: tuple[str, ...]
    layout: Layout
    pictures: PictureReader | None = None

    @classmethod
    def pack(
        cls, clips: Iterable[Clip], layout: Layout, *, pictures: PictureReader | None = None
    ) -> RecordingStore:
        """Put recordings end to end.

        Raises:
            DataError: there is none, or they differ in joints or coordinates.
        """
        recordings = list(clips)
        if not recordings:
            raise DataError("there are no recordings to pack.")
        shapes = {clip.keypoints.shape[2:] for clip in recordings}
        if len(shapes) > 1 or next(iter(shapes))[0] != layout.num_joints:
            raise DataError(
                f"the recordings have (joints, coordinates) {sorted(shapes)}, "
                f"the layout {layout.name} has {layout.num_joints} joints."
            )
        frames = np.array([clip.frames for clip in recordings])
        persons = np.array([clip.keypoints.shape[0] for clip in recordings])
        rows = np.concatenate([[0], np.cumsum(frames * persons)])
        nowhere = (float("nan"), float("nan"))
        return cls(
            # (M, T, V, C) -> (M*T, V, C), one clip behind the other
            keypoints=_rows([clip.keypoints.reshape(-1, *clip.keypoints.shape[2:]) for clip in recordings]),
            score=_rows([clip.score.reshape(-1, clip.score.shape[2]) for clip in recordings]),  # (R, V)
            present=_rows([clip.present.reshape(-1) for clip in recordings]),  # (R,)
            first=torch.from_numpy(rows[:-1]),
            frames=torch.from_numpy(frames),
            persons=torch.from_numpy(persons),
            label=_labels(recordings),
            frame_rate=torch.tensor([clip.frame_rate or float("nan") for clip in recordings]).float(),
            image_size=torch.tensor([clip.image_size or nowhere for clip in recordings]).float(),
            names=tuple(clip.name for clip in recordings),
            people=tuple(clip.person for clip in recordings),
            layout=layout,
            pictures=pictures,
        )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def coordinates(self) -> int:
        return self.keypoints.shape[-1]

    @property
    def most_persons(self) -> int:
        return int(self.persons.max())

    @property
    def bytes(self) -> int:
        """What its own recordings take, without rows of others."""
        tensors = self._tensors().values()
        all_rows, rows = len(self.present), int((self.frames * self.persons).sum())
        of_a_row = sum(value[:1].nbytes for value in (self.keypoints, self.score, self.present))
        return int(sum(value.nbytes for value in tensors) - (all_rows - rows) * of_a_row)

    def select(self, clips: Sequence[int] | npt.NDArray[np.int64]) -> RecordingStore:
        """Some of the recordings, in this order; nothing of the rows is copied."""
        places = np.asarray(clips, dtype=np.int64)
        index = torch.from_numpy(places)
        chosen = {name: getattr(self, name)[index] for name in _OF_CLIPS}
        return replace(
            self,
            **chosen,
            names=tuple(self.names[place] for place in places.tolist()),
            people=tuple(self.people[place] for place in places.tolist()),
        )

    def to(self, device: torch.device) -> RecordingStore:
        """Itself where it already is there; otherwise a copy of its own recordings alone."""
        if self.keypoints.device == device:
            return self
        here = self.compact()
        return replace(here, **{name: value.to(device) for name, value in here._tensors().items()})

    def compact(self) -> RecordingStore:
        """The same recordings without the rows of others, in their order."""
        rows = self.frames * self.persons  # (N,)
        ends = rows.cumsum(0)
        if len(self.present) == int(ends[-1]) and bool((self.first == ends - rows).all()):
            return self
        row = torch.arange(int(ends[-1])) + (self.first - (ends - rows)).repeat_interleave(rows)
        kept = {name: getattr(self, name)[row] for name in ("keypoints", "score", "present")}
        return replace(self, **kept, first=ends - rows)

    def clip(self, index: int) -> Clip:
        """One recording back as it was packed."""
        persons = int(self.persons[index])
        start = int(self.first[index])
        here = slice(start, start + persons * int(self.frames[index]))
        return Clip.of_rows(
            *(values[here].numpy(force=True) for values in (self.keypoints, self.score, self.present)),
            persons=persons,
            label=self.label[index].numpy(force=True),
            frame_rate=float(self.frame_rate[index]),
            image_size=self.image_size[index].numpy(force=True),
            name=self.names[index],
            person=self.people[index],
        )

    def _tensors(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Tensor)}


def _rows(parts: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts))


def _labels(recordings: Sequence[Clip]) -> Tensor:
    if all(isinstance(clip.label, int) for clip in recordings):
        return torch.tensor([clip.label for clip in recordings])
    most = max(clip.keypoints.shape[0] for clip in recordings)
    labels = np.full((len(recordings), most), -1)
    for row, clip in zip(labels, recordings, strict=True):
        row[: clip.keypoints.shape[0]] = clip.label
    return torch.from_numpy(labels)
