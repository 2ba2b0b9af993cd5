"""Docstrings and values as Markdown, for the generated reference."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import MISSING, Field
from typing import Any

SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$", re.MULTILINE)


def split_docstring(thing: object) -> dict[str, str]:
    """Section -> text of a Google-style docstring; what comes before the first section is under ""."""
    before, *rest = SECTION.split(inspect.getdoc(thing) or "")
    texts = (inspect.cleandoc(each) for each in rest[1::2])
    return {"": before.strip(), **dict(zip(rest[::2], texts, strict=True))}


def entries(text: str) -> dict[str, str]:
    """name -> meaning in an `Args:` or `Attributes:` section."""
    found = re.findall(r"^(\w+): (.*(?:\n[ \t]+.*)*)", text, re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in found}


def meanings(target: type, section: str) -> dict[str, str]:
    """name -> meaning, also of what the class takes over from those it derives from."""
    found: dict[str, str] = {}
    for each in reversed(target.__mro__[:-1]):
        if each.__doc__:
            found |= entries(split_docstring(each).get(section, ""))
    return found


def prose(thing: object, *, without: str | None = None) -> str:
    """A docstring as Markdown: its text, then its sections but one as lists."""
    lines = []
    for section, text in split_docstring(thing).items():
        if section == without:
            continue
        if not section:
            lines.append(text)
        elif section == "Returns":
            lines.append(f"Returns: {' '.join(text.split())}")
        else:
            items = "\n".join(f"- `{name}`: {meaning}" for name, meaning in entries(text).items())
            lines.append(f"{section}:\n\n{items}" if items else f"{section}: {' '.join(text.split())}")
    return "\n\n".join(lines)


def signature(function: Any) -> str:
    """`name(parameters) -> result` as written, without `self`."""
    found = inspect.signature(function)
    kept = [each for name, each in found.parameters.items() if name not in ("self", "cls")]
    return f"{function.__name__}{found.replace(parameters=kept)}".replace("'", "")


def first_paragraph(thing: object) -> str:
    return " ".join(split_docstring(thing)[""].split("\n\n")[0].split())


def default_of(each: Field[Any]) -> str:
    """The default of a dataclass field as a recipe writes it."""
    if each.default_factory is not MISSING:
        return ""
    return "required" if each.default is MISSING else f"`{as_yaml(each.default)}`"


def as_yaml(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def anchor(title: str) -> str:
    """The link to a heading, as GitHub and most site generators make it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def indented(text: str) -> str:
    return textwrap.indent(text, "> ", lambda _: True).replace("> \n", ">\n")
