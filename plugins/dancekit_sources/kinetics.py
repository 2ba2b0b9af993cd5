"""Kinetics-skeleton: OpenPose's keypoints of the Kinetics-400 videos, as ST-GCN's authors hand them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dancekit.data.clips import Clip
from dancekit.data.detections import check_persons, is_whole, patience_of
from dancekit.data.guarded_files import MEBIBYTE, read_json
from dancekit.data.paths import data_file
from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import follow
from dancekit.errors import DataError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.kinetics_clip import parse_clip
from dancekit_sources.recognition import folder_entries, start_of
from dancekit_sources.splits import recordings_of

_LABELS = "_label.json"
_FRAME_RATE = 30.0
_LARGEST_CLIP = 64 * MEBIBYTE
_LARGEST_LABELS = 256 * MEBIBYTE
_MOST_CLASSES = 100_000
_FORMAT = 'A label file is {"name of the clip": {"has_skeleton": true, "label": "...", "label_index": 0}}.'


@dataclass(frozen=True, kw_only=True)
class _Labelled:
    """A clip that a label file lists."""

    file: Path
    label: int
    class_name: str


class Kinetics(Dataset):
    """Two coordinates from 0 to 1 of the image's width and height, y down, at 30 frames per second.

    A split is a folder of clips, NAME, with its label file, NAME_label.json, beside it; published are
    kinetics_train and kinetics_val, and the splits are called train and val. Clips of which the label
    file says that nobody was found (`has_skeleton`) are left out. Frames that a clip skips are there with
    nobody in them.

    The persons of the highest scores are kept, summed over joints and frames. The format doesn't say who
    is who from frame to frame.

    Args:
        path: the folder with the label files.
        persons: the most persons of a clip.
        follow_persons: follow people over the frames and keep whole persons. False does as ST-GCN's own
            reader: in each frame the persons are put in the order of their scores there, so that one
            person may change places with another.

    Raises:
        DataError: there is no label file, a clip that it lists is not there, or a file cannot be used.
        RecipeError: `persons` is below 1.
    """

    cached = True

    def __init__(self, *, path: Path, persons: int = 2, follow_persons: bool = True) -> None:
        check_persons(persons)
        self.layout = Layout.named("openpose18")
        self._persons = persons
        self._follow = follow_persons
        self._folder = data_file(path)
        found = {
            file.name.removesuffix(_LABELS).removeprefix("kinetics_"): _listed(file)
            for file in sorted(self._folder.glob(f"*{_LABELS}"))
        }
        self._splits = {split: clips for split, clips in found.items() if split and clips}
        self.splits = tuple(self._splits)
        if not self.splits:
            raise DataError(
                f"{self._folder}: there is no *{_LABELS} that lists clips with people.",
                hint="Name the folder that holds kinetics_train_label.json and kinetics_train.",
            )
        self.classes = _classes([clip for clips in self._splits.values() for clip in clips], self._folder)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        files, _ = folder_entries(path)
        return any(
            b'"label_index"' in start_of(file) and file.with_name(file.name.removesuffix(_LABELS)).is_dir()
            for file in files
            if file.name.endswith(_LABELS)
        )

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split in the order of its label file; each is read when its turn comes."""
        return map(self._clip, recordings_of(self._splits, split, self._folder))

    def _clip(self, clip: _Labelled) -> Clip:
        content = read_json(clip.file, most=_LARGEST_CLIP)
        frames = parse_clip(content, self.layout.num_joints, label=clip.label, file=clip.file)
        if self._follow:
            identities = follow(frames, patience=patience_of(_FRAME_RATE))
        else:  # a detection's place in the order of its frame, the highest score first
            identities = [(-each[:, :, 2].sum(1)).argsort(kind="stable").argsort() for each in frames]
        kept = strongest_persons(frames, identities, self._persons)
        return Clip.of(
            kept.keypoints,
            score=kept.score,
            present=kept.present,
            label=clip.label,
            name=clip.file.stem,
            frame_rate=_FRAME_RATE,
        )


def _listed(labels: Path) -> tuple[_Labelled, ...]:
    """The clips of a label file in which somebody is."""
    folder = labels.with_name(labels.name.removesuffix(_LABELS))
    content = read_json(labels, most=_LARGEST_LABELS)
    if not isinstance(content, dict):
        raise DataError(f"{labels}: this is no label file.", hint=_FORMAT)
    there = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    clips = []
    for name, entry in content.items():
        where = f"{labels}: the entry {name[:100]!r}"
        if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
            raise DataError(f"{where} has no text `label`.", hint=_FORMAT)
        index = entry.get("label_index")
        if not is_whole(index) or not 0 <= index < _MOST_CLASSES:
            raise DataError(f"{where} has no `label_index` from 0.", hint=_FORMAT)
        if not isinstance(entry.get("has_skeleton", True), bool):
            raise DataError(f"{where} has a `has_skeleton` that is not true or false.", hint=_FORMAT)
        if not entry.get("has_skeleton", True):
            continue
        if f"{name}.json" not in there:
            raise DataError(f"{where} has no file in {folder}.", hint="Fetch it, or take the entry out.")
        clips.append(_Labelled(file=folder / f"{name}.json", label=index, class_name=entry["label"].strip()))
    return tuple(clips)


def _classes(clips: list[_Labelled], folder: Path) -> tuple[str, ...]:
    """The name of each class; class_0 and so on for those of which there is no clip."""
    names: dict[int, str] = {}
    for clip in clips:
        if not clip.class_name or names.setdefault(clip.label, clip.class_name) != clip.class_name:
            raise DataError(
                f"{folder}: class {clip.label} is {names.get(clip.label, '')!r} and also"
                f" {clip.class_name!r} (clip {clip.file.stem!r}).",
                hint="Give each class one name in the label files.",
            )
    classes = tuple(names.get(index, f"class_{index}") for index in range(max(names) + 1))
    if len(set(classes)) < len(classes):
        double = next(name for name in classes if classes.count(name) > 1)
        raise DataError(
            f"{folder}: the class {double!r} has two numbers.",
            hint="Give each its own name in the label files.",
        )
    return classes
