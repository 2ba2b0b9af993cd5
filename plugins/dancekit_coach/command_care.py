"""dancekit coach check-in, export and delete: how a dancer is, and her file"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dancekit.errors import RecipeError
from dancekit_coach.command_profile import asked

if TYPE_CHECKING:
    from dancekit_coach.store import DancerStore

who = click.option("--profile", metavar="NAME", help="Which dancer; not needed where there is one only.")


@click.command("check-in")
@who
@click.option("--day", metavar="DATE", help="As 2026-11-25; default today.")
@click.option("--sleep", type=int, help="1 (very good) to 7 (very bad); so are the next three.")
@click.option("--fatigue", type=int)
@click.option("--stress", type=int)
@click.option("--soreness", type=int)
@click.option(
    "--pain", multiple=True, metavar="REGION=N", help="0 to 10, repeatable; `--pain none` if nothing hurts."
)
@click.option("--flag", "signs", multiple=True, metavar="SIGN", help="A red flag; `--flag list` lists them.")
@click.option("--cleared-by", metavar="NAME", help="Who confirms that a professional allows training.")
@click.option("--pss10", metavar="ANSWERS", help="Ten answers, 0 to 4, as 1,2,0,3,2,1,2,3,1,0.")
@click.option(
    "--readiness", type=click.Choice(["ask", "all-no"]), help="The questions before the first training."
)
def check_in(
    profile: str | None,
    day: str | None,
    pain: tuple[str, ...],
    signs: tuple[str, ...],
    cleared_by: str | None,
    pss10: str | None,
    readiness: str | None,
    **items: int | None,
) -> None:
    """How a day feels, and signs on which training stops. What is not said is missing, never good.

    dancekit coach check-in --sleep 2 --fatigue 3 --stress 4 --soreness 2 --pain knee=3
    """
    from dancekit_coach.dancers import opened, pain_of, today_of
    from dancekit_coach.diary import CheckIn
    from dancekit_coach.red_flags import SIGNS
    from dancekit_coach.wellness import PSS10_NOTE, Hooper

    if signs == ("list",):
        for key, sign in SIGNS.items():
            click.echo(f"{key:16} {sign.text}")
        return
    with opened(profile) as store:
        dancer = store.profile()
        if signs:
            _raise(store, signs, day)
        on = today_of(dancer, day)
        hurts = pain_of(pain)
        if hurts is not None or any(value is not None for value in items.values()):
            store.add_check_in(CheckIn(day=on, pain=hurts, **items))
            click.echo(Hooper().judge(store.diary().check_ins, on).words)
        if pss10 is not None:
            click.echo(f"PSS-10: {store.add_pss10(_whole_numbers(pss10), day=on)} of 40. {PSS10_NOTE}")
        answers = None if readiness is None else asked(readiness)
        if answers is not None:
            store.answer_readiness(answers, day=on)
        if cleared_by is not None:
            advised = click.confirm(
                "Was a professional asked, a doctor for example, who allows training?", default=False
            )
            store.clear_flags(by=cleared_by, advised=advised, day=on)
        if not signs or cleared_by is not None:
            _say_stop(store)


@click.command()
@who
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="Where to write it; readable by you only.",
)
def export(profile: str | None, out: Path) -> None:
    """Write everything that is kept of a dancer as JSON."""
    from dancekit_coach.dancers import opened

    with opened(profile) as store:
        store.export_to(out)
    click.echo(out)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete everything that is kept of a dancer, for good. Export it first to keep a copy."""
    from dancekit_coach.dancers import opened

    with opened(name) as store:
        if not yes:
            click.confirm(f"Delete {store.path}, with the whole diary?", abort=True)
        store.delete()
    click.echo(f"{name} is deleted.")


def _raise(store: DancerStore, signs: tuple[str, ...], day: str | None) -> None:
    """Keep signs and say what to do, before anything wrong in the rest can keep it from being said."""
    from dancekit.errors import DataError
    from dancekit_coach.dancers import today_of

    dancer = store.profile()
    try:
        on = today_of(dancer, day)
    except DataError:
        on = today_of(dancer, None)
    try:
        store.raise_flags(signs, day=on)
    finally:
        _say_stop(store)


def _say_stop(store: DancerStore) -> None:
    """On stdout, where results are, so that no script that reads it misses it."""
    from dancekit_coach.red_flags import stop_message

    message = stop_message(store.flags(), local_help=store.profile().local_help)
    if message:
        click.echo(message)


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise RecipeError(
            f"--pss10 is {text!r:.60}.", hint="Write ten numbers with commas between."
        ) from None
