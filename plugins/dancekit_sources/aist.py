"""AIST++: street dance of ten genres, filmed by nine cameras at 60 frames per second.

    keypoints2d/NAME.pkl   {"keypoints2d": (9, T, 17, 3), "det_scores": (9, T), "timestamps": (T,)}
    keypoints3d/NAME.pkl   {"keypoints3d": (T, 17, 3), "keypoints3d_optim": (T, 17, 3)}
    ignore_list.txt        names of recordings to leave out, one a line
    splits/SPLIT.txt       names of recordings, one a line, such as pose_train and crossmodal_train

NAME is gBR_sBM_cAll_d04_mBR0_ch01: genre, situation, cameras, dancer, music, choreography. The joints are
COCO's. In two dimensions they are pixels of 1920 x 1080 with a score. In three they are centimetres with y
up: so the authors' code places the cameras before it refines them (180 high, 500 from the middle), and what
is refined keeps that scale, about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from dancekit.data.clips import Clip
from dancekit.data.paths import data_file
from dancekit.data.unpickle import read_pickle
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest
from dancekit_sources.aist_keypoints import FRAME_RATE, keypoints_2d, keypoints_3d
from dancekit_sources.aist_names import GENRES, SITUATIONS, VIEWS, Name, listed_names
from dancekit_sources.recognition import folder_entries, start_of, starts_as_pickle
from dancekit_sources.recording_names import checked_frame_rate
from dancekit_sources.splits import recordings_of

Keypoints = Literal["3d_optimised", "3d", "2d"]
Label = Literal["genre", "situation"]
_Recording: TypeAlias = tuple[str, str]
"""The name of a file, and a camera; "" for 3D."""

_FOLDERS = {"3d_optimised": "keypoints3d", "3d": "keypoints3d", "2d": "keypoints2d"}
_ARRAYS = {"3d_optimised": "keypoints3d_optim", "3d": "keypoints3d"}
_ENDING = ".pkl"
_CODES = {"genre": GENRES, "situation": SITUATIONS}
_IMAGE_SIZE = (1920, 1080)
_METRES_PER_UNIT = 0.01
_BAD_VIEWS = frozenset({("gBR_sBM_cAll_d04_mBR0_ch01", "c05"), ("gJB_sBM_cAll_d07_mJB3_ch05", "c07")})
"""Filmed out of step, and in another size: the authors' code leaves them out too."""


