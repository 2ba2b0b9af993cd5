"""dancekit export"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.console import say
from dancekit.run import Run


@click.command()
@click.argument("run")
@click.option(
    "--format",
    type=click.Choice(["onnx", "safetensors"]),
    default="onnx",
    show_default=True,
    help="A graph that onnxruntime runs without torch, or the weights alone.",
)
@click.option("--fused", is_flag=True, help="Fold batch norm and the graph into the weights: same answers.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Write there; RUN/export without."
)
@shared.as_json
@click.pass_obj
def export(
    session: Session,
    /,
    run: str,
    format: Literal["onnx", "safetensors"],
    fused: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the best weights of RUN as a file for other programs, with a MODEL_CARD.md.

    RUN is a run directory, or `latest`. The file's answers are compared with PyTorch's on up to 100
    recordings of the run before it counts. Clips, persons and frames may differ in number from call to call.
    """
    found = Run.open(run)
    from dancekit.verbs.export import export as write

    written = write(found, session.registry(), format=format, fused=fused, out=out)
    answer: dict[str, Any] = written.to_mapping()
    if as_json:
        click.echo(json.dumps({"run": str(found.folder), **answer}))
        return
    if answer["inside"]:
        say(f"preprocessing inside: {', '.join(answer['inside'])}")
    if answer["outside"]:
        say(f"preprocessing that has to come before: {', '.join(answer['outside'])}")
    if answer["simulated"]:
        say(f"it takes detections in 2D: {', '.join(answer['simulated'])} made those that it was trained on")
    what = "made-up recordings" if answer["made_up"] else "recordings"
    say(f"within {answer['difference']:.1g} of PyTorch on {answer['clips']} {what}")
    click.echo(answer["file"])
