"""dancekit coach new and change: who a dancer is"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dancekit.console import say
from dancekit.errors import DataError, RecipeError

_DESCRIBING = (
    click.option(
        "--from",
        "file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        help="A YAML file with the profile; options count more.",
    ),
    click.option("--age", type=int),
    click.option("--experience", type=click.Choice(["new", "recreational", "advanced", "professional"])),
    click.option("--free", metavar="MINUTES", help="Minutes free on Monday to Sunday, as 0,60,0,60,0,90,0."),
    click.option(
        "--usual-minutes", "usual_weekly_minutes", type=float, help="Of dance in a usual week so far."
    ),
    click.option("--usual-effort", type=float, help="How hard it usually was, 0 to 10."),
    click.option("--usual-days", type=int, help="On how many days of a usual week."),
    click.option("--other-minutes", "other_weekly_minutes", type=float, help="Of other sport in a week."),
    click.option("--goal", "goals", multiple=True, metavar="MOVEMENT", help="To learn; repeatable."),
    click.option(
        "--without", "restrictions", multiple=True, metavar="DEMAND", help="As jumping; repeatable."
    ),
    click.option("--spare", "excluded_regions", multiple=True, metavar="REGION", help="As knee; repeatable."),
    click.option("--partner/--no-partner", default=None, help="Whether there is somebody to practise with."),
    click.option("--guardian", metavar="NAME", help="Who answers for a minor."),
    click.option("--timezone", metavar="ZONE", help="As Europe/Berlin; UTC if nothing is said."),
    click.option("--local-help", metavar="TEXT", help="Where people find help in a crisis, as a number."),
    click.option("--consent", is_flag=True, default=None, help="Health data may be kept in a file here."),
)


def _describing(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_DESCRIBING):
        command = option(command)
    return command


@click.command()
@click.argument("name")
@_describing
@click.option(
    "--readiness",
    type=click.Choice(["ask", "all-no", "later"]),
    default="ask",
    show_default=True,
    help="The questions before the first training; without answers there is no plan.",
)
def new(name: str, readiness: str, **given: Any) -> None:
    """Make the file of a dancer, on this machine only.

    dancekit coach new anna --age 24 --free 0,60,0,60,0,90,0 --timezone Europe/Berlin --consent
    """
    from dancekit_coach.clock import today_in
    from dancekit_coach.profile import DancerProfile
    from dancekit_coach.red_flags import stop_message
    from dancekit_coach.store import DancerStore
    from dancekit_coach.store_file import dancer_file

    path, content = dancer_file(name), _content(**given)
    today = today_in(content.get("timezone", "UTC"))
    profile = DancerProfile.from_dict({"declared_on": today, **content})
    answers = asked(readiness)
    with DancerStore.create(path=path, profile=profile) as store:
        if answers is not None:
            store.answer_readiness(answers, day=today)
        click.echo(store.path)
        if message := stop_message(store.flags(), local_help=profile.local_help):
            click.echo(message)


@click.command()
@click.argument("name")
@_describing
def change(name: str, **given: Any) -> None:
    """Change what is known of a dancer: what is given replaces what was there.

    dancekit coach change anna --free 60,0,60,0,60,0,0 --goal waving --goal walking
    """
    from dancekit_coach.dancers import opened
    from dancekit_coach.profile import DancerProfile

    content = _content(**given)
    if not content:
        raise RecipeError("nothing is given to change.", hint="As --age 25; --help lists all.")
    with opened(name) as store:
        store.change_profile(DancerProfile.from_dict({**store.profile().to_dict(), **content}))
    click.echo(f"Changed: {', '.join(sorted(key.replace('_', ' ') for key in content))}.")


def asked(readiness: str) -> dict[str, bool] | None:
    """The answers to the questions before the first training; None where they are answered later."""
    from dancekit_coach.red_flags import READINESS

    if readiness == "later":
        say("Without these answers there is no plan: dancekit coach check-in --readiness ask")
        return None
    if readiness == "all-no":
        return dict.fromkeys(READINESS, False)
    return {key: click.confirm(question, default=None) for key, question in READINESS.items()}


def _content(*, file: Path | None, free: str | None, **given: Any) -> dict[str, Any]:
    """What is said of a dancer, in the form that a profile is read from."""
    content = {} if file is None else _profile_file(file)
    content |= {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in given.items()
        if value is not None and value != ()
    }
    if free is not None:
        try:
            content["availability"] = [int(each) for each in free.split(",")]
        except ValueError:
            raise RecipeError(f"--free is {free!r:.60}.", hint="As 0,60,0,60,0,90,0.") from None
    return content


def _profile_file(file: Path) -> dict[str, Any]:
    from dancekit_coach.yaml_files import read_yaml

    content = read_yaml(file)
    if not isinstance(content, dict):
        raise DataError(f"{file} is no mapping.", hint="Write one `key: value` a line, as `age: 24`.")
    return {str(key): value for key, value in content.items()}
