"""Arguments and options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path

import click

source = click.argument("source")
overrides = click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
out = click.argument("out", type=click.Path(path_type=Path))
reader = click.option("--format", "reader", metavar="NAME", help="The data set to read SOURCE with.")
splits = click.option("--split", "splits", multiple=True, metavar="NAME", help="Only this split; repeatable.")
layout = click.option("--layout", metavar="NAME|FILE", help="Put the recordings into this layout.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
