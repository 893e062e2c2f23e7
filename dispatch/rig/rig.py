"""A drill around a session.

    async with open_rig(configuration, plan, folder) as rig:
        connect = over_mqtt(rig.endpoints, rig.clock)
        async with open_session(configuration, connect, rig.clock, folder, drill=True) as session:
            ...

Brokers, centres and simulators are processes of their own, started in this order. A city whose link the
scenario cuts loses its broker for that time: all its ends have to notice and to come back. A broker or a
centre that dies by itself is started again, as a service manager would.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dispatch.clock import DrillClock, SystemClock
from dispatch.domain.drills import Event, LinkLost
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import BrokerFailed, EmbeddedBroker
from dispatch.feed.transport import Endpoint
from dispatch.rig.centres import CentreChild, stop_all
from dispatch.rig.drill_keys import drill_keys
from dispatch.rig.plan import DrillPlan
from dispatch.rig.running import announced, endpoints_json
from dispatch.rig.simulated import Simulated
from dispatch.rig.steering import Cities, Door, End, Inject, Steering, steered
from dispatch.settings import Configuration
from simulators.happenings import planned_key
from simulators.scenarios import CHINA, Known

PACE_FILE = "pace.json"
RESTART_AFTER_S = 15.0
"""Long enough after the death of a broker or a centre for it to be seen."""


@dataclass(slots=True)
class Rig:
    """A running drill: its brokers, its centres and its time, and at the end what the simulators said."""

    plan: DrillPlan
    clock: DrillClock
    endpoints: dict[CityCode, Endpoint]
    brokers: dict[CityCode, EmbeddedBroker]
    centres: dict[CityCode, CentreChild] = field(default_factory=dict)
    outages: list[dict[str, object]] = field(default_factory=list)
    cut: set[CityCode] = field(default_factory=set)
    """Cities whose broker the drill keeps down at this moment."""
    cutting: set[asyncio.Task[None]] = field(default_factory=set)
    """Links that the leader let be lost."""
    mending: dict[str, asyncio.Event] = field(default_factory=dict)
    """Key of an event -> set when the leader ends it before its time."""
    steering: Steering = field(init=False)
    simulated: Simulated = field(init=False)
    door: Door | None = None
    """Where this drill is steered."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when the simulators are gone."""
        return self.simulated.ended

    @property
    def elapsed_s(self) -> float:
        """Seconds of drill time since it began."""
        return (self.clock.now() - self.clock.origin).total_seconds()


@asynccontextmanager
async def open_rig(configuration: Configuration, plan: DrillPlan, folder: Path) -> AsyncIterator[Rig]:
    """Start everything of a drill but its console, cut what the scenario cuts, and stop it all at the end."""
    endpoints = _configured(configuration)
    brokers = {} if endpoints else _own_brokers(configuration, folder)
    centres: dict[CityCode, CentreChild] = {}
    try:
        endpoints |= {code: await broker.start() for code, broker in brokers.items()}
        started = SystemClock().now()
        origin = plan.scenario.origin(started.astimezone(CHINA).date()).astimezone(UTC)
        clock = DrillClock(origin, started, plan.speed, folder / PACE_FILE)
        rig = Rig(plan, clock, endpoints, brokers, centres)
        reins = Cities(_injecting(rig), _ending(rig))
        rig.steering = Steering(plan.scenario, clock, Known(configuration), reins)
        rig.simulated = Simulated(rig.steering.happened, rig.steering.ended)
        time: dict[str, object] = {
            "origin": origin.isoformat(),
            "started": started.isoformat(),
            "speed": plan.speed,
            "pace": str(folder / PACE_FILE),
        }
        shared = _shared(rig, origin, started)
        keys = drill_keys([city.code for city in configuration.cities], folder)
        centres |= {city: CentreChild(city, (*shared, *signing), folder) for city, signing in keys.items()}
        for centre in centres.values():
            await centre.start()
        playing = rig.simulated.playing(plan, shared, folder)
        async with (
            steered(rig.steering) as rig.door,
            announced(configuration, endpoints, time, rig.door),
            playing,
        ):
            keeping = [
                asyncio.create_task(_cut_links(rig), name="cut links"),
                asyncio.create_task(_keep_alive(rig), name="keep brokers and centres"),
            ]
            try:
                yield rig
            finally:
                keeping += rig.cutting
                for task in keeping:
                    task.cancel()
                await asyncio.gather(*keeping, return_exceptions=True)
    finally:
        await stop_all(centres.values())
        await asyncio.gather(*(broker.stop() for broker in brokers.values()))


