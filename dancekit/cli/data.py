"""dancekit data import|inspect|view|convert"""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "import": ("dancekit.cli.data_import:import_", "Pack recordings of any format into one store."),
    "inspect": ("dancekit.cli.data_inspect:inspect", "What to know of recordings before training on them."),
    "view": ("dancekit.cli.data_view:view", "Look at recordings: a page, a GIF or a strip of pictures."),
    "convert": ("dancekit.cli.data_convert:convert", "Write recordings as a PYSKL pickle or an npz archive."),
}


class _DataCommands(click.Group):
    """Each command is imported when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group(cls=_DataCommands)
def data() -> None:
    """Import, inspect, view and convert recordings.

    SOURCE is a file or a folder of recordings, a recipe, or the name of a data set; KEY=VALUE are the
    arguments of the data set:

    dancekit data inspect walk.bvh metres_per_unit=0.01
    """
