"""The coach: reviews of movements, mastery, a plan for the week, and care for health."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="command",
        name="coach",
        target="dancekit_coach.command:coach",
        summary="Review a movement beside a reference, keep a diary, plan a week.",
    )
