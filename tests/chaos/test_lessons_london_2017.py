"""London, January 2017: the dispatch system went down on its busiest night.

What a centre asks of its database must not cost more with every year it works: no statement of its daily
work, and none of its start, reads through a table that only grows.
"""

import re
import sqlite3
from pathlib import Path

import pytest

from dispatch.audit import connection as connections
from dispatch.centre.messages import ChangeIncident, Commit, Input, Report, Request, Said, Tick
from dispatch.centre.store import Store
from dispatch.domain.aid import AidId
from dispatch.domain.incidents import Act, Ending
from dispatch.domain.orders import RequestId
from tests.centre.test_records_on_disk import CONSOLE, NOW, NUMBERS, UNITS, asking, open_store, opening
from tests.reliability.recorded import JOB
from tests.unit.centre.centre_world import LI

HOUR = 3_600_000
GROWING = (
    "blood_orders",
    "blood_taken",
    "claims",
    "claim_history",
    "claim_asks",
    "journal",
    "quota_entries",
    "audit",
    "history",
    "orders",
    "incidents",
    "timeline",
    "answers",
    "aids",
    "asked",
    "alarms",
    "outbox",
)
ONE_END = re.compile(r"ORDER BY seq( DESC)? LIMIT 1")  # from one end, and no further
READS_THROUGH = re.compile(rf"SCAN ({'|'.join(GROWING)})\b(?! USING INDEX)")


def shift(store: Store) -> None:
    """What a city's centre does all day."""
    now = NOW
    for number, incident in enumerate(NUMBERS):
        store.take([opening(incident, f"o{number}")], now)
        request = RequestId(f"r{number}")
        job = JOB.model_copy(update={"incident": incident})
        store.take([Request(request, UNITS[number], CONSOLE, "li", job, now + 60_000)], now)
        held = store.order(request)
        assert held is not None
        steps: list[Input] = [
            Commit(request, UNITS[number], CONSOLE, "li", held.token),
            Report(UNITS[number], request, held.token, Said.ACKNOWLEDGED),
            Report(UNITS[number], request, held.token, Said.DONE, "completed"),
            ChangeIncident(
                f"c{number}", CONSOLE, LI, incident=incident, act=Act.CLOSE, ending=Ending.COMPLETED
            ),
            ChangeIncident(
                f"c{number}", CONSOLE, LI, incident=incident, act=Act.CLOSE, ending=Ending.COMPLETED
            ),
            Tick(),
        ]
        for step in steps:
            now += 1000
            store.take([step], now)
    store.take([asking(AidId("a1"), "a1", now)], now)
    store.pending()
    store.uncleared()
    store.take([Tick()], now + 50 * HOUR)


def through(store: Store, statement: str) -> bool:
    """Whether SQLite's plan of a statement reads through a growing table."""
    rows = store._connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    return READS_THROUGH.search("; ".join(str(row[3]) for row in rows)) is not None


def test_nothing_of_a_days_work_reads_through_what_only_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    writer = connections.writer

    def traced(path: Path) -> sqlite3.Connection:
        connection = writer(path)
        connection.set_trace_callback(said.append)
        return connection

    open_store(tmp_path / "centre.db").close()
    monkeypatch.setattr(connections, "writer", traced)
    store = open_store(tmp_path / "centre.db")
    shift(store)
    asked = {one for one in said if one.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE"))}
    slow = [one for one in sorted(asked) if through(store, one) and not ONE_END.search(one)]
    assert through(store, "SELECT * FROM history WHERE reason = 'x'"), "or this test sees nothing"
    store.close()
    assert len(asked) > 20
    assert slow == [], "\n".join(slow)
