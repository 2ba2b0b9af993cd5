"""NTU RGB+D and NTU RGB+D 120 as published: names of recordings, classes, and who trains.

Sources: the data sets' README (shahroudy/NTURGB-D) for names and classes; for the cross-subject and
cross-view lists of 60 Shahroudy et al., "NTU RGB+D: A Large Scale Dataset for 3D Human Activity Analysis",
CVPR 2016; for the cross-subject and cross-setup lists of 120 Liu et al., "NTU RGB+D 120: A Large-Scale
Benchmark for 3D Human Activity Understanding", TPAMI 2019.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CLASSES_60 = (
    "drink water",
    "eat meal/snack",
    "brushing teeth",
    "brushing hair",
    "drop",
    "pickup",
    "throw",
    "sitting down",
    "standing up (from sitting position)",
    "clapping",
    "reading",
    "writing",
    "tear up paper",
    "wear jacket",
    "take off jacket",
    "wear a shoe",
    "take off a shoe",
    "wear on glasses",
    "take off glasses",
    "put on a hat/cap",
    "take off a hat/cap",
    "cheer up",
    "hand waving",
    "kicking something",
    "reach into pocket",
    "hopping (one foot jumping)",
    "jump up",
    "make a phone call/answer phone",
    "playing with phone/tablet",
    "typing on a keyboard",
    "pointing to something with finger",
    "taking a selfie",
    "check time (from watch)",
    "rub two hands together",
    "nod head/bow",
    "shake head",
    "wipe face",
    "salute",
    "put the palms together",
    "cross hands in front (say stop)",
    "sneeze/cough",
    "staggering",
    "falling",
    "touch head (headache)",
    "touch chest (stomachache/heart pain)",
    "touch back (backache)",
    "touch neck (neckache)",
    "nausea or vomiting condition",
    "use a fan (with hand or paper)/feeling warm",
    "punching/slapping other person",
    "kicking other person",
    "pushing other person",
    "pat on back of other person",
    "point finger at the other person",
    "hugging other person",
    "giving something to other person",
    "touch other person's pocket",
    "handshaking",
    "walking towards each other",
    "walking apart from each other",
)
"""Actions A1 to A60, in order."""

CLASSES_120 = (
    *CLASSES_60,
    "put on headphone",
    "take off headphone",
    "shoot at the basket",
    "bounce ball",
    "tennis bat swing",
    "juggling table tennis balls",
    "hush (quite)",
    "flick hair",
    "thumb up",
    "thumb down",
    "make ok sign",
    "make victory sign",
    "staple book",
    "counting money",
    "cutting nails",
    "cutting paper (using scissors)",
    "snapping fingers",
    "open bottle",
    "sniff (smell)",
    "squat down",
    "toss a coin",
    "fold paper",
    "ball up paper",
    "play magic cube",
    "apply cream on face",
    "apply cream on hand back",
    "put on bag",
    "take off bag",
    "put something into a bag",
    "take something out of a bag",
    "open a box",
    "move heavy objects",
    "shake fist",
    "throw up cap/hat",
    "hands up (both hands)",
    "cross arms",
    "arm circles",
    "arm swings",
    "running on the spot",
    "butt kicks (kick backward)",
    "cross toe touch",
    "side kick",
    "yawn",
    "stretch oneself",
    "blow nose",
    "hit other person with something",
    "wield knife towards other person",
    "knock over other person (hit with body)",
    "grab other person's stuff",
    "shoot at other person with a gun",
    "step on foot",
    "high-five",
    "cheers and drink",
    "carry something with other person",
    "take a photo of other person",
    "follow other person",
    "whisper in other person's ear",
    "exchange things with other person",
    "support somebody with hand",
    "finger-guessing game (playing rock-paper-scissors)",
)
"""Actions A1 to A120, in order, spelled as published."""

_SUBJECTS_60 = frozenset({1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38})
_SUBJECTS_120 = _SUBJECTS_60 | {
    *(45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89),
    *(91, 92, 93, 94, 95, 97, 98, 100, 103),
}
_CAMERAS = frozenset({2, 3})
_SETUPS_60, _SETUPS_120 = 17, 32
_NAME = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What the name SsssCcccPpppRrrrAaaa of a recording says; each number counts from 1."""

    name: str
    setup: int
    camera: int
    person: int
    repetition: int
    action: int

    @classmethod
    def of(cls, name: str) -> Recording | None:
        """The parts of a name; None if it is no such name, or no such setup or action was published."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        setup, camera, person, repetition, action = map(int, match.groups())
        if not (1 <= setup <= _SETUPS_120 and 1 <= action <= len(CLASSES_120)):
            return None
        return cls(name=name, setup=setup, camera=camera, person=person, repetition=repetition, action=action)


def names_in(text: str) -> frozenset[str]:
    """The names of recordings that occur in a text, such as the published lists of missing skeletons."""
    return frozenset(match[0] for match in _NAME.finditer(text))


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One edition of the data set.

    Attributes:
        classes: the actions, A001 first.
        setups: the highest setup that belongs to it.
        trains: for each way to divide the recordings, whether one is to train on; the rest is to test on,
            and is called `val` as everywhere in the field.
    """

    classes: tuple[str, ...]
    setups: int
    trains: Mapping[str, Callable[[Recording], bool]]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(f"{way}_{side}" for way in self.trains for side in ("train", "val"))

    def holds(self, recording: Recording) -> bool:
        """Whether a recording belongs to this edition."""
        return recording.setup <= self.setups and recording.action <= len(self.classes)

    def in_split(self, recording: Recording, split: str) -> bool:
        way, _, side = split.rpartition("_")
        return self.trains[way](recording) == (side == "train")


PROTOCOLS: Mapping[str, Protocol] = {
    "ntu60": Protocol(
        classes=CLASSES_60,
        setups=_SETUPS_60,
        trains={
            "xsub": lambda recording: recording.person in _SUBJECTS_60,
            "xview": lambda recording: recording.camera in _CAMERAS,
        },
    ),
    "ntu120": Protocol(
        classes=CLASSES_120,
        setups=_SETUPS_120,
        trains={
            "xsub": lambda recording: recording.person in _SUBJECTS_120,
            "xset": lambda recording: recording.setup % 2 == 0,
        },
    ),
}
