"""dancekit data inspect"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import counted

if TYPE_CHECKING:
    from dancekit.verbs.inspect import Inspected


@click.command("inspect")
@shared.source
@shared.overrides
@shared.reader
@shared.splits
@click.option("--strict", is_flag=True, help="Exit with 1 if there is a problem, for scripts.")
@shared.as_json
@click.pass_obj
def inspect(
    session: Session,
    source: str,
    overrides: tuple[str, ...],
    reader: str | None,
    splits: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> None:
    """What to know of recordings before training on them.

    A summary of SOURCE, then what was found: problems make results wrong, notices may be meant.
    """
    from dancekit.verbs.inspect import inspect_source
    from dancekit.verbs.source import find_source

    found = find_source(source, overrides, session.registry(), format=reader)
    with counted("recordings") as progress:
        inspected = inspect_source(found, splits, progress=progress)
    if as_json:
        click.echo(json.dumps(inspected.to_mapping(), allow_nan=False))
    else:
        _print(inspected)
    if strict and any(finding.severity == "problem" for finding in inspected.inspection.findings):
        raise click.exceptions.Exit(1)


def _print(inspected: Inspected) -> None:
    """In colours on a terminal, the same as plain lines elsewhere."""
    from dancekit.cli.data_inspect_text import WIDTH, lines

    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
        for line in lines(inspected, width=min(console.width, WIDTH)):
            console.print(line, overflow="ellipsis", no_wrap=True)
        return
    for line in lines(inspected, width=WIDTH):
        click.echo(line.plain.rstrip())
