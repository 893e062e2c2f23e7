"""A process of its own for some cities: it writes a line of JSON twice a second."""

import argparse
import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path

import msgspec

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from dispatch.feed.mqtt import over_mqtt
from dispatch.province.watch import Watch
from dispatch.settings.province import load_province

EVERY_S = 0.5


async def work(config: Path | None, cities: list[CityCode], parent: int, *, drill: bool) -> None:
    """Until whoever started it is gone."""
    province, clock = load_province(config), SystemClock()
    endpoints = province.endpoints()
    watch = Watch(province.rules, cities, over_mqtt(endpoints, clock), clock, drill=drill)
    async with watch.running():
        while os.getppid() == parent:
            sys.stdout.buffer.write(msgspec.json.encode([asdict(one) for one in watch.counts()]) + b"\n")
            sys.stdout.buffer.flush()
            await asyncio.sleep(EVERY_S)


def main() -> None:
    """Arguments as fan_in.py gives them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--drill", action="store_true")
    parser.add_argument("cities", nargs="+")
    given = parser.parse_args()
    config = Path(given.config) if given.config else None
    cities = [CityCode(city) for city in given.cities]
    asyncio.run(work(config, cities, given.parent, drill=given.drill))


if __name__ == "__main__":
    main()
