"""The coach's command as its tests call it."""

from __future__ import annotations

from click.testing import CliRunner, Result
from dancekit_coach.command import coach

from dancekit.cli.main import Session
from dancekit.errors import DancekitError

NEW = ("--age", "24", "--free", "0,60,0,60,0,90,0", "--usual-minutes", "150", "--usual-effort", "4",
       "--usual-days", "3", "--consent")  # fmt: skip
"""What `coach new` asks of a dancer."""


def tried(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(coach, words, obj=Session(), input=answer)


def call(*words: str, answer: str = "") -> Result:
    """What it says, or the error that a user would be told."""
    result = tried(*words, answer=answer)
    if isinstance(result.exception, DancekitError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result
