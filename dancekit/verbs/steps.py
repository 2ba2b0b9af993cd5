"""Looking at what the steps of preprocessing make of pictures, one beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from dancekit.assembly import pictures_of
from dancekit.data.clips import ClipBatch
from dancekit.data.images import is_picture, moments_of
from dancekit.data.paths import data_file
from dancekit.data.pictures import PictureReader, intersection_over_union
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError, RecipeErrors
from dancekit.interfaces import Preprocessor
from dancekit.plugin import Registry
from dancekit.recipe_files import read_recipe
from dancekit.reporting.gallery import Shown
from dancekit.reporting.sheet import Row, fits, sheet
from dancekit.schema import Checker
from dancekit.skeleton.layout import Layout
from dancekit.tasks.steps import each_step
from dancekit.verbs.source import find_source
from dancekit.verbs.view import chosen_recordings, free_name, replaced

USUAL = "usual"
_USUAL_STEPS = ("grey", "max_entropy", "remove_background", "clean_silhouette", "thinning")
_LONGEST_SIDE, _SIDE, _ROWS = 400, 96, 4


@dataclass(frozen=True, kw_only=True)
class StepsView:
    """What was written.

    Attributes:
        rows: of each picture its name, the share of it that was taken for the person, and where the truth is
            known the intersection of the two over their union.
    """

    file: Path
    rows: tuple[dict[str, Any], ...]


def view_steps(
    source: str,
    overrides: Sequence[str],
    registry: Registry,
    *,
    steps: str = USUAL,
    format: str | None = None,
    split: str | None = None,
    names: Sequence[str] = (),
    count: int | None = None,
    size: int | None = None,
    out: Path | None = None,
) -> StepsView:
    """Send pictures through steps, and write a PNG with a row for each picture and a column for each step.

    Args:
        source: an image or a video, or what `find_source` takes, with pictures.
        steps: names with commas between them, or a recipe, whose steps they are. The usual ones are those of
            the paper, section II.B.1.
        names: patterns of the names of recordings.
        count: pictures at most; 4 if None.
        size: of the longer side of an image, 400 if None, and of a data set's pictures, 96.

    Raises:
        DataError: the source has no pictures, or they cannot be read.
        RecipeError: a step does not exist or refuses the pictures, or the file cannot be written.
    """
    if out is not None and out.suffix.lower() != ".png":
        raise RecipeError(f"--out: {out} does not end in .png.", hint="With --steps it is a picture.")
    chain = _chain(steps, registry)
    if is_picture(Path(source)):
        batches = _of_file(data_file(source), count or _ROWS, size or _LONGEST_SIDE)
    else:
        found = find_source(source, overrides, registry, format=format)
        dataset = found.open()
        recordings = chosen_recordings(
            dataset, found.part.name, split=split, names=names, count=count or _ROWS
        )
        readers = {
            each: PictureReader(pictures_of(dataset, each, found.part.name), size or _SIDE)
            for each in dict.fromkeys(shown.split for shown in recordings)
        }
        batches = _of_recordings(recordings, readers, dataset.layout)
    rows, told = [], []
    for title, batch in batches:
        row, last = _row(title, batch, chain)
        rows.append(row)
        told.append({"name": title} | _measured(last))
    if not fits(rows):
        raise RecipeError(
            "the picture would be too large.", hint="Take fewer with --count, or a smaller --size."
        )
    file = out or free_name(f"{Path(source).stem}-steps", ".png")
    image = sheet(rows)
    with replaced(file) as opened:
        image.save(opened, "PNG", optimize=True)
    return StepsView(file=file, rows=tuple(told))


def _chain(steps: str, registry: Registry) -> list[tuple[str, Preprocessor]]:
    folder = Path()
    if steps == USUAL:
        nodes: Any = _USUAL_STEPS
    elif Path(steps).suffix in (".yaml", ".yml"):
        draft = read_recipe(steps)
        nodes, folder = draft.content.get("preprocess") or (), draft.folder
    else:
        nodes = [name.strip() for name in steps.split(",")]
    checker = Checker(registry=registry, folder=folder)
    parts = [
        checker.component("preprocessor", node, f"preprocess[{place}]") for place, node in enumerate(nodes)
    ]
    if checker.problems:
        raise RecipeErrors(checker.problems)
    return [(part.name, part.build()) for part in parts if part is not None]


def _of_file(file: Path, count: int, size: int) -> Iterator[tuple[str, ClipBatch]]:
    """The pictures of a file as batches of one frame, with somebody in it of whom no joint is known."""
    layout = Layout.named("dance11")
    for title, image in moments_of(file, count):
        image.thumbnail((size, size), Image.Resampling.BOX)
        frame = torch.from_numpy(np.array(image))  # (H, W, 3)
        yield (
            title,
            ClipBatch(
                keypoints=torch.zeros(1, 1, 1, layout.num_joints, 2),
                score=torch.zeros(1, 1, 1, layout.num_joints),
                present=torch.ones(1, 1, 1, dtype=torch.bool),
                label=torch.tensor([-1]),
                layout=layout,
                index=torch.tensor([0]),
                frame_rate=torch.tensor([torch.nan]),
                image_size=torch.tensor([[image.width, image.height]]).float(),
                frames=frame.permute(2, 0, 1)[None, None].contiguous(),  # (1, 1, 3, H, W)
            ),
        )


def _of_recordings(
    recordings: Sequence[Shown], readers: dict[str, PictureReader], layout: Layout
) -> Iterator[tuple[str, ClipBatch]]:
    """The middle of each recording."""
    for shown in recordings:
        store = RecordingStore.pack([shown.clip], layout, pictures=readers[shown.split])
        middle = shown.clip.frames // 2
        batch = gather(store, torch.tensor([0]), frames=1, crop=(0.0, 0.0))
        yield f"{shown.clip.name}, frame {middle + 1}", batch


def _row(title: str, batch: ClipBatch, chain: Sequence[tuple[str, Preprocessor]]) -> tuple[Row, ClipBatch]:
    if batch.frames is None or not bool(batch.present.any()):
        raise DataError(f"{title}: nobody is in this frame.", hint="Choose another recording with --name.")
    tiles = [("frame", _image(batch.frames))]
    for name, step in chain:
        before = batch
        batch = next(each_step([step], batch, training=False), batch)
        for what in ("thinned", "silhouette", "frames"):
            now = getattr(batch, what)
            if now is not None and now is not getattr(before, what):
                tiles.append((name, _image(now)))
                break
    if batch.person_mask is not None:
        tiles.append(("person", _image(batch.person_mask)))
    return Row(title=title, tiles=tuple(tiles)), batch


def _measured(batch: ClipBatch) -> dict[str, float | None]:
    if batch.silhouette is None:
        return {"silhouette": None, "intersection_over_union": None}
    truth = batch.person_mask
    overlap = None if truth is None else float(intersection_over_union(batch.silhouette, truth)[0, 0])
    return {"silhouette": float(batch.silhouette.float().mean()), "intersection_over_union": overlap}


def _image(pictures: torch.Tensor) -> Image.Image:
    """The first picture of (1, 1, K, H, W) or (1, 1, H, W)."""
    first = pictures[0, 0]
    if first.dtype == torch.bool:
        return Image.fromarray((first * 255).to(torch.uint8).numpy())  # (H, W)
    channels = first.permute(1, 2, 0).numpy()  # (H, W, K)
    return Image.fromarray(np.ascontiguousarray(channels[..., 0] if channels.shape[2] == 1 else channels))
