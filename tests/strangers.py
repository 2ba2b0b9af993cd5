"""Plugins of strangers, laid out on disk as an installer leaves them."""

from __future__ import annotations

from pathlib import Path

HOOK = """
from dancekit.plugin import Component, hookimpl

@hookimpl
def dancekit_components():
    yield Component(kind={kind!r}, name={name!r}, target={target!r}, summary="a stranger's")
"""


def install(folder: Path, module: str, code: str, *, entry: str = "", version: str = "1.0") -> None:
    """A module with its code, and the record by which importlib.metadata finds its entry point.

    Args:
        folder: stands on the import path.
        entry: name of the entry point; that of the module without it.
    """
    (folder / f"{module}.py").write_text(code)
    record = folder / f"{module}-{version}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    (record / "entry_points.txt").write_text(f"[dancekit]\n{entry or module} = {module}\n")


def hook(kind: str = "backbone", name: str = "mine", target: str = "stranger_model:Mine") -> str:
    """The code of a plugin that provides one component."""
    return HOOK.format(kind=kind, name=name, target=target)
