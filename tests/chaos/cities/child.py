"""What every child program of the rig does alike: its arguments, and an end with its parent."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.domain.geography import CityCode
from dispatch.feed.transport import Endpoint

LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Given:
    """Where a child works: its city, its folder, the brokers, and the file that asks for quiet."""

    city: CityCode
    folder: Path
    config: Path
    endpoints: dict[CityCode, Endpoint]
    seed: int
    quiet: Path
    units: tuple[str, ...]


def arguments() -> Given:
    """As the rig gives them."""
    parser = argparse.ArgumentParser()
    for name in ("city", "folder", "config", "ports", "seed", "quiet"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--units", default="")
    given = parser.parse_args()
    ports = json.loads(given.ports)
    return Given(
        CityCode(given.city),
        Path(given.folder),
        Path(given.config),
        {CityCode(city): _endpoint(*nodes) for city, nodes in ports.items()},
        int(given.seed),
        Path(given.quiet),
        tuple(given.units.split()),
    )


def _endpoint(port: int, *others: int) -> Endpoint:
    nodes = tuple(("127.0.0.1", one) for one in others)
    return Endpoint("127.0.0.1", port, others=nodes, subscribe_qos=0 if others else 1)


def run_child(work: Coroutine[Any, Any, None]) -> None:
    """Until SIGTERM, or until the rig is gone."""
    asyncio.run(_run(work, os.getppid()))


async def _run(work: Coroutine[Any, Any, None], parent: int) -> None:
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    while not task.done():
        await asyncio.wait((task,), timeout=LOOK_S)
        if os.getppid() != parent:
            task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
