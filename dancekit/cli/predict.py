"""dancekit predict"""

from __future__ import annotations

import json
from pathlib import Path

import click

from dancekit.cli.main import Session
from dancekit.console import say
from dancekit.errors import RecipeError


@click.command()
@click.argument("model", metavar="RUN")
@click.argument("words", nargs=-1, required=True, metavar="INPUT... [KEY=VALUE]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write timeline.html, .json and .csv of each recording; default predictions.",
)
@click.option("--format", "format_", metavar="NAME", help="The data set to read INPUT with.")
@click.option("--split", metavar="NAME", help="Of a data set; default all splits.")
@click.option(
    "--detector",
    metavar="NAME[,KEY=VALUE]...",
    help="Finds people in videos and images; default the one that is installed.",
)
@click.option("--lifter", metavar="RUN", help="A run that lifts 2D to 3D, where RUN reads 3D.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Confidence below which a movement is unknown; default as calibrated, 0 names everything.",
)
@click.option(
    "--shortest",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Tell no movement that is shorter; default from the training recordings.",
)
@click.option(
    "--stream", is_flag=True, help="Print movements as frames come in; INPUT may be the number of a camera."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout; with --stream a line each.")
@click.pass_obj
def predict(
    session: Session,
    model: str,
    words: tuple[str, ...],
    out: Path | None,
    format_: str | None,
    split: str | None,
    detector: str | None,
    lifter: str | None,
    threshold: float | None,
    shortest: float | None,
    stream: bool,
    as_json: bool,
) -> None:
    """Find who does which movement when, in recordings of any length.

    RUN is a run directory, `latest`, or a model.onnx. INPUT is a video, an image, a folder of images, the
    number of a camera, any recording that dancekit reads, or a data set.

    dancekit predict latest class.mp4

    dancekit predict latest dance_six recordings_test=6 --split test --out predictions
    """
    from dancekit.verbs.inputs import check_there
    from dancekit.verbs.predict import Failed, open_model, warnings_told, write_all
    from dancekit.verbs.predict import predict as predict_all

    sources = [word for word in words if "=" not in word or Path(word).exists()]
    overrides = [word for word in words if word not in sources]
    if not sources:
        raise RecipeError("no INPUT is named.", hint="Name a recording, a video or a data set.")
    registry = session.registry()
    if len(sources) == 1 and not as_json:
        check_there(sources[0], registry)
    opened = open_model(model, registry, lifter=lifter, threshold=threshold, shortest=shortest)
    say(opened.predictor.calibration.sentence)
    if stream:
        from dancekit.verbs.predict_stream import stream as stream_all

        if out is not None:
            raise RecipeError("--stream prints, and writes no files.", hint="Leave --out or --stream out.")
        with warnings_told(say):
            for line in stream_all(
                opened, sources, overrides, registry, detector=detector, format=format_, split=split
            ):
                click.echo(json.dumps(line.to_mapping()) if as_json else line.text)
        return
    target = out or (None if as_json else Path("predictions"))
    done, failed = [], []
    for each in predict_all(
        opened,
        sources,
        overrides,
        registry,
        detector=detector,
        format=format_,
        split=split,
        out=target,
    ):
        if isinstance(each, Failed):
            failed.append(each)
            if len(sources) > 1:
                say(f"{each.source}: {each.error}")
            continue
        done.append(each)
        if not as_json:
            click.echo(each.text)
    if target is not None and done:
        write_all(target, done)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "model": opened.name,
                    "calibration": opened.predictor.calibration.figures,
                    "recordings": [each.to_mapping() for each in done],
                    "failed": [each.to_mapping() for each in failed],
                }
            )
        )
    if len(failed) == 1 and len(sources) == 1 and not done:
        raise failed[0].error
    if failed:
        for each in failed if len(sources) == 1 else ():
            say(f"{each.source}: {each.error}")
        raise click.exceptions.Exit(2)
