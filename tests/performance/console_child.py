"""The console as `czt drill` opens it, over brokers that run already.

    python -m tests.performance.console_child JSON FOLDER [CONFIG NODE]

JSON names each city's port on loopback; CONFIG is a folder of settings and NODE the console's name in it.
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


async def main(ports: dict[str, int], folder: Path, config: Path | None = None, node: str = "") -> None:
    endpoints = {CityCode(code): Endpoint("127.0.0.1", port) for code, port in ports.items()}
    clock, configuration = SystemClock(), load(config)
    if node:
        settings = configuration.settings.model_copy(update={"node": node, "desk": 9})
        configuration = configuration.model_copy(update={"settings": settings})
    async with open_session(configuration, over_mqtt(endpoints, clock), clock, folder, drill=True) as session:
        await ConsoleApp(session.desk).run_async()


if __name__ == "__main__":
    config, node = (Path(sys.argv[3]), sys.argv[4]) if len(sys.argv) > 4 else (None, "")
    asyncio.run(main(json.loads(sys.argv[1]), Path(sys.argv[2]), config, node))
