"""Data sets: made, and read from the field's files."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="dataset",
        name="dance_six",
        target="dancekit_sources.dance_six:DanceSix",
        summary="Six dance movements, made on the spot: 3,500 recordings seen by a noisy detector",
    )
    yield Component(
        kind="dataset",
        name="pyskl",
        target="dancekit_sources.pyskl:Pyskl",
        summary="The field's annotation pickles (PYSKL, MMAction2), read without running their code",
    )
