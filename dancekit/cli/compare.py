"""dancekit compare"""

from __future__ import annotations

import json
import signal
from pathlib import Path

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import say


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="RECIPE... [KEY=VALUE]...")
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    help="How often each row is trained, with the seeds 0, 1, ...; a table says so itself, else 5.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Trainings at a time."
)
@click.option("--runs", default="runs", show_default=True, help="Where run directories are, and are made.")
@click.option("--out", metavar="FOLDER", help="Where to write; comparisons/NAME otherwise.")
@click.option("--no-cost", is_flag=True, help="Do not measure MACs and rates.")
@shared.as_json
@click.pass_obj
def compare(
    session: Session,
    words: tuple[str, ...],
    seeds: int | None,
    jobs: int,
    runs: str,
    out: str | None,
    no_cost: bool,
    as_json: bool,
) -> None:
    """Train recipes over several seeds, test each run once, and compare them with intervals.

    RECIPE is a recipe, or one table: a YAML file of rows. Each row is compared with the first one. KEY=VALUE
    sets a key of every recipe. Runs that are finished are used as they are, and begun ones are resumed, so
    the same command goes on after Ctrl-C, and is done at once when all is there.
    """
    from dancekit.reporting.comparison_text import markdown
    from dancekit.tables import read_table
    from dancekit.verbs.compare import compare as compare_table

    table = read_table(words)
    folder = Path(out or Path("comparisons") / table.name)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else its trainings would go on without it
    try:
        comparison = compare_table(
            table,
            session.registry(),
            seeds=seeds,
            jobs=jobs,
            root=Path(runs),
            out=folder,
            plugins=session.files,
            costs=not no_cost,
        )
    except KeyboardInterrupt:
        say("Stopped. The same command goes on.")
        raise
    if as_json:
        click.echo(json.dumps({"page": str(folder / "comparison.html"), **comparison.to_mapping()}))
    else:
        say(markdown(comparison))
        click.echo(folder / "comparison.html")
    if all(row.failed for row in comparison.rows):
        raise click.exceptions.Exit(1)
