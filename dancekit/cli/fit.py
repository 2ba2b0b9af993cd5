"""dancekit fit"""

from __future__ import annotations

import json
from pathlib import Path

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.cli.results import in_a_line
from dancekit.console import say
from dancekit.errors import RecipeError


@click.command()
@click.argument("recipe", required=False)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--resume", metavar="RUN", help="Go on with a run from the last epoch it finished, or `latest`."
)
@click.option("--runs", default="runs", show_default=True, help="Where run directories are made.")
@shared.as_json
@click.pass_obj
def fit(
    session: Session,
    recipe: str | None,
    overrides: tuple[str, ...],
    resume: str | None,
    runs: str,
    as_json: bool,
) -> None:
    """Train a recipe, validate it, test it once and write a report.

    RECIPE is a YAML file. Any of its keys can be set: trainer.max_epochs=5 backbone.attention=none
    """
    if (recipe is None) == (resume is None) and not (resume and "=" in str(recipe)):
        raise RecipeError(
            "name either a recipe or, with --resume, a run.", hint="See `dancekit recipes list`."
        )
    from dancekit.recipe_files import read_recipe
    from dancekit.run import Run, read_json, shared_run

    registry = session.registry()
    try:
        if resume is not None:
            if recipe is not None:
                overrides = (recipe, *overrides)
            run = Run.open(resume)
            from dancekit.verbs.fit import resume as resume_run

            resume_run(run, registry, overrides)
        else:
            draft = read_recipe(str(recipe), overrides)
            from dancekit.verbs.fit import fit as fit_recipe

            run = fit_recipe(draft, registry, root=Path(runs))
    except KeyboardInterrupt:
        say("Stopped. Go on with: dancekit fit --resume latest")
        raise
    if shared_run() is not None:
        return  # the first process of a distributed run speaks for all
    result = read_json(run.result)
    if as_json:
        click.echo(json.dumps({"run": str(run.folder), **result}))
        return
    for split in ("validate", "test"):
        if split in result:
            say(in_a_line(split, result[split]))
    click.echo(run.report)
