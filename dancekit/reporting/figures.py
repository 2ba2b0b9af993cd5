"""The figures of a run's page, each from the part of the report that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from dancekit.reporting.contents import Array, AttentionMap, Connections, NamedMatrix, Report, RunReport
from dancekit.reporting.curves import Curve, line_chart, over_epochs
from dancekit.reporting.heatmap import cells, heat_map, legend
from dancekit.reporting.scale_bar import scale_bar
from dancekit.reporting.svg import spoken

_TIME_BINS = 32  # of attention over a clip
_CHANGES = 6  # in the list of what training changed most


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """Small pictures, one a block, from which the page chooses what the large ones show.

    Attributes:
        series: the names of the large pictures' series: `use` of `SERIES-i` shows block i.
        blocks: (number of the block, id of its small picture).
        chosen: the place of the first choice in `blocks`.
        shape: columns and rows of a small picture.
    """

    series: tuple[str, ...]
    blocks: tuple[tuple[int, str], ...]
    chosen: int
    shape: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class ConnectionFigures:
    """Connection strength before and after training (figures 3 and 4).

    Attributes:
        groups: the cells of every map, to be put once into the page.
        strongest: the connections that changed most: from, to, block, before, after.
    """

    groups: Markup
    before: Markup
    after: Markup
    change: Markup
    scale: Markup
    change_scale: Markup
    chooser: Chooser
    strongest: tuple[tuple[str, str, int, float, float], ...]


@dataclass(frozen=True, kw_only=True)
class AttentionFigures:
    """One kind of attention: how much each joint gets in each block, and when in one block."""

    name: str
    groups: Markup
    joints: Markup
    time: Markup
    scale: Markup
    time_scale: Markup
    chooser: Chooser
    most: tuple[str, ...]
    clips: int


@dataclass(frozen=True, kw_only=True)
class MatrixFigure:
    """One matrix of a backbone; `group` holds its cells, to be put once into the page."""

    title: str
    explanation: str
    group: Markup
    map: Markup
    scale: Markup


def curve_figures(report: RunReport) -> dict[str, Markup]:
    """`loss`, `accuracy` and `rate` over the epochs; none without a history."""
    if not report.history:
        return {}
    chosen = None if report.chosen_epoch is None else report.chosen_epoch + 1
    figures = {}
    for key, write in (("loss", "{:.3g}".format), ("accuracy", lambda share: f"{100 * share:.4g}%")):
        curves = [
            Curve(name=name, style=style, points=over_epochs(report.history, f"{role}/{key}"))
            for name, style, role in (("training", "train", "train"), ("validation", "validate", "validate"))
        ]
        label = f"{key.capitalize()} in training and validation over {len(report.history)} epochs"
        figures[key] = line_chart(curves, label=label, chosen=chosen, write=write)
    return figures | {"rate": rate_chart(report)}


def rate_chart(report: Report) -> Markup:
    """The learning rate over the epochs."""
    rate = Curve(name="", style="rate", points=over_epochs(report.history, "learning_rate"))
    return line_chart([rate], label="Learning rate over epochs", width=1040, height=150)


def interval_bar(accuracy: float, interval: tuple[float, float], *, guessing: float) -> Markup:
    """The accuracy with its interval between 0 and 100%, and where guessing would be."""
    low, high = interval
    return scale_bar(
        accuracy,
        interval,
        highest=1.0,
        ends=("0", "50", "100%"),
        mark=("guessing", guessing),
        label=f"Accuracy {100 * accuracy:.1f}%, 95% interval {100 * low:.1f} to {100 * high:.1f}%",
    )


def connection_figures(connections: Connections) -> ConnectionFigures:
    """Every block's graph; the block whose graph changed most comes first."""
    joints, change = connections.layout.joints, connections.change
    strongest = max(float(np.abs(connections.after).max()), float(np.abs(connections.before).max()), 1e-9)
    farthest = max(float(np.abs(change).max()), 1e-9)
    groups = [cells(connections.before / strongest, name="graph")]
    for block, (after, moved) in enumerate(zip(connections.after, change, strict=True)):
        groups.append(cells(after / strongest, name=f"strength-{block}"))
        groups.append(cells(moved / farthest, name=f"change-{block}"))
    chosen = int(np.abs(change).sum((1, 2)).argmax())
    side = 290 / len(joints)
    signed = bool((connections.after < 0).any())

    def figure(shown: str, series: str, label: str) -> Markup:
        return heat_map(
            shown,
            series=series,
            rows=joints,
            columns=joints,
            label=label,
            cell=(side, side),
            axis=("from", "to"),
        )

    return ConnectionFigures(
        groups=Markup("").join(groups),
        before=figure("graph", "graph", "Connection strength from joint to joint before training"),
        after=figure(
            f"strength-{chosen}", "strength", "Connection strength from joint to joint after training"
        ),
        change=figure(f"change-{chosen}", "change", "How training changed the connection strengths"),
        scale=legend(f"{-strongest:.2g}" if signed else "0", f"{strongest:.2g}", signed=signed),
        change_scale=legend(f"−{farthest:.2g}", f"+{farthest:.2g}", signed=True),
        chooser=Chooser(
            series=("strength", "change"),
            blocks=tuple((block + 1, f"change-{block}") for block in range(len(change))),
            chosen=chosen,
            shape=(len(joints), len(joints)),
        ),
        strongest=_most_changed(connections),
    )


