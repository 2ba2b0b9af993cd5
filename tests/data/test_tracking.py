"""Following people while the frames arrive: births, deaths, returns, crossings, crowds."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from dancekit_sources.dance_six import DanceSix
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.tracking import Tracker, follow, track

FRAMES = 240
SHAPE = np.random.default_rng(1).uniform((0, 0), (0.3, 0.9), (18, 2))


def person(x: float, y: float = 0.0, *, size: float = 1.0) -> np.ndarray:
    return np.column_stack([SHAPE * size + (x, y), np.ones(18)])


def frame(*people: np.ndarray) -> np.ndarray:
    return np.stack(people) if people else np.zeros((0, 18, 3))


def tracked(
    frames: Sequence[np.ndarray], *, patience: float = 5, birth: int = 3, memory: float = 60
) -> list[list[int]]:
    found = track(frames, patience=patience, birth=birth, memory=memory)
    return [each.tolist() for each in found]


@pytest.fixture(scope="module")
def dancers() -> list[np.ndarray]:
    """Twelve dancers of 240 frames, each (T, V, 2) about their middle, one body size high."""
    clips = DanceSix(keypoints="true_2d", recordings_train=6, recordings_test=12, seed=3).recordings("test")
    found = []
    for clip in clips:
        points = clip.keypoints[0].astype(np.float64)  # (T, V, 2)
        there_and_back = np.concatenate([points, points[::-1]])
        points = np.tile(there_and_back, (FRAMES // len(there_and_back) + 1, 1, 1))[:FRAMES]
        points -= points.mean(axis=1, keepdims=True)
        found.append(points / np.ptp(points[:, :, 1], axis=1).mean())
    assert len(found) == 12
    return found


def scene(
    dancers: Sequence[np.ndarray], places: np.ndarray, *, noise: float = 0.0, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Detections of each frame in any order, and who they truly are.

    Args:
        places: (M, T, 2) in body sizes; NaN while someone is not seen.
    """
    random = np.random.default_rng(seed)
    for number in range(places.shape[1]):
        seen = [each for each in range(len(dancers)) if np.isfinite(places[each, number]).all()]
        order = random.permutation(seen).astype(int)
        people = np.zeros((len(order), dancers[0].shape[1], 3))
        for place, who in enumerate(order):
            people[place, :, :2] = dancers[who][number] + places[who, number]
            people[place, :, :2] += random.normal(0, noise, people[place, :, :2].shape)
            people[place, :, 2] = random.random(people.shape[1]) > (0.1 if noise else 0)
        yield people, order


def confusions(
    frames: Sequence[tuple[np.ndarray, np.ndarray]], *, patience: float = 15, memory: float = 150
) -> tuple[list[set[int]], int]:
    """Which numbers each true person was given, and how many detections were given none."""
    numbers = track([each for each, _ in frames], patience=patience, birth=3, memory=memory)
    given_to: dict[int, set[int]] = {}
    nobodys = 0
    for (_, truth), found in zip(frames, numbers, strict=True):
        for who, number in zip(truth.tolist(), found.tolist(), strict=True):
            nobodys += number < 0
            given_to.setdefault(who, set()).add(number)
    return [given_to[who] for who in sorted(given_to)], nobodys


def crossing(*, apart: float = 2.0) -> np.ndarray:
    """(2, T, 2): two people who swing past each other five times, at one height."""
    swing = apart * np.cos(np.linspace(0, 5 * np.pi, FRAMES))
    assert np.count_nonzero(np.diff(np.sign(swing))) == 5
    level = np.zeros(FRAMES)
    return np.stack([np.column_stack([swing, level]), np.column_stack([-swing, level])])


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("pair", [(0, 1), (2, 5), (3, 4), (0, 6)])
def test_two_dancers_cross_five_times(dancers: list[np.ndarray], pair: tuple[int, int], noise: float) -> None:
    """(0, 6) do the same movement; with 0.03 body sizes of noise a tenth of the joints is missing too."""
    frames = list(scene([dancers[each] for each in pair], crossing(), noise=noise))
    given_to, nobodys = confusions(frames)
    assert [len(each) for each in given_to] == [1, 1] and given_to[0] != given_to[1] and nobodys == 0


