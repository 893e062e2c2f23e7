"""The tests of this folder run against memory, nats-server and mosquitto."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.feed.broker import find_program
from tests.feed.feed_bench import Bench, Kind

BROKERS = ["memory", "nats", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]
REAL_BROKERS = BROKERS[1:]


async def _bench(kind: Kind, folder: Path) -> AsyncIterator[Bench]:
    if kind == "mosquitto" and find_program("mosquitto") is None:
        pytest.skip("mosquitto is not installed: this broker was not tested")
    bench = Bench(kind, folder)
    await bench.start()
    try:
        yield bench
    finally:
        await bench.kill()


@pytest.fixture(params=BROKERS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A running broker of each kind."""
    async for one in _bench(request.param, tmp_path):
        yield one


@pytest.fixture(params=REAL_BROKERS)
async def real_bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A running broker behind a socket."""
    async for one in _bench(request.param, tmp_path):
        yield one
