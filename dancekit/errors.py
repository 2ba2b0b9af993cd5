"""One family of errors: each says what is wrong and the way out, and knows its exit code."""

from collections.abc import Sequence


class DancekitError(Exception):
    """Something a user can mend. The command line prints it without a traceback.

    Args:
        message: what is wrong, in one sentence that names the thing.
        hint: the way out, in one sentence.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class RecipeError(DancekitError):
    """A recipe, an override or an argument is wrong."""

    exit_code = 2


class RecipeErrors(RecipeError):
    """Every problem of one recipe together, so that they can be mended in one go."""

    def __init__(self, problems: Sequence[RecipeError]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class LayoutError(RecipeError):
    """A skeleton layout is unknown, malformed, or lacks a joint that was asked for."""


class DataError(DancekitError):
    """A recording or a data set cannot be used as it is."""

    exit_code = 2


class DataWarning(UserWarning):
    """Something of a recording was lost or assumed; prediction says it beside what it finds."""


class PluginError(DancekitError):
    """A plugin cannot be loaded, or what it provides does not keep the contract."""

    exit_code = 3


class RunError(DancekitError):
    """A run directory is missing something, or training failed."""


_LIBRARIES = ("torch", "lightning", "torchmetrics", "wandb")
"""What an environment that only runs exported models goes without."""


def missing_library(error: BaseException) -> RunError | None:
    """What to tell whoever goes without torch and needs it; None of any other error."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if name not in _LIBRARIES:
        return None
    return RunError(
        f"{name} is not installed, which training needs, and the models in run directories.",
        hint="Install everything with pip install dancekit, or predict with an exported model: "
        "dancekit predict model.onnx INPUT.",
    )
