"""From what is danced on a day to a whole session: warm-up, skill, conditioning, cool-down (H7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dancekit_coach.drills import PARTS, Drill
from dancekit_coach.limits import Amount
from dancekit_coach.plan import SECTION_FOUR, Block, Limit

WARM_UP = 10
WARM_UP_SHARE = 0.15
COOL_DOWN = 5
SHORT = 20
"""Minutes below which a session is only easy skill after a short warm-up."""
SHORT_WARM_UP = 5
LEAST = 5
"""Minutes of skill or conditioning below which a session is not worth its warm-up."""
EASY = 3
PIECE = 5
"""Minutes after which interleaved movements change."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """Some minutes of a drill on a day, warm-up and cool-down left aside.

    Attributes:
        blocked: the movement is new, so it is practised in one piece; else it is interleaved with others.
        alone: it is for two and there is no partner.
    """

    drill: Drill
    movement: str
    minutes: int
    reason: str
    limit: Limit = "enough"
    blocked: bool = True
    alone: bool = False

    @property
    def main(self) -> bool:
        """Whether it is danced, and not relaxation."""
        return self.drill.kind != "relaxation"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The drills that surround what is danced: four parts of a warm-up and a cool-down."""

    warm_up: tuple[Drill, ...]
    cool_down: Drill


def choose_frame(
    drills: Sequence[Drill], allowed: Callable[[Drill], bool], rank: Callable[[str], float]
) -> Frame | None:
    """The fullest warm-up and cool-down among allowed drills; None where a part has none.

    The highest effort is chosen: what is allowed shrinks with pain, so the effort can only fall.
    """

    def fullest(choices: list[Drill]) -> Drill | None:
        return max(choices, key=lambda drill: (drill.rpe, rank(drill.key)), default=None)

    parts = [fullest([drill for drill in drills if drill.part == part and allowed(drill)]) for part in PARTS]
    end = fullest([drill for drill in drills if drill.kind == "cool_down" and allowed(drill)])
    found = tuple(drill for drill in parts if drill is not None)
    return None if end is None or len(found) < len(PARTS) else Frame(warm_up=found, cool_down=end)


def warm_up_minutes(rest: int) -> int:
    """Minutes of warm-up before `rest` other minutes: at least ten and 15 % of the whole session."""
    minutes = WARM_UP
    while minutes < WARM_UP_SHARE * (minutes + rest):
        minutes += 1
    return minutes


def amount(contents: Sequence[Content], frame: Frame, *, short: bool) -> Amount:
    """What a session costs with all that surrounds it; relaxation alone needs no warm-up."""
    minutes = sum(each.minutes for each in contents)
    load = sum(each.minutes * each.drill.rpe for each in contents)
    hardest = max((each.drill.rpe for each in contents), default=0)
    danced = any(each.main for each in contents)
    for drill, some in _around(minutes, frame, short) if danced else ():
        minutes, load, hardest = minutes + some, load + some * drill.rpe, max(hardest, drill.rpe)
    return Amount(minutes=minutes, load=load, hardest=hardest)


def _around(minutes: int, frame: Frame, short: bool) -> list[tuple[Drill, int]]:
    """The drills around `minutes` of content, and how long each is; the cool-down, if any, is the last."""
    if short:
        return [(frame.warm_up[0], SHORT_WARM_UP - 2), (frame.warm_up[1], 2)]
    warm_up = warm_up_minutes(minutes + COOL_DOWN)
    parts = [(drill, (warm_up + 3 - place) // 4) for place, drill in enumerate(frame.warm_up)]
    return [*parts, (frame.cool_down, COOL_DOWN)]


def assemble(contents: Sequence[Content], frame: Frame, *, short: bool) -> tuple[Block, ...]:
    """The blocks of a session in their order; relaxation alone needs no warm-up."""
    danced = any(each.main for each in contents)
    around = _around(sum(each.minutes for each in contents), frame, short) if danced else []
    blocks = [
        _block(drill, minutes, f"Warm-up: {drill.part}.", "H7") for drill, minutes in around if drill.part
    ]
    skill = [each for each in contents if each.drill.kind == "skill"]
    ordered = [
        *(each for each in skill if each.blocked),
        *_interleaved([each for each in skill if not each.blocked]),
        *(
            each
            for kind in ("partner", "creative", "conditioning")
            for each in contents
            if each.drill.kind == kind
        ),
    ]
    blocks.extend(of_content(each) for each in ordered)
    ends = [
        *(_block(drill, minutes, "Cool-down.", "H7") for drill, minutes in around if not drill.part),
        *(of_content(each) for each in contents if not each.main),
    ]
    # Effort never rises in the cool-down; sorting is stable, so it starts the end where efforts are equal.
    return (*blocks, *sorted(ends, key=lambda block: -block.rpe))


def of_content(content: Content) -> Block:
    """The block of one content."""
    block = _block(content.drill, content.minutes, content.reason, content.limit)
    if content.alone:
        block = replace(block, title=content.drill.solo, cue="", solo="")
    return replace(block, movement=content.movement, part=SECTION_FOUR.get(content.drill.kind, ""))


def _interleaved(contents: Sequence[Content]) -> list[Content]:
    """Pieces of five minutes in turn; a lone movement stays whole."""
    if len(contents) < 2:
        return list(contents)
    left = {each.drill.key: each.minutes for each in contents}
    pieces: list[Content] = []
    while any(left.values()):
        for each in contents:
            minutes = left[each.drill.key]
            some = minutes if minutes < 2 * PIECE else PIECE
            if some:
                pieces.append(replace(each, minutes=some))
                left[each.drill.key] -= some
    return pieces


def _block(drill: Drill, minutes: int, reason: str, limit: Limit) -> Block:
    return Block(
        kind=drill.kind,
        part=drill.part or "",
        drill=drill.key,
        title=drill.title,
        cue=drill.cue,
        minutes=minutes,
        rpe=drill.rpe,
        reason=reason,
        limit=limit,
        solo=drill.solo,
    )
