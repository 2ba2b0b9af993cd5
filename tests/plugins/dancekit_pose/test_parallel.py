"""Several looks at once: in order, each model used by one at a time, and nothing lost on the way."""

import os
import threading
import time

import numpy as np
import pytest
from dancekit_pose.blazepose import silence
from dancekit_pose.parallel import FreeModel, at_once, workers
from hypothesis import given, settings
from hypothesis import strategies as st


@given(st.lists(st.integers(), max_size=20))
@settings(max_examples=40, deadline=None)
def test_results_come_in_the_order_of_the_items(items) -> None:
    assert at_once(lambda each: 2 * each, iter(items)) == [2 * each for each in items]


def test_looks_overlap_where_there_is_more_than_one_processor() -> None:
    together = threading.Barrier(2, timeout=20)

    def look(_: int) -> bool:
        together.wait()  # for another look, which one after the other would never come
        return True

    if workers() < 2:
        pytest.skip("one processor")
    assert at_once(look, range(2)) == [True, True]


def test_what_goes_wrong_in_a_look_is_raised() -> None:
    def look(item: int) -> int:
        if item == 3:
            raise ValueError("the third")
        return item

    with pytest.raises(ValueError, match="the third"):
        at_once(look, range(6))


class Slow:
    """A model that nobody may use twice at once."""

    def __init__(self) -> None:
        self.used = threading.Lock()
        self.calls = 0
        self.closed = False

    def __call__(self, picture: np.ndarray, time_: float) -> np.ndarray:
        assert self.used.acquire(blocking=False)
        time.sleep(0.002)
        self.calls += 1
        self.used.release()
        return np.zeros((0, 3, 3))

    def close(self) -> None:
        self.closed = True


def test_each_model_is_used_by_one_at_a_time_and_is_free_again_after_an_error() -> None:
    models = [Slow(), Slow()]
    free = FreeModel(models)
    picture = np.zeros((4, 4, 3), np.uint8)
    at_once(lambda moment: free(picture, moment), range(30))
    assert sum(model.calls for model in models) == 30
    models[0].used.acquire()  # the next look with it fails
    failed = 0
    for moment in range(4):
        try:
            free(picture, moment)
        except AssertionError:
            failed += 1
    assert failed == 2 and sum(model.calls for model in models) == 32
    free.close()
    assert all(model.closed for model in models)


def test_standard_error_is_back_once_nobody_wants_silence(capfd: pytest.CaptureFixture[str]) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with silence():
            inside.set()
            go_on.wait(20)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(20)
    with silence():
        _native("two")
    _native("one still")
    go_on.set()
    thread.join()
    _native("nobody")
    assert capfd.readouterr().err == "nobody"


def _native(text: str) -> None:
    os.write(2, text.encode())
