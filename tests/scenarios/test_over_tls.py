"""Everything over real mosquittos as in real operation: certificates, access lists, bridges."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.audit.read import rows
from dispatch.autopilot import Autopilot
from dispatch.centre import wire
from dispatch.centre.vehicle import TaskState, Vehicle
from dispatch.clock import DrillClock, SystemClock
from dispatch.domain.blood import BankId
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.incidents import Priority
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from dispatch.feed import payloads, topics
from dispatch.feed.access import unit_program
from dispatch.feed.link import Identity, Link
from dispatch.feed.mqtt import MqttTransport, over_mqtt
from dispatch.feed.self_test import PROBE
from dispatch.feed.transport import Received, endpoint_of
from dispatch.picture.cities import Sight
from dispatch.runtime import open_session
from dispatch.settings import config_dir, load
from tests.feed.secured import CITIES, Secured, installed

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason="mosquitto is not installed: nothing was tried over TLS"),
]
CHANGSHA = CITIES[0]
CLOCK = SystemClock()
SPEED = 8.0


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    """Three brokers with bridges, which write down every publish that they deny."""
    made = Secured(tmp_path / "drill")
    made.make()
    for city in CITIES:
        with (made.folder / city / "mosquitto.conf").open("a", encoding="utf-8") as file:
            file.write("log_type all\n")
    links = [
        f'[links.{city}]\nhost = "localhost"\nport = {port}\ntls = {{ ca_file = "../pki/ca.pem", '
        f'cert_file = "../pki/changsha/{{program}}.pem", key_file = "../pki/changsha/{{program}}.key" }}\n'
        for city, port in made.ports.items()
    ]
    shipped = (config_dir() / "settings.toml").read_text("utf-8")
    data = f'data_dir = "{tmp_path / "data"}"\n'
    settings = shipped.replace('broker = "auto"', f'broker = "configured"\n{data}') + "\n" + "\n".join(links)
    (made.config / "settings.toml").write_text(settings, "utf-8")
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@contextlib.asynccontextmanager
async def child(log: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of ours for the length of a block."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *words, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def until(true: object, within_s: float = 30.0) -> None:
    assert callable(true)
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)


def denied(secured: Secured) -> Iterator[str]:
    """What a broker denied, but for what a centre tries at its start because it must be denied."""
    for city in CITIES:
        found = re.findall(r"Denied PUBLISH.*", secured.log(city))
        yield from (line for line in found if f"/{PROBE}" not in line and f"-{PROBE}" not in line)


async def test_a_whole_drill_over_tls_needs_no_right_that_its_programs_do_not_have(
    secured: Secured, tmp_path: Path
) -> None:
    started = CLOCK.now()
    origin = started.replace(hour=1, minute=0, second=0, microsecond=0)
    clock = DrillClock(origin, started, SPEED)

    def brokers(folder: str) -> dict[str, dict[str, object]]:
        base = f"{secured.pki}/{folder}/{{program}}"
        files = {"ca": f"{secured.pki}/ca.pem", "cert": f"{base}.pem", "key": f"{base}.key"}
        return {
            city: {"host": "localhost", "port": port, "tls": files} for city, port in secured.ports.items()
        }

    time = ("--origin", origin.isoformat(), "--started", started.isoformat(), "--speed", str(SPEED))
    shared = (*time, "--config", str(secured.config))
    endpoints = {city: endpoint_of(where, "console-1") for city, where in brokers(CHANGSHA).items()}
    configuration = load(secured.config)
    async with contextlib.AsyncExitStack() as stack:
        for city in CITIES:
            words = ("dispatch", "centre", city, "--data", str(tmp_path / city))
            told = ("--endpoints", json.dumps(brokers(city)), *shared)
            await stack.enter_async_context(child(tmp_path / f"centre-{city}.log", *words, *told))
        playing = ("simulators", "--endpoints", json.dumps(brokers("simulators")), *shared)
        await stack.enter_async_context(
            child(tmp_path / "simulators.log", *playing, "--scenario", "border-crash", "--staffed", CHANGSHA)
        )
        connect = over_mqtt({CityCode(city): one for city, one in endpoints.items()}, clock)
        session = await stack.enter_async_context(
            open_session(configuration, connect, clock, tmp_path / "console", drill=True)
        )
        pilot = asyncio.create_task(Autopilot(session.desk, SPEED).run())
        try:
            await until(
                lambda: all(view.sight is Sight.LIVE for view in session.picture.sight.values()), within_s=40
            )
            await until(lambda: _confirmed(tmp_path / CHANGSHA / "centre.db") >= 3, within_s=90)
        finally:
            pilot.cancel()
            await asyncio.gather(pilot, return_exceptions=True)
        assert session.picture.stock.banks, "the banks were heard"
        lost = [row.detail for row in rows(tmp_path / "console" / "audit.db") if row.action == "link.down"]
        assert lost == []
    assert list(denied(secured)) == []
    assert not [
        line for city in CITIES for line in secured.log(city).splitlines() if "already connected" in line
    ]


def _state(status: UnitStatus | None) -> UnitState | None:
    return None if status is None else status.state


def _confirmed(database: Path) -> int:
    if not database.is_file():
        return 0
    return sum(row.action == "order.acked" for row in rows(database))


async def test_a_vehicle_a_blood_bank_and_the_claims_each_work_with_their_own_certificate(
    secured: Secured, tmp_path: Path
) -> None:
    configuration = load(secured.config)
    unit = next(one for one in configuration.units if one.id == "CS-001")
    settings = configuration.settings
    endpoints = {city: link.endpoint(settings.node) for city, link in settings.links.items()}
    shared = ("--config", str(secured.config))
    async with contextlib.AsyncExitStack() as stack:
        centre = ("dispatch", "centre", CHANGSHA, "--data", str(tmp_path / "centre"), *shared)
        await stack.enter_async_context(child(tmp_path / "centre.log", *centre))
        session = await stack.enter_async_context(
            open_session(configuration, over_mqtt(endpoints, CLOCK), CLOCK, tmp_path / "console", drill=False)
        )
        terminal = Terminal(secured, unit.id, tmp_path)
        running = asyncio.create_task(terminal.link.run())
        try:
            await until(lambda: session.links[CHANGSHA].state.up and terminal.link.state.up)
            square = Position(lat=28.1960, lon=112.9770)
            await terminal.say_where(square)
            await until(lambda: session.picture.fleet.state[session.picture.fleet.row(unit.id)] >= 0)
            number = await session.desk.open_incident(square, Datum.WGS84, "五一广场", Priority.URGENT)
            ranking = session.desk.rank_units(number)
            outcome = await session.desk.choose_unit(number, unit.id, ranking, "只有它在线")
            assert outcome.ok, outcome
            await until(lambda: terminal.told)
            await terminal.acknowledge()
            await until(lambda: _state(session.picture.fleet.view(unit.id).status) is UnitState.ACKNOWLEDGED)
            await _publish_stock(tmp_path, shared)
            await until(lambda: BankId("CS-B-CENTRE") in session.picture.stock.banks)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert list(denied(secured)) == []


async def _publish_stock(folder: Path, shared: tuple[str, ...]) -> None:
    """`czt blood publish`, which finds the certificate of its bank by itself."""
    table = folder / "stock.csv"
    outdate = (CLOCK.now() + timedelta(days=20)).date().isoformat()
    table.write_text(f"lot,component,group,quantity,expires\nG1,red_cells,A+,5,{outdate}\n", "utf-8")
    words = ("dispatch", "--lang", "en", "blood", "publish", str(table), "--bank", "CS-B-CENTRE", *shared)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _nothing = await process.communicate()
    assert process.returncode == 0, said.decode()


class Terminal:
    """One ambulance's terminal: its own certificate, and topics of nobody else."""

    def __init__(self, secured: Secured, unit: UnitId, folder: Path) -> None:
        program = unit_program(CHANGSHA, unit)
        self.unit, self.vehicle = unit, Vehicle.open(folder / f"{unit}.json", unit)
        self.link = Link(
            city=CHANGSHA,
            transport=MqttTransport(secured.endpoint(CHANGSHA, program.user), program.user, CLOCK),
            identity=Identity(CHANGSHA, program.name, "gateway", drill=False),
            filters=(topics.unit_order(CHANGSHA, unit), topics.unit_heard(CHANGSHA, unit)),
            clock=CLOCK,
            on_batch=self._take,
        )

    @property
    def told(self) -> bool:
        return self.vehicle.task is not None and self.vehicle.task.state is TaskState.TOLD

    async def say_where(self, at: Position) -> None:
        fix = payloads.UnitPosition(self.unit, at.lat, at.lon, "wgs84")
        await self.link.publish(topics.position(CHANGSHA, self.unit), "unit.position", fix, qos=1)

    async def acknowledge(self) -> None:
        report = self.vehicle.acknowledge()
        assert report is not None
        topic = topics.unit_report(CHANGSHA, self.unit)
        await self.link.publish(topic, "unit.report", wire.report_payload(report), key=report.request)

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            opened = wire.open_message(one, drill=False)
            if opened is not None and isinstance(opened.envelope.data, payloads.UnitOrder):
                self.vehicle.hear(wire.tell(opened.envelope.data))
