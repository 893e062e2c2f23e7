"""The console as `czt drill` opens it, over brokers that run already: `... console_child JSON FOLDER`.

JSON names each city's port on loopback.
"""

import asyncio
import json
import sys
from pathlib import Path

from dispatch.cli.lazily import loading

with loading():
    from dispatch.clock import SystemClock
    from dispatch.console.app import ConsoleApp
    from dispatch.domain.geography import CityCode
    from dispatch.feed.mqtt import over_mqtt
    from dispatch.feed.transport import Endpoint
    from dispatch.runtime import open_session
    from dispatch.settings import load


async def main(ports: dict[str, int], folder: Path) -> None:
    endpoints = {CityCode(code): Endpoint("127.0.0.1", port) for code, port in ports.items()}
    clock = SystemClock()
    async with open_session(load(), over_mqtt(endpoints, clock), clock, folder, drill=True) as session:
        await ConsoleApp(session.desk).run_async()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), Path(sys.argv[2])))
