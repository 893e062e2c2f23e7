"""brokers.toml: the broker of each city in real operation, and the programs that may connect to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.feed.access import (
    NODES,
    Program,
    ProgramRole,
    bank_program,
    tracker_program,
    unit_program,
)
from dispatch.feed.mosquitto import BrokerLimits
from dispatch.feed.nats_cluster import SMALLEST, ClusterNode
from dispatch.language import _
from dispatch.settings.configuration import Configuration
from dispatch.settings.files import TomlFile, config_file
from dispatch.settings.model import NodeName

FILE = "brokers.toml"
RESERVED = (*NODES.values(), "broker")
BEGINNINGS = ("unit-", "bank-", "tracker-", "sim-")
"""Names that programs of other kinds have."""


class CityBroker(Frozen):
    """One city's broker: where the others reach it, and its consoles by the `node` of their settings."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int = Field(default=8883, ge=1, le=65535)
    listen: str = Field(default="0.0.0.0", pattern=r"^[A-Za-z0-9.:-]+$", description="address it listens on")  # noqa: S104 - behind the firewall of a city's network; the file names another
    consoles: tuple[NodeName, ...] = ()
    nodes: tuple[ClusterNode, ...] = Field(
        default=(), description="where this broker is a cluster: each of its nodes, three or five"
    )

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every node, or of the one broker."""
        return tuple((one.host, one.port) for one in self.nodes) or ((self.host, self.port),)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name by which clients reach it."""
        return tuple(dict.fromkeys((self.host, *(one.host for one in self.nodes))))


class ProvincePrograms(Frozen):
    """Provincial views that may look on at every city's broker; `code` as in their province.toml."""

    code: CityCode = Field(min_length=2, max_length=40, pattern=r"^[a-z0-9-]+$")
    nodes: tuple[NodeName, ...] = Field(min_length=1)


class BrokersFile(Frozen):
    """brokers.toml."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    limits: BrokerLimits
    cities: dict[Annotated[CityCode, Field(min_length=1)], CityBroker]
    province: ProvincePrograms | None = None


class Brokers(Frozen):
    """The brokers of all cities and every program that may connect to one."""

    limits: BrokerLimits
    cities: dict[CityCode, CityBroker]
    programs: tuple[Program, ...]
    """Of real operation; a drill adds `simulators`."""

    def simulators(self) -> tuple[Program, ...]:
        """The programs that play the cities in a drill over these brokers."""
        return tuple(Program(city, ProgramRole.SIMULATOR, f"sim-{city}") for city in self.cities)


def load_brokers(configuration: Configuration, user_dir: Path | None = None) -> Brokers:
    """All of it; BadConfiguration when a city is missing or a console has a name that is taken."""
    file = TomlFile(config_file(FILE, user_dir))
    content = file.read(BrokersFile)
    known = [city.code for city in configuration.cities]
    for city in content.cities:
        if city not in known:
            allowed = ", ".join(known)
            problem = _(
                "cities.{city}: there is no such city; allowed: {allowed}", city=city, allowed=allowed
            )
            raise file.wrong(("cities", city), problem)
    missing = [city for city in known if city not in content.cities]
    if missing:
        problem = _("a broker is missing for: {missing}", missing=", ".join(missing))
        raise file.wrong(("cities",), problem)
    for city, broker in content.cities.items():
        _check_names(file, city, broker)
        if broker.nodes and (len(broker.nodes) < SMALLEST or len(broker.nodes) % 2 == 0):
            problem = _(
                "a cluster has 3 or 5 nodes, not {count}: an even number stands no more losses than one less",
                count=len(broker.nodes),
            )
            raise file.wrong(("cities", city, "nodes"), problem)
    programs = tuple(_programs(configuration, content))
    return Brokers(limits=content.limits, cities=content.cities, programs=programs)


def _check_names(file: TomlFile, city: CityCode, broker: CityBroker) -> None:
    seen: set[str] = set()
    for row, name in enumerate(broker.consoles):
        at = ("cities", city, "consoles", row)
        if name in seen:
            raise file.wrong(at, _("{name}: this console stands here twice", name=name))
        if name in RESERVED or name.startswith(BEGINNINGS):
            raise file.wrong(at, _("{name}: another kind of program has this name", name=name))
        seen.add(name)


def _programs(configuration: Configuration, content: BrokersFile) -> Iterator[Program]:
    for city, broker in content.cities.items():
        for role, name in NODES.items():
            yield Program(city, role, name)
        for name in broker.consoles:
            yield Program(city, ProgramRole.CONSOLE, name)
    if content.province is not None:
        for name in content.province.nodes:
            yield Program(content.province.code, ProgramRole.PROVINCE, name)
    for unit in configuration.units:
        yield unit_program(unit.city, unit.id)
    for bank in configuration.banks:
        yield bank_program(bank.city, bank.id)
    for device, tracker in configuration.owntracks.by_topic.items():
        yield tracker_program(tracker.city, device)
