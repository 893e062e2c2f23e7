"""The console behind one browser. No command: `czt serve` starts it with a ticket, and nothing else can."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from dispatch import language
from dispatch.clock import Clock, DrillClock, SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.self_test import RightsTest
from dispatch.feed.transport import Connect
from dispatch.language import _
from dispatch.rig import Reins, running_drill, running_drill_clock, running_drill_door, seat_beside
from dispatch.runtime import Session, open_session
from dispatch.settings import Configuration, load
from dispatch.settings.operators import operators_file
from dispatch.web.child import SIGNED_OUT
from dispatch.web.ticket import NoTicket, Ticket, take


def main(arguments: list[str]) -> int:
    """Run the console until it is left, its operator signs out, or the door ends."""
    try:
        ticket, door = take(int(arguments[0]) if arguments and arguments[0].isdecimal() else -1)
    except NoTicket as error:
        print(f"czt: {error}", file=sys.stderr)  # noqa: T201 - the edge of the program
        return 2
    language.use(ticket.language)
    try:
        configuration = load(ticket.config)
        with _seated(configuration, ticket) as seated:
            return asyncio.run(_run(seated, ticket, door))
    except DispatchError as error:
        print(f"czt: {error}", file=sys.stderr)  # noqa: T201 - the edge of the program
        return 2


@contextlib.contextmanager
def _seated(configuration: Configuration, ticket: Ticket) -> Iterator[Configuration]:
    """The configuration with the desk of the ticket; in a running drill with the next that is free there."""
    settings = configuration.settings
    with contextlib.ExitStack() as stack:
        desk, node = ticket.desk, ticket.node
        if ticket.join:
            desk = stack.enter_context(seat_beside(configuration, settings.home_city))
            node = f"console-{desk}"
        here = settings.model_copy(update={"desk": desk, "node": node})
        yield configuration.model_copy(update={"settings": here})


async def _run(configuration: Configuration, ticket: Ticket, door: socket.socket) -> int:
    connect, clock, rights, reins = _brokers(configuration, ticket)
    folder = _folder(configuration, ticket)
    async with open_session(
        configuration,
        connect,
        clock,
        folder,
        drill=isinstance(clock, DrillClock),
        operators=operators_file(ticket.config),
        rights=rights,
        reins=reins,
    ) as session:
        await session.desk.admit(ticket.operator, ticket.role)
        return await _at_the_screen(session, ticket.config, door)


def _brokers(
    configuration: Configuration, ticket: Ticket
) -> tuple[Connect, Clock, RightsTest | None, Reins | None]:
    """How the cities are reached: over the drill that runs here, or over the brokers of the settings."""
    settings = configuration.settings
    if ticket.join:
        drill_clock = running_drill_clock(configuration)
        if drill_clock is None:
            raise DispatchError(_("no drill runs on this machine: start one with czt drill, then join it"))
        steered = running_drill_door(configuration)
        connect = over_mqtt(running_drill(configuration), drill_clock)
        return connect, drill_clock, None, None if steered is None else Reins(steered)
    clock = SystemClock()
    endpoints = {city: link.endpoint(settings.node) for city, link in settings.links.items()}
    rights = RightsTest(Program(settings.home_city, ProgramRole.CONSOLE, settings.node), endpoints, clock)
    return rights.over(over_mqtt(endpoints, clock)), clock, rights, None


def _folder(configuration: Configuration, ticket: Ticket) -> Path:
    """The records of this desk: its own, and of a drill one for each sign-in."""
    base = configuration.settings.data_dir
    if ticket.join:
        named = f"{SystemClock().now():%Y%m%d-%H%M%S}-{configuration.settings.home_city}"
        folder = base / "drills" / f"{named}-web-{configuration.settings.desk}"
    else:
        folder = base / "web" / ticket.node
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


async def _at_the_screen(session: Session, config: Path | None, door: socket.socket) -> int:
    """The console; it ends when its operator loses the seat, and when the door is gone."""
    from dispatch.console.app import ConsoleApp

    app = ConsoleApp(session.desk, config=config)
    left = asyncio.Event()

    def leave() -> None:
        left.set()
        app.exit()

    session.kit.seat.on_empty = leave
    watching = asyncio.create_task(_until_gone(door), name="door")
    watching.add_done_callback(lambda _task: app.exit())
    await app.run_async()
    watching.cancel()
    return SIGNED_OUT if left.is_set() else 0


async def _until_gone(door: socket.socket) -> None:
    """The door says nothing more on the socket; it only closes it."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while await loop.sock_recv(door, 64):
            pass


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
