"""Several looks at one recording."""

from itertools import pairwise

import pytest

from dancekit.data.looks import WHOLE, several_looks
from dancekit.errors import RecipeError


def test_one_look_is_the_whole_recording() -> None:
    assert several_looks(1, crop=(0.5, 1.0), flip=False) == (WHOLE,)


def test_stretches_are_spread_over_lengths_and_places() -> None:
    whole, *stretches = several_looks(9, crop=(0.4, 0.8), flip=False)
    assert whole == WHOLE
    shares = [look.share for look in stretches]
    assert shares == sorted(shares) and 0.4 < shares[0] < 0.5 and 0.7 < shares[-1] < 0.8
    places = sorted(look.place for look in stretches)
    assert all(0 <= place < 1 for place in places)
    gaps = [after - before for before, after in pairwise(places)]
    assert max(gaps) < 2.7 / 8  # no part of a recording is passed over


def test_each_look_is_mirrored_too() -> None:
    looks = several_looks(3, crop=(0.5, 1.0), flip=True)
    assert [look.mirrored for look in looks] == [False] * 3 + [True] * 3
    assert [(look.share, look.place) for look in looks[:3]] == [
        (look.share, look.place) for look in looks[3:]
    ]


def test_no_look_at_all_is_told() -> None:
    with pytest.raises(RecipeError, match="samples is 0"):
        several_looks(0, crop=(1.0, 1.0), flip=False)
