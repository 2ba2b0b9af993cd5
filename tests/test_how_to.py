"""The how-to guides show real files: each block with a title is part of that file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = sorted((DOCS / "how-to").glob("*.md"))


def titled_blocks(guide: Path) -> list[tuple[str, str]]:
    """(file, code) of each fenced block that names its file."""
    return re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', guide.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_blocks_are_parts_of_their_files(guide: Path) -> None:
    for file, code in titled_blocks(guide):
        content = (DOCS / "examples" / file).read_text()
        assert code.strip("\n") in content, f"{guide.name} shows something else than {file}"


def test_plugin_guide_shows_the_example_package() -> None:
    shown = {file for file, _ in titled_blocks(DOCS / "how-to" / "write-a-backbone-plugin.md")}
    assert {Path(file).name for file in shown} >= {
        "pyproject.toml",
        "__init__.py",
        "model.py",
        "test_contract.py",
    }


def test_plugin_guide_names_commands_that_exist() -> None:
    """The commands and calls that the guide rests on exist."""
    guide = (DOCS / "how-to" / "write-a-backbone-plugin.md").read_text()
    from dancekit.cli.plugins import plugins

    for verb in re.findall(r"dancekit plugins (\w+)", guide):
        assert verb in plugins.commands
