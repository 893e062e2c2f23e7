"""Shifts for the tests of the report: written row by row through the real audit log, never by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from dispatch.audit.log import AuditLog
from dispatch.clock import ManualClock, epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode

START_MS = epoch_ms(datetime(2026, 3, 2, 0, 30, tzinfo=UTC))
CITIES = {"changsha": "CS", "zhuzhou": "ZZ", "xiangtan": "XT"}
PLACES = {"CS": (28_200_000, 112_980_000), "ZZ": (27_830_000, 113_150_000), "XT": (27_850_000, 112_910_000)}
CONSOLE = "console-1"


@dataclass(frozen=True, order=True)
class Row:
    """One row to be written: when, into which log (a city's centre or the console), what."""

    ts: int
    log: str
    action: str
    target: str
    detail: dict[str, object] = field(compare=False)
    actor: str = "op-7"


def write(folder: Path, rows: list[Row], *, drill: bool = True, home: str = "changsha") -> list[Path]:
    """Each log with its rows by time; that of the console, which is one of `home`, first."""
    paths = []
    for name in sorted({row.log for row in rows}, key=lambda one: (one != CONSOLE, one)):
        city = home if name == CONSOLE else name
        path = folder / ("audit.db" if name == CONSOLE else f"{name}.db")
        clock = ManualClock(from_epoch_ms(START_MS))
        log = AuditLog.open(
            path,
            clock=clock,
            city=CityCode(city),
            console=CONSOLE if name == CONSOLE else "centre",
            drill=drill,
        )
        for row in sorted(row for row in rows if row.log == name):
            clock.advance((row.ts - epoch_ms(clock.now())) / 1000)
            log.append_soon(row.action, actor=row.actor, target=row.target, detail=row.detail)
        log.close_now()
        assert log.lost == 0
        paths.append(path)
    return paths


def opened(at: int, city: str, number: str, priority: int = 1, **more: object) -> Row:
    lat, lon = PLACES[CITIES[city]]
    facts: dict[str, object] = {"priority": priority, "place": "五一广场", "patients": 1, "needs": ""}
    facts |= {"lat_microdeg": lat, "lon_microdeg": lon, "opened_ms": at - 5_000, **more}
    return Row(at, city, "incident.opened", number, facts)


def order(at: int, unit_city: str, step: str, request: str, number: str, unit: str, **more: object) -> Row:
    facts = {"unit": unit, "incident": number, "city": "changsha", "console": CONSOLE, "reason": "", **more}
    return Row(at, unit_city, f"order.{step}", request, {"epoch": 1, "counter": 1, **facts})


def state(
    at: int,
    unit_city: str,
    name: str,
    request: str,
    unit: str,
    told_ms: int | None = None,
    *,
    number: str = "",
) -> Row:
    facts: dict[str, object] = {
        "incident": number,
        "at_ms": at if told_ms is None else told_ms,
        "state": name,
        "task": request,
    }
    return Row(at, unit_city, "unit.state", unit, {**facts, "source": "terminal", "destination": ""})


def choice(at: int, number: str, unit: str, options: list[tuple[str, int]], reason: str = "") -> list[Row]:
    """What was recommended, and one of it (or another unit) chosen three seconds later."""
    offered = [
        {"unit": name, "rank": rank, "eta_s": eta, "late_eta_s": eta * 3 // 2, "cross_city": False}
        for rank, (name, eta) in enumerate(options, 1)
    ]
    rank = next((rank for rank, (name, _eta) in enumerate(options, 1) if name == unit), 0)
    chosen = {"unit": unit, "rank": rank, "override_reason": reason, "best": rank == 1}
    return [
        Row(at, CONSOLE, "unit.recommended", number, {"options": offered}),
        Row(at + 3_000, CONSOLE, "unit.chosen", number, dict(chosen)),
    ]


def asked(at: int, unit_city: str, request: str, number: str, unit: str) -> Row:
    detail = {"request": request, "unit": unit, "city": unit_city, "standing": "requested", "reason": ""}
    return Row(at, CONSOLE, "order.asked", number, dict(detail))


def shift(seed: int, calls: int = 60) -> list[Row]:
    """A made-up shift with everything that may happen: loans, overrides, amendments, calls nobody reached."""
    random = Random(seed)
    rows: list[Row] = []
    for place in range(calls):
        city = random.choice(sorted(CITIES))
        number = f"{CITIES[city]}-0302-{place:04}"
        at = START_MS + 10_000 + random.randrange(0, 4 * 3_600_000)
        rows += _call(random, city, number, at, place)
    rows += _desk(random)
    return rows + blood_orders(Random(seed + 1_000), calls // 2)


def _call(random: Random, city: str, number: str, at: int, place: int) -> list[Row]:
    row = opened(at, city, number, random.choice((1, 1, 1, 2, 3)))
    if random.random() < 0.2:
        del row.detail["opened_ms"]  # an older centre did not write it
    rows = [row]
    if random.random() < 0.3:
        amended = {"priority": random.choice((1, 2, 3))}
        rows.append(Row(at + random.randrange(1_000, 900_000), city, "incident.amend", number, dict(amended)))
    if random.random() < 0.12:
        rows.append(Row(at + 240_000, city, "incident.close", number, {"ending": "cancelled"}))
        return rows
    for leg in range(random.choice((0, 1, 1, 1, 2))):
        unit_city = city if random.random() < 0.75 else random.choice(sorted(CITIES))
        unit = f"{CITIES[unit_city]}-{random.randrange(1, 40):03}"
        rows += _mission(random, unit_city, number, f"request-{place}-{leg}", unit, at + leg * 120_000)
    return rows


def _mission(random: Random, unit_city: str, number: str, request: str, unit: str, at: int) -> list[Row]:
    now = at + random.randrange(20_000, 200_000)
    rows: list[Row] = []
    if random.random() < 0.6:
        place = random.randrange(5)  # the fifth: it was not among those offered
        options = [(unit if rank == place else f"YY-{rank:03}", 300 + 90 * rank) for rank in range(4)]
        rows += choice(now, number, unit, options, random.choice(("", "路况")))
        rows.append(asked(now + 4_000, unit_city, request, number, unit))
    now += 5_000
    rows.append(order(now, unit_city, "reserved", request, number, unit))
    if random.random() < 0.1:
        return [*rows, order(now + 90_000, unit_city, "expired", request, number, unit)]
    steps = [("ordered", ""), ("acked", ""), ("", "EN_ROUTE"), ("", "ON_SCENE"), ("", "TRANSPORTING"),
             ("", "AT_HOSPITAL"), ("done", "")]  # fmt: skip
    for step, said in steps[: random.choice((1, 2, 3, 4, 4, 7, 7, 7, 7))]:
        now += random.randrange(2_000, 1_200_000)
        if step:
            rows.append(order(now, unit_city, step, request, number, unit))
        else:
            own_ms = now - random.choice((0, 0, 0, 800_000, 5_000_000))  # its clock, or told late
            rows.append(state(now, unit_city, said, request, unit, own_ms, number=number))
    return rows


def _desk(random: Random) -> list[Row]:
    rows = []
    for place in range(30):
        at, city = START_MS + random.randrange(0, 10_000_000), random.choice(sorted(CITIES))
        alarm = f"rolling_out:{CITIES[city]}-{place:03}"
        rows.append(Row(at, city, "alarm.raised", alarm, {"code": "rolling_out", "severity": "warning"}))
        if random.random() < 0.7:
            rows.append(Row(at + random.randrange(1_000, 90_000), city, "alarm.acknowledged", alarm, {}))
    for place in range(6):
        down = START_MS + place * 1_000_000 + random.randrange(500_000)
        rows.append(Row(down, CONSOLE, "link.down", "zhuzhou", {"attempts": 1}))
        if place < 5:
            rows.append(Row(down + random.randrange(400_000), CONSOLE, "link.up", "zhuzhou", {}))
        refused = {"city": "zhuzhou", "reason": "future", "count": random.randrange(1, 9)}
        rows.append(Row(down + 1, CONSOLE, "message.quarantined", "zhuzhou", dict(refused)))
    return rows


_TRAILS = (
    ("held", "confirmed", "packing", "packed", "carried", "delivered", "received"),
    ("held", "confirmed", "packing", "packed", "carried", "delivered", "received"),
    ("held", "confirmed", "packing", "packed", "carried", "delivered", "quarantined", "received"),
    ("held", "confirmed", "packing", "packed", "carried", "delivered", "quarantined", "discarded"),
    ("held", "confirmed", "packing", "packed", "carried", "delivered", "received", "returned"),
    ("held", "confirmed", "packing", "packed", "carried"), ("held", "confirmed", "lots_changed", "packing"),
    ("held", "expired"), ("held", "confirmed", "declined"), ("held", "cancelled"), ("held",), ("denied",),
    ("held", "unfulfilled"), ("held", "confirmed", "stock_fell", "packing", "packed", "carried", "returned"),
)  # fmt: skip


def blood_orders(random: Random, count: int) -> list[Row]:
    """Orders of blood of every kind of ending, in the log of the bank's centre."""
    rows = []
    for place in range(count):
        city, asker = random.choice(sorted(CITIES)), random.choice(sorted(CITIES))
        at = START_MS + 20_000 + random.randrange(0, 4 * 3_600_000)
        need_by_ms = at + random.randrange(600_000, 9_000_000)
        lots = [
            {"lot": f"L-{one}", "component": random.choice(("red_cells", "platelets")), "group": "O+",
             "quantity": random.randrange(1, 9)}
            for one in range(random.randrange(1, 4))
        ]  # fmt: skip
        with_bags, with_carrier, measured = (random.random() < 0.8 for _ in range(3))
        for step in random.choice(_TRAILS):
            detail: dict[str, object] = {
                "bank": f"{CITIES[city]}-B-CENTRE", "hospital": "CS-H-1", "place": f"{asker}/console-1",
                "reason": "", "need_by_ms": need_by_ms, "lots": [] if step == "denied" else lots,
            }  # fmt: skip
            if step == "stock_fell":
                lots = detail["lots"] = lots[:1]
            if step == "packed" and with_bags:
                detail["bags"] = {"G123426123456": "L-0"}
            if step == "carried" and with_carrier:
                detail["fact.courier"] = "周伟"
            if step in ("received", "quarantined") and measured:
                detail["fact.temperature_tenths"] = 42
            rows.append(Row(at, city, f"blood.{step}", f"{CITIES[asker]}-B1-{place:04}", detail))
            at += random.randrange(20_000, 1_500_000)
    return rows
