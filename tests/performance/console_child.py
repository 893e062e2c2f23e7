"""The console as `czt drill` opens it, over brokers that run already.

    python -m tests.performance.console_child JSON FOLDER [--config DIR] [--node NAME] [--ask SOCKET]

JSON names each city's port on loopback. At SOCKET it answers whoever asks from outside, one line for each
line, in the same event loop that serves the operator: "rank" with the milliseconds that a ranking for the
next open incident took, "count CITY" with what its intake counted.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path

from dispatch.cli.lazily import loading

with loading():
    from dispatch.clock import SystemClock
    from dispatch.console.app import ConsoleApp
    from dispatch.domain.geography import CityCode
    from dispatch.feed.mqtt import over_mqtt
    from dispatch.feed.transport import Endpoint
    from dispatch.runtime import Session, open_session
    from dispatch.settings import load

SHOWN = 20
"""Candidates and exclusions that a screen shows."""


class Answers:
    """What can be asked from outside."""

    def __init__(self, session: Session) -> None:
        self._session, self._turns = session, count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until whoever asks hangs up."""
        while line := await reader.readline():
            what, _, city = line.decode().strip().partition(" ")
            said = self._rank() if what == "rank" else self._count(CityCode(city))
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _rank(self) -> dict[str, float]:
        desk = self._session.desk
        numbers = [one.id for one in desk.picture.open_incidents()]
        begun = time.perf_counter()
        ranking = desk.rank_units(numbers[next(self._turns) % len(numbers)])
        shown = len(ranking.candidates[:SHOWN]) + len(ranking.excluded[:SHOWN])
        return {"ms": (time.perf_counter() - begun) * 1000, "shown": shown}

    def _count(self, city: CityCode) -> dict[str, float]:
        view = self._session.picture.sight[city]
        return {**asdict(self._session.intake.counters), "of_the_city": view.messages}


@asynccontextmanager
async def answering(session: Session, ask: Path | None) -> AsyncIterator[None]:
    """Answer at a socket for the length of a block."""
    if ask is None:
        yield
        return
    server = await asyncio.start_unix_server(Answers(session).serve, ask)
    try:
        yield
    finally:
        server.close()


async def main(given: argparse.Namespace) -> None:
    endpoints = {
        CityCode(code): Endpoint("127.0.0.1", port) for code, port in json.loads(given.ports).items()
    }
    clock, configuration = SystemClock(), load(given.config)
    if given.node:
        settings = configuration.settings.model_copy(update={"node": given.node, "desk": 9})
        configuration = configuration.model_copy(update={"settings": settings})
    connect = over_mqtt(endpoints, clock)
    async with (
        open_session(configuration, connect, clock, given.folder, drill=True) as session,
        answering(session, given.ask),
    ):
        await ConsoleApp(session.desk).run_async()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("ports")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--node", default="")
    parser.add_argument("--ask", type=Path)
    asyncio.run(main(parser.parse_args()))