def _shared(rig: Rig, origin: datetime, started: datetime) -> tuple[str, ...]:
    """What every program of the drill is told: the brokers, the time, and to end with this process."""
    config = () if rig.plan.config is None else ("--config", str(rig.plan.config))
    return (
        *("--endpoints", endpoints_json(rig.endpoints), "--origin", origin.isoformat()),
        *("--started", started.isoformat(), "--speed", str(rig.plan.speed), "--with-parent", *config),
        *("--pace", str(rig.clock.pace)),
    )


def _configured(configuration: Configuration) -> dict[CityCode, Endpoint]:
    """The brokers that the settings name, when they name one for every city and want them used.

    One that asks for a password or a certificate is in service: no drill is published there.
    """
    settings = configuration.settings
    every = all(city.code in settings.links for city in configuration.cities)
    in_service = any(link.username or link.tls for link in settings.links.values())
    if settings.broker not in ("auto", "configured") or not every or in_service:
        return {}
    return {city: link.endpoint(settings.node) for city, link in settings.links.items()}


def _own_brokers(configuration: Configuration, folder: Path) -> dict[CityCode, EmbeddedBroker]:
    """One broker for each city on this machine, as the settings want it."""
    wanted = configuration.settings.broker
    kind = "auto" if wanted == "configured" else wanted
    return {city.code: EmbeddedBroker(kind, folder / "brokers" / city.code) for city in configuration.cities}


async def _cut_links(rig: Rig) -> None:
    """Stop and start brokers as the scenario says, by drill time."""
    async with asyncio.TaskGroup() as cuts:
        for row, event in enumerate(rig.plan.scenario.event, 1):
            if (
                isinstance(event, LinkLost) and event.city in rig.brokers
            ):  # one that is not ours is left alone
                cuts.create_task(_cut(rig, planned_key(row), event))


def _injecting(rig: Rig) -> Inject:
    """What lets an event happen: links are this process's to cut, everything else the simulators'."""

    async def inject(key: str, event: Event) -> bool:
        if isinstance(event, LinkLost) and event.city in rig.brokers:
            task = asyncio.create_task(_cut(rig, key, event), name=f"cut the link of {event.city}")
            rig.cutting.add(task)
            task.add_done_callback(rig.cutting.discard)
        return await rig.simulated.inject(key, event.model_dump(mode="json"))

    return inject


def _ending(rig: Rig) -> End:
    """What ends an event before its time, here and in the simulated cities."""

    async def end(key: str) -> bool:
        rig.mending.setdefault(key, asyncio.Event()).set()
        return await rig.simulated.end(key)

    return end


async def _cut(rig: Rig, key: str, outage: LinkLost) -> None:
    ended = rig.mending.setdefault(key, asyncio.Event())
    await _until(rig, outage.at_min * 60, ended)
    if ended.is_set() or outage.city in rig.cut:  # two outages that overlap: the first one mends it
        return
    rig.cut.add(outage.city)
    broker = rig.brokers[outage.city]
    await broker.kill()
    cut: dict[str, object] = {"city": outage.city, "cut_s": round(rig.elapsed_s)}
    rig.outages.append(cut)
    await _until(rig, (outage.at_min + outage.for_min) * 60, ended)
    await broker.start()
    rig.cut.discard(outage.city)
    cut["mended_s"] = round(rig.elapsed_s)


async def _keep_alive(rig: Rig) -> None:
    """Start again what died by itself: a broker the scenario did not cut, a centre."""
    died: dict[str, float] = {}
    while True:
        now = asyncio.get_running_loop().time()
        for city, broker in rig.brokers.items():
            if broker.pid is not None or city in rig.cut:
                died.pop(f"broker {city}", None)
            elif now - died.setdefault(f"broker {city}", now) >= RESTART_AFTER_S:
                with contextlib.suppress(BrokerFailed):  # tried again at the next look
                    await broker.start()
                    rig.outages.append({"city": city, "restarted_s": round(rig.elapsed_s)})
        for city, centre in rig.centres.items():
            if centre.pid is not None:
                died.pop(f"centre {city}", None)
            elif now - died.setdefault(f"centre {city}", now) >= RESTART_AFTER_S:
                await centre.start()
                died.pop(f"centre {city}", None)
                rig.outages.append({"centre": city, "restarted_s": round(rig.elapsed_s)})
        await asyncio.sleep(1)


async def _until(rig: Rig, seconds: float, ended: asyncio.Event) -> None:
    """Until drill time has come so far, or `ended` is set."""
    while (left := seconds - rig.elapsed_s) > 0 and not ended.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(1.0, max(0.01, left / rig.clock.speed))):
                await ended.wait()


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
        "centre_restarts": {city: centre.starts - 1 for city, centre in rig.centres.items()},
        "simulated": rig.simulated.said,
        "events": [one.model_dump(mode="json") for one in rig.steering.happenings],
        "paces": [list(one) for one in rig.clock.stretches],
    }
