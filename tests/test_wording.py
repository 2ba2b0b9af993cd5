"""Words for errors."""

from pathlib import Path
from typing import Any, Literal, Optional

import pytest

from dancekit.wording import describe, nearest


def test_nearest_names_the_most_similar_one() -> None:
    assert nearest("droput", ["width", "dropout", "stages"]) == "Did you mean 'dropout'?"


def test_nearest_lists_all_when_nothing_is_similar() -> None:
    assert nearest("xyz", ["width", "dropout"]) == "There is: width, dropout."


def test_nearest_without_choices() -> None:
    assert nearest("xyz", []) == "There is none."


def test_nearest_takes_any_iterable_once() -> None:
    assert nearest("q", (name for name in ("ab", "cd"))) == "There is: ab, cd."


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, "a whole number"),
        (float, "a number"),
        (bool, "true or false"),
        (str, "text"),
        (Path, "a path"),
        (None, "nothing"),
        (type(None), "nothing"),
        (Literal["a", 2], "one of 'a', 2"),
        (int | None, "a whole number or nothing"),
        (Optional[str], "text or nothing"),  # noqa: UP045 - the older spelling is a plugin's right
        (int | Literal["auto"], "a whole number or one of 'auto'"),
        (tuple[int, ...], "a list, each a whole number"),
        (list[str], "a list, each text"),
        (tuple[float, float], "a list of 2: a number, a number"),
        (tuple[int, str], "a list of 2: a whole number, text"),
        (tuple[tuple[int, int], ...], "a list, each a list of 2: a whole number, a whole number"),
        (tuple, "tuple"),
        (complex, "complex"),
    ],
)
def test_describe(hint: Any, words: str) -> None:
    assert describe(hint) == words
