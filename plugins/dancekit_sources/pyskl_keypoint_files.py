"""Annotations whose skeletons lie in files of their own, as PYSKL has them for Kinetics-400.

Such an annotation has no `keypoint`, but

    raw_file      where its keypoint file lay: {frame_dir: {"keypoint": (N, V, 3)}}, of many recordings
    frame_inds    (N,) the frame of each of the N detections, counted from 0
    box_score     (N,) how sure the detector of persons was; optional

beside `frame_dir`, `label`, `total_frames` and `img_shape`. What it says in `valid`, how many frames are left
above some thresholds, follows from these and is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.detections import MOST_FRAMES, patience_of
from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import follow
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit_sources.pyskl_annotations import (
    checked_image_size,
    checked_item,
    checked_labels,
    is_whole_number,
)

_REQUIRED = ("frame_dir", "label", "raw_file", "frame_inds", "total_frames")
_MOST_IN_A_FRAME = 10
_USUAL_RATE = 30.0
_DEEPEST = 6
_AGAIN = "Take the keypoint files that belong to these annotations."

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DetachedAnnotation:
    """What an annotation says of detections that lie elsewhere.

    Attributes:
        file: the keypoint file.
        frames: T.
        frame_inds: (N,), each below T.
        box_score: (N,); None where the file has none.
        image_size: (width, height) in pixels.
    """

    name: str
    file: Path
    frames: int
    frame_inds: npt.NDArray[np.int64]
    box_score: npt.NDArray[Any] | None
    labels: int
    image_size: tuple[int, int] | None

    @classmethod
    def of(cls, item: object, *, folder: Path | None) -> DetachedAnnotation:
        """Check one item of the file's list, without opening its keypoint file.

        Args:
            folder: of the keypoint files, or one file.

        Raises:
            DataError: as `Annotation.of`, or the keypoint file is not there.
        """
        checked = checked_item(item, _REQUIRED)
        label = checked_labels(checked["label"], 1)
        total = checked["total_frames"]
        if not is_whole_number(total) or not 0 < total <= MOST_FRAMES:
            raise DataError(
                "has a `total_frames` that is no length.", hint=f"It must be from 1 to {MOST_FRAMES}."
            )
        frames = checked["frame_inds"]
        if not isinstance(frames, np.ndarray) or frames.ndim != 1 or frames.dtype.kind not in "iu":
            raise DataError("has a `frame_inds` that is no list of frames.", hint="Store an array of int.")
        if frames.size and not 0 <= int(frames.min()) <= int(frames.max()) < total:
            raise DataError("has a `frame_inds` beyond `total_frames`.", hint="Frames are counted from 0.")
        boxes = checked.get("box_score")
        if boxes is not None and (
            not isinstance(boxes, np.ndarray) or boxes.shape != frames.shape or boxes.dtype.kind not in "fiu"
        ):
            raise DataError("has a `box_score` that does not fit.", hint="Store one for each detection.")
        return cls(
            name=str(checked["frame_dir"]),
            file=_found(checked["raw_file"], folder),
            frames=int(total),
            frame_inds=frames.astype(np.int64),
            box_score=boxes,
            labels=label if isinstance(label, int) else label[0],
            image_size=checked_image_size(checked.get("img_shape")),
        )

    @property
    def highest_label(self) -> int:
        return self.labels

    def clip(
        self,
        content: Any,
        layout: Layout,
        *,
        least_box_score: float,
        persons: int,
        person: str,
        frame_rate: float | None,
    ) -> Clip:
        """The recording: people followed over the frames, and those of the highest scores kept.

        Args:
            content: of the keypoint file.
            least_box_score: detections below it are left out; of the rest the ten best of each frame count.
            persons: the most persons.

        Raises:
            DataError: the file has not what the annotation says.
        """
        points = self._detections(content, layout.num_joints)  # (N, V, 3)
        kept = np.ones(len(points), dtype=bool)
        rank = np.zeros(len(points))
        if self.box_score is not None:
            rank = -self.box_score.astype(np.float64)
            kept = rank <= -least_box_score  # not so where it is no number
        kept &= (points[..., 2] > 0).any(axis=1)
        order = np.lexsort((rank, self.frame_inds))
        order = order[kept[order]]  # by frame, and in a frame the best box first
        ends = np.searchsorted(self.frame_inds[order], np.arange(self.frames + 1))
        frames = [
            points[order[start:end][:_MOST_IN_A_FRAME]] for start, end in pairwise(ends)
        ]  # T of (D, V, 3)
        identities = follow(frames, patience=patience_of(frame_rate or _USUAL_RATE))
        strongest = strongest_persons(frames, identities, persons)
        return Clip.of(
            strongest.keypoints,
            score=strongest.score,
            present=strongest.present,
            label=self.labels,
            name=self.name,
            person=person,
            frame_rate=frame_rate,
            image_size=self.image_size,
        )

    def _detections(self, content: Any, joints: int) -> Array:
        """(N, V, 3): x, y and score, zeros where a joint is missing."""
        item = content.get(self.name) if isinstance(content, Mapping) else None
        points = item.get("keypoint") if isinstance(item, Mapping) else None
        wanted = (len(self.frame_inds), joints, 3)
        if not isinstance(points, np.ndarray) or points.dtype.kind not in "fiu" or points.shape != wanted:
            found = f"of shape {points.shape}" if isinstance(points, np.ndarray) else "none"
            raise DataError(
                f"{self.file}: {self.name[:100]!r} must have a `keypoint` of shape {wanted}, and has"
                f" {found}.",
                hint=_AGAIN,
            )
        with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is missing
            single = points.astype(np.float32).astype(np.float64)
        seen = np.isfinite(single).all(axis=-1) & (single[..., 2] > 0)  # (N, V)
        return np.where(seen[..., None], single, 0)


def _found(raw_file: object, folder: Path | None) -> Path:
    """The keypoint file: beneath the folder where `raw_file` ends, with or without folders of its own."""
    if not isinstance(raw_file, str):
        raise DataError("has a `raw_file` that is no text.", hint="It must name a keypoint file.")
    if folder is None:
        raise DataError(
            "has its skeletons in a keypoint file.", hint="Set keypoint_files to the folder of these files."
        )
    if folder.is_file():
        return folder
    parts = PurePosixPath(raw_file.replace("\\", "/")).parts[-_DEEPEST:]
    for start in range(len(parts)):
        candidate = folder.joinpath(*parts[start:])
        if not {"..", "/"}.intersection(parts[start:]) and _is_file(candidate):
            return candidate
    raise DataError(
        f"has its skeletons in {parts[-1][:100] if parts else ''!r}, which is not in {folder}.", hint=_AGAIN
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long
        return False
