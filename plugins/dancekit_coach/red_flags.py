"""Signs on which training stops until a person confirms professional advice; ticked by the dancer only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from dancekit.errors import DataError
from dancekit_coach.care_checks import name, one_of
from dancekit_coach.profile import DancerProfile

Urgency = Literal["emergency", "advice", "crisis"]


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One sign that can be ticked.

    Attributes:
        text: the sign in words.
        urgency: "emergency" needs help at once, "advice" a professional before training, "crisis" a person.
    """

    text: str
    urgency: Urgency


def _signs(urgency: Urgency, texts: Mapping[str, str]) -> dict[str, Sign]:
    return {key: Sign(text=text, urgency=urgency) for key, text in texts.items()}


SIGNS: Mapping[str, Sign] = {
    **_signs(
        "emergency",
        {
            "chest_pain": "Pain or pressure in chest, jaw, neck or arm",
            "breathless": "Severe shortness of breath",
            "cold_sweat": "Cold sweat without a reason",
            "faint": "Fainting, or nearly",
            "weakness": "Sudden weakness or numbness",
            "speech_or_sight": "Sudden trouble speaking or seeing",
            "severe_headache": "Sudden severe headache",
        },
    ),
    **_signs(
        "advice",
        {
            "head_blow": "A blow to the head",
            "no_weight": "You cannot put weight on a leg",
            "deformed_joint": "A joint is deformed, locked or swollen",
            "pain_at_rest": "Pain at rest or at night",
            "growing_pain": "Pain that has been growing for two weeks",
            "fever": "Fever",
            "missed_periods": "Missed periods",
            "weight_loss": "Fast weight loss",
            "readiness": "A yes among the questions before the first training",
        },
    ),
    **_signs("crisis", {"self_harm": "Thoughts of harming yourself"}),
}

READINESS: Mapping[str, str] = {
    "heart": "Has a doctor ever told you to be careful with exercise because of heart or blood pressure?",
    "chest": "Do you get pain in the chest, at rest or when you move?",
    "balance": "In the last year, did you lose your balance from dizziness, or lose consciousness?",
    "condition": "Do you have another long-lasting condition, or take medicine for one?",
    "joints": "Is there a bone, joint or muscle problem that movement could make worse?",
    "pregnancy": "Are you pregnant, or did you give birth in the last months?",
    "supervised": "Has anybody told you to exercise only under medical supervision?",
}
"""Questions before the first training. One yes raises the flag "readiness"."""

_MESSAGES: Mapping[Urgency, str] = {
    "emergency": "Stop. Call your local emergency number now. There is no training.",
    "advice": "Stop. See a doctor or physiotherapist before you train again.",
    "crisis": "Stop. You are not alone: talk to somebody now.",
}
_IN_DANGER = "In danger, call your local emergency number."
_LOCAL_HELP = "Call your local emergency number or a crisis line, or go to a person whom you trust."


@dataclass(frozen=True, kw_only=True)
class RedFlag:
    """A sign that was ticked. It stays until a person confirms professional advice.

    Attributes:
        sign: a key of `SIGNS`.
        raised_on: the day on which it was ticked.
        cleared_on: the day on which it was cleared; None while it is active.
        cleared_by: who confirmed.
    """

    sign: str
    raised_on: date
    cleared_on: date | None = None
    cleared_by: str = ""

    def __post_init__(self) -> None:
        one_of(self.sign, "The sign", SIGNS)

    @property
    def active(self) -> bool:
        return self.cleared_on is None


def answer_readiness(answers: Mapping[str, bool], day: date) -> tuple[RedFlag, ...]:
    """The flags that the questions before the first training raise.

    Raises:
        DataError: a question is not answered, or is unknown.
    """
    for question in answers:
        one_of(question, "A question", READINESS)
    for question in READINESS:
        if not isinstance(answers.get(question), bool):
            raise DataError(f"The question {question!r} is not answered.", hint="Answer all with yes or no.")
    return (RedFlag(sign="readiness", raised_on=day),) if any(answers.values()) else ()


def clear(flag: RedFlag, *, by: str, advised: bool, day: date, profile: DancerProfile) -> RedFlag:
    """The flag, cleared.

    Args:
        flag: the flag.
        by: who confirms; for a minor the guardian of the profile.
        advised: this person confirms that a professional was asked and allows training.
        day: when.
        profile: of the dancer.

    Raises:
        DataError: there was no advice, or for a minor it is not the guardian who confirms.
    """
    name(by, "Who confirms")
    if advised is not True:
        raise DataError("No professional was asked.", hint="Ask one; then confirm it.")
    if profile.minor and by != profile.guardian:
        raise DataError(
            "For a minor the guardian confirms.", hint="Let the guardian of the profile confirm it."
        )
    if day < flag.raised_on:
        raise DataError(f"The flag was raised on {flag.raised_on}, after {day}.", hint="Check the date.")
    return replace(flag, cleared_on=day, cleared_by=by)


def stop_message(flags: Sequence[RedFlag], *, local_help: str = "") -> str:
    """What the dancer reads while a flag is active; the most urgent first, empty where none is active.

    Args:
        flags: all flags.
        local_help: of the profile; said with thoughts of self-harm.
    """
    order: tuple[Urgency, ...] = ("emergency", "crisis", "advice")
    active = sorted({flag.sign for flag in flags if flag.active}, key=list(SIGNS).index)
    parts = []
    for urgency in order:
        signs = [SIGNS[sign].text for sign in active if SIGNS[sign].urgency == urgency]
        if signs:
            said = "" if urgency == "crisis" else f" ({'; '.join(signs)})"  # others may look on
            parts.append(f"{_MESSAGES[urgency]}{said}")
            if urgency == "crisis":
                parts.append(f"{local_help.rstrip(' .')}. {_IN_DANGER}" if local_help else _LOCAL_HELP)
                parts.append("There is no training.")
    return " ".join(parts)
