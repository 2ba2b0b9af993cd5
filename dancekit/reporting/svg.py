"""Writing SVG: elements with escaped text and attributes, and numbers as short as they can be."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Attribute = str | float | None


def element(name: str, *children: str | Iterable[str], **attributes: Attribute) -> Markup:
    """One element. Plain text among the children is escaped, elements are not.

    Args:
        attributes: `class_` is class, other underscores are hyphens; None leaves an attribute out.
    """
    opening = [name]
    for key, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            opening.append(f'{key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inside = Markup("").join(
        escape(child) if isinstance(child, str) else Markup("").join(child) for child in children
    )
    return Markup(f"<{' '.join(opening)}>{inside}</{name}>")


def picture(width: float, height: float, *children: str | Iterable[str], label: str, class_: str) -> Markup:
    """An inline SVG of this natural size, with a name for those who can't see it."""
    return element(
        "svg",
        *children,
        class_=class_,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )


def number(value: float) -> str:
    """At most two decimals, none that say nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def spoken(name: str) -> str:
    """A joint or class name for reading: left_elbow is "left elbow"."""
    return name.replace("_", " ")
