"""dancekit data view"""

from __future__ import annotations

import json
from pathlib import Path

import click

from dancekit.cli.main import Session


@click.command()
@click.argument("source")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--format", "format_", metavar="NAME", help="The data set to read SOURCE with.")
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
@click.option(
    "--layout", "layout_name", metavar="NAME", help="Convert to this layout first: a name or a YAML file."
)
@click.option(
    "--moments",
    type=click.IntRange(1, 60),
    default=8,
    show_default=True,
    help="Pictures of each recording in a PNG.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.pass_obj
def view(
    session: Session,
    source: str,
    overrides: tuple[str, ...],
    format_: str | None,
    split: str | None,
    names: tuple[str, ...],
    count: int | None,
    out: Path | None,
    over: Path | None,
    layout_name: str | None,
    moments: int,
    as_json: bool,
) -> None:
    """Write a page on which recordings are played, a GIF that moves, or a PNG of moments side by side.

    Without --name it shows some of every class. The page needs no network and opens in any browser.

    dancekit data view dance_six --out dance_six.html
    """
    from dancekit.skeleton.lookup import find_layout
    from dancekit.verbs.source import find_source
    from dancekit.verbs.view import view as write_view

    registry = session.registry()
    layout = None if layout_name is None else find_layout(layout_name, registry=registry)
    found = find_source(source, overrides, registry, format=format_)
    written = write_view(
        found.open(),
        title=found.part.name if found.path is None else found.path.name,
        split=split,
        names=names,
        count=count,
        out=out,
        over=over,
        layout=layout,
        moments=moments,
    )
    if as_json:
        click.echo(json.dumps({"file": str(written.file), "recordings": list(written.recordings)}))
    else:
        click.echo(written.file)
