"""The page of a run: one HTML file that needs nothing else and asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from dancekit.reporting.confusion import confusion_matrix
from dancekit.reporting.contents import RunReport
from dancekit.reporting.figures import (
    attention_figures,
    connection_figures,
    curve_figures,
    interval_bar,
    matrix_figure,
)
from dancekit.reporting.player import motion, still
from dancekit.reporting.scores import class_scores
from dancekit.reporting.svg import spoken


def render(report: RunReport) -> str:
    """The whole page; equal contents give equal pages.

    Every name and text is escaped, and the page's own script is the only one that may run in it.
    """
    return filled(
        "page.html",
        report=report,
        headline=report.headline,
        interval=_interval(report),
        curves=curve_figures(report),
        splits=[
            (
                result,
                confusion_matrix(result.confusion, report.classes),
                class_scores(result.confusion, report.classes),
            )
            for result in sorted(report.results, key=lambda result: result is not report.headline)
        ],
        connections=None if report.connections is None else connection_figures(report.connections),
        attention=[attention_figures(attention) for attention in report.attention],
        matrices=[matrix_figure(matrix, place) for place, matrix in enumerate(report.matrices)],
        examples=[(example, still(example)) for example in report.examples],
        motions=[motion(example) for example in report.examples],
    )


def write_page(report: RunReport, file: Path) -> None:
    """Write the page of a run of recognition."""
    write_whole(render(report), file)


def filled(
    template: str,
    *,
    styles: Sequence[str] = ("page.css",),
    scripts: Sequence[str] = ("page.js",),
    **contents: Any,
) -> str:
    """A page with its styles and its script, which is all of `scripts` one behind the other."""
    script = "".join(page_file(each) for each in scripts)
    return (
        page_environment()
        .get_template(template)
        .render(
            style=Markup("").join(Markup(page_file(sheet)) for sheet in styles),
            script=Markup(script),
            script_hash=script_hash(script),
            **contents,
        )
    )


def write_whole(page: str, file: Path) -> None:
    """Write through a temporary file, so that a killed run leaves the old page or the new, never half."""
    temporary = file.with_name(file.name + ".part")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(file)


def _interval(report: RunReport) -> Markup | None:
    headline = report.headline
    if headline is None:
        return None
    return interval_bar(headline.accuracy, headline.interval, guessing=1 / len(report.classes))


def page_environment() -> Environment:
    """Templates of this folder, in which every text is escaped."""
    environment = Environment(
        loader=FunctionLoader(page_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": True}
    environment.filters |= {
        "percent": _percent,
        "decimal": _decimal,
        "count": _count,
        "duration": _duration,
        "spoken": spoken,
    }
    return environment


def script_hash(script: str) -> str:
    """What a content-security-policy names a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page_file(name: str) -> str:
    """The text of a template, a script or a style sheet of this folder."""
    return resources.files("dancekit.reporting").joinpath(name).read_text(encoding="utf-8")


def _percent(share: float | None, digits: int = 1) -> str:
    """A share as 81.0%; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.{digits}f}%"


def _decimal(value: float | None, digits: int = 1) -> str:
    """A number as 48.1; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _count(number: int, one: str, many: str) -> str:
    """1 clip, 2 clips, 3,500 clips"""
    return f"{number:,} {one if number == 1 else many}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
