"""dancekit recipes list|show|check"""

from __future__ import annotations

import json

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import say


@click.group()
def recipes() -> None:
    """List, show and check recipes."""


@recipes.command("list")
@shared.as_json
def list_recipes(as_json: bool) -> None:
    """The recipes that come with dancekit."""
    from dancekit.recipe_files import shipped_recipes

    folder = shipped_recipes()
    rows = []
    for file in sorted(folder.rglob("*.yaml")):
        first = file.read_text().splitlines()[0]
        rows.append({"name": f"recipes/{file.relative_to(folder)}", "summary": first.lstrip("# ")})
    if as_json:
        click.echo(json.dumps(rows))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['summary']}")


@recipes.command()
@click.argument("recipe")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--resolved", is_flag=True, help="Check it, and write out every default.")
@shared.as_json
@click.pass_obj
def show(session: Session, recipe: str, overrides: tuple[str, ...], resolved: bool, as_json: bool) -> None:
    """A recipe with all that it extends."""
    from dancekit.recipe import check_recipe
    from dancekit.recipe_files import read_recipe, recipe_text

    draft = read_recipe(recipe, overrides)
    content = check_recipe(draft, session.registry()).to_mapping() if resolved else draft.content
    for notice in draft.notices:
        say(notice)
    click.echo(json.dumps(content) if as_json else recipe_text(content), nl=as_json)


@recipes.command()
@click.argument("words", nargs=-1, required=True, metavar="RECIPE... [KEY=VALUE]...")
@shared.as_json
@click.pass_obj
def check(session: Session, words: tuple[str, ...], as_json: bool) -> None:
    """Find every error without training: keys, types, components, files, splits, what fits what."""
    files = [word for word in words if "=" not in word]
    overrides = [word for word in words if "=" in word]
    from dancekit.verbs.check import check_thoroughly

    registry = session.registry()
    found = {file: check_thoroughly(file, registry, overrides) for file in files}
    if as_json:
        click.echo(json.dumps({file: [str(problem) for problem in found[file]] for file in files}))
    else:
        for file, problems in found.items():
            click.echo(f"{file}: {'ok' if not problems else ''}".rstrip())
            for problem in problems:
                click.echo(f"  {problem}")
    problems = [problem for each in found.values() for problem in each]
    if problems:
        raise click.exceptions.Exit(max(problem.exit_code for problem in problems))
