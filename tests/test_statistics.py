"""Intervals against literal versions of themselves, and against how often they hold what is simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from dancekit.statistics import accuracy_of, difference, mcnemar, student
from dancekit.statistics.variance import Floats, Groups, over_people, over_seeds, total

Array = npt.NDArray[Any]

CLASSIFIERS = (1.5, 1.9)
"""The logit of a clip of average difficulty being right, for two models."""

PEOPLE, CLIP, OWN = 0.8, 1.0, 0.3
"""Standard deviations on the logit scale: of people and of clips, for both models; of people, for each."""


def _true(logit: float, seed: float) -> float:
    """The accuracy over all people, clips and seeds: the logistic function integrated over a normal."""
    at, weight = np.polynomial.hermite_e.hermegauss(80)
    spread = math.hypot(PEOPLE, CLIP, OWN, seed)
    return float(weight @ special.expit(logit + spread * at) / weight.sum())


def _draw(generator: np.random.Generator, people: Array, seeds: int, spread: float) -> list[Array]:
    """(S, N) of two models on the same people and clips."""
    many, clips = people.max() + 1, len(people)
    shared = generator.normal(0, PEOPLE, many)[people] + generator.normal(0, CLIP, clips)
    rows = []
    for logit in CLASSIFIERS:
        own = generator.normal(0, OWN, many)[people] + generator.normal(0, spread, (seeds, 1))
        rows.append(generator.logistic(size=(seeds, clips)) < logit + shared + own)
    return rows


def _coverage(
    people: int, clips: int, seeds: int, *, spread: float, draws: int = 2000
) -> tuple[float, float]:
    """How often the intervals of the first accuracy and of the difference hold the truth."""
    generator, who = np.random.default_rng(16), np.repeat(np.arange(people), clips)
    true = [_true(logit, spread) for logit in CLASSIFIERS]
    held = np.zeros(2)
    for _ in range(draws):
        first, second = _draw(generator, who, seeds, spread)
        one, apart = accuracy_of(first, who), difference(first, second, who)
        held += one.low <= true[0] <= one.high, apart.low <= true[1] - true[0] <= apart.high
    accuracy, change = held / draws
    return float(accuracy), float(change)


def test_intervals_of_95_percent_cover() -> None:
    accuracy, change = _coverage(30, 10, 3, spread=0.2)
    assert 0.93 <= accuracy <= 0.97 and 0.93 <= change <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "clips", "seeds", "spread"),
    [(30, 10, 5, 0.2), (8, 50, 5, 0.4), (30, 10, 1, 0.0), (4, 100, 1, 0.0)],
)
def test_they_cover_with_few_people_with_other_seeds_and_with_one(
    people: int, clips: int, seeds: int, spread: float
) -> None:
    accuracy, change = _coverage(people, clips, seeds, spread=spread)
    assert 0.93 <= accuracy <= 0.97 and 0.93 <= change <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "clips", "seeds", "spread"), [(8, 50, 3, 0.2), (4, 100, 3, 0.2), (30, 10, 3, 0.4)]
)
def test_they_nearly_cover_where_little_tells_how_much_trainings_differ(
    people: int, clips: int, seeds: int, spread: float
) -> None:
    accuracy, change = _coverage(people, clips, seeds, spread=spread)
    assert 0.92 <= accuracy <= 0.98 and 0.93 <= change <= 0.98


@pytest.mark.slow
def test_the_percentile_bootstrap_does_not_cover_with_four_people_and_three_seeds() -> None:
    generator, who, held = np.random.default_rng(5), np.repeat(np.arange(4), 100), np.zeros(2)
    true = _true(CLASSIFIERS[0], 0.2)
    for _ in range(500):
        row = _draw(generator, who, 3, 0.2)[0]
        means = row.reshape(3, 4, 100).mean(2)  # (S, P)
        seeds, people = (generator.multinomial(n, np.full(n, 1 / n), 2000) / n for n in (3, 4))
        low, high = np.quantile(((seeds @ means) * people).sum(1), [0.025, 0.975])
        ours = accuracy_of(row, who)
        held += low <= true <= high, ours.low <= true <= ours.high
    bootstrap, t = held / 500
    assert bootstrap < 0.9 < 0.93 < t


def test_students_t_is_that_of_scipy() -> None:
    for freedom in (1.0, 1.7, 2, 5.3, 29, 430, 1e5):
        for t in (0.0, 1e-3, 0.7, 1.96, -4, 40):
            assert student.two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-8)
        for level in (0.5, 0.95, 0.999):
            expected = stats.t.ppf((1 + level) / 2, freedom)
            assert student.quantile(level, freedom) == pytest.approx(expected, rel=1e-8)


@given(x=st.floats(0, 1), a=st.floats(0.1, 1e4), b=st.floats(0.1, 1e4))
@settings(max_examples=200, deadline=None)
def test_the_incomplete_beta_function_is_that_of_scipy(x: float, a: float, b: float) -> None:
    assert student.incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-7, abs=1e-12)


def test_the_incomplete_beta_function_says_where_it_is() -> None:
    for x, a, b in ((-0.1, 1, 1), (math.nan, 1, 1), (0.5, 0, 1), (0.5, 1, math.inf)):
        with pytest.raises(ValueError, match="needs 0 <= x <= 1"):
            student.incomplete_beta(x, a, b)


def _literal_freedom(weight: Floats) -> tuple[Floats, float]:
    """The corrections of CR2 and the degrees of freedom of Bell and McCaffrey, with their matrices."""
    away = np.eye(len(weight)) - np.outer(np.ones(len(weight)), weight)  # what takes the mean off
    residual = away @ away.T
    scale = np.diag(weight / np.sqrt(np.diag(residual)))
    form = scale @ residual @ scale
    return np.diag(residual), float(np.trace(form) ** 2 / np.trace(form @ form))


@pytest.mark.parametrize("counts", [[1, 1], [5, 5, 5, 5], [1, 2, 3, 40], [7, 1], list(range(1, 30))])
def test_variance_over_people_is_that_of_the_matrices(counts: list[int]) -> None:
    groups = Groups.of(
        [f"P{person}" for person, count in enumerate(counts) for _ in range(count)], sum(counts)
    )
    weight = np.array(counts) / sum(counts)
    correction, freedom = _literal_freedom(weight)
    means = np.random.default_rng(0).random(len(counts))
    part = over_people(groups, means)
    apart = means - weight @ means
    expected = sum(w**2 * e**2 / c for w, e, c in zip(weight, apart, correction, strict=True))
    assert part.value == pytest.approx(expected) and part.freedom == pytest.approx(freedom)
    if len(set(counts)) == 1:  # the usual variance of a mean
        assert part.value == pytest.approx(means.var(ddof=1) / len(counts))
        assert part.freedom == pytest.approx(len(counts) - 1)


def test_variance_over_unequal_people_is_right_on_average() -> None:
    groups = Groups.of([0] * 9 + [1] * 2 + [2] * 4 + [3], 16)
    draws = np.random.default_rng(1).normal(size=(20_000, 4))
    found = np.mean([over_people(groups, means).value for means in draws])
    assert found == pytest.approx((groups.weight @ draws.T).var(), rel=0.03)


def _literal(rows: Sequence[Array], clips: int) -> tuple[float, float]:
    """Variance and freedom of one accuracy, or a difference of two, by the tables of analysis of variance.

    All people have as many clips; the first row counts as negative.
    """
    cells = [row.reshape(len(row), -1, clips).mean(2) for row in rows]  # (S, P)
    people = cells[0].shape[1]
    signed = cells[-1].mean(0) - (cells[0].mean(0) if len(cells) > 1 else 0)
    mean_square = sum((value - signed.mean()) ** 2 for value in signed) / (people - 1)
    variance, uncertain = mean_square / people, [(mean_square / people, people - 1)]
    for cell in cells:
        seeds, overall = len(cell), cell.mean()
        of_seed, rest = 0.0, 0.0
        for s in range(seeds):
            of_seed += people * (cell[s].mean() - overall) ** 2 / (seeds - 1)
            for p in range(people):
                fitted = cell[s].mean() + cell[:, p].mean() - overall
                rest += (cell[s, p] - fitted) ** 2 / ((seeds - 1) * (people - 1))
        if of_seed > rest * (1 + 1e-9):
            variance += (of_seed - rest) / (people * seeds)
            uncertain.append((of_seed / (people * seeds), seeds - 1))
    welch = variance**2 / sum(part**2 / (freedom + 2) for part, freedom in uncertain) - 2
    return variance, max(welch, min(freedom for _, freedom in uncertain))


@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_intervals_are_those_of_two_way_analyses_of_variance(spread: float, seed: int) -> None:
    who = np.repeat(np.arange(6), 5)
    first, second = _draw(np.random.default_rng(seed), who, 3, spread)
    one, apart = accuracy_of(first, who), difference(first, second, who, level=0.9)

    variance, freedom = _literal([first], 5)
    value = first.mean()
    half = stats.t.ppf(0.975, freedom) * math.sqrt(variance) / (value * (1 - value))
    ends = special.expit([special.logit(value) - half, special.logit(value) + half])
    assert (one.value, one.low, one.high) == pytest.approx((value, *ends))
    assert one.standard_deviation == pytest.approx(np.std([row.mean() for row in first], ddof=1))
    assert one.over == apart.over == "people and seeds"

    variance, freedom = _literal([first, second], 5)
    value, half = second.mean() - first.mean(), stats.t.ppf(0.95, freedom) * math.sqrt(variance)
    ends = np.clip([value - half, value + half], -1, 1)
    assert (apart.value, apart.low, apart.high) == pytest.approx((value, *ends))
    assert apart.p_value == pytest.approx(2 * stats.t.sf(abs(value) / math.sqrt(variance), freedom))


def test_seeds_add_nothing_where_they_differ_less_than_by_chance() -> None:
    groups = Groups.of(None, 3)
    part = over_seeds(groups, np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]))
    assert part is not None and part.value == 0
    people = over_people(groups, np.array([0.2, 0.5, 0.6]))
    assert total([people, part]) == pytest.approx((people.value, people.freedom))


rows = st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=1, max_size=4).map(np.array)
names = st.lists(st.sampled_from(["Ann", "Bo", "Cy", "", None]), min_size=7, max_size=7)


@given(first=rows, second=rows, people=names, level=st.sampled_from([0.5, 0.9, 0.95]))
@settings(max_examples=60, deadline=None)
def test_any_input_gives_an_interval_that_holds_its_value_and_agrees_with_p(
    first: Array, second: Array, people: list[str | None], level: float
) -> None:
    one, apart = accuracy_of(first, people, level=level), difference(first, second, people, level=level)
    assert 0 <= one.low <= one.value + 1e-12 and one.value - 1e-12 <= one.high <= 1 and one.low < one.high
    assert -1 <= apart.low <= apart.value + 1e-12 and apart.value - 1e-12 <= apart.high <= 1
    assert 0 <= apart.p_value <= 1
    if min(abs(apart.low), abs(apart.high)) > 1e-9:
        assert (apart.p_value < 1 - level) == (apart.low > 0 or apart.high < 0)
    wider = accuracy_of(first, people, level=0.99)
    assert wider.low <= one.low and one.high <= wider.high and wider.high - wider.low > one.high - one.low

    back = difference(second, first, people, level=level)
    expected = (-apart.value, -apart.high, -apart.low, apart.p_value)
    assert (back.value, back.low, back.high, back.p_value) == pytest.approx(expected)
    order = np.random.default_rng(0).permutation(7)
    moved = difference(first[:, order], second[:, order], [people[at] for at in order], level=level)
    assert (moved.low, moved.high, moved.p_value) == pytest.approx((apart.low, apart.high, apart.p_value))
    wrong = accuracy_of(~first, people, level=level)
    assert (wrong.low, wrong.high) == pytest.approx((1 - one.high, 1 - one.low))


def test_all_right_and_all_wrong_have_the_exact_binomial_bound_over_people() -> None:
    who = np.repeat(np.arange(30), 4)
    right = accuracy_of(np.ones((3, 120), bool), who)
    exact = stats.binomtest(30, 30).proportion_ci(0.95)
    assert (right.low, right.high) == pytest.approx((exact.low, 1)) and right.standard_deviation == 0
    wrong = accuracy_of(np.zeros((3, 120), bool), who)
    assert (wrong.value, wrong.low, wrong.high) == pytest.approx((0, 0, 1 - exact.low))


def test_models_that_agree_on_every_clip_may_differ_on_the_next_person() -> None:
    row, who = np.arange(40) % 3 > 0, np.repeat(np.arange(10), 4)
    same = difference(row, row, who)
    unseen = 1 - 0.025 ** (1 / 10)
    assert (same.value, same.low, same.high) == pytest.approx((0, -unseen, unseen)) and same.p_value == 1
    better = difference(np.zeros(40, bool), np.ones(40, bool), who)
    assert better.p_value == pytest.approx(2 * 0.5**10)  # the sign test of ten people
    assert better.high == 1 and better.low == pytest.approx(1 - 2 * unseen)


def test_one_clip_says_almost_nothing() -> None:
    one = accuracy_of(np.array([True]), ["Ann"])
    assert (one.value, one.low, one.high) == pytest.approx((1, 0.025, 1)) and one.standard_deviation is None
    apart = difference(np.array([[True], [False]]), np.array([[True], [True]]), ["Ann"])
    assert apart.value == 0.5 and apart.low < -0.9 and apart.high > 0.9 and apart.p_value == 1
    assert one.over == "clips" and apart.over == "clips and seeds"


def test_intervals_say_what_they_are_over() -> None:
    row = np.random.default_rng(0).random((2, 6)) < 0.7
    assert accuracy_of(row).over == accuracy_of(row, ["Ann"] * 6).over == "clips and seeds"
    assert accuracy_of(row[0]).over == accuracy_of(row[0], [""] * 6).over == "clips"
    assert (
        accuracy_of(row, list("abcdef")).over == accuracy_of(row, list("aabbcc")).over == "people and seeds"
    )
    assert (
        difference(row, row[0], list("aabbcc")).over == difference(row[0], row, np.arange(6)).over == "people"
    )
    assert accuracy_of(row[0], ["Ann", "", None, "Bo", "Bo", "Ann"]).over == "people"


def test_someone_unknown_is_nobody_else() -> None:
    groups = Groups.of(np.array(["Ann", "", "Ann", "", "Bo"]), 5)
    assert groups.index.tolist() == [0, 1, 0, 2, 3] and groups.weight == pytest.approx([0.4, 0.2, 0.2, 0.2])


def test_one_person_or_no_names_take_clips_as_independent() -> None:
    row = np.arange(50) % 4 > 0
    alone, nobody = accuracy_of(row, ["Ann"] * 50), accuracy_of(row)
    assert alone == nobody == accuracy_of(row, [None] * 50)
    grouped = accuracy_of(row, np.arange(50) % 4)  # all clips of a person are alike
    assert grouped.high - grouped.low > 2 * (nobody.high - nobody.low)


def test_more_people_make_it_surer() -> None:
    widths = []
    for people in (4, 16, 64):
        interval = accuracy_of(np.arange(people * 2) % 4 > 0, np.arange(people * 2) // 2)
        widths.append(interval.high - interval.low)
    assert all(many < few for few, many in pairwise(widths))


@given(first=st.lists(st.booleans(), min_size=1, max_size=60), seed=st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_mcnemar_is_the_binomial_test(first: list[bool], seed: int) -> None:
    second = np.random.default_rng(seed).random(len(first)) < 0.8
    lost, won = (
        sum(a and not b for a, b in zip(*pair, strict=True)) for pair in ((first, second), (second, first))
    )
    expected = stats.binomtest(lost, lost + won).pvalue if lost + won else 1.0
    assert mcnemar(np.array(first), second) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_on_as_many_clips_as_ntu_has() -> None:
    first, second = np.zeros(50_000, bool), np.zeros(50_000, bool)
    first[:20_000], second[20_000:40_400] = True, True
    expected = stats.binomtest(20_000, 40_400).pvalue
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(3, 0), (0, 5), (0,), (2, 2, 2)])
def test_without_clips_or_seeds_there_is_no_accuracy(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="needs seeds by clips, at least one of each"):
        accuracy_of(np.zeros(shape, bool))


def test_what_does_not_fit_is_said() -> None:
    row = np.ones(4, bool)
    with pytest.raises(ValueError, match="4 clips, and people for 3"):
        accuracy_of(row, ["Ann"] * 3)
    with pytest.raises(ValueError, match=r"The first model has 4 clips and the second 3\."):
        difference(row, row[:3])
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        accuracy_of(row, level=95)
    with pytest.raises(ValueError, match="true or false, not float64"):
        accuracy_of(row * 0.9)
    with pytest.raises(ValueError, match="true or false, not int64"):
        mcnemar(np.ones(4, np.int64), row)
    for first, second in ((row, row[:3]), (row[:0], row[:0]), (row[None], row[None])):
        with pytest.raises(ValueError, match="two rows of the same clips"):
            mcnemar(first, second)
