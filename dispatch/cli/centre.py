"""`czt centre`: run a city's centre. `czt centre-orders`: look at its orders."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import segments
from dispatch.audit.checkpoint import city_of_key
from dispatch.audit.keyring import CityKeys, load_private, load_trusted
from dispatch.audit.notes import PublicKey
from dispatch.audit.witness import WitnessBook
from dispatch.causes import cause
from dispatch.centre.evidence import EvidenceKit
from dispatch.centre.looking import read_orders
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.cli.audit_options import Trusted
from dispatch.cli.options import ConfigDir
from dispatch.cli.times import local_time
from dispatch.clock import Clock, DrillClock, SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import REASONS, STATE_NAMES, Order
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.self_test import Findings, RightsTest
from dispatch.feed.transport import Connect, Endpoint, endpoint_of
from dispatch.language import _
from dispatch.rig import running_drill, running_drill_clock
from dispatch.settings import Configuration, load
from dispatch.text import safe_text
from dispatch.tracks.store import FILE as TRACKS_FILE
from dispatch.tracks.store import TrackStore

ORDERS_FILE = "centre.db"
NODE = "centre"
"""Name of a centre on the wire, and of its certificate."""
WITNESS_FILE = "witness.db"
PARENT_CHECK_S = 1.0


def centre(
    city: Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))],
    data: Annotated[
        Path | None,
        typer.Option("--data", help=_("folder of the centre's database; without it: the data folder")),
    ] = None,
    config: ConfigDir = None,
    endpoints: Annotated[
        str | None,
        typer.Option(
            "--endpoints", metavar="JSON", help=_("brokers: city to host, port, username, password, tls")
        ),
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", help=_("a drill: its first moment, ISO 8601 with time zone"))
    ] = None,
    started: Annotated[
        str | None, typer.Option("--started", help=_("machine time at that moment, ISO 8601"))
    ] = None,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help=_("drill seconds per second"))] = 1.0,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help=_("private keys of the city; without it: key_file of audit.toml")),
    ] = None,
    trusted: Trusted = None,
    pace: Annotated[
        Path | None,
        typer.Option("--pace", help=_("a drill: the file that tells when it stands or runs faster")),
    ] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help=_("end when the process that started this one is gone"))
    ] = False,
) -> None:
    """The single writer of a city, over its broker, until somebody interrupts it."""
    parent = os.getppid() if with_parent else None  # now: it may be gone before the configuration is read
    configuration = load(config)
    known = [one.code for one in configuration.cities]
    if city not in known:
        raise UnknownName("city", city)
    code = CityCode(city)
    place = _given(endpoints, origin, started, speed, pace) if endpoints else found_place(configuration, code)
    if code not in place.brokers:
        raise DispatchError(_("no broker is given for {city}; name one under --endpoints", city=city))
    kept = configuration.settings.data_dir / ("drill-centres" if place.drill else "centres")
    folder = data or kept / code
    signing = _signing(configuration, code, keys, trusted)
    asyncio.run(_run(configuration, code, place, folder / ORDERS_FILE, parent, signing))


@dataclass(frozen=True, slots=True)
class _Signing:
    """What a centre signs with, and whom it believes."""

    keys: CityKeys
    trusted: tuple[PublicKey, ...]


def _signing(
    configuration: Configuration, city: CityCode, keys: Path | None, trusted: Path | None
) -> _Signing | None:
    """None: no keys are configured, and nothing is signed. DispatchError: they are not of this city."""
    file = keys or configuration.audit_rules.key_file
    if file is None:
        return None
    private = load_private(file)
    if private.city != city:
        raise DispatchError(
            _("the keys in {file} are of {other}, not of {city}", file=file, other=private.city, city=city)
        )
    listed = configuration.trusted_keys if trusted is None else load_trusted(trusted)
    return _Signing(private, tuple(dict.fromkeys((*listed, *private.public))))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a centre works: the brokers of the cities, and the time."""

    brokers: Mapping[CityCode, Endpoint]
    clock: Clock
    drill: bool


