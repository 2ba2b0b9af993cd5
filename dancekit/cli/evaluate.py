"""dancekit validate, dancekit test"""

from __future__ import annotations

import json
from typing import Literal

import click

from dancekit.cli.main import Session


def _options(command: click.Command) -> click.Command:
    for option in (
        click.Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON on stdout."),
        click.Option(["--split"], metavar="NAME", help="Another split of the data set."),
        click.Argument(["overrides"], nargs=-1, metavar="[KEY=VALUE]..."),
        click.Argument(["run"], metavar="RUN"),
    ):
        command.params.insert(0, option)
    return command


@_options
@click.command()
@click.pass_obj
def validate(
    session: Session, run: str, overrides: tuple[str, ...], split: str | None, as_json: bool
) -> None:
    """Evaluate the best weights of RUN on the recordings it was validated on.

    RUN is a run directory, or `latest`. Keys of its recipe can be set: data.path=FILE
    """
    _evaluate(session, run, "validate", overrides, split, as_json)


@_options
@click.command()
@click.pass_obj
def test(session: Session, run: str, overrides: tuple[str, ...], split: str | None, as_json: bool) -> None:
    """Evaluate the best weights of RUN on its test split, on any other, or on another data set.

    RUN is a run directory, or `latest`. Keys of its recipe can be set: data.path=FILE
    """
    _evaluate(session, run, "test", overrides, split, as_json)


def _evaluate(
    session: Session,
    folder: str,
    role: Literal["validate", "test"],
    overrides: tuple[str, ...],
    split: str | None,
    as_json: bool,
) -> None:
    from dancekit.run import Run

    run = Run.open(folder)
    from dancekit.verbs.evaluate import evaluate

    done = evaluate(run, session.registry(), role, split=split, overrides=overrides)
    if as_json:
        click.echo(json.dumps({"run": str(run.folder), "split": done.split, **done.result}))
        return
    low, high = done.result["accuracy_interval"]
    click.echo(
        f"{done.split}: accuracy {100 * done.result['accuracy']:.2f}% "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}), top-5 {100 * done.result['top5']:.2f}%, "
        f"{done.result['clips']} clips"
    )
