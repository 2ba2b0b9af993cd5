"""Fixtures that every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says what else the machine does, not whether the code is right.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings; tests that ask for it are skipped where there is none."""
    folder = os.environ.get("DANCEKIT_REAL_DATA")
    if not folder:
        pytest.skip("needs real recordings: set DANCEKIT_REAL_DATA to their folder")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for the whole test run, and not the user's own."""
    folder = tmp_path_factory.getbasetemp().parent / "dancekit-cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANCEKIT_CACHE", str(folder))
        yield folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for real recordings is marked so."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)
