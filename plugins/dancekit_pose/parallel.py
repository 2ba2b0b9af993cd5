"""Several looks at once: models compute without Python's lock, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from dancekit.data.detections import Array
from dancekit.data.footage import Picture
from dancekit_pose.windows import Model

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 4
"""More at once make a picture no faster, and each has a model in memory."""


def workers() -> int:
    """How many looks at once this machine is good for."""
    return min(_MOST, os.cpu_count() or 1)


def at_once(look: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What `look` gives for each item, in their order."""
    todo = list(items)
    count = min(workers(), len(todo))
    if count < 2:
        return [look(each) for each in todo]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(look, todo))


class FreeModel:
    """Models of one kind that remember nothing, as one: each picture goes to one that is free."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = models
        self._free: SimpleQueue[Model] = SimpleQueue()
        for model in models:
            self._free.put(model)

    def __call__(self, picture: Picture, time: float) -> Array:
        model = self._free.get()
        try:
            return model(picture, time)
        finally:
            self._free.put(model)

    def close(self) -> None:
        for model in self._models:
            model.close()
