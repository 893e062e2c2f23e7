"""`czt province`: the cities of a province at once, to be looked at."""

import asyncio
import json
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.lazily import loading
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.console.present_province import province_lines
from dispatch.domain.errors import DispatchError
from dispatch.feed.mqtt import over_mqtt
from dispatch.language import _
from dispatch.province.fan_in import FanIn
from dispatch.settings.province import Province, load_province

SETTLE_S = 5.0


def province(
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=0, help=_("with --json: a line each second for so long; then end")),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=0, max=64, help=_("processes that share the cities; 0: none beside this")
        ),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help=_("print one line a city and end"))] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help=_("look at drills instead of real operation"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """A screen; or with --json one object a city, after the retained messages had time to come."""
    found = load_province(config)
    if not found.links:
        raise DispatchError(
            _("province.toml names no broker: add a [links.CITY] table for each city to look at")
        )
    asyncio.run(_run(found, config, workers, seconds, text=text, as_json=as_json, drill=drill))


async def _run(
    found: Province,
    config: Path | None,
    workers: int | None,
    seconds: float | None,
    *,
    text: bool,
    as_json: bool,
    drill: bool,
) -> None:
    clock = SystemClock()
    fan_in = FanIn(
        found.rules,
        list(found.links),
        over_mqtt(found.endpoints(), clock),
        clock,
        config=config,
        workers=found.rules.workers if workers is None else workers,
        drill=drill,
    )
    async with fan_in.running():
        if text:
            await asyncio.sleep(SETTLE_S)
            names = {one.code: one.name for one in found.rules.city}
            typer.echo("\n".join(province_lines(fan_in.counts(), names)))
        elif as_json:
            await _print(fan_in, seconds)
        else:
            await _with_screen(fan_in, clock)


async def _print(fan_in: FanIn, seconds: float | None) -> None:
    """One array of cities once, or each second."""
    await asyncio.sleep(min(SETTLE_S, seconds) if seconds is not None else SETTLE_S)
    left = 1 if seconds is None else max(1, round(seconds - SETTLE_S))
    for turn in range(left):
        if turn:
            await asyncio.sleep(1.0)
        listed = [asdict(one) | {"units": one.units} for one in fan_in.counts()]
        typer.echo(json.dumps(listed, ensure_ascii=False))


async def _with_screen(fan_in: FanIn, clock: SystemClock) -> None:
    with loading():
        from dispatch.console.province_app import ProvinceApp

    app = ProvinceApp(fan_in, clock)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sign, app.exit)
    await app.run_async()
