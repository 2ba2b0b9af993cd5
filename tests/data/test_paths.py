"""Where recordings are looked for, and in which order."""

from pathlib import Path

import pytest

from dancekit.data.paths import DATA_FOLDER, data_file
from dancekit.errors import DataError


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("current", "beside", "named")}
    for folder in made.values():
        folder.mkdir()
    monkeypatch.chdir(made["current"])
    monkeypatch.setenv(DATA_FOLDER, str(made["named"]))
    return made


def test_looks_in_the_current_folder_then_beside_then_in_the_named_one(folders: dict[str, Path]) -> None:
    beside = folders["beside"] / "clips.pkl"
    for name in ("named", "beside", "current"):  # each found before the one that was there
        (folders[name] / "a.txt").touch()
        assert data_file("a.txt", beside=beside) == folders[name] / "a.txt"


def test_an_absolute_path_is_taken_as_it_is(folders: dict[str, Path]) -> None:
    file = folders["beside"] / "a.pkl"
    with pytest.raises(DataError, match=r"a\.pkl"):
        data_file(file)
    file.touch()
    assert data_file(file) == file


def test_finds_folders(folders: dict[str, Path]) -> None:
    (folders["named"] / "recordings").mkdir()
    assert data_file(Path("recordings")) == folders["named"] / "recordings"


def test_says_where_it_looked(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError) as caught:
        data_file("absent.pkl", beside=folders["beside"] / "clips.pkl")
    for folder in folders.values():
        assert str(folder) in str(caught.value)
    monkeypatch.delenv(DATA_FOLDER)
    with pytest.raises(DataError, match=f"set {DATA_FOLDER}") as caught:
        data_file("absent.pkl")
    assert str(folders["named"]) not in str(caught.value)


def test_an_empty_variable_names_no_folder(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_FOLDER, "")
    with pytest.raises(DataError) as caught:
        data_file("absent.pkl")
    assert caught.value.message == f"There is no absent.pkl in {folders['current']}."
