"""Steering from outside: lines of JSON from standard input become events; what happened is printed.

In: {"key": "L1", "event": {"kind": ...}} or {"end": "L1"}. Out: {"happened": "L1", "did": {...}} when it has
happened, {"ended": "L1", "did": {...}} when it was ended before its time.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from functools import partial

import msgspec

from dispatch.domain.drills import read_event
from dispatch.domain.errors import DispatchError
from simulators.happenings import Did
from simulators.world import World


def steer(world: World, hear: Callable[[Callable[[], None]], None]) -> None:
    """Tell every event of a world as it happens, and do what standard input asks for, while the loop runs.

    `hear` runs something at the drill time it is now.
    """
    world.happenings.on_happened = partial(_tell, "happened")
    world.happenings.on_ended = partial(_tell, "ended")
    loop, source, rest = asyncio.get_running_loop(), sys.stdin.fileno(), bytearray()

    def take() -> None:
        read = os.read(source, 65_536)
        if not read:
            loop.remove_reader(source)
        rest.extend(read)
        *lines, last = bytes(rest).split(b"\n")
        rest[:] = last
        for line in lines:
            let_happen(line)

    def let_happen(line: bytes) -> None:
        try:
            said = json.loads(line)
            if "end" in said:
                ended = str(said["end"])
                hear(lambda: world.happenings.end_one(ended))
                return
            key, event = str(said["key"]), read_event(said["event"])
        except (ValueError, TypeError, KeyError, DispatchError) as error:
            sys.stderr.write(f"not an event: {error}\n")
            return
        hear(lambda: world.happenings.plan_one(key, event, world.origin_ms))

    loop.add_reader(source, take)


def _tell(what: str, key: str, did: Did) -> None:
    sys.stdout.write(msgspec.json.encode({what: key, "did": did}).decode() + "\n")
    sys.stdout.flush()
