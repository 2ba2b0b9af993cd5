"""dancekit data import"""

from __future__ import annotations

import json
from pathlib import Path

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import counted, say


@click.command("import")
@shared.source
@shared.out
@shared.overrides
@shared.reader
@shared.splits
@shared.layout
@click.option(
    "--licence",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the licence of the recordings; by default a LICENSE beside them.",
)
@shared.as_json
@click.pass_obj
def import_(
    session: Session,
    source: str,
    out: Path,
    overrides: tuple[str, ...],
    reader: str | None,
    splits: tuple[str, ...],
    layout: str | None,
    licence: Path | None,
    as_json: bool,
) -> None:
    """Pack the recordings of SOURCE into the store OUT, a folder.

    A recipe reads it with: data: {name: store, path: OUT}
    """
    from dancekit.skeleton.lookup import find_layout
    from dancekit.verbs.import_recordings import import_recordings
    from dancekit.verbs.source import find_source

    registry = session.registry()
    target = None if layout is None else find_layout(layout, registry=registry)
    found = find_source(source, overrides, registry, format=reader)
    with counted("recordings") as progress:
        imported = import_recordings(
            found, out, splits=splits, layout=target, licence=licence, progress=progress
        )
    if as_json:
        click.echo(
            json.dumps(
                {
                    "store": str(imported.folder),
                    "splits": imported.splits,
                    "frames": imported.frames,
                    "licence": imported.licence and str(imported.licence),
                }
            )
        )
        return
    for split, count in imported.splits.items():
        say(f"{split}: {count:,} recordings")
    say(f"licence: {imported.licence or 'none given; --licence FILE keeps it with the recordings'}")
    click.echo(imported.folder)
