"""What `dancekit data inspect` prints: a summary on one screen, then the findings."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from dancekit.data.inspection.summary import Spread, Summary
    from dancekit.verbs.inspect import Inspected

WIDTH = 110
_NAME = 32  # cells of the longest name that is shown whole
_MOST_SPLITS = 6
_MOST_CLASSES = 24
_MOST_WORST = 5
_MOST_PEOPLE = 8
_FIRM = 0.01  # variation of a bone's length up to which it is no matter


def plain(text: str) -> str:
    """Text without what moves the cursor, changes colours or turns the direction of reading.

    Names come from files of strangers, and a terminal does what such characters say.
    """
    return "".join(
        " " if character in "\t\n" else character
        for character in text
        if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )


def lines(inspected: Inspected, *, width: int) -> Iterator[Text]:
    """The whole report."""
    yield from _head(inspected)
    yield Text()
    yield from _table(inspected)
    yield Text()
    yield from _spreads(inspected.inspection.total, inspected.inspection.coordinates)
    yield Text()
    yield from _facts(inspected.inspection.total, width)
    yield Text()
    yield from _findings(inspected, width)


def _head(inspected: Inspected) -> Iterator[Text]:
    found, total = inspected.inspection, inspected.inspection.total
    yield Text(plain(inspected.path or inspected.dataset), style="bold")
    metres = "3D, metres" if found.coordinates == 3 else "2D"
    if found.coordinates == 2:
        sizes = [f"pixels of {size}" for size in list(total.pictures)[:2]]
        more = " and others" if len(total.pictures) > 2 else ""
        metres = f"2D, {', '.join(sizes)}{more}" if sizes else "2D, size of the picture unknown"
    layout = f"{len(found.layout.joints)} joints ({_short(found.layout.name)})"
    classes = f"{len(total.classes):,} class{'es' if len(total.classes) != 1 else ''}"
    memory = f"{total.bytes / 1e6:,.1f} MB"
    yield Text(f"read as {_short(inspected.dataset)}: {layout}, {metres}, {classes}, {memory}")


def _table(inspected: Inspected) -> Iterator[Text]:
    """Splits as columns; who and what is in them as rows."""
    columns: dict[str, Summary] = dict(inspected.inspection.splits)
    total = inspected.inspection.total
    if len(columns) > _MOST_SPLITS:
        columns = {}
    if all(each.clips != total.clips for each in columns.values()):
        columns["all splits"] = total
    heads = [_short(split) for split in columns]
    if not inspected.inspection.splits.keys() <= columns.keys():
        sizes = [f"{_short(name)} {each.clips:,}" for name, each in inspected.inspection.splits.items()]
        yield Text(plain(f"{len(sizes)} splits, with clips: {_some(sizes, 12)}"))
        yield Text()
    rows: list[tuple[str, Sequence[str]]] = [("", heads)]
    facts: list[tuple[str, Callable[[Summary], str]]] = [
        ("clips", lambda each: f"{each.clips:,}"),
        ("frames", lambda each: f"{each.frames:,}"),
        ("hours", lambda each: "?" if each.hours is None else f"{each.hours:,.2f}"),
        ("people", lambda each: f"{len(each.people):,}" if each.people else "?"),
    ]
    rows += [(name, [value(each) for each in columns.values()]) for name, value in facts]
    rows.append(("", [""] * len(columns)))
    names = list(total.classes) if any(total.classes.values()) else []
    left_out = 0
    if len(names) > _MOST_CLASSES:
        order = sorted(names, key=lambda name: -total.classes[name])
        names, left_out = (
            order[: _MOST_CLASSES // 2] + order[-_MOST_CLASSES // 2 :],
            len(names) - _MOST_CLASSES,
        )
    for place, name in enumerate(names):
        if left_out and place == _MOST_CLASSES // 2:
            rows.append((f"({left_out:,} classes between)", [""] * len(columns)))
        rows.append((_short(name), [f"{each.classes[name]:,}" for each in columns.values()]))
    if total.unlabelled:
        rows.append(("(no label)", [f"{each.unlabelled:,}" for each in columns.values()]))
    yield from _aligned(rows, first_of_classes=len(facts) + 2)


def _aligned(rows: Sequence[tuple[str, Sequence[str]]], *, first_of_classes: int) -> Iterator[Text]:
    width = max(cell_len(name) for name, _ in rows)
    widths = [max(cell_len(row[place]) for _, row in rows) for place in range(len(rows[0][1]))]
    for number, (name, cells) in enumerate(rows):
        line = Text(set_cell_size(name, width), style="bold" if number == 0 else "")
        for cell, size in zip(cells, widths, strict=True):
            absent = cell == "0" and number >= first_of_classes
            line.append("  " + " " * (size - cell_len(cell)))
            line.append(cell, style="yellow" if absent else "")
        yield line


def _spreads(total: Summary, coordinates: int) -> Iterator[Text]:
    """From the least to the most, a row each."""
    rows: list[tuple[str, Sequence[str]]] = [("", ("least", "5%", "middle", "95%", "most"))]
    rows.append(("frames of a clip", _numbers(total.lengths, "{:,.0f}")))
    if total.seconds is not None:
        rows.append(("seconds", _numbers(total.seconds, "{:,.1f}")))
    if total.size is not None:
        unit = "metres" if coordinates == 3 else "pixels" if total.pictures else "units"
        number = "{:,.2f}" if total.size.median < 10 else "{:,.0f}"
        rows.append((f"body in {unit}", _numbers(total.size, number)))
    return _aligned(rows, first_of_classes=len(rows))


def _numbers(spread: Spread, number: str) -> tuple[str, ...]:
    return tuple(
        number.format(value) for value in (spread.least, spread.low, spread.median, spread.high, spread.most)
    )


def _facts(total: Summary, width: int) -> Iterator[Text]:
    facts: list[tuple[str, str]] = [("frame rate", _rates(total))]
    persons = _some([f"{persons} in {count:,} clips" for persons, count in total.persons.items()], 5)
    if len(total.persons) == 1:
        persons = f"{next(iter(total.persons))} in each clip"
    facts.append(("persons", persons + (", each with a label" if total.label_per_person else "")))
    if total.people:
        known = [f"{_short(person)} ({count:,})" for person, count in _most(total.people)]
        people = ", ".join(known)
        if len(known) > _MOST_PEOPLE:
            counts = sorted(total.people.values())
            each = f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
            people = f"{len(known):,}, each in {each} clips"
        unknown = f"; unknown in {total.without_person:,} clips" if total.without_person else ""
        facts.append(("people", people + unknown))
    facts.append(("missing", _missing(total)))
    if total.uncertain:
        facts.append(("uncertain", f"{_share(total.uncertain)} of the seen joints have a score below 0.3"))
    if total.bones:
        worst = [f"{_short(joint)} {_share(by)}" for joint, by in _most(total.bones) if by > _FIRM]
        facts.append(("bones", f"vary by {_some(worst, _MOST_WORST)}" if worst else "keep their lengths"))
    size = max(len(name) for name, _ in facts)
    for name, fact in facts:
        for number, line in enumerate(_wrapped(fact, width - size - 2)):
            yield Text(f"{name if number == 0 else '':<{size}}  ").append(line)


def _rates(total: Summary) -> str:
    rates = [f"{rate} a second in {count:,} clips" for rate, count in _most(total.frame_rates)]
    if total.without_frame_rate:
        rates.append(f"unknown in {total.without_frame_rate:,} clips")
    if len(rates) == 1:
        return rates[0].partition(" in ")[0]
    return _some(rates, 4)


def _missing(total: Summary) -> str:
    worst = [f"{_short(joint)} {_share(share)}" for joint, share in _most(total.joints) if share]
    text = f"{_share(total.missing)} of the joints"
    if worst:
        text += f", most of {_some(worst, _MOST_WORST)}"
    if total.empty:
        text += f"; nobody is there in {_share(total.empty)} of the frames"
    return text


def _findings(inspected: Inspected, width: int) -> Iterator[Text]:
    findings = inspected.inspection.findings
    if not findings:
        yield Text("No findings.", style="green")
        return
    for finding in findings:
        style = "bold red" if finding.severity == "problem" else "yellow"
        for number, line in enumerate(_wrapped(finding.sentence, width - 9)):
            text = Text(f"{finding.severity if number == 0 else '':<9}", style=style)
            yield text.append(line, style="not bold default")
        for line in _wrapped(finding.advice, width - 9):
            yield Text(" " * 9 + line, style="dim")
    problems = sum(finding.severity == "problem" for finding in findings)
    notices = len(findings) - problems
    yield Text()
    yield Text(
        f"{problems} problem{'' if problems == 1 else 's'}, {notices} notice{'' if notices == 1 else 's'}"
    )


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(plain(text), max(20, width), break_on_hyphens=False)


def _short(name: str) -> str:
    name = plain(name)
    return name if cell_len(name) <= _NAME else set_cell_size(name, _NAME - 1) + "…"


def _some(texts: Sequence[str], most: int) -> str:
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _most(values: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda item: -item[1])


def _share(share: float) -> str:
    return "0%" if share == 0 else "below 0.1%" if share < 0.001 else f"{share:.1%}"