@pytest.mark.parametrize("hidden", [3, 9])
def test_who_is_hidden_while_crossing_is_not_swapped(dancers: list[np.ndarray], hidden: int) -> None:
    """The one behind is not seen for some frames about each of the five meetings."""
    places = crossing()
    meetings = np.flatnonzero(np.diff(np.sign(places[0, :, 0])))
    for number, meeting in enumerate(meetings):
        places[number % 2, meeting - hidden // 2 : meeting + hidden // 2 + 1] = np.nan
    given_to, nobodys = confusions(list(scene(dancers[:2], places, noise=0.005)))
    assert [len(each) for each in given_to] == [1, 1] and given_to[0] != given_to[1] and nobodys == 0


def test_twelve_dancers_at_once(dancers: list[np.ndarray]) -> None:
    """In three rows that move against each other, so that everyone passes many."""
    sway = 2.5 * np.sin(np.linspace(0, 4 * np.pi, FRAMES))
    places = np.array(
        [
            np.column_stack([1.5 * (who % 4) + (-1) ** (who // 4) * sway, np.full(FRAMES, 0.8 * (who // 4))])
            for who in range(12)
        ]
    )
    given_to, nobodys = confusions(list(scene(dancers, places, noise=0.005)))
    assert nobodys == 0 and all(len(each) == 1 for each in given_to)
    assert set().union(*given_to) == set(range(12))


def test_a_dancer_leaves_and_comes_back_where_they_left(dancers: list[np.ndarray]) -> None:
    """For 60 frames, four times the patience; the other one stays."""
    places = np.zeros((2, FRAMES, 2))
    places[0, :, 0] = 3
    places[1, 100:160] = np.nan
    given_to, nobodys = confusions(list(scene(dancers[:2], places, noise=0.005)))
    assert [len(each) for each in given_to] == [1, 1] and given_to[0] != given_to[1] and nobodys == 0
    given_to, _ = confusions(list(scene(dancers[:2], places)), memory=0)
    assert sorted(len(each) for each in given_to) == [1, 2]


def away(frames: int) -> list[np.ndarray]:
    return [frame()] * frames


def stay(*people: np.ndarray, frames: int = 5) -> list[np.ndarray]:
    return [frame(*people)] * frames


@pytest.mark.parametrize(
    ("back", "absent", "number"),
    [
        (person(0.5), 10, 0),
        (person(3.0), 10, 1),  # too far
        (person(0.0, size=1.4), 10, 0),
        (person(0.0, size=1.7), 10, 1),  # too large
        (person(0.5), 70, 1),  # too late
    ],
)
def test_who_comes_back(back: np.ndarray, absent: int, number: int) -> None:
    assert tracked([*stay(person(0)), *away(absent), *stay(back)])[-1] == [number]


def test_of_two_who_left_nobody_is_guessed() -> None:
    """The place and size of who comes fit both, so it is a third."""
    pair = stay(person(0), person(0.6))
    assert tracked([*pair, *away(10), *stay(person(0.3))])[-1] == [2]
    assert tracked([*pair, *away(10), *stay(person(0.1), person(0.7))])[-1] == [2, 3]


def test_two_who_left_at_two_sides_are_told_apart() -> None:
    frames = [*stay(person(0), person(9)), *away(10), *stay(person(9.2)), *stay(person(0.1), person(9.2))]
    numbers = tracked(frames)
    assert numbers[15] == [1] and numbers[-1] == [0, 1]


def test_who_is_still_there_is_not_given_to_another() -> None:
    """Somebody new appears beside one who stays."""
    assert tracked([*stay(person(0)), *stay(person(0), person(0.8))])[-1] == [0, 1]


def test_a_jump_beyond_the_gate_is_the_same_person() -> None:
    numbers = tracked([*stay(person(0)), *stay(person(0.6))])
    assert numbers == [[0]] * 10
    assert tracked([*stay(person(0)), *stay(person(0.6))], memory=0)[-1] == [1]


def test_a_mistake_of_the_detector_is_nobody() -> None:
    """Two frames are too few, three of five are enough, from the first of them on."""
    ghost = stay(person(0), person(5), frames=2)
    assert tracked([*stay(person(0)), *ghost, *stay(person(0))])[5:7] == [[0, -1], [0, -1]]
    flicker = [frame(person(5)), frame(), frame(person(5)), frame(), frame(person(5)), frame()]
    assert tracked(flicker) == [[0], [], [0], [], [0], []]


def test_in_a_short_recording_who_is_in_all_of_it_counts() -> None:
    assert tracked(stay(person(0), frames=1)) == [[0]]
    assert tracked(stay(person(0), person(5), frames=2)) == [[0, 1], [0, 1]]
    assert tracked([*stay(person(0)), *stay(person(0), person(5), frames=2)])[-2:] == [[0, -1], [0, -1]]
    assert tracked([frame(person(0)), frame()]) == [[-1], []]


def test_numbers_come_four_frames_later_and_all_of_them() -> None:
    tracker = Tracker(patience=5, birth=3)
    given = [tracker.update(frame(person(0))) for _ in range(7)]
    assert [len(each) for each in given] == [0, 0, 0, 0, 1, 1, 1]
    assert [each.tolist() for each in tracker.finish()] == [[0]] * 4


def test_time_counts_not_the_number_of_frames() -> None:
    """Half of the frames of somebody who runs are not there; the patience is in time too."""
    step, moments = 0.25, [0.0, 1.0, 2.0, 3.0, 7.0, 8.0]
    frames = [frame(person(step * moment)) for moment in moments]
    assert [each.tolist() for each in track(frames, patience=5, moments=moments)] == [[0]] * 6
    assert [each.tolist() for each in track(frames, patience=3, moments=moments)][-1] == [1]
    with pytest.raises(ValueError, match="increase"):
        list(track(frames, patience=3, moments=[0, 1, 1, 2, 3, 4]))


def test_memory_does_not_grow_with_time() -> None:
    """Somebody else comes and goes every four frames."""
    tracker = Tracker(patience=1, birth=1, memory=20)
    for number in range(400):
        tracker.update(frame(person(10.0 * number)))
        tracker.update(frame())
        tracker.update(frame())
        tracker.update(frame())
    assert tracker._persons == 400
    assert len(tracker._person) < 15 and not tracker._candidates and len(tracker._waiting) == 0


@pytest.mark.parametrize("wrong", [{"patience": -1}, {"gate": 0}, {"birth": 0}, {"memory": -1}])
def test_numbers_without_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Tracker(**{"patience": 1, **wrong})


CROWDS = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=4), min_size=1, max_size=12
)


@settings(max_examples=100, deadline=None)
@given(CROWDS, st.integers(1, 3), st.integers(0, 8))
def test_what_always_holds(crowds: list[list[tuple[int, int]]], birth: int, memory: int) -> None:
    """Each frame is answered, nobody is in two places, and numbers have no gap."""
    frames = [frame(*(person(0.4 * x, 0.4 * y) for x, y in crowd)) for crowd in crowds]
    found = list(track(frames, patience=2, birth=birth, memory=memory))
    assert [len(each) for each in found] == [len(each) for each in frames]
    persons = [[number for number in each.tolist() if number >= 0] for each in found]
    assert all(len(set(each)) == len(each) for each in persons)
    numbers = {number for each in persons for number in each}
    assert numbers == set(range(len(numbers)))
    if birth == 1 and memory == 0:
        assert [each.tolist() for each in follow(frames, patience=2)] == [each.tolist() for each in found]
