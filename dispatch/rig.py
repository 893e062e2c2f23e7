"""A drill around a session: a broker for each city, the simulators, cut networks.

    async with open_rig(configuration, plan, folder) as rig:
        connect = over_mqtt(rig.endpoints, rig.clock)
        async with open_session(configuration, connect, rig.clock, folder, drill=True) as session:
            ...

The simulators are a process of their own, real MQTT publishers with one connection for each city. A city
whose link the scenario cuts loses its broker for that time: both ends have to notice and to come back.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dispatch.clock import DrillClock, SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import BrokerFailed, EmbeddedBroker
from dispatch.feed.transport import Endpoint
from dispatch.language import _, current
from dispatch.settings import Configuration
from simulators.scenarios import CHINA, LinkLost, Scenario, load_scenario, scenario_files

GOODBYE_S = 5.0
RESTART_AFTER_S = 15.0
SIMULATOR_LOG = "simulators.log"


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What was asked for: which scenario, which seed, how fast, which city a person sits in."""

    scenario: Scenario
    file: Path
    seed: int
    speed: float = 1.0
    staffed: CityCode | None = None
    config: Path | None = None


@dataclass(slots=True)
class Rig:
    """A running drill: its brokers and its time, and at the end what the simulators said."""

    plan: DrillPlan
    clock: DrillClock
    endpoints: dict[CityCode, Endpoint]
    brokers: dict[CityCode, EmbeddedBroker]
    outages: list[dict[str, object]] = field(default_factory=list)
    simulated: dict[str, object] = field(default_factory=dict)
    cut: set[CityCode] = field(default_factory=set)
    """Cities whose broker the scenario keeps down at this moment."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the simulators are gone."""

    @property
    def elapsed_s(self) -> float:
        """Seconds of drill time since it began."""
        return (self.clock.now() - self.clock.origin).total_seconds()


def plan_drill(
    configuration: Configuration,
    name: str,
    *,
    seed: int | None = None,
    speed: float = 1.0,
    staffed: CityCode | None = None,
    config: Path | None = None,
) -> DrillPlan:
    """The plan of a drill by its scenario's name; DispatchError lists the names there are."""
    files = scenario_files(config)
    if name not in files:
        raise DispatchError(
            _("no drill is called {name}; there are: {known}", name=name, known=", ".join(files))
        )
    scenario = load_scenario(files[name], configuration)
    chosen = scenario.seed if seed is None else seed
    return DrillPlan(scenario, files[name], chosen, speed, staffed, config)


@asynccontextmanager
async def open_rig(configuration: Configuration, plan: DrillPlan, folder: Path) -> AsyncIterator[Rig]:
    """Start the brokers and the simulators, cut what the scenario cuts, and stop it all at the end."""
    endpoints = _configured(configuration)
    brokers = {} if endpoints else _own_brokers(configuration, folder)
    try:
        endpoints |= {code: await broker.start() for code, broker in brokers.items()}
        started = SystemClock().now()
        origin = plan.scenario.origin(started.astimezone(CHINA).date()).astimezone(UTC)
        rig = Rig(plan, DrillClock(origin, started, plan.speed), endpoints, brokers)
        time: dict[str, object] = {
            "origin": origin.isoformat(),
            "started": started.isoformat(),
            "speed": plan.speed,
        }
        async with _announced(configuration, endpoints, time), _simulators(rig, origin, started, folder):
            network = [
                asyncio.create_task(_cut_links(rig), name="cut links"),
                asyncio.create_task(_keep_brokers(rig), name="keep brokers"),
            ]
            try:
                yield rig
            finally:
                for task in network:
                    task.cancel()
                await asyncio.gather(*network, return_exceptions=True)
    finally:
        await asyncio.gather(*(broker.stop() for broker in brokers.values()))


def _configured(configuration: Configuration) -> dict[CityCode, Endpoint]:
    """The brokers that the settings name, when they name one for every city and want them used.

    One that asks for a password or a certificate is in service: no drill is published there.
    """
    settings = configuration.settings
    every = all(city.code in settings.links for city in configuration.cities)
    in_service = any(link.username or link.tls for link in settings.links.values())
    if settings.broker not in ("auto", "configured") or not every or in_service:
        return {}
    return {city: link.endpoint() for city, link in settings.links.items()}


def _own_brokers(configuration: Configuration, folder: Path) -> dict[CityCode, EmbeddedBroker]:
    """One broker for each city on this machine, as the settings want it."""
    wanted = configuration.settings.broker
    kind = "auto" if wanted == "configured" else wanted
    return {city.code: EmbeddedBroker(kind, folder / "brokers" / city.code) for city in configuration.cities}


def running_drill(configuration: Configuration) -> dict[CityCode, Endpoint]:
    """Where the brokers of the drill that began last and still runs on this machine listen; empty: none."""
    running = _running(configuration)
    return {} if running is None else running[0]


def running_drill_clock(configuration: Configuration) -> DrillClock | None:
    """The time of that drill; None: none runs."""
    running = _running(configuration)
    return None if running is None else running[1]


