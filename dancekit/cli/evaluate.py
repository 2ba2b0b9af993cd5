"""dancekit validate, dancekit test"""

from __future__ import annotations

import json
from typing import Any, Literal

import click

from dancekit.cli.main import Session
from dancekit.cli.results import in_a_line
from dancekit.console import say
from dancekit.errors import RecipeError
from dancekit.recipe_files import read_recipe
from dancekit.run import Run


def _options(command: click.Command) -> click.Command:
    for option in (
        click.Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON on stdout."),
        click.Option(
            ["--flip"],
            is_flag=True,
            help="Also look at each recording mirrored; where left and right mean the same.",
        ),
        click.Option(
            ["--samples"],
            type=int,
            default=1,
            show_default=True,
            help="Stretches of each recording to look at, the whole included.",
        ),
        click.Option(["--weights"], metavar="W,W,...", help="Of several runs, in their order; all alike."),
        click.Option(["--split"], metavar="NAME", help="Another split of the data set."),
        click.Argument(["words"], nargs=-1, required=True, metavar="RUN... [KEY=VALUE]..."),
    ):
        command.params.insert(0, option)
    return command


@_options
@click.command()
@click.pass_obj
def validate(session: Session, /, **options: Any) -> None:
    """Evaluate the best weights of RUN on the recordings it was validated on.

    RUN is a run directory, or `latest`. Keys of its recipe can be set: data.path=FILE. Several runs are
    fused: their probabilities are averaged.
    """
    _evaluate(session, "validate", **options)


@_options
@click.command()
@click.pass_obj
def test(session: Session, /, **options: Any) -> None:
    """Evaluate the best weights of RUN on its test split, on any other, or on another data set.

    RUN is a run directory, or `latest`. Keys of its recipe can be set: data.path=FILE. Several runs are
    fused: their probabilities are averaged.
    """
    _evaluate(session, "test", **options)


def _evaluate(
    session: Session,
    role: Literal["validate", "test"],
    *,
    words: tuple[str, ...],
    split: str | None,
    weights: str | None,
    samples: int,
    flip: bool,
    as_json: bool,
) -> None:
    runs = [Run.open(word) for word in words if "=" not in word]
    overrides = [word for word in words if "=" in word]
    if not runs:
        raise RecipeError("no run is named.", hint="Write `dancekit test latest`, or name a run directory.")
    if any(read_recipe(run.recipe).content.get("task") == "lifting" for run in runs):
        if len(runs) > 1 or samples != 1 or weights:
            raise RecipeError("one run of lifting is evaluated at a time, on whole recordings.")
        _evaluate_lifter(session, runs[0], role, overrides, split=split, flip=flip, as_json=as_json)
        return
    from dancekit.verbs.ensemble import fuse

    fused = fuse(
        runs,
        session.registry(),
        role,
        weights=_weights(weights),
        split=split,
        overrides=overrides,
        samples=samples,
        flip=flip,
    )
    if len(fused.members) == 1:
        fused.evaluation.save(runs[0].predictions(fused.evaluation.split))
    result = fused.result
    if as_json:
        one = {"run": str(runs[0].folder)} if len(runs) == 1 else {"runs": [str(run.folder) for run in runs]}
        click.echo(json.dumps({**one, "split": fused.evaluation.split, **result}))
        return
    for member in result.get("members", []):
        say(f"{member['run']}: accuracy {100 * member['accuracy']:.2f}%, weight {member['weight']:.3f}")
    click.echo(in_a_line(fused.evaluation.split, result))


def _evaluate_lifter(
    session: Session,
    run: Run,
    role: Literal["validate", "test"],
    overrides: list[str],
    *,
    split: str | None,
    flip: bool,
    as_json: bool,
) -> None:
    from dancekit.verbs.evaluate import evaluate_lifter

    answer = evaluate_lifter(run, session.registry(), role, split=split, overrides=overrides, flip=flip)
    answer.save(run.predictions(answer.split))
    result = answer.result
    if as_json:
        click.echo(json.dumps({"run": str(run.folder), "split": answer.split, **result}))
        return
    click.echo(in_a_line(answer.split, result))


def _weights(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(each) for each in text.split(",")) if text else ()
    except ValueError:
        raise RecipeError(f"--weights {text!r} are no numbers.", hint="Write them like 2,2,1,1.") from None
