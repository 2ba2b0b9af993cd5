"""The page of a lifting run: how far the lifted poses are from the true ones, where and when."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from dancekit.reporting.bin_bars import FEW, bin_bars
from dancekit.reporting.curves import Curve, line_chart, nice_ticks, over_epochs
from dancekit.reporting.examples import Kind
from dancekit.reporting.figures import rate_chart
from dancekit.reporting.joint_bars import joint_bars
from dancekit.reporting.lifting_contents import LiftingReport, LiftingResult
from dancekit.reporting.page import filled, write_whole
from dancekit.reporting.pose_player import pose_motion, pose_still
from dancekit.reporting.scale_bar import scale_bar
from dancekit.reporting.svg import shortened, spoken

_KINDS: dict[Kind, str] = {
    "best": "Smallest errors",
    "median": "In the middle",
    "worst": "Largest errors",
}
_PARTS = 6  # styles for the parts of the loss
_LONGEST_NAME = 12  # of a part of the loss, at the end of its line


def render_lifting(report: LiftingReport) -> str:
    """The whole page; equal contents give equal pages.

    Every name and text is escaped, and the page's own script is the only one that may run in it.
    """
    headline = report.headline
    # The page's script takes the motions in the order in which the page shows the examples.
    examples = [each for kind in _KINDS for each in report.examples if each.kind == kind]
    return filled(
        "lifting.html",
        styles=("page.css", "lifting.css"),
        report=report,
        headline=headline,
        results=sorted(report.results, key=lambda result: result is not headline),
        interval=None if headline is None else _error_bar(headline),
        curves=_curves(report),
        joints=None if headline is None else _joint_errors(report, headline),
        weights={name: _joint_weights(report, name) for name in report.weights},
        conditions={} if headline is None else _conditions(headline),
        few=FEW,
        worst=max((each.error or 0.0 for each in report.movements), default=0.0) or 1.0,
        kinds=_KINDS,
        examples=[(example, pose_still(example)) for example in examples],
        motions=[pose_motion(example) for example in examples],
    )


def write_lifting_page(report: LiftingReport, file: Path) -> None:
    """Write the page of a lifting run."""
    write_whole(render_lifting(report), file)


def _error_bar(result: LiftingResult) -> Markup | None:
    """The error with its interval, from 0 to beyond what the mean pose has."""
    if result.mpjpe is None:
        return None
    highest = nice_ticks(1.05 * max(result.mean_pose or 0.0, result.mpjpe))[-1]
    says = f"MPJPE {result.mpjpe:.1f} mm"
    if result.interval is not None:
        says += f", 95% interval {result.interval[0]:.1f} to {result.interval[1]:.1f} mm"
    return scale_bar(
        result.mpjpe,
        result.interval,
        highest=highest,
        ends=("0", f"{highest / 2:g}", f"{highest:g} mm"),
        mark=None if result.mean_pose is None else ("mean pose", result.mean_pose),
        label=says,
    )


def _curves(report: LiftingReport) -> dict[str, Markup]:
    """`loss` with its parts, `error` where it was validated, and `rate`; none without a history."""
    if not report.history:
        return {}
    chosen = None if report.chosen_epoch is None else report.chosen_epoch + 1
    columns = list(dict.fromkeys(name for row in report.history for name in row))
    parts = [
        name for name in columns if name.startswith("train/") and name not in ("train/loss", "train/mpjpe")
    ]
    total = Curve(name="loss", style="train", points=over_epochs(report.history, "train/loss"))
    losses = [
        Curve(
            name=shortened(spoken(name.removeprefix("train/")), _LONGEST_NAME),
            style=f"part-{place % _PARTS + 1}",
            points=over_epochs(report.history, name),
        )
        for place, name in enumerate(parts if len(parts) > 1 else ())  # one part alone is the loss
    ]
    label = f"Training loss and its parts over {len(report.history)} epochs"
    figures = {"loss": line_chart([total, *losses], label=label, chosen=chosen)}
    errors = [
        Curve(name=name, style=style, points=points)
        for name, style, role in (("training", "train", "train"), ("validation", "validate", "validate"))
        if (points := over_epochs(report.history, f"{role}/mpjpe"))
    ]
    if errors:
        label = f"MPJPE in millimetres over {len(report.history)} epochs"
        figures["error"] = line_chart(errors, label=label, chosen=chosen)
    if "learning_rate" in columns:
        figures["rate"] = rate_chart(report)
    return figures


def _joint_errors(report: LiftingReport, result: LiftingResult) -> Markup:
    return joint_bars(report.output_layout, result.per_joint, label="Mean error of each joint in millimetres")


def _joint_weights(report: LiftingReport, name: str) -> Markup:
    """Shares are drawn from 0 to 1, so that a weight of 1 is seen to be all."""
    values = dict(zip(report.output_layout.joints, map(float, report.weights[name]), strict=True))
    share = all(0 <= value <= 1 for value in values.values())
    return joint_bars(
        report.output_layout,
        values,
        label=f"{spoken(name)} of each joint",
        highest=1.0 if share else None,
        write="{:.2f}".format,
    )


def _conditions(result: LiftingResult) -> dict[str, Markup]:
    """`speed` and `occlusion`, each where something was counted."""
    figures = {}
    if any(each.count for each in result.speed):
        figures["speed"] = bin_bars(
            result.speed,
            label="Error against the speed of the joint",
            unit="m/s",
            counted="joints",
            overall=result.mpjpe,
        )
    if any(each.count for each in result.occlusion):
        figures["occlusion"] = bin_bars(
            result.occlusion,
            label="Error against the number of missing joints of the input",
            unit="missing joints",
            counted="frames",
            overall=result.mpjpe,
        )
    return figures
