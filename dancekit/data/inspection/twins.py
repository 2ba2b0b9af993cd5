"""Recordings that are in two splits, or twice in one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dancekit.data.inspection.findings import Finding, Severity, counted, listed
from dancekit.data.inspection.fingerprints import nearly_same, same
from dancekit.data.inspection.measurements import Measurements, joined
from dancekit.data.inspection.splits import role

_LEAK = "Take them out of one of the two, or results are better than they are."
_TWICE = "Keep one of each: twins weigh double."


def twin_findings(parts: Mapping[str, Measurements], pairs: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Recordings with one name, with one content, and with nearly one content.

    Args:
        parts: split -> what was measured.
        pairs: splits that should share nothing.
    """
    for one, other in pairs:
        yield from _by_name(parts, one, other)
    every = joined(list(parts.values()))
    places = [(split, clip) for split, found in parts.items() for clip in range(len(found))]
    prints = every.fingerprints
    exact = same(prints.digest.tolist())
    yield from _Twins.of(parts, pairs, places, exact).findings("copies", "the same as")
    near = nearly_same(prints.print, every.frames, every.persons, prints.digest)
    yield from _Twins.of(parts, pairs, places, near).findings(
        "near-copies", "but for a shift or rounding the same as"
    )


def _by_name(parts: Mapping[str, Measurements], one: str, other: str) -> Iterator[Finding]:
    content = dict(zip(parts[one].name, parts[one].fingerprints.digest, strict=True))
    of_other = dict(zip(parts[other].name, parts[other].fingerprints.digest, strict=True))
    both = sorted(content.keys() & of_other.keys())
    if names := [name for name in both if content[name] == of_other[name]]:
        says = f"{counted(len(names), 'recording is', 'recordings are')} in {one} and in {other}"
        yield _finding("recordings-in-two-splits", _severity(one, other), says, names, _LEAK)
    if names := [name for name in both if content[name] != of_other[name]]:
        says = (
            f"{counted(len(names), 'name is', 'names are')} in {one} and in {other} for different recordings"
        )
        advice = "Check that they are no parts of one recording, and give each a name of its own."
        yield _finding("names-in-two-splits", "notice", says, names, advice)


@dataclass
class _Twins:
    """Twins by where they are; each is worded `one = other`."""

    across: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    within: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    contradictions: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls,
        parts: Mapping[str, Measurements],
        pairs: Sequence[tuple[str, str]],
        places: Sequence[tuple[str, int]],
        groups: Iterable[Sequence[int]],
    ) -> _Twins:
        """Where the members of groups are.

        Args:
            places: of every recording, its split and its place there.
            groups: those that are alike, by their place in `places`.
        """
        twins = cls()
        known: set[tuple[str, str]] = set()
        for group in groups:
            members: dict[str, list[int]] = defaultdict(list)
            for place in group:
                members[places[place][0]].append(places[place][1])
            for one, other in pairs:
                here = {parts[one].name[clip] for clip in members[one]}
                new = [clip for clip in members[other] if parts[other].name[clip] not in here]
                if here and new:
                    first = parts[one].name[members[one][0]]
                    twins.across[one, other] += [f"{parts[other].name[clip]} = {first}" for clip in new]
            for split, clips in members.items():
                found = parts[split]
                for clip in clips[1:]:
                    names = (found.name[clip], found.name[clips[0]])
                    if names not in known:  # a split like `all` has the twins of the others
                        known.add(names)
                        twins.within[split].append(f"{names[0]} = {names[1]}")
                        differs = (found.label[clip] != found.label[clips[0]]).any()
                        twins.contradictions[split] += int(differs)
        return twins

    def findings(self, code: str, relation: str) -> Iterator[Finding]:
        for (one, other), names in self.across.items():
            says = f"{_of(names, other)} {relation} recordings of {one}"
            yield _finding(f"{code}-in-two-splits", _severity(one, other), says, names, _LEAK)
        for split, names in self.within.items():
            says = f"{_of(names, split)} {relation} others of it"
            severity: Severity = "notice"
            if self.contradictions[split]:
                says += f", {self.contradictions[split]:,} of them with another label"
                severity = "problem"
            yield _finding(code, severity, says, names, _TWICE)


def _of(names: Sequence[str], split: str) -> str:
    return f"{counted(len(names), 'recording')} of {split} {'is' if len(names) == 1 else 'are'}"


def _severity(one: str, other: str) -> Severity:
    """Splits that nobody calls by a use may overlap on purpose."""
    return "notice" if "none" in (role(one)[0], role(other)[0]) else "problem"


def _finding(code: str, severity: Severity, says: str, names: Sequence[str], advice: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        sentence=f"{says}: {listed(names)}.",
        advice=advice,
        clips=len(names),
        names=tuple(names[:5]),
    )