def _running(configuration: Configuration) -> tuple[dict[CityCode, Endpoint], DrillClock] | None:
    for file in sorted(_announcements(configuration).glob("*.json"), key=_began, reverse=True):
        try:
            said = json.loads(file.read_text("utf-8"))
            os.kill(int(file.stem), 0)
            endpoints = {CityCode(city): Endpoint(**where) for city, where in said["endpoints"].items()}
            origin, started = (datetime.fromisoformat(said["time"][name]) for name in ("origin", "started"))
            return endpoints, DrillClock(origin, started, float(said["time"]["speed"]))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return None


def _began(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


@asynccontextmanager
async def _announced(
    configuration: Configuration, endpoints: Mapping[CityCode, Endpoint], time: Mapping[str, object]
) -> AsyncIterator[None]:
    """Let other commands on this machine find the drill's brokers while it runs."""
    file = _announcements(configuration) / f"{os.getpid()}.json"
    with contextlib.suppress(OSError):  # only `czt feed replay` without --port misses it
        file.parent.mkdir(parents=True, exist_ok=True)
        said = {"endpoints": json.loads(_endpoints_json(endpoints)), "time": dict(time)}
        file.write_text(json.dumps(said), "utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def _announcements(configuration: Configuration) -> Path:
    """The folder with one file for each running drill, named by its process."""
    return configuration.settings.data_dir / "running"


@asynccontextmanager
async def _simulators(rig: Rig, origin: datetime, started: datetime, folder: Path) -> AsyncIterator[None]:
    """The simulators as a child process for the length of a block; its summary ends up in the rig."""
    command = [
        *(sys.executable, "-m", "simulators", "--endpoints", _endpoints_json(rig.endpoints)),
        *("--scenario", str(rig.plan.file), "--seed", str(rig.plan.seed)),
        *("--origin", origin.isoformat(), "--started", started.isoformat()),
        *("--speed", str(rig.plan.speed), "--language", current(), "--with-parent"),
    ]
    if rig.plan.staffed is not None:
        command += ["--staffed", rig.plan.staffed]
    if rig.plan.config is not None:
        command += ["--config", str(rig.plan.config)]
    with (folder / SIMULATOR_LOG).open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log
        )
        watching = asyncio.create_task(_watch(child, rig.ended), name="watch the simulators")
        try:
            yield
        finally:
            watching.cancel()
            rig.simulated = await _end(child)


async def _watch(child: asyncio.subprocess.Process, ended: asyncio.Event) -> None:
    await child.wait()
    ended.set()


async def _end(child: asyncio.subprocess.Process) -> dict[str, object]:
    """Ask the simulators to stop, and take the summary they print; kill them when they do not."""
    if child.returncode is None:
        child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(GOODBYE_S):
            said, _nothing = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return {"failure": "the simulators did not stop and were killed"}
    try:
        summary = json.loads(said.decode().strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"failure": f"the simulators ended with code {child.returncode}: see {SIMULATOR_LOG}"}
    return summary if isinstance(summary, dict) else {"failure": "the simulators printed no summary"}


def _endpoints_json(endpoints: Mapping[CityCode, Endpoint]) -> str:
    return json.dumps({city: {"host": e.host, "port": e.port} for city, e in endpoints.items()})


async def _cut_links(rig: Rig) -> None:
    """Stop and start brokers as the scenario says, by drill time."""
    async with asyncio.TaskGroup() as cuts:
        for outage in rig.plan.scenario.link_outages():
            if outage.city in rig.brokers:  # a broker that is not ours is left alone
                cuts.create_task(_cut(rig, outage))


async def _cut(rig: Rig, outage: LinkLost) -> None:
    await _until(rig, outage.at_min * 60)
    rig.cut.add(outage.city)
    broker = rig.brokers[outage.city]
    await broker.kill()
    cut: dict[str, object] = {"city": outage.city, "cut_s": round(rig.elapsed_s)}
    rig.outages.append(cut)
    await _until(rig, (outage.at_min + outage.for_min) * 60)
    await broker.start()
    rig.cut.discard(outage.city)
    cut["mended_s"] = round(rig.elapsed_s)


async def _keep_brokers(rig: Rig) -> None:
    """Start a broker again that died by itself, as a service manager would; long enough after to be seen."""
    died: dict[CityCode, float] = {}
    while True:
        now = asyncio.get_running_loop().time()
        for city, broker in rig.brokers.items():
            if broker.pid is not None or city in rig.cut:
                died.pop(city, None)
            elif now - died.setdefault(city, now) >= RESTART_AFTER_S:
                with contextlib.suppress(BrokerFailed):  # tried again at the next look
                    await broker.start()
                    rig.outages.append({"city": city, "restarted_s": round(rig.elapsed_s)})
        await asyncio.sleep(1)


async def _until(rig: Rig, seconds: float) -> None:
    while (left := seconds - rig.elapsed_s) > 0:  # noqa: ASYNC110 - a drill's clock sets no event
        await asyncio.sleep(max(0.01, left / rig.plan.speed))


def as_json(rig: Rig) -> dict[str, object]:
    """What the summary of a drill says about the rig."""
    plan = rig.plan
    return {
        "scenario": plan.file.stem,
        "name": plan.scenario.name.model_dump(),
        "seed": plan.seed,
        "speed": plan.speed,
        "origin": rig.clock.origin.isoformat(),
        "drill_s": round(rig.elapsed_s),
        "outages": rig.outages,
        "simulated": rig.simulated,
    }