class Aist(Dataset):
    """One dancer each, in metres, y up, in the world; or in pixels, y down, as one of nine cameras saw them.

    The splits are the lists in the folder `splits`, less what is not there; without any there is one split,
    "all". A joint that is not a number is missing. Frames that every camera dropped are in no file, and
    nothing is put in their place.

    Args:
        path: the folder with `keypoints2d`, `keypoints3d` or both, and with the lists. Or one of these two,
            or one file: then no list is read.
        keypoints: "3d_optimised" are smooth and of steady bone lengths, "3d" were found frame by frame,
            "2d" are what a detector saw, from which both were made.
        views: the cameras of 2D recordings, which are called NAME/c01 to NAME/c09. Empty: all nine, less
            two that are known to be bad.
        label: what the classes are: the ten genres, or the two situations, basic and advanced dances. All
            of them are classes, whatever is there.
        frame_rate: frames per second of recordings that are not as published. Without it they are 60, and
            2D ones are checked for it.

    Raises:
        DataError: there is no recording, or a file or a list cannot be used.
        RecipeError: a parameter makes no sense.
    """

    cached = True

    def __init__(
        self,
        *,
        path: Path,
        keypoints: Keypoints = "3d_optimised",
        views: tuple[str, ...] = (),
        label: Label = "genre",
        frame_rate: float | None = None,
    ) -> None:
        _check_choices(keypoints, views, label)
        self._frame_rate = checked_frame_rate(frame_rate)
        self._keypoints = keypoints
        self._label = label
        self._source = data_file(path)
        self.layout = Layout.named("coco17")
        self.classes = tuple(_CODES[label].values())
        folder, root = _folders(self._source, _FOLDERS[keypoints])
        files = [self._source] if folder is None else sorted(folder.glob(f"*{_ENDING}"))
        ignored = _ignored(root)
        self._files = {file.stem: file for file in files if file.stem not in ignored}
        self._names = {stem: _name(file, label) for stem, file in self._files.items()}
        if not self._names:
            raise DataError(
                f"{folder}: there is no recording in it, or all are on the list to ignore.",
                hint="Name the folder of AIST++ that holds keypoints2d or keypoints3d.",
            )
        every = [
            (name, view)
            for name in self._names
            for view in (VIEWS if keypoints == "2d" else ("",))
            if (view in views if views else (name, view) not in _BAD_VIEWS)
        ]
        self._splits = _listed_splits(root, every) or {"all": every}
        self.splits = tuple(self._splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        folders = (path, *(path / folder for folder in dict.fromkeys(_FOLDERS.values())))
        files = (path, *(file for folder in folders for file in folder_entries(folder)[0]))
        named = next((file for file in files if file.suffix == _ENDING and Name.of(file.stem)), path)
        start = start_of(named)
        return starts_as_pickle(start) and any(each.encode() in start for each in _FOLDERS.values())

    def recordings(self, split: str) -> Iterator[Clip]:
        """The clips of a split, in the order of its list; a file is read once for all views in a row."""
        return self._clips(recordings_of(self._splits, split, self._source))

    def _clips(self, recordings: Sequence[_Recording]) -> Iterator[Clip]:
        for name, views in groupby(recordings, key=lambda recording: recording[0]):
            content, where = read_pickle(self._files[name]), str(self._files[name])
            if self._keypoints != "2d":
                points = keypoints_3d(content, _ARRAYS[self._keypoints], where)
                yield Clip.of(points * _METRES_PER_UNIT, name=name, **self._about(name))
                continue
            triples = keypoints_2d(content, where, timed=self._frame_rate is None)  # (9, T, V, 3)
            for _, view in views:
                seen = triples[VIEWS.index(view)]  # (T, V, 3)
                yield Clip.of(
                    seen[..., :2],
                    score=seen[..., 2],
                    name=f"{name}/{view}",
                    image_size=_IMAGE_SIZE,
                    **self._about(name),
                )

    def _about(self, name: str) -> dict[str, Any]:
        parts = self._names[name]
        return {
            "label": list(_CODES[self._label]).index(getattr(parts, self._label)),
            "person": parts.dancer,
            "frame_rate": FRAME_RATE if self._frame_rate is None else self._frame_rate,
        }


def _check_choices(keypoints: str, views: tuple[str, ...], label: str) -> None:
    choices: list[tuple[str, str, tuple[str, ...]]] = [
        ("keypoints", keypoints, get_args(Keypoints)),
        ("label", label, get_args(Label)),
        *(("views", view, VIEWS) for view in views),
    ]
    for key, value, known in choices:
        if value not in known:
            raise RecipeError(f"{key}: there is no {value!r}.", hint=nearest(value, known))
    if views and keypoints != "2d":
        raise RecipeError(
            "views are given, but 3D recordings have none.", hint="Leave them out, or set keypoints to 2d."
        )


def _folders(source: Path, wanted: str) -> tuple[Path | None, Path | None]:
    """The folder of the recordings, None for one file; and the one of the lists, None if there is none."""
    if source.is_file():
        return None, None
    if (source / wanted).is_dir():
        return source / wanted, source
    if source.name in _FOLDERS.values() and source.name != wanted:
        raise DataError(
            f"{source}: these are other keypoints than are asked for.",
            hint=f"Set `keypoints`, or name the folder that holds {wanted}.",
        )
    return source, source


def _name(file: Path, label: Label) -> Name:
    name = Name.of(file.stem)
    if name is None or name.view or getattr(name, label) not in _CODES[label]:
        raise DataError(
            f"{file}: its name tells no {label}, or not as AIST++ does.",
            hint="Name it such as gBR_sBM_cAll_d04_mBR0_ch01.pkl.",
        )
    return name


def _ignored(root: Path | None) -> frozenset[str]:
    file = None if root is None else root / "ignore_list.txt"
    if file is None or not file.is_file():
        return frozenset()
    return frozenset(name.recording for name in listed_names(file))


def _listed_splits(root: Path | None, every: Sequence[_Recording]) -> dict[str, list[_Recording]]:
    """The recordings on each list that are there. A name with a camera stands for that view alone."""
    files = [] if root is None else sorted((root / "splits").glob("*.txt"))
    views: dict[str, list[_Recording]] = {}
    for recording in every:
        views.setdefault(recording[0], []).append(recording)
    splits = {}
    for file in files:
        listed = [
            recording
            for name in listed_names(file)
            for recording in views.get(name.recording, [])
            if name.view in ("", recording[1]) or not recording[1]
        ]
        if listed:
            splits[file.stem] = list(dict.fromkeys(listed))
    return splits
