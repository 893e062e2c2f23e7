"""How the console behind a browser is told who sits there: by a socket that it inherits, in no other way.

Nothing stands in arguments, environment or files, so no other program can read it or bring one of its own:
the socket's maker must be the process that started this one, under the same account. It holds its end for as
long as it wants the console to run.
"""

import os
import socket
import struct
from pathlib import Path

from pydantic import Field

from dispatch.domain.errors import DispatchError
from dispatch.domain.model import Frozen
from dispatch.domain.operators import Role

LONGEST = 16_384
_NOT_FROM_THERE = "this console is started by czt serve, and by nothing else"
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


class Ticket(Frozen):
    """Who sits at a console in a browser, at which desk, over which brokers."""

    operator: str
    role: Role
    desk: int = Field(ge=1, le=9)
    node: str
    language: str
    config: Path | None = None
    join: bool = False
    """Over the brokers of the drill that runs on this machine."""


class NoTicket(DispatchError):
    """This process was not started by the door."""


def send(ticket: Ticket, door: socket.socket) -> None:
    """Give a ticket into the door's end of the pair."""
    door.sendall(ticket.model_dump_json().encode() + b"\n")


def take(descriptor: int) -> tuple[Ticket, socket.socket]:
    """The ticket, and the socket that ends when the door does. NoTicket: it did not come from there."""
    try:
        door = socket.socket(fileno=descriptor)
        if door.family != socket.AF_UNIX:
            raise NoTicket(_NOT_FROM_THERE)
        pid, uid, _gid = _CREDENTIALS.unpack(
            door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        if pid != os.getppid() or uid != os.getuid():
            raise NoTicket(_NOT_FROM_THERE)
        door.settimeout(10)
        said = b""
        while not said.endswith(b"\n") and len(said) < LONGEST:
            some = door.recv(LONGEST)
            if not some:
                raise NoTicket(_NOT_FROM_THERE)
            said += some
        door.setblocking(False)
        return Ticket.model_validate_json(said), door
    except (OSError, ValueError) as error:
        raise NoTicket(_NOT_FROM_THERE) from error
