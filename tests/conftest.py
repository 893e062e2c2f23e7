"""What every test may ask for: the shared recordings, the brokers on this machine, a clock that waits."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dispatch import language
from dispatch.clock import ManualClock

ROOT = Path(__file__).parent.parent
MORNING = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)

# A property is true or not: on a busy machine one example may take long, and that is no failure of it.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def shared_data_folder() -> Path | None:
    """Where the real recordings lie: CZT_SHARED_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("CZT_SHARED_DATA") or ROOT.parent / "shared" / "data")
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; skips the test where there is none."""
    folder = shared_data_folder()
    if folder is None:
        pytest.skip("no shared data: set CZT_SHARED_DATA or put it at ../shared/data")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a person asks for who has changed a screen and will look at it."""
    parser.addoption(
        "--new-pictures",
        action="store_true",
        help="write the pictures of tests/console anew (with --dist loadgroup)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without mosquitto its tests are skipped, and say so."""
    if _mosquitto() is not None:
        return
    absent = pytest.mark.skip(reason="no mosquitto: install it, or put it on PATH")
    for item in items:
        if item.get_closest_marker("mosquitto"):
            item.add_marker(absent)


def _mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The mosquitto program; skips the test where there is none."""
    program = _mosquitto()
    if program is None:
        pytest.skip("no mosquitto: install it, or put it on PATH")
    return program


@pytest.fixture
def clock() -> ManualClock:
    """A clock at 08:30 in Changsha that moves only when told."""
    return ManualClock(MORNING)


@pytest.fixture(autouse=True)
def _the_default_language() -> None:
    """Every test starts in the console's own language, whatever the one before it spoke."""
    language.use("zh_CN")
