"""settings.toml: how this console behaves."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.transport import PROGRAM, Endpoint, TlsFiles
from dispatch.language import _
from dispatch.settings.travel import TravelSettings

NodeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]


HostPort = Annotated[
    str, Field(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$", max_length=260)
]


def host_and_port(said: str, port: int) -> tuple[str, int]:
    """HOST, HOST:PORT, [IPv6] or [IPv6]:PORT; without a port it is `port`."""
    host, _colon, number = said.rpartition(":") if not said.endswith("]") else (said, "", "")
    if not host:
        host, number = said, ""
    return host.strip("[]"), int(number) if number else port


class Tls(Frozen):
    """Certificates of a link; relative paths start at the folder of the settings file."""

    ca_file: Path
    cert_file: Path | None = Field(
        default=None, description="{program} in it is the name of the program: console-1, centre, claims ..."
    )
    key_file: Path | None = Field(default=None, description="as cert_file")

    @property
    def for_every_program(self) -> bool:
        """Whether programs beside the console find certificates of their own."""
        return self.cert_file is None or PROGRAM in str(self.cert_file)

    def of(self, program: str) -> TlsFiles:
        """The files of one program."""
        cert, key = (
            file and Path(str(file).replace(PROGRAM, program)) for file in (self.cert_file, self.key_file)
        )
        return TlsFiles(self.ca_file, cert, key)

    def below(self, folder: Path) -> "Tls":
        """The same with absolute paths."""
        paths = {"ca_file": self.ca_file, "cert_file": self.cert_file, "key_file": self.key_file}
        return self.model_copy(update={key: path and folder / path for key, path in paths.items()})


class LinkEndpoint(Frozen):
    """The broker of one city; the password stands in a file of its own, never in the settings."""

    host: str = Field(min_length=1)
    port: int = Field(default=1883, ge=1, le=65535)
    others: tuple[HostPort, ...] = Field(
        default=(), description="more nodes of the same broker when it is a cluster, as HOST or HOST:PORT"
    )
    subscribe_qos: Literal[0, 1] = Field(
        default=1, description="0 where the broker is a NATS cluster, see docs/brokers.md"
    )
    username: str | None = None
    password_file: Path | None = None
    tls: Tls | None = None

    def endpoint(self, program: str, *, beside: bool = False) -> Endpoint:
        """As a link of `program` takes it, with its secret read; DispatchError when that cannot be read.

        `beside`: it works beside a console, whose certificate it must not use: the broker would take it for
        the console and end the console's link.
        """
        if beside and self.tls is not None and not self.tls.for_every_program:
            raise DispatchError(
                _(
                    "{file} is the console's certificate; {program} needs its own: write {placeholder} "
                    "into cert_file and key_file of the links in settings.toml",
                    file=self.tls.cert_file,
                    program=program,
                    placeholder=PROGRAM,
                )
            )
        password = None
        if self.password_file is not None:
            try:
                password = self.password_file.read_text(encoding="utf-8").strip()
            except OSError as error:
                problem = _("cannot read {file}: {error}", file=self.password_file, error=cause(error))
                raise DispatchError(problem) from error
        tls = self.tls.of(program) if self.tls else None
        others = tuple(host_and_port(one, self.port) for one in self.others)
        return Endpoint(self.host, self.port, self.username, password, tls, others, self.subscribe_qos)

    def below(self, folder: Path) -> "LinkEndpoint":
        """The same with absolute paths."""
        password_file = self.password_file and folder / self.password_file
        return self.model_copy(
            update={"password_file": password_file, "tls": self.tls and self.tls.below(folder)}
        )


class Settings(Frozen):
    """Everything in settings.toml."""

    language: Literal["zh_CN", "en"] = Field(description="language at start; it can be switched at run time")
    home_city: CityCode = Field(description="the city this console serves: changsha, zhuzhou or xiangtan")
    node: NodeName = Field(description="name of this console on the wire and in the audit log")
    desk: int = Field(
        default=1,
        ge=1,
        le=9,
        description="digit of this desk in the numbers it gives; one per desk of a city",
    )
    operator: str = Field(min_length=1, max_length=64, description="who sits here, for the audit log")
    broker: Literal["auto", "mosquitto", "nats", "configured"] = Field(
        description="auto: the configured links if any, else mosquitto on PATH, else the built-in nats"
    )
    other_cities: Literal["direct", "bridge"] = Field(
        default="direct",
        description="direct: a link to every city's broker; bridge: to the home city's alone, whose bridges "
        "bring the others",
    )
    data_dir: Path = Field(
        default=Path("~/.local/share/czt"), description="where the audit log and the quarantine are kept"
    )
    vehicles: dict[str, frozenset[Capability]] = Field(
        min_length=1, description="kind of vehicle -> what it can do; the kinds that stations count"
    )
    lock_after_min: float = Field(
        default=0, ge=0, le=480, description="minutes without a key until the console signs out; 0: never"
    )
    calls_kept_days: float = Field(
        default=30, ge=1, le=3650, description="callers' numbers and names are deleted after so many days"
    )
    links: dict[CityCode, LinkEndpoint] = Field(default={}, description="the broker of each city")
    travel: TravelSettings = Field(
        default=TravelSettings(), description="where better driving times than estimates come from"
    )
    limits: IntakeLimits = Field(default=IntakeLimits(), description="how much the intake believes")

    def reached(self, city: CityCode, home: CityCode | None = None) -> bool:
        """Whether a program of the home city (or of `home`) needs a broker of this city."""
        return self.other_cities == "direct" or city == (home or self.home_city)

    def below(self, folder: Path) -> "Settings":
        """The same with absolute paths: relative ones start at the folder of the settings file."""
        links = {city: link.below(folder) for city, link in self.links.items()}
        data_dir, travel = folder / self.data_dir.expanduser(), self.travel.below(folder)
        return self.model_copy(update={"data_dir": data_dir, "links": links, "travel": travel})


def settings_schema() -> str:
    """The JSON Schema of settings.toml as docs/settings.schema.json holds it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
