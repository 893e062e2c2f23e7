"""`czt broker`: the configuration of a city's broker, and who may do what there."""

import asyncio
import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from dispatch.causes import cause
from dispatch.certificates import write_private
from dispatch.cli.broker_cluster import copy_certificates, write_cluster
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.feed import mosquitto
from dispatch.feed.access import Program, ProgramRole, admitted
from dispatch.feed.self_test import Findings, RightsTest
from dispatch.feed.transport import TransportLost
from dispatch.language import _
from dispatch.settings import load
from dispatch.settings.brokers import Brokers, load_brokers
from dispatch.text import safe_text

app = typer.Typer(
    help=_("The brokers of real operation: their configuration, and who may do what there."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
City = Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))]
Drill = Annotated[bool, typer.Option("--drill", help=_("also for the simulators that play whole cities"))]


class Kind(StrEnum):
    """What a city's broker is."""

    MOSQUITTO = "mosquitto"
    NATS_CLUSTER = "nats-cluster"


@app.command(
    "config", help=_("Write the complete configuration of a city's broker: mosquitto or a NATS cluster.")
)
def config_command(
    city: City,
    out: Annotated[
        Path, typer.Option("--out", help=_("folder that is made; files of ours in it are replaced"))
    ],
    pki: Annotated[
        Path | None, typer.Option("--pki", help=_("folder of czt keys pki: its certificates are put in"))
    ] = None,
    at: Annotated[
        str,
        typer.Option("--at", help=_("where the folder will lie on the broker's machine; without it: here")),
    ] = "",
    user: Annotated[
        str, typer.Option("--user", help=_("account mosquitto runs under when it is started by root"))
    ] = "",
    kind: Annotated[
        Kind, typer.Option("--kind", help=_("mosquitto, or a NATS cluster of the nodes in brokers.toml"))
    ] = Kind.MOSQUITTO,
    drill: Drill = False,
    config: ConfigDir = None,
) -> None:
    """mosquitto.conf and the access list, or one folder a node; certificates where --pki names them."""
    brokers, code = _read(config, city)
    folder = PurePosixPath(at or out.resolve().as_posix())
    if not folder.is_absolute() or not str(folder).isprintable() or " " in str(folder):
        raise DispatchError(_("{folder}: a broker needs an absolute path without blanks", folder=folder))
    if kind is Kind.NATS_CLUSTER:
        write_cluster(brokers, code, out, PurePosixPath(at) if at else None, pki, drill=drill)
        return
    own = brokers.cities[code]
    place = mosquitto.Place(code, folder, own.listen, own.port, user)
    neighbours = [
        mosquitto.Neighbour(other, broker.addresses)
        for other, broker in brokers.cities.items()
        if other != code
    ]
    programs = (*brokers.programs, *(brokers.simulators() if drill else ()))
    try:
        for part in ("", mosquitto.CERTIFICATES, "data"):
            (out / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        text = mosquitto.config_text(place, brokers.limits, neighbours)
        (out / mosquitto.CONFIG).write_text(text, encoding="utf-8")
        write_private(out / mosquitto.ACCESS_LIST, mosquitto.access_list(programs, code).encode())
        if pki is not None:
            copy_certificates(pki, code, _needed(), out / mosquitto.CERTIFICATES)
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=error.filename or out, error=cause(error))
        raise DispatchError(problem) from error
    count = len(admitted(programs, code))
    typer.echo(
        _("{file}: {count} programs may connect, one-way bridges to {cities}",
          file=out / mosquitto.CONFIG, count=count, cities=", ".join(one.city for one in neighbours))
    )  # fmt: skip
    missing = [name for name in _needed() if not (out / mosquitto.CERTIFICATES / name).is_file()]
    if missing:
        typer.echo(
            _(
                "put into {folder} before the start: {files}",
                folder=out / mosquitto.CERTIFICATES,
                files=", ".join(missing),
            )
        )


@app.command("access", help=_("List who may read and write what at a city's broker."))
def access_command(
    city: City,
    program: Annotated[str, typer.Option("--program", help=_("only this one, as changsha-console-1"))] = "",
    drill: Drill = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """The access list in words; with --json one object for each program."""
    brokers, code = _read(config, city)
    programs = (*brokers.programs, *(brokers.simulators() if drill else ()))
    found = [(one, may) for one, may in admitted(programs, code) if program in ("", one.user)]
    if program and not found:
        raise DispatchError(
            _("{name} has no business at the broker of {city}", name=safe_text(program, 80), city=city)
        )
    for one, may in found:
        if as_json:
            said = {"user": one.user, "role": one.role.value, "read": may.read, "write": may.write}
            typer.echo(json.dumps(said, ensure_ascii=False))
            continue
        typer.echo(f"{one.user}  ({one.role.value})")
        for topic in may.read:
            typer.echo(_("    reads  {topic}", topic=topic))
        for topic in may.write:
            typer.echo(_("    writes {topic}", topic=topic))


@app.command("check", help=_("Try at each configured broker what this console, or a centre, may do there."))
def check_command(
    centre: Annotated[
        str,
        typer.Option("--centre", metavar="CITY", help=_("as the centre of this city, not as the console")),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """The same as at every start, for whoever sets up a broker. Exit code 1 when anything is wrong.

    The program itself must not run meanwhile: a broker ends its link when this comes with its certificate.
    """
    configuration = load(config)
    settings = configuration.settings
    if centre and centre not in [one.code for one in configuration.cities]:
        raise UnknownName("city", safe_text(centre, 40))
    program = Program(settings.home_city, ProgramRole.CONSOLE, settings.node)
    if centre:
        program = Program(CityCode(centre), ProgramRole.CENTRE, "centre")
    if not settings.links:
        raise DispatchError(_("no broker is configured: add [links.…] to settings.toml"))
    endpoints = {city: link.endpoint(program.name) for city, link in settings.links.items()}
    found = asyncio.run(_tested(RightsTest(program, endpoints, SystemClock())))
    for one in found:
        if as_json:
            typer.echo(json.dumps(asdict(one), ensure_ascii=False))
        else:
            typer.echo("\n".join(map(safe_text, one.lines())))
    if not all(one.good for one in found):
        raise typer.Exit(1)


async def _tested(rights: RightsTest) -> list[Findings]:
    found = []
    for city in rights.endpoints:
        try:
            found.append(await rights.test(city))
        except TransportLost as lost:
            found.append(Findings(city, untried=str(lost)))
    return found


def _read(config: Path | None, city: str) -> tuple[Brokers, CityCode]:
    brokers = load_brokers(load(config), config)
    if city not in brokers.cities:
        raise UnknownName("city", safe_text(city, 40))
    return brokers, CityCode(city)


def _needed() -> tuple[str, ...]:
    """What the broker reads from its folder of certificates."""
    pairs = [f"{name}.{kind}" for name in (mosquitto.BROKER, mosquitto.BRIDGE) for kind in ("pem", "key")]
    return (mosquitto.CA, mosquitto.REVOKED, *pairs)