def _given(
    endpoints: str, origin: str | None, started: str | None, speed: float, pace: Path | None
) -> _Place:
    """As whoever starts this process says; with an origin it is part of a drill."""
    try:
        brokers = {CityCode(one): endpoint_of(where, NODE) for one, where in json.loads(endpoints).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise DispatchError(_("--endpoints cannot be read: {error}", error=cause(error))) from error
    if origin is None:
        return _Place(brokers, SystemClock(), drill=False)
    began = SystemClock().now() if started is None else _moment(started)
    return _Place(brokers, DrillClock(_moment(origin), began, speed, pace), drill=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DispatchError(_("{text} is no time: write ISO 8601 with a time zone", text=text)) from error
    if moment.tzinfo is None:
        raise DispatchError(_("{text} is no time: write ISO 8601 with a time zone", text=text))
    return moment.astimezone(UTC)


def found_place(configuration: Configuration, city: CityCode, program: str = NODE) -> _Place:
    """The drill that runs on this machine now, or the configured brokers as `program` reaches them."""
    running, links = running_drill(configuration), configuration.settings.links
    if city in running:
        return _Place(running, running_drill_clock(configuration) or SystemClock(), drill=True)
    if city in links:
        beside = program != NODE
        brokers = {one: link.endpoint(program, beside=beside) for one, link in links.items()}
        return _Place(brokers, SystemClock(), drill=False)
    raise DispatchError(
        _(
            "no drill runs here and no broker is configured for {city}: add [links.{city}] to settings.toml",
            city=city,
        )
    )


async def _run(
    configuration: Configuration,
    city: CityCode,
    place: _Place,
    file: Path,
    parent: int | None,
    signing: _Signing | None,
) -> None:
    clock = place.clock
    store = Store.open(
        file,
        city=city,
        node=NODE,
        units=[unit for unit in configuration.units if unit.city == city],
        rules=configuration.centre_rules,
        now_ms=epoch_ms(clock.now()),
        drill=place.drill,
        closed_kept_ms=round(configuration.limits.closed_kept_s * 1000),
    )
    book: WitnessBook | None = None
    tracks: TrackStore | None = None
    try:
        tracks = _tracks(configuration, city, place, file.with_name(TRACKS_FILE))
        kit = None
        if signing is not None:
            book = WitnessBook(file.with_name(WITNESS_FILE))
            kit = EvidenceKit(
                file, book, signing.keys, signing.trusted, configuration.audit_rules.checkpoints
            )
        by_bridge = configuration.settings.other_cities == "bridge"
        neighbours = [one.code for one in configuration.cities if by_bridge or one.code in place.brokers]
        running = Centre(
            store,
            _connected(city, place),
            clock=clock,
            drill=place.drill,
            neighbours=neighbours,
            by_bridge=by_bridge,
            evidence=kit,
            tidy=lambda: segments.tidy(
                file, configuration.audit_rules.retention, epoch_ms(clock.now()), store.drop_before
            ),
            tracks=tracks,
        )
        _say_that_it_runs(store, file)
        _say_what_is_signed(signing)
        await _until_told(running, parent)
    finally:
        store.close()
        for one in (book, tracks):
            if one is not None:
                one.close()
    typer.echo(_("the centre of {city} has ended", city=city))


def _tracks(configuration: Configuration, city: CityCode, place: _Place, file: Path) -> TrackStore | None:
    """A city dispatches without them, and says so."""
    rules = configuration.track_rules
    if not rules.kept:
        return None
    try:
        return TrackStore.open(file, rules, place.clock, city=city, drill=place.drill)
    except DispatchError as error:
        typer.echo(safe_text(str(error)), err=True)
        return None


def _connected(city: CityCode, place: _Place) -> Connect:
    """The way to the brokers; in real operation the centre tries its rights there first, and says so."""
    connect = over_mqtt(place.brokers, place.clock)
    if place.drill:
        return connect
    program = Program(city, ProgramRole.CENTRE, NODE)
    return RightsTest(program, place.brokers, place.clock, on_findings=_say_rights).over(connect)


def _say_rights(found: Findings) -> None:
    for line in found.lines():
        typer.echo(safe_text(line), err=not found.good)
    sys.stdout.flush()


def _say_that_it_runs(store: Store, file: Path) -> None:
    typer.echo(
        _(
            "the centre of {city} runs: {units} units, {held} held, {incidents} open incidents, "
            "its records in {file}; Ctrl+C ends",
            city=store.city,
            units=len(store.units),
            held=len(list(store.held())),
            incidents=len(list(store.state.open_incidents())),
            file=file,
        )
    )
    sys.stdout.flush()


def _say_what_is_signed(signing: _Signing | None) -> None:
    if signing is None:
        typer.echo(
            _("the audit log is not signed: no keys are configured (czt keys make; key_file in audit.toml)")
        )
    else:
        cities = sorted({city_of_key(one.name) for one in signing.trusted} - {signing.keys.city})
        typer.echo(
            _(
                "the audit log is signed as {key}; trusted cities: {cities}",
                key=f"{signing.keys.log.name}+{signing.keys.log.public.hash.hex()}",
                cities=", ".join(cities) or "-",
            )
        )
    sys.stdout.flush()


async def _until_told(centre: Centre, parent: int | None) -> None:
    """Until a signal asks for a clean end, or the process that must be there is gone."""
    work = asyncio.create_task(centre.run(), name="centre")
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, work.cancel)
    while not work.done():
        await asyncio.wait((work,), timeout=PARENT_CHECK_S)
        if parent is not None and os.getppid() != parent and not work.cancelling():
            work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


def centre_orders(
    file: Annotated[Path, typer.Argument(help=_("a centre's database, a file such as centre.db"))],
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many orders"))] = 20,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """Newest first; the file is only read."""
    for order in read_orders(file, last):
        if as_json:
            typer.echo(json.dumps(_document(order), ensure_ascii=False))
        else:
            typer.echo("\n".join(_lines(order)))


def _lines(order: Order) -> list[str]:
    incident = "" if order.job is None else f" → {order.job.incident}"
    asker = f"{order.asker.city}/{order.asker.node}"
    head = (
        f"{order.unit}{safe_text(incident)}  {order.request}  {safe_text(asker)} {safe_text(order.operator)}"
    )
    steps = []
    for step in order.steps:
        reason = REASONS.get(step.reason, safe_text(step.reason))
        why = f" ({_(reason)})" if reason else ""
        steps.append(f"    {local_time(step.at_ms)}  {_(STATE_NAMES[step.state])}{why}")
    return [head, *steps]


def _document(order: Order) -> dict[str, object]:
    return {
        "request": order.request,
        "unit": order.unit,
        "state": order.state.value,
        "asker": order.asker._asdict(),
        "operator": order.operator,
        "token": list(order.token),
        "until_ms": order.until_ms,
        "job": None if order.job is None else order.job.model_dump(mode="json"),
        "steps": [{"state": s.state.value, "at_ms": s.at_ms, "reason": s.reason} for s in order.steps],
    }
