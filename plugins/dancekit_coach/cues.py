"""At most two things to say, the worst first; the words are data (`cues.yaml`) that a teacher can edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from dancekit.errors import DataError
from dancekit.wording import nearest
from dancekit_coach.angles import ANGLES
from dancekit_coach.form import FormError
from dancekit_coach.timing import SCALE, TEMPO_SCALE, TEMPO_TOLERANCE, Timing
from dancekit_coach.yaml_files import place_of, read_yaml

MOST = 2

_KINDS = tuple(dict.fromkeys(angle.name.removeprefix(f"{angle.side}_") for angle in ANGLES))
_TIMING = ("late", "early", "slower", "quicker")


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One thing to say.

    Attributes:
        about: the angle, `start`, `tempo` or `sides`.
        phase: where it was worst; "" for the whole.
        side: of the student's own body; "" for neither.
        words: the sentence.
        error: degrees, seconds, or the share of the tempo; its sign as in `FormError` and `Timing`.
        excess: how far beyond tolerance, in multiples of the score's scale: what cues are ranked by.
    """

    about: str
    phase: str
    side: str
    words: str
    error: float
    excess: float

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class CueWords:
    """The sentences, checked: every angle has a `more` and a `less`, and timing has its four."""

    angles: Mapping[str, Mapping[str, str]]
    timing: Mapping[str, str]
    sides: Mapping[str, str]

    @classmethod
    def from_yaml(cls, path: Path | str) -> CueWords:
        """Read a file like the shipped `cues.yaml`.

        Raises:
            DataError: it cannot be read, a sentence is missing, or a key is unknown.
        """
        path = Path(path)
        table = _table(read_yaml(path), ("angles", "timing", "sides"), path, "")
        angles = _table(table["angles"], _KINDS, path, "angles")
        return cls(
            angles={
                kind: _sentences(angles[kind], ("more", "less"), path, f"angles.{kind}") for kind in _KINDS
            },
            timing=_sentences(table["timing"], _TIMING, path, "timing"),
            sides=_sentences(table["sides"], ("exchanged",), path, "sides"),
        )


@cache
def shipped_words() -> CueWords:
    with resources.as_file(resources.files("dancekit_coach") / "cues.yaml") as path:
        return CueWords.from_yaml(path)


def choose_cues(
    errors: Sequence[FormError], timing: Timing, words: CueWords, *, exchanged: bool = False
) -> tuple[Cue, ...]:
    """The worst of what is beyond tolerance, one for each joint and one for the timing, at most two.

    Args:
        exchanged: left and right are danced the other way round: nothing else is worth saying then.
    """
    if exchanged:
        sentence = words.sides["exchanged"]
        return (Cue(about="sides", phase="", side="", words=sentence, error=180.0, excess=np.inf),)
    candidates = [_of_form(error, words) for error in errors if error.beyond_tolerance]
    candidates += _of_timing(timing, words)
    candidates.sort(key=lambda cue: (-cue.excess, cue.about, cue.phase))
    chosen: list[Cue] = []
    for cue in candidates:
        if len(chosen) < MOST and _joint(cue) not in map(_joint, chosen):
            chosen.append(cue)
    return tuple(chosen)


def _of_form(error: FormError, words: CueWords) -> Cue:
    side = next((side for side in ("left", "right") if error.angle.startswith(f"{side}_")), "")
    kind = error.angle.removeprefix(f"{side}_")
    sentence = words.angles[kind]["more" if error.error > 0 else "less"]
    return Cue(
        about=error.angle,
        phase=error.phase,
        side=side,
        words=sentence.replace("{side}", side).replace("{phase}", error.phase),
        error=error.error,
        excess=error.excess,
    )


def _of_timing(timing: Timing, words: CueWords) -> list[Cue]:
    found = []
    lag, tempo = timing.start_lag, float(np.log(timing.tempo_ratio))
    if timing.together and abs(lag) > timing.tolerance and not timing.at_limit:
        found.append(
            Cue(
                about="start",
                phase="",
                side="",
                words=words.timing["late" if lag > 0 else "early"],
                error=lag,
                excess=(abs(lag) - timing.tolerance) / SCALE,
            )
        )
    if abs(tempo) > TEMPO_TOLERANCE:
        found.append(
            Cue(
                about="tempo",
                phase="",
                side="",
                words=words.timing["quicker" if tempo > 0 else "slower"],
                error=timing.tempo_ratio - 1,
                excess=(abs(tempo) - TEMPO_TOLERANCE) / TEMPO_SCALE,
            )
        )
    return found


def _joint(cue: Cue) -> str:
    """What a cue is about, coarsely: elevation and plane of one shoulder are one thing to mend."""
    return "timing" if not cue.phase else cue.about.rpartition("_")[0]


def _table(value: object, keys: Sequence[str], path: Path, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DataError(f"{path}: {where or 'it'} is no mapping.", hint=f"Write {', '.join(keys)}.")
    for key in value:
        if key not in keys:
            raise DataError(
                f"{place_of(path, value, key)}: there is no key {where and where + '.'}{key}.",
                hint=nearest(str(key), keys),
            )
    for key in keys:
        if key not in value:
            raise DataError(f"{path}: {where and where + '.'}{key} is missing.", hint="Write its sentences.")
    return value


def _sentences(value: object, keys: Sequence[str], path: Path, where: str) -> dict[str, str]:
    table = _table(value, keys, path, where)
    for key in keys:
        if not isinstance(table[key], str) or not table[key].strip():
            raise DataError(
                f"{place_of(path, table, key)}: {where}.{key} is not a sentence.",
                hint="Write what the dancer is told.",
            )
    return {key: table[key] for key in keys}
