"""Looking at recordings: choose some of a data set, and write the page, the GIF or the strip of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

from dancekit.console import say
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.reporting.gallery import Gallery, Shown
from dancekit.skeleton.layout import Layout
from dancekit.verbs.backdrops import put_over
from dancekit.wording import nearest

ENDINGS = (".html", ".gif", ".png")

_PAGE, _MOST_IN_A_GIF = 12, 12  # recordings
_LONGEST = 50  # letters of a name of a file, each up to four bytes
_MOST_READ = 4000  # recordings that are read to find some of every class
_MOST_NAMES = 5000  # among which a similar one is searched


@dataclass(frozen=True, kw_only=True)
class View:
    """What was written.

    Attributes:
        recordings: name, split, movement, frames and frame rate of each.
    """

    file: Path
    recordings: tuple[dict[str, Any], ...]


def view(
    dataset: Dataset,
    *,
    title: str,
    split: str | None = None,
    names: Sequence[str] = (),
    count: int | None = None,
    out: Path | None = None,
    over: Path | None = None,
    layout: Layout | None = None,
    moments: int = 8,
) -> View:
    """Choose recordings, and write a file to look at them.

    Args:
        title: what the data set is called.
        split: where to look; None is all of them, in their order.
        names: patterns of names as a shell has them; without any, some of every class are chosen.
        count: how many at most; by default 12 for a page and 1 for a picture.
        out: its ending says what it becomes; None is a page with a name that is free.
        over: an image or a video that is put behind recordings in 2D.
        layout: to convert to.
        moments: of each recording in a strip.

    Raises:
        RecipeError: nothing fits the patterns, or an argument makes no sense.
        DataError: a recording cannot be read.
    """
    kind = _checked_ending(out)
    if count is None:
        count = max(len(names), _PAGE if kind == ".html" and over is None else 1)
    chosen = chosen_recordings(dataset, title, split=split, names=names, count=count)
    if layout is not None:
        chosen = [replace(one, clip=one.clip.in_layout(dataset.layout, layout)) for one in chosen]
    behind = tuple(chosen) if over is None else put_over(tuple(chosen), over)
    gallery = Gallery(
        title=behind[0].clip.name if len(behind) == 1 else title,
        recordings=behind,
        layout=layout or dataset.layout,
        classes=tuple(dataset.classes),
    )
    file = free_name(_name_of(gallery, title), ".html") if out is None else out
    _write(gallery, file, kind, moments)
    return View(file=file, recordings=tuple(_row(gallery, shown) for shown in behind))


def chosen_recordings(
    dataset: Dataset, title: str, *, split: str | None, names: Sequence[str], count: int
) -> list[Shown]:
    """Those that fit the patterns, or without any some of every class; `count` at most.

    Raises:
        RecipeError: there is no such split, or nothing fits.
        DataError: there is none, or it cannot be read.
    """
    if split is not None and split not in dataset.splits:
        raise RecipeError(f"{title} has no split {split!r}.", hint=nearest(split, dataset.splits))
    recordings = _in_splits(dataset, dataset.splits if split is None else (split,))
    if names:
        chosen = matching(recordings, names, count=count, title=title)
    else:
        chosen = spread(recordings, classes=len(dataset.classes), count=count)
    if not chosen:
        raise DataError(f"{title} has no recordings.", hint="Choose another split.")
    return chosen


def matching(
    recordings: Iterator[Shown], names: Sequence[str], *, count: int, title: str = "the data set"
) -> list[Shown]:
    """The first `count` whose name, or the end of it behind the last slash, fits one of the patterns.

    It reads no further than it must: a pattern without wildcards is looked for just once.

    Raises:
        RecipeError: none fits.
    """
    chosen: list[Shown] = []
    seen: list[str] = []
    missing = set(names)
    for shown in recordings:
        name = shown.clip.name
        fits = {pattern for pattern in names if _fits(name, pattern)}
        missing -= fits
        if fits:
            chosen.append(shown)
        elif len(seen) < _MOST_NAMES:
            seen.append(name)
        if len(chosen) == count or not (missing or any(map(_has_wildcard, names))):
            return chosen
    if not chosen:
        first = ", ".join(seen[:3])
        hint = nearest(names[0], [*seen, *(name.rpartition("/")[2] for name in seen if "/" in name)])
        raise RecipeError(
            f"no recording of {title} is called {' or '.join(map(repr, names))}.",
            hint=hint if hint.startswith("Did") else f"The first are called {first}.",
        )
    for pattern in sorted(missing):
        say(f"No recording is called {pattern!r}.")
    return chosen


def spread(recordings: Iterator[Shown], *, classes: int, count: int) -> list[Shown]:
    """`count` of as many classes as there are, the first of each, ordered by class.

    It reads until it has enough of every class, or 4,000 recordings.
    """
    found: dict[int, list[tuple[int, Shown]]] = {}
    classes = max(classes, 1)
    each = -(-count // classes)
    for place, shown in enumerate(recordings):
        same = found.setdefault(_label(shown), [])
        if len(same) < count:
            same.append((place, shown))
        full = sum(len(members) >= each for members in found.values())
        if full >= min(count, classes) or place + 1 >= _MOST_READ:
            break
    turns = sorted(
        (rank, label, place) for label, members in found.items() for rank, (place, _) in enumerate(members)
    )
    kept = {place for _, _, place in turns[:count]}
    return [shown for label in sorted(found) for place, shown in found[label] if place in kept]


def _in_splits(dataset: Dataset, splits: Sequence[str]) -> Iterator[Shown]:
    """The recordings of all splits, one that is in several only once."""
    seen: set[str] = set()
    for split in splits:
        for clip in dataset.recordings(split):
            if clip.name not in seen:
                seen.add(clip.name)
                yield Shown(clip=clip, split=split)


def _label(shown: Shown) -> int:
    label = shown.clip.label
    return label[0] if isinstance(label, tuple) else label


def _fits(name: str, pattern: str) -> bool:
    return any(each == pattern or fnmatchcase(each, pattern) for each in (name, name.rpartition("/")[2]))


def _has_wildcard(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _checked_ending(out: Path | None) -> str:
    if out is None:
        return ENDINGS[0]
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise RecipeError(
            f"--out: {out} has the ending {ending!r}." if ending else f"--out: {out} has no ending.",
            hint=f"It may be {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.",
        )
    if not out.parent.is_dir():
        raise RecipeError(f"--out: there is no folder {out.parent}.", hint="Make it first.")
    if out.is_dir():
        raise RecipeError(f"--out: {out} is a folder.", hint="Name a file.")
    return ending


def _name_of(gallery: Gallery, title: str) -> str:
    """What a page is called: after its recording, or its data set."""
    one = len(gallery.recordings) == 1
    return gallery.recordings[0].clip.name.rpartition("/")[2] if one else Path(title).stem


def free_name(name: str, ending: str) -> Path:
    """A file here with nearly this name; never one that is taken."""
    stem = re.sub(r"[^\w.-]+", "_", name).strip("._")[:_LONGEST] or "recordings"
    number = 1
    while (file := Path(f"{stem}-{number}{ending}" if number > 1 else f"{stem}{ending}")).exists():
        number += 1
    return file


@contextmanager
def replaced(file: Path) -> Iterator[BinaryIO]:
    """Write through a temporary file, so that a killed command leaves the old file or the new, never half.

    Raises:
        RecipeError: it cannot be written.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as opened:
            yield opened
        temporary.replace(file)
    except OSError as error:
        raise RecipeError(
            f"{file} cannot be written: {error.strerror or error}.", hint="Name another --out."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(gallery: Gallery, file: Path, kind: str, moments: int) -> None:
    with replaced(file) as opened:
        if kind == ".html":
            from dancekit.reporting.viewer import render

            opened.write(render(gallery).encode())
        elif kind == ".gif":
            from dancekit.reporting.animation import write_animation

            if len(gallery.recordings) > _MOST_IN_A_GIF:
                raise RecipeError(
                    f"--count: a GIF of {len(gallery.recordings)} recordings would be too large.",
                    hint=f"It may have {_MOST_IN_A_GIF}; a page may have more.",
                )
            write_animation(gallery, opened)
        else:
            from dancekit.reporting.strip import fits, strip

            if not fits(len(gallery.recordings), moments):
                raise RecipeError(
                    f"a picture of {len(gallery.recordings)} recordings with {moments} moments each "
                    "would be too large.",
                    hint="Take fewer with --count or --moments.",
                )
            strip(gallery, moments=moments).save(opened, "PNG", optimize=True)


def _row(gallery: Gallery, shown: Shown) -> dict[str, Any]:
    return {
        "name": shown.clip.name,
        "split": shown.split,
        "movement": gallery.movement(shown),
        "frames": shown.clip.frames,
        "frame_rate": shown.clip.frame_rate,
    }
