"""A centre's database after years of work, made through the real centre: `python -m tests.load.years`.

Every day has its incidents, orders, crews' states and endings, each taken by the store as a message would be,
a hundred incidents at a time and without syncs. Old audit rows are sealed as a running centre seals them. The
same seed makes the same years. Then it is measured what such a database costs whoever works with it.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.audit import archive, segments
from dispatch.audit.read import Filter, rows
from dispatch.audit.rules import RetentionRules
from dispatch.audit.verify import verify
from dispatch.centre.looking import read_incidents, read_lines, read_orders
from dispatch.centre.messages import Commit, Input, OpenIncident, Report, Request, Said, Tick, UnitSaid
from dispatch.centre.store import Store
from dispatch.clock import CHINA, epoch_ms, from_epoch_ms
from dispatch.domain.geography import Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, Job, RequestId
from dispatch.domain.units import StateSource, Unit, UnitId, UnitState
from dispatch.report.logs import read_logs
from dispatch.report.make import make
from dispatch.settings import load
from tests.unit.centre.centre_world import CHANGSHA, rules

PER_DAY = 200
"""Dispatches of Changsha on an ordinary day."""
UNITS, AT_ONCE = 120, 100
BEGAN = datetime(2023, 12, 1, tzinfo=UTC)
CONSOLE = Asker(CHANGSHA, "console-1")
OPERATOR = By(operator="op-7", role=Role.DISPATCHER)
HOSPITAL = HospitalId("CS-H-XIANGYA")
"""Any name of one: nobody asks for it here."""
LEGS = (UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
MEGABYTE = 1_048_576
SCREEN = 50
"""Lines that somebody who looks back sees at once."""


@dataclass(frozen=True, slots=True)
class Years:
    """What was made: days, incidents, and how long it took."""

    path: Path
    days: int
    incidents: int
    seconds: float


def retention() -> RetentionRules:
    """As shipped: kept for three years, sealed each quarter."""
    return load().audit_rules.retention


def open_store(path: Path, now: datetime) -> Store:
    """The centre of Changsha over this file, as a start opens it."""
    fleet = tuple(Unit(id=UnitId(f"CS-{number:03}"), city=CHANGSHA) for number in range(1, UNITS + 1))
    return Store.open(
        path, city=CHANGSHA, node="centre", units=fleet, rules=rules(), now_ms=epoch_ms(now), drill=False
    )


def make_years(path: Path, days: int, seed: int = 1, said: Callable[[str], None] = print) -> Years:
    """So many days of work into a new database, which is left closed; the last day is that of the return."""
    begun, chance = time.perf_counter(), random.Random(seed)
    store, number = open_store(path, BEGAN), 0
    store._connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power here
    try:
        for day in range(days):
            now = BEGAN + timedelta(days=day, hours=1)
            for first in range(0, PER_DAY, AT_ONCE):
                for group, at in _hour(store, chance, now + timedelta(hours=first // 10), first, day):
                    store.take(group, epoch_ms(at))
                number += AT_ONCE
            gone = [one for one in store.uncleared() if one not in store.state.incidents]
            store.cleared(gone)  # as a centre does once their topics are empty
            segments.tidy(path, retention(), epoch_ms(now), store.drop_before)
            if day % 100 == 99:
                said(f"{day + 1} days, {number:,} incidents, {time.perf_counter() - begun:.0f} s")
    finally:
        store.close()
    return Years(path, days, number, time.perf_counter() - begun)


def end_of(days: int) -> datetime:
    """The morning after so many days."""
    return BEGAN + timedelta(days=days, hours=1)


Step = tuple[Sequence[Input], datetime]


def _hour(store: Store, chance: random.Random, at: datetime, first: int, day: int) -> Iterator[Step]:
    """A hundred incidents from their calls to their ends, each with one unit of its own."""
    units = [UnitId(f"CS-{number:03}") for number in chance.sample(range(1, UNITS + 1), AT_ONCE)]
    china = at.astimezone(CHINA)
    tail = f"{1 + (day // 365) % 9}"  # numbers come again each year: another desk's digit
    incidents = [IncidentId(f"CS-{china:%m%d}-{tail}{first + n + 1:03d}") for n in range(AT_ONCE)]
    jobs = [_job(incident, chance) for incident in incidents]
    requests = [RequestId(f"{day:05d}-{first + n:03d}") for n in range(AT_ONCE)]
    yield [_opening(job, at, f"{day}-{first}-{n}") for n, job in enumerate(jobs)], at
    at += timedelta(seconds=chance.randint(20, 60))
    until = epoch_ms(at) + 60_000
    asked = zip(requests, units, jobs, strict=True)
    yield [Request(request, unit, CONSOLE, "op-7", job, until) for request, unit, job in asked], at
    tokens = [order.token for request in requests if (order := store.order(request)) is not None]
    given = list(zip(units, requests, tokens, strict=True))
    yield [Commit(request, unit, CONSOLE, "op-7", token) for unit, request, token in given], at
    at += timedelta(seconds=chance.randint(2, 20))
    yield [Report(unit, request, token, Said.ACKNOWLEDGED) for unit, request, token in given], at
    for leg in LEGS:
        at += timedelta(minutes=chance.randint(2, 20))
        heard = store.state.duties
        yield [_state(unit, heard[unit].heard + 1, leg, at, request) for unit, request, _token in given], at
    at += timedelta(minutes=chance.randint(5, 40))
    yield [Report(unit, request, token, Said.DONE, "completed") for unit, request, token in given], at
    yield [Tick()], at + timedelta(seconds=1)


def _job(incident: IncidentId, chance: random.Random) -> Job:
    where = Position(
        lat=round(28.2 + chance.uniform(-0.2, 0.2), 5), lon=round(112.97 + chance.uniform(-0.2, 0.2), 5)
    )
    priority = chance.choices((Priority.LIFE_THREATENING, Priority.URGENT), (1, 3))[0]
    return Job(incident=incident, priority=priority, position=where, place=f"路口 {chance.randint(1, 999)}")


def _opening(job: Job, at: datetime, key: str) -> OpenIncident:
    incident = Incident(
        id=job.incident, city=CHANGSHA, position=job.position, place=job.place, priority=job.priority,
        opened_at=at,
    )  # fmt: skip
    return OpenIncident(key, CONSOLE, OPERATOR, incident)


def _state(unit: UnitId, number: int, state: UnitState, at: datetime, request: RequestId) -> UnitSaid:
    carrying = state in (UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
    return UnitSaid(
        unit, number, state, epoch_ms(at), StateSource.TERMINAL, request, HOSPITAL if carrying else None,
        patients=1 if carrying else 0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Costs:
    """What a database of so many rows costs whoever works with it; seconds, and megabytes."""

    rows: int
    segments: int
    open_mb: float
    sealed_mb: float
    start_s: float
    order_ms: float
    verify_s: float
    history_ms: float
    one_incident_ms: float
    month_s: float
    month_rows: int


def measure(made: Years) -> Costs:
    """Verified, started, asked and looked back into, each once."""
    path, now = made.path, end_of(made.days)
    begun = time.perf_counter()
    proof = verify(path)
    verify_s = time.perf_counter() - begun
    if not proof.ok:
        raise RuntimeError(f"what was made does not verify: {proof.lines('en')}")
    begun = time.perf_counter()
    store = open_store(path, now)
    start_s = time.perf_counter() - begun
    order_ms = _one_order(store, now)
    store.close()
    begun = time.perf_counter()
    seen = len(read_orders(path, SCREEN)) + len(read_incidents(path, SCREEN))
    seen += len(list(rows(path, Filter(last=SCREEN))))
    history_ms = (time.perf_counter() - begun) * 1000
    if seen != 3 * SCREEN:
        raise RuntimeError(f"{seen} lines of history instead of {3 * SCREEN}")
    some = read_incidents(path, 1_000)[-1].id
    begun = time.perf_counter()
    lines = len(read_lines(path, some)) + len(list(rows(path, Filter(target=some))))
    one_ms = (time.perf_counter() - begun) * 1000
    if lines < len(LEGS):
        raise RuntimeError(f"{some} has {lines} lines")
    begun = time.perf_counter()
    report = make(read_logs([path], now - timedelta(days=31), now), load(), drill=False)
    month_s = time.perf_counter() - begun
    sealed = archive.segments(path)
    return Costs(
        proof.rows,
        len(sealed),
        path.stat().st_size / MEGABYTE,
        sum(one.path.stat().st_size for one in sealed) / MEGABYTE,
        start_s,
        order_ms,
        verify_s,
        history_ms,
        one_ms,
        month_s,
        sum(one.rows for one in report.logs),
    )


def _one_order(store: Store, now: datetime, turns: int = 20) -> float:
    """The median of opening an incident and getting a unit for it, both on the disk, milliseconds."""
    taken, chance = [], random.Random(9)
    for turn in range(turns):
        at_ms = epoch_ms(now) + turn * 1_000
        job = _job(IncidentId(f"CS-{now.astimezone(CHINA):%m%d}-9{900 + turn}"), chance)
        request, unit = RequestId(f"last-{at_ms}"), UnitId(f"CS-{turn + 1:03}")
        begun = time.perf_counter()
        store.take([_opening(job, from_epoch_ms(at_ms), f"open-{at_ms}")], at_ms)
        store.take([Request(request, unit, CONSOLE, "op-7", job, at_ms + 60_000)], at_ms)
        taken.append((time.perf_counter() - begun) * 1000)
        if store.order(request) is None:
            raise RuntimeError("the order was not taken")
    return sorted(taken)[turns // 2]


def text_of(made: Years, costs: Costs, empty: Costs) -> str:
    """The costs beside those of a database of a few days, as Markdown."""
    lines = [
        f"{made.days:,} days, {made.incidents:,} incidents, {costs.rows:,} audit rows in the open file and "
        f"{costs.segments} sealed segments; made in {made.seconds:.0f} s.",
        "",
        f"| | after {made.days:,} days | after {FEW_DAYS} days |",
        "|---|---:|---:|",
    ]
    for what, unit, name in _LINES:
        old, new = getattr(costs, name), getattr(empty, name)
        lines.append(f"| {what} | {old:,.{_digits(old)}f} {unit} | {new:,.{_digits(new)}f} {unit} |")
    return "\n".join(lines) + "\n"


def _digits(value: float) -> int:
    return 0 if value >= 100 else 1 if value >= 10 else 2


FEW_DAYS = 3
_LINES = (
    ("size of the open file", "MB", "open_mb"),
    ("size of the sealed segments", "MB", "sealed_mb"),
    ("start of the centre", "s", "start_s"),
    ("an incident opened and a unit reserved, on the disk", "ms", "order_ms"),
    (f"the last {SCREEN} orders, incidents and rows", "ms", "history_ms"),
    ("all of one incident", "ms", "one_incident_ms"),
    ("verifying everything", "s", "verify_s"),
    ("report of the last 31 days, with verifying", "s", "month_s"),
    ("rows in that report", "", "month_rows"),
)


def main(args: Sequence[str] | None = None) -> int:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=1_095)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where it is made and kept; without it: nothing is kept")
    given = parser.parse_args(args)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="czt-years-"))
    try:
        few = make_years(folder / "few" / "centre.db", FEW_DAYS)
        made = make_years(folder / "centre.db", given.days, given.seed)
        print(text_of(made, measure(made), measure(few)), flush=True)
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
