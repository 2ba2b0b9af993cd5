"""What to say where the joints of a recording are not those of the layout."""

from __future__ import annotations

from dancekit.skeleton.layout import Layout, layout_names


def layouts_with(joints: int) -> str:
    """A hint: the shipped layouts of so many joints, or what to do without any."""
    names = [name for name in layout_names() if Layout.named(name).num_joints == joints]
    if names:
        return f"Layouts with {joints} joints: {', '.join(names)}."
    return "No shipped layout has as many: declare one in a YAML file."
