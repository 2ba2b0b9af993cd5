"""What all pages of the coach are made with: one HTML file each that asks no network for anything."""

from __future__ import annotations

from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, FunctionLoader
from markupsafe import Markup

from dancekit.reporting.page import page_environment, page_file, script_hash
from dancekit_coach.report_angles import angle_words


def render(template: str, **contents: Any) -> str:
    """A page of this plugin, which extends the base of all pages of dancekit and moves by its script."""
    environment = page_environment()
    environment.loader = ChoiceLoader([FunctionLoader(_own_file), FunctionLoader(page_file)])
    environment.filters["angle"] = angle_words
    script = page_file("page.js") + (_own_file("coach.js") or "")
    style = page_file("page.css") + (_own_file("coach.css") or "")
    return environment.get_template(template).render(
        style=Markup(style), script=Markup(script), script_hash=script_hash(script), **contents
    )


def _own_file(name: str) -> str | None:
    """A file of this plugin; None where it has none of that name."""
    file = resources.files("dancekit_coach").joinpath(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None
