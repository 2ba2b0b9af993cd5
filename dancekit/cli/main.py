"""The command `dancekit`: parses, prints, and turns errors into sentences and exit codes. No torch here."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from dancekit import __version__
from dancekit.console import say
from dancekit.errors import DancekitError, missing_library
from dancekit.plugin import Registry


@dataclass(frozen=True)
class Verb:
    """A command that is imported only when it is called."""

    target: str
    summary: str


VERBS = {
    "fit": Verb("dancekit.cli.fit:fit", "Train, validate and test a recipe; or resume a run."),
    "validate": Verb("dancekit.cli.evaluate:validate", "Evaluate a run on its validation recordings."),
    "test": Verb("dancekit.cli.evaluate:test", "Evaluate a run on its test split, or on any other."),
    "predict": Verb("dancekit.cli.predict:predict", "Find who does which movement when, in any recording."),
    "export": Verb("dancekit.cli.export:export", "Write a run as ONNX or safetensors, for other programs."),
    "bench": Verb("dancekit.cli.bench:bench", "Measure how fast, large and costly a recipe is here."),
    "compare": Verb("dancekit.cli.compare:compare", "Train recipes over seeds, and compare with intervals."),
    "data": Verb("dancekit.cli.data:data", "Import, inspect, view and convert recordings."),
    "recipes": Verb("dancekit.cli.recipes:recipes", "List, show and check recipes."),
    "plugins": Verb("dancekit.cli.plugins:plugins", "List, show, check and make plugins."),
}


@dataclass
class Session:
    """What the options before the verb say."""

    files: Sequence[str] = ()

    def registry(self) -> Registry:
        return Registry.load(self.files)


class Verbs(click.Group):
    """The built-in verbs, then the commands that plugins provide."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*VERBS, *(name for name in self._registry(context).names("command") if name not in VERBS)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in VERBS:
            module, _, attribute = VERBS[name].target.partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        registry = self._registry(context)
        if name not in registry.names("command"):
            return None
        found = registry.find("command", name).load()
        if not isinstance(found, click.Command):
            raise DancekitError(f"the command {name!r} of a plugin is no click command.")
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Name and summary of each verb, without importing any."""
        rows = [(name, verb.summary) for name, verb in VERBS.items()]
        for provided in self._registry(context).components("command"):
            rows.append((provided.component.name, provided.component.summary))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _registry(self, context: click.Context) -> Registry:
        if "registry" not in context.meta:
            context.meta["registry"] = Registry.load(context.params.get("files", ()))
        found: Registry = context.meta["registry"]
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--plugin", "files", multiple=True, metavar="FILE", help="Use a local Python file as a plugin.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="dancekit")
@click.pass_context
def group(context: click.Context, files: Sequence[str], debug: bool) -> None:
    """Recognise dance movement with parts that anyone can publish.

    Start with: dancekit fit recipes/stgcn_sta.yaml
    """
    context.obj = Session(files)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong input, 3 broken plugin, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = group.main(words, prog_name="dancekit", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)  # click returns the code of an early exit
    except (DancekitError, ModuleNotFoundError) as error:
        told = error if isinstance(error, DancekitError) else missing_library(error)
        if told is None or "--debug" in words:
            raise
        say(f"Error: {told}")
        sys.exit(told.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say("Interrupted.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output has seen enough
