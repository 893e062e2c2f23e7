"""`czt serve`: the console in a browser, behind a sign-in."""

import asyncio
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.rig import running_drill_clock
from dispatch.settings import Configuration, load
from dispatch.settings.operators import operators_file


def serve(
    join: Annotated[
        bool, typer.Option("--join", help=_("consoles in the drill that runs on this machine"))
    ] = False,
    host: Annotated[
        str | None, typer.Option("--host", help=_("where to listen, instead of what web.toml says"))
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help=_("the port; 0: any that is free"))
    ] = None,
    config: ConfigDir = None,
) -> None:
    """Serve the console to browsers until it is stopped."""
    configuration = _listening_at(load(config), host, port)
    _ready(configuration, join)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    asyncio.run(_serve(configuration, config.absolute() if config else None, join))


def _listening_at(configuration: Configuration, host: str | None, port: int | None) -> Configuration:
    """The rules of the door with the address of the command line, which must be as safe as theirs."""
    said = {"host": host, "port": port}
    web = configuration.web.model_copy(
        update={name: value for name, value in said.items() if value is not None}
    )
    if not web.loopback and not web.tls:
        raise DispatchError(_("host: outside of this machine only with cert_file and key_file"))
    return configuration.model_copy(update={"web": web})


def _ready(configuration: Configuration, join: bool) -> None:
    if join and running_drill_clock(configuration) is None:
        raise DispatchError(_("no drill runs on this machine: start one with czt drill, then join it"))
    missing = [city.code for city in configuration.cities if city.code not in configuration.settings.links]
    if not join and missing:
        raise DispatchError(
            _(
                "no broker is configured for {cities}: add [links.…] to settings.toml, or try czt drill",
                cities=", ".join(missing),
            )
        )


async def _serve(configuration: Configuration, config: Path | None, join: bool) -> None:
    from dispatch.web.door import open_door
    from dispatch.web.server import serving

    folder = configuration.settings.data_dir / "web" / "door"
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with (
        open_door(
            configuration,
            folder=folder,
            operators=operators_file(config),
            clock=SystemClock(),
            join=join,
            config=config,
        ) as door,
        serving(door) as server,
    ):
        typer.echo(_("The console is served at {address}/", address=server.addresses.told))
        typer.echo(_("{count} browsers at most are at work at once", count=len(door.rules.desks)))
        if not server.addresses.secure:
            typer.echo(
                _("Without TLS: for this machine only. Others need a reverse proxy, or cert_file in web.toml")
            )
        await stop.wait()