def matrix_figure(matrix: NamedMatrix, place: int) -> MatrixFigure:
    """A matrix as a heat map in which 0 has no colour; `place` tells it from the page's others."""
    strongest = max(float(np.abs(matrix.values).max(initial=0)), 1e-9)
    name = f"matrix-{place}"
    side = max(10.0, 400 / max(1, len(matrix.columns)))
    signed = bool((matrix.values < 0).any())
    return MatrixFigure(
        title=matrix.title,
        explanation=matrix.explanation,
        group=cells(matrix.values / strongest, name=name),
        map=heat_map(
            name,
            series=name,
            rows=matrix.rows,
            columns=matrix.columns,
            label=matrix.title,
            cell=(side, side),
        ),
        scale=legend(f"−{strongest:.2g}" if signed else "0", f"{strongest:.2g}", signed=signed),
    )


def attention_figures(attention: AttentionMap) -> AttentionFigures:
    """Shades run from the least to the most attention of each figure, as gates differ little."""
    joints, name = attention.layout.joints, attention.name
    per_joint = np.stack([block.mean(0) for block in attention.blocks])  # (blocks, V)
    binned = [over_time(block, _TIME_BINS) for block in attention.blocks]  # each (T', V)
    lowest = min(float(block.min()) for block in binned)
    highest = max(float(block.max()) for block in binned)
    key = f"attention-{element_id(name)}"
    groups = [cells(_spread(per_joint, float(per_joint.min()), float(per_joint.max())), name=f"{key}-joints")]
    groups += [
        cells(_spread(block.T, lowest, highest), name=f"{key}-{i}")
        for i, block in enumerate(_same_length(binned))
    ]
    numbers = attention.numbers
    order = per_joint.mean(0).argsort(kind="stable")[::-1]
    chosen = len(numbers) - 1
    bins = max(len(block) for block in binned)
    return AttentionFigures(
        name=name,
        groups=Markup("").join(groups),
        joints=heat_map(
            f"{key}-joints",
            series=f"{key}-joints",
            rows=[str(each) for each in numbers],
            columns=joints,
            label=f"{spoken(name)} attention of each joint in each block",
            cell=(430 / len(joints), 22),
            axis=("block", ""),
        ),
        time=heat_map(
            f"{key}-{chosen}",
            series=key,
            rows=joints,
            columns=[""] * bins,
            label=f"{spoken(name)} attention of each joint over the clip in one block",
            cell=(400 / bins, min(22, 300 / len(joints))),
            axis=("", "from the start to the end of the clip"),
        ),
        scale=legend(f"{per_joint.min():.3g}", f"{per_joint.max():.3g}"),
        time_scale=legend(f"{lowest:.3g}", f"{highest:.3g}"),
        chooser=Chooser(
            series=(key,),
            blocks=tuple((each, f"{key}-{i}") for i, each in enumerate(numbers)),
            chosen=chosen,
            shape=(bins, len(joints)),
        ),
        most=tuple(joints[joint] for joint in order[:3]),
        clips=attention.clips,
    )


def over_time(values: Array, bins: int) -> Array:
    """(T, V) to the mean over at most this many equal stretches of time."""
    if len(values) <= bins:
        return values
    return np.stack([part.mean(0) for part in np.array_split(values, bins)])  # (bins, V)


def element_id(name: str) -> str:
    """A name as an id: letters, digits and hyphens, another for another name."""
    return "".join(
        letter if letter.isascii() and letter.isalnum() else f"-{ord(letter):x}-" for letter in name
    )


def _spread(values: Array, lowest: float, highest: float) -> Array:
    """From 0.05 at the lowest to 1 at the highest; all alike is in the middle."""
    if highest - lowest < 1e-9:
        return np.full_like(values, 0.5)
    return 0.05 + 0.95 * (values - lowest) / (highest - lowest)


def _same_length(blocks: Sequence[Array]) -> list[Array]:
    """Every (T, V) at the longest T, each value as long as it stands for."""
    longest = max(len(block) for block in blocks)
    return [block[np.arange(longest) * len(block) // longest] for block in blocks]


def _most_changed(connections: Connections) -> tuple[tuple[str, str, int, float, float], ...]:
    joints = connections.layout.joints
    size = np.abs(connections.change)
    order = np.argsort(-size, axis=None, kind="stable")[:_CHANGES]
    places = [tuple(int(i) for i in np.unravel_index(flat, size.shape)) for flat in order]
    return tuple(
        (
            joints[v],
            joints[w],
            block + 1,
            float(connections.before[v, w]),
            float(connections.after[block, v, w]),
        )
        for block, v, w in places
        if size[block, v, w] > 0
    )
