"""How `czt claims` reaches a centre: over its broker, or its database while it does not run."""

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from dispatch.audit.connection import reader
from dispatch.audit.entry import uuid7
from dispatch.causes import cause
from dispatch.centre.messages import ClaimSaid, Reply
from dispatch.centre.reading import CentreUnavailable
from dispatch.centre.store import Store
from dispatch.centre.wire_claims import said_payload
from dispatch.claims.deeds import Saying
from dispatch.cli.centre import ORDERS_FILE, found_place
from dispatch.clock import SystemClock, epoch_ms
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.transport import Received
from dispatch.language import _
from dispatch.settings import Configuration
from dispatch.settings.operators import load_operators, operators_file
from dispatch.signin.passwords import Passwords
from dispatch.signin.second_factor import matching_step
from dispatch.text import safe_text

WAIT_S = 15.0
NODE = "claims"


@dataclass(frozen=True, slots=True)
class Where:
    """Which centre, and who asks. `data`: its database; None: over its broker."""

    configuration: Configuration
    config: Path | None
    city: str
    data: Path | None
    operator: str
    password_stdin: bool


def default_database(configuration: Configuration, city: str) -> Path:
    """Where a centre of this machine keeps its records."""
    return configuration.settings.data_dir / "centres" / city / ORDERS_FILE


def whose(database: Path) -> tuple[CityCode, bool]:
    """The city of a centre's database, and whether it is a drill's."""
    try:
        with reader(database) as connection:
            kept = dict(connection.execute("SELECT name, value FROM centre").fetchall())
        return CityCode(kept["city"]), kept.get("drill") == "1"
    except FileNotFoundError:
        raise CentreUnavailable(_("there are no records of a centre at {file}", file=database)) from None
    except (sqlite3.Error, KeyError) as error:
        raise CentreUnavailable(
            _("the records in {file} cannot be read: {error}", file=database, error=cause(error))
        ) from error


def send(where: Where, said: Saying) -> Mapping[str, str | int]:
    """Have a centre do something; the facts of its answer. DispatchError says why not."""
    result = _to_database(where, said) if where.data is not None else _over_broker(where, said)
    if not result.accepted:
        raise DispatchError(refusal_text(where.configuration, result.code, result.facts, result.reason))
    return result.facts


def _by(where: Where, *, drill: bool) -> By:
    """Who acts: an operator with his password, or, where nobody signs in, whoever the settings name."""
    file = operators_file(where.config)
    if file is None:
        role = Role.DRILL_LEADER if drill else Role.DISPATCHER
        return By(operator=where.operator or where.configuration.settings.operator, role=role)
    known = {one.id: one for one in load_operators(file) if one.active}
    if where.operator not in known:
        raise DispatchError(_("who acts? give --operator, one of: {known}", known=", ".join(known) or "-"))
    one = known[where.operator]
    if not Passwords().fits(one.password, _password(where)):
        raise DispatchError(_("this is not the password of {name}", name=one.id))
    if one.totp and matching_step(one.totp, _code(where), SystemClock().now()) is None:
        raise DispatchError(_("this is not the code of {name}", name=one.id))
    return By(operator=one.id, role=one.role)


def _password(where: Where) -> str:
    if where.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        return str(typer.prompt(_("Password of {name}", name=where.operator), hide_input=True))
    raise DispatchError(_("there is no terminal to ask for the password: give --password-stdin"))


def _code(where: Where) -> str:
    """The second line of standard input, or typed."""
    if where.password_stdin:
        return sys.stdin.readline().strip()
    return str(typer.prompt(_("The six digits it shows")))


def _to_database(where: Where, said: Saying) -> CommandResult:
    """The single writer is this command for a moment; a centre that runs has the file locked."""
    assert where.data is not None  # noqa: S101 - `send` has looked
    city, drill = whose(where.data)
    now_ms = epoch_ms(SystemClock().now())
    by = _by(where, drill=drill)
    configuration = where.configuration
    try:
        units = [unit for unit in configuration.units if unit.city == city]
        store = Store.open(
            where.data, city=city, node=NODE, units=units,
            rules=configuration.centre_rules, now_ms=now_ms, drill=drill,
        )  # fmt: skip
    except CentreUnavailable as error:
        raise CentreUnavailable(
            _("{error}; a centre that runs is reached over its broker: leave --data out", error=cause(error))
        ) from error
    with contextlib.closing(store):
        asked = ClaimSaid(uuid7(now_ms), Asker(city, NODE), by, said)
        (reply,) = [one for one in store.take([asked], now_ms) if isinstance(one, Reply)]
    return CommandResult(True, reply.accepted, reply.code, reply.code, reply.facts)


def _over_broker(where: Where, said: Saying) -> CommandResult:
    configuration = where.configuration
    if where.city not in [one.code for one in configuration.cities]:
        raise UnknownName("city", safe_text(where.city, 40))
    return asyncio.run(_ask(where, CityCode(where.city), said))


async def _ask(where: Where, city: CityCode, said: Saying) -> CommandResult:
    place, home = found_place(where.configuration, city, NODE), where.configuration.settings.home_city
    by = _by(where, drill=place.drill)
    certified = any(
        broker.tls is not None and broker.tls.cert is not None for broker in place.brokers.values()
    )
    node = NODE if certified else f"{NODE}-{os.getpid()}"  # a certificate is for one name

    def hear(_city: CityCode, batch: list[Received]) -> None:
        for received in batch:
            with contextlib.suppress(ValueError, RecursionError):
                data = payloads.decode("response", received.payload).data
                if isinstance(data, payloads.Response):
                    outbox.hear(city, data)

    link = Link(
        city=city,
        transport=over_mqtt(place.brokers, place.clock)(city, f"{home}-{node}"),
        identity=Identity(home, node, "console", place.drill),
        filters=(topics.response(city, home, node),),
        clock=place.clock,
        on_batch=hear,
    )
    outbox = Outbox({city: link}, home_city=home, node=node, clock=place.clock)
    payload = said_payload(ClaimSaid("", Asker(home, node), by, said))
    running = asyncio.create_task(link.run(), name=f"link to {city}")
    try:
        return await outbox.send(city, "claims.say", payload, expires_s=WAIT_S)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
