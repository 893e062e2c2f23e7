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
from dispatch.feed.transport import Endpoint, endpoint_of

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
    node: str
    drill: bool
    pace: float


def arguments() -> Given:
    """As the rig gives them."""
    parser = argparse.ArgumentParser()
    for name in ("city", "node", "folder", "config", "endpoints", "seed", "quiet"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--units", default="")
    parser.add_argument("--pace", type=float, default=1.0, help="longer times between decisions")
    parser.add_argument("--real", action="store_true", help="not a drill")
    given = parser.parse_args()
    brokers = json.loads(given.endpoints)
    return Given(
        CityCode(given.city),
        Path(given.folder),
        Path(given.config),
        {CityCode(city): endpoint_of(where, given.node) for city, where in brokers.items()},
        int(given.seed),
        Path(given.quiet),
        tuple(given.units.split()),
        given.node,
        not given.real,
        given.pace,
    )


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
