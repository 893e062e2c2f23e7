"""An audit log in a folder of its own, and closed at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.audit.log import AuditLog
from dispatch.clock import ManualClock
from dispatch.domain.geography import CityCode
from tests.audit.logs import Open


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite"


@pytest.fixture
def open_log(path: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens the log at `path`; whatever is still open at the end of the test is closed."""
    opened: list[AuditLog] = []

    def open_(**options: object) -> AuditLog:
        log = AuditLog.open(path, clock=clock, city=CityCode("changsha"), console="console-1", **options)  # type: ignore[arg-type]
        opened.append(log)
        return log

    yield open_
    for log in opened:
        log.close_now()


@pytest.fixture
async def hundred(open_log: Open, path: Path, clock: ManualClock) -> Path:
    """A closed log of a hundred rows, one a second."""
    log = open_log()
    for number in range(100):
        clock.advance(1)
        await log.append("unit.chosen", actor="op-7", target=f"CS-{number:03}", detail={"rank": number})
    await log.close()
    return path
