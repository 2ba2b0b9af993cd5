"""dancekit data convert"""

from __future__ import annotations

import json
from pathlib import Path

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import counted, say


@click.command()
@shared.source
@shared.out
@shared.overrides
@shared.reader
@shared.splits
@shared.layout
@shared.as_json
@click.pass_obj
def convert(
    session: Session,
    source: str,
    out: Path,
    overrides: tuple[str, ...],
    reader: str | None,
    splits: tuple[str, ...],
    layout: str | None,
    as_json: bool,
) -> None:
    """Write the recordings of SOURCE to OUT: a PYSKL pickle (.pkl) or an npz archive (.npz)."""
    from dancekit.skeleton.lookup import find_layout
    from dancekit.verbs.convert import convert_recordings
    from dancekit.verbs.source import find_source

    registry = session.registry()
    target = None if layout is None else find_layout(layout, registry=registry)
    found = find_source(source, overrides, registry, format=reader)
    with counted("recordings") as progress:
        counts = convert_recordings(found, out, splits=splits, layout=target, progress=progress)
    if as_json:
        click.echo(json.dumps({"file": str(out), "splits": counts}))
        return
    for split, count in counts.items():
        say(f"{split}: {count:,} recordings")
    click.echo(out)
