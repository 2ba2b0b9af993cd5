"""A week while it is made: what is danced on which day, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dancekit_coach.limits import Amount
from dancekit_coach.session_building import LEAST, Content, Frame, amount


@dataclass(frozen=True, kw_only=True)
class WeekDraft:
    """The contents of seven days.

    Attributes:
        days: per day its contents; a drill stands once on a day.
        short: days with time for nothing but a short session.
        frame: what surrounds every session.
    """

    days: tuple[tuple[Content, ...], ...] = ((),) * 7
    short: tuple[bool, ...]
    frame: Frame

    def with_content(self, place: int, content: Content) -> WeekDraft:
        """The draft with more minutes of a drill on a day."""
        rest = list(self.days[place])
        for at, each in enumerate(rest):
            if each.drill.key == content.drill.key:
                rest[at] = replace(each, minutes=each.minutes + content.minutes)
                break
        else:
            rest.append(content)
        return self.with_day(place, tuple(rest))

    def with_day(self, place: int, contents: tuple[Content, ...]) -> WeekDraft:
        return replace(self, days=(*self.days[:place], contents, *self.days[place + 1 :]))

    def minutes_of(self, key: str, place: int) -> int:
        return sum(each.minutes for each in self.days[place] if each.drill.key == key)

    def amount(self, place: int) -> Amount:
        return amount(self.days[place], self.frame, short=self.short[place])

    def amounts(self) -> list[Amount]:
        return [self.amount(place) for place in range(7)]

    def load(self) -> float:
        return sum(each.load for each in self.amounts())


def worthwhile(contents: tuple[Content, ...]) -> bool:
    """Whether a day has enough to dance for a session of its own."""
    return sum(each.minutes for each in contents if each.main) >= LEAST
