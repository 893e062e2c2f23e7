"""`czt feed`: check messages, put recordings through a broker, and look at what was refused."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.feed_check import check
from dispatch.cli.options import ConfigDir
from dispatch.cli.times import local_time
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.owntracks import REPLAY_USER
from dispatch.feed.quarantine import read
from dispatch.feed.replay import Progress, replay_file
from dispatch.feed.transport import Endpoint
from dispatch.language import _
from dispatch.rig import running_drill
from dispatch.settings import Configuration, load
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Put recordings through a broker, and look at what was refused."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("check", help=_("Say what is wrong with messages that somebody publishes, field by field."))(
    check
)


@app.command(help=_("Publish an OwnTracks recording as a unit's tracker, at its own pace."))
def replay(
    file: Annotated[Path, typer.Argument(help=_("a recording of the OwnTracks recorder, .rec"))],
    unit: Annotated[
        str, typer.Option("--as", help=_("the unit that shall carry the tracker, such as CS-T01"))
    ],
    speed: Annotated[float, typer.Option("--speed", min=0.001, help=_("so many times as fast"))] = 1.0,
    host: Annotated[str, typer.Option("--host", help=_("where the broker listens"))] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help=_("its port; without it: the drill running now")),
    ] = None,
    config: ConfigDir = None,
) -> None:
    """Payloads go out as they stand, so that a fix shows its true age."""
    configuration = load(config)
    city = next((c.code for c in configuration.cities if unit.startswith(f"{c.prefix}-")), None)
    if city is None:
        prefixes = ", ".join(city.prefix for city in configuration.cities)
        raise DispatchError(
            _("{unit} names no city: it must begin with one of {known}", unit=unit, known=prefixes)
        )
    endpoint = Endpoint(host, port) if port else _broker_of(configuration, city)
    recording = asyncio.run(
        replay_file(file, endpoint, unit, clock=SystemClock(), speed=speed, progress=_progress)
    )
    for fault in recording.faults:
        typer.echo(fault, err=True)
    typer.echo(_("{count} messages published as {unit}", count=len(recording.lines), unit=unit))


def _broker_of(configuration: Configuration, city: CityCode) -> Endpoint:
    """The broker of the drill running now, or the configured one."""
    running = running_drill(configuration)
    if city in running:
        return running[city]
    if city in configuration.settings.links:
        return configuration.settings.links[city].endpoint(REPLAY_USER, beside=True)
    raise DispatchError(
        _("no drill runs here and no broker is configured for {city}: name --port", city=city)
    )


def _progress(progress: Progress) -> None:
    typer.echo(
        _(
            "{published} of {of}: heard {moment}",
            published=progress.published,
            of=progress.of,
            moment=f"{progress.heard_at:%Y-%m-%d %H:%M:%S}",
        ),
        err=True,
    )


@app.command(help=_("The refused messages that came last, with the reason."))
def refused(
    table: Annotated[Path, typer.Argument(help=_("the quarantine table, a file such as quarantine.db"))],
    last: Annotated[int, typer.Option(min=1, help=_("so many rows"))] = 20,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """Newest first."""
    if not table.is_file():
        raise DispatchError(_("there is no quarantine table at {file}", file=table))
    for row in read(table, last):
        text = row.payload.decode("utf-8", "replace")
        if as_json:
            said = {
                "received_ms": row.received_ms,
                "city": row.city,
                "topic": row.topic,
                "reason": row.reason,
            }
            typer.echo(
                json.dumps({**said, "why": row.why, "size": row.size, "payload": text}, ensure_ascii=False)
            )
        else:
            typer.echo(f"{local_time(row.received_ms)} {row.city} {safe_text(row.topic)}: {row.why}")
            typer.echo(f"    {safe_text(text, 160)}")
