"""dancekit data view"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.plugin import Registry


@click.command()
@shared.source
@shared.overrides
@shared.reader
@click.option("--split", metavar="NAME", help="Where to look; default all splits, in their order.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="PATTERN",
    help="Recordings of this name, * and ? allowed; repeatable.",
)
@click.option(
    "--count", type=click.IntRange(min=1), help="At most so many; default 12 in a page, 1 in a picture."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="FILE.html, FILE.gif or FILE.png; default a page.",
)
@click.option(
    "--over",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An image or a video to draw 2D keypoints over.",
)
@shared.layout
@click.option(
    "--moments",
    type=click.IntRange(1, 60),
    default=8,
    show_default=True,
    help="Pictures of each recording in a PNG.",
)
@click.option(
    "--steps",
    is_flag=False,
    flag_value="usual",
    metavar="[NAMES|RECIPE]",
    help="A PNG of what preprocessing makes of pictures: the paper's steps, those of a recipe, or names with "
    "commas between. SOURCE may be an image or a video.",
)
@click.option(
    "--size",
    type=click.IntRange(1, 1024),
    metavar="PIXELS",
    help="With --steps: the longer side of an image (default 400), the side of a data set's pictures (96).",
)
@shared.as_json
@click.pass_obj
def view(
    session: Session,
    source: str,
    overrides: tuple[str, ...],
    reader: str | None,
    split: str | None,
    names: tuple[str, ...],
    count: int | None,
    out: Path | None,
    over: Path | None,
    layout: str | None,
    moments: int,
    steps: str | None,
    size: int | None,
    as_json: bool,
) -> None:
    """Write a page on which recordings are played, a GIF that moves, or a PNG of moments side by side.

    Without --name it shows some of every class. The page needs no network and opens in any browser.

    dancekit data view dance_six --out dance_six.html

    dancekit data view photo.jpg --steps
    """
    from dancekit.skeleton.lookup import find_layout
    from dancekit.verbs.source import find_source
    from dancekit.verbs.view import view as write_view

    registry = session.registry()
    if steps is not None:
        _view_steps(
            registry,
            source,
            overrides,
            as_json=as_json,
            steps=steps,
            format=reader,
            split=split,
            names=names,
            count=count,
            size=size,
            out=out,
        )
        return
    target = None if layout is None else find_layout(layout, registry=registry)
    found = find_source(source, overrides, registry, format=reader)
    written = write_view(
        found.open(),
        title=found.part.name if found.path is None else found.path.name,
        split=split,
        names=names,
        count=count,
        out=out,
        over=over,
        layout=target,
        moments=moments,
    )
    if as_json:
        click.echo(json.dumps({"file": str(written.file), "recordings": list(written.recordings)}))
    else:
        click.echo(written.file)


def _view_steps(
    registry: Registry, source: str, overrides: tuple[str, ...], *, as_json: bool, **options: Any
) -> None:
    from dancekit.verbs.steps import view_steps

    written = view_steps(source, overrides, registry, **options)
    if as_json:
        click.echo(json.dumps({"file": str(written.file), "pictures": list(written.rows)}))
    else:
        click.echo(written.file)
