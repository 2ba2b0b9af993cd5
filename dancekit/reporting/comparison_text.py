"""A comparison as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from dancekit.reporting.comparison_contents import ComparedRow, Comparison

COLUMNS = (
    "row",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "standard_deviation",
    "seeds",
    "difference",
    "difference_low",
    "difference_high",
    "p_value",
    "top5",
    "printed",
    "parameters",
    "macs_per_clip",
    "training_clips_per_second",
    "inference_clips_per_second",
    "failed",
)
"""Of the CSV. Accuracies and differences are shares of 1, and `printed` is in percent as it was printed."""


def markdown(comparison: Comparison) -> str:
    """A table for a README or a paper's draft, with what its intervals mean below it."""
    printed = any(row.printed is not None for row in comparison.rows)
    heads = ["", "accuracy", "95 % interval", "± over seeds", "difference", "95 % interval", "p"]
    heads += ["printed"] if printed else []
    heads += ["parameters", "MACs a clip", "clips/s training", "clips/s inference"]
    lines = [f"## {_cell(comparison.title)}", "", _line(heads), _line(["---"] * len(heads))]
    lines += [_line(_cells(row, printed)) for row in comparison.rows]
    return "\n".join([*lines, "", *explanation(comparison)]) + "\n"


def explanation(comparison: Comparison) -> list[str]:
    """What was trained, what was tested and what the intervals are over, in sentences."""
    of = f" of {comparison.people} people" if comparison.people else ""
    sentences = [
        f"Each row was trained with {_count(comparison.seeds, 'seed')}, and each training was tested once, "
        f"at the end, on the same {_count(comparison.clips, 'clip')}{of}."
    ]
    shown = [row for row in comparison.rows if row.accuracy is not None]
    if shown:
        over = {row.accuracy.over for row in shown if row.accuracy is not None}
        sentences.append(f"Intervals are over {' or '.join(sorted(over))}.")
    if any(row.difference is not None for row in shown):
        sentences.append(f"Differences are to {comparison.rows[0].name}, paired over people.")
    if comparison.source:
        sentences.append(f"Printed: {comparison.source}.")
    return sentences


def comma_separated(comparison: Comparison) -> str:
    """All numbers, unrounded, with `COLUMNS` as its head; empty where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in comparison.rows:
        accuracy, difference, cost = row.accuracy, row.difference, row.cost
        writer.writerow(
            [
                row.name,
                *(
                    [accuracy.value, accuracy.low, accuracy.high, _or_empty(accuracy.standard_deviation)]
                    if accuracy
                    else [""] * 4
                ),
                len(row.seeds),
                *(
                    [difference.value, difference.low, difference.high, difference.p_value]
                    if difference
                    else [""] * 4
                ),
                _or_empty(row.top5),
                _or_empty(row.printed),
                _or_empty(row.parameters),
                *([cost.macs_per_clip, cost.training, cost.inference] if cost else [""] * 3),
                row.failed,
            ]
        )
    return out.getvalue()


def percent(share: float, *, signed: bool = False) -> str:
    """Two digits after the point, with a true minus."""
    return f"{100 * share:{'+' if signed else ''}.2f}".replace("-", "−")


def chance(p_value: float) -> str:
    """A p value in three digits; what is smaller is not called 0."""
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _cells(row: ComparedRow, printed: bool) -> list[str]:
    name = _cell(row.name)
    shown = ["" if row.printed is None else f"{row.printed:.2f}"] if printed else []
    if row.accuracy is None:
        return [name, f"failed: {_cell(row.failed)}", *[""] * 5, *shown, *[""] * 4]
    accuracy, difference, cost = row.accuracy, row.difference, row.cost
    spread = accuracy.standard_deviation
    return [
        name,
        percent(accuracy.value),
        f"{percent(accuracy.low)} to {percent(accuracy.high)}",
        "" if spread is None else percent(spread),
        *(
            [
                percent(difference.value, signed=True),
                f"{percent(difference.low, signed=True)} to {percent(difference.high, signed=True)}",
                chance(difference.p_value),
            ]
            if difference
            else [""] * 3
        ),
        *shown,
        "" if row.parameters is None else f"{row.parameters:,}",
        *(
            [f"{cost.macs_per_clip:,}", f"{cost.training:,.0f}", f"{cost.inference:,.0f}"]
            if cost
            else [""] * 3
        ),
    ]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    """Text that cannot leave its cell."""
    return " ".join(text.replace("|", "\\|").split())


def _count(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value
