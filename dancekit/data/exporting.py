"""Recordings as files that others read: PYSKL's annotation pickle, and one plain npz archive."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError

ARCHIVE_FORMAT = "dancekit-recordings-1"


def write_pyskl(file: Path, splits: Mapping[str, RecordingStore]) -> None:
    """Write {"split": ..., "annotations": ...} as PYSKL and MMAction2 read it, in float32.

    Beside PYSKL's keys an annotation has `frame_rate` and `person` where they are known, and `present`
    where zeros alone would not say who is there; PYSKL passes them over. A recording of several splits is
    written once. The names under which numpy's arrays are pickled are those of numpy 1, which numpy 2
    reads too.
    """
    annotations: dict[str, dict[str, Any]] = {}
    for store in splits.values():
        for place, name in enumerate(store.names):
            if name not in annotations:
                annotations[name] = _annotation(store.clip(place))
    content = {
        "split": {split: list(store.names) for split, store in splits.items()},
        "annotations": list(annotations.values()),
    }
    with _beside(file) as stream:
        _Pickler(stream, protocol=4).dump(content)


def write_archive(
    file: Path,
    recordings: RecordingStore,
    *,
    classes: tuple[str, ...],
    splits: Mapping[str, npt.NDArray[np.int64]],
) -> None:
    """Write one npz archive that any numpy opens, uncompressed, so that it can be mapped.

    Keys: format, layout (JSON), classes, names, people, labels (N,) or (N, M), frames (N,), persons (N,),
    frame_rate (N,) with NaN for unknown, image_size (N, 2) with NaN for none; the rows, one person in one
    frame each, recording by recording, person by person: keypoints (R, V, C), score (R, V), present (R,);
    and for each split `split_NAME`, the places of its recordings.

    Args:
        splits: name -> (n,) places.
    """
    store = recordings.compact()
    arrays: dict[str, Any] = {
        "format": np.array(ARCHIVE_FORMAT),
        "layout": np.array(json.dumps(store.layout.to_mapping())),
        "classes": np.array(classes),
        "names": np.array(store.names),
        "people": np.array(store.people),
        "labels": store.label.numpy(),
        **{name: getattr(store, name).numpy() for name in ("frames", "persons", "frame_rate", "image_size")},
        **{name: getattr(store, name).numpy() for name in ("keypoints", "score", "present")},
        **{f"split_{name}": places for name, places in splits.items()},
    }
    with _beside(file) as stream:
        np.savez(stream, **arrays)


def _annotation(clip: Clip) -> dict[str, Any]:
    annotation: dict[str, Any] = {
        "frame_dir": clip.name,
        "label": clip.label if isinstance(clip.label, int) else list(clip.label),
        "total_frames": clip.frames,
        "keypoint": np.ascontiguousarray(clip.keypoints),  # (M, T, V, C)
        "keypoint_score": np.ascontiguousarray(clip.score),  # (M, T, V)
    }
    if clip.image_size is not None:
        width, height = clip.image_size
        annotation |= {"img_shape": (height, width), "original_shape": (height, width)}
    if clip.frame_rate is not None:
        annotation["frame_rate"] = clip.frame_rate
    if clip.person:
        annotation["person"] = clip.person
    if not np.array_equal(clip.present, (clip.keypoints != 0).any((2, 3))):
        annotation["present"] = clip.present
    return annotation


_Base: Any = pickle._Pickler  # typing knows only the one in C, which writes what it likes


class _Pickler(_Base):  # type: ignore[misc]
    """Writes arrays so that numpy 1 and numpy 2 find their functions."""

    def save_global(self, obj: Any, name: str | None = None) -> None:
        module = getattr(obj, "__module__", None) or ""
        if module.startswith("numpy._core."):
            old = "numpy.core." + module.removeprefix("numpy._core.")
            self.save(old)
            self.save(obj.__qualname__)
            self.write(pickle.STACK_GLOBAL)
            self.memoize(obj)
            return
        super().save_global(obj, name)


@contextmanager
def _beside(file: Path) -> Iterator[IO[bytes]]:
    """A stream to a file beside, which takes the place of `file` if nothing goes wrong."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{file} cannot be written: {reason}.", hint="Choose another place.") from None
    finally:
        part.unlink(missing_ok=True)
