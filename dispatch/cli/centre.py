"""`czt centre`: run a city's centre. `czt centre-orders`: look at its orders."""

import asyncio
import contextlib
import json
import signal
from pathlib import Path
from typing import Annotated

import typer

from dispatch.centre.reading import read_orders
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.cli.options import ConfigDir
from dispatch.cli.times import local_time
from dispatch.clock import Clock, SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import REASONS, STATE_NAMES, Order
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Endpoint
from dispatch.language import _
from dispatch.rig import running_drill, running_drill_clock
from dispatch.settings import Configuration, load
from dispatch.text import safe_text

ORDERS_FILE = "centre.db"


def centre(
    city: Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))],
    data: Annotated[
        Path | None,
        typer.Option("--data", help=_("folder of the centre's database; without it: the data folder")),
    ] = None,
    config: ConfigDir = None,
) -> None:
    """The single writer of a city's orders, over its broker, until somebody interrupts it."""
    configuration = load(config)
    known = [one.code for one in configuration.cities]
    if city not in known:
        raise UnknownName("city", city)
    code = CityCode(city)
    endpoint, drill = _broker_of(configuration, code)
    folder = data or configuration.settings.data_dir / "centres" / code
    asyncio.run(_run(configuration, code, endpoint, folder / ORDERS_FILE, drill=drill))


def _broker_of(configuration: Configuration, city: CityCode) -> tuple[Endpoint, bool]:
    """The broker of the drill running now, or the configured one; and whether it is a drill."""
    running = running_drill(configuration)
    if city in running:
        return running[city], True
    if city in configuration.settings.links:
        return configuration.settings.links[city].endpoint(), False
    raise DispatchError(
        _(
            "no drill runs here and no broker is configured for {city}: add [links.{city}] to settings.toml",
            city=city,
        )
    )


async def _run(
    configuration: Configuration, city: CityCode, endpoint: Endpoint, file: Path, *, drill: bool
) -> None:
    drill_clock = running_drill_clock(configuration) if drill else None
    clock: Clock = drill_clock or SystemClock()
    units = [unit.id for unit in configuration.units if unit.city == city]
    store = Store.open(file, city=city, node="centre", units=units, now_ms=epoch_ms(clock.now()), drill=drill)
    try:
        running = Centre(store, over_mqtt({city: endpoint}, clock), clock=clock, drill=drill)
        typer.echo(
            _(
                "the centre of {city} runs: {units} units, {held} held, orders in {file}; Ctrl+C ends",
                city=city,
                units=len(units),
                held=len(list(store.held())),
                file=file,
            )
        )
        await _until_interrupted(running)
    finally:
        store.close()
    typer.echo(_("the centre of {city} has ended", city=city))


async def _until_interrupted(centre: Centre) -> None:
    work = asyncio.create_task(centre.run(), name="centre")
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, work.cancel)
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
