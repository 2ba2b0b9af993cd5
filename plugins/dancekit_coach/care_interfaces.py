"""What may be exchanged in the caring half of the coach; the planner knows no more of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dancekit_coach.diary import CheckIn
    from dancekit_coach.drills import Drill
    from dancekit_coach.mastery import MasteryState, Trial
    from dancekit_coach.plan import PlanInputs, WeekPlan
    from dancekit_coach.wellness import WellnessVerdict


class MasteryModel(ABC):
    """What scores say about the mastery of a movement."""

    @abstractmethod
    def start(self) -> MasteryState:
        """The state before the first trial."""

    @abstractmethod
    def after(self, state: MasteryState, trials: Sequence[Trial]) -> MasteryState:
        """The state after the trials of one day, in the order in which they were made.

        Raises:
            DataError: they are of several days.
        """

    @abstractmethod
    def probability(self, state: MasteryState, day: date) -> float:
        """How surely the movement is mastered on a day, 0 to 1. Time alone must not raise it above 1/2."""

    @abstractmethod
    def mastered(self, state: MasteryState, day: date) -> bool:
        """Whether the movement may serve as a prerequisite on a day."""

    @abstractmethod
    def due(self, state: MasteryState, day: date) -> bool:
        """Whether a movement that was mastered should be reviewed on a day."""


class DrillLibrary(ABC):
    """Where drills come from."""

    @abstractmethod
    def drills(self) -> tuple[Drill, ...]:
        """All drills, always in the same order; they pass `dancekit_coach.drills.check_library`."""


class WellnessScale(ABC):
    """What check-ins say about how a dancer is, against her own past."""

    @abstractmethod
    def judge(self, check_ins: Sequence[CheckIn], day: date) -> WellnessVerdict:
        """The verdict on a day. A worse last check-in must not open the gate further."""


class Planner(ABC):
    """Makes the plan of a week."""

    @abstractmethod
    def plan(self, inputs: PlanInputs) -> WeekPlan:
        """The plan of the seven days from `inputs.start`; H1 to H11 hold, whatever the inputs."""
