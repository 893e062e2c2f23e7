"""Which drills run on this machine: other commands find their brokers and their time here."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from dispatch.clock import DrillClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.transport import Endpoint
from dispatch.language import _
from dispatch.rig.steering import Door
from dispatch.settings import Configuration


def running_drill(configuration: Configuration) -> dict[CityCode, Endpoint]:
    """Where the brokers of the drill that began last and still runs on this machine listen; empty: none."""
    running = _running(configuration)
    return {} if running is None else running[0]


def running_drill_clock(configuration: Configuration) -> DrillClock | None:
    """The time of that drill; None: none runs."""
    running = _running(configuration)
    return None if running is None else running[1]


def running_drill_door(configuration: Configuration) -> Door | None:
    """Where that drill is steered; None: none runs."""
    running = _running(configuration)
    return None if running is None else running[2]


def _running(configuration: Configuration) -> tuple[dict[CityCode, Endpoint], DrillClock, Door] | None:
    for file in sorted(_announcements(configuration).glob("*.json"), key=_began, reverse=True):
        try:
            said = json.loads(file.read_text("utf-8"))
            os.kill(int(file.stem), 0)
            endpoints = {CityCode(city): Endpoint(**where) for city, where in said["endpoints"].items()}
            origin, started = (datetime.fromisoformat(said["time"][name]) for name in ("origin", "started"))
            pace = Path(said["time"]["pace"])
            return (
                endpoints,
                DrillClock(origin, started, float(said["time"]["speed"]), pace),
                Door(**said["door"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return None


def _began(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


@asynccontextmanager
async def announced(
    configuration: Configuration,
    endpoints: Mapping[CityCode, Endpoint],
    time: Mapping[str, object],
    door: Door,
) -> AsyncIterator[None]:
    """Let other commands on this machine find the drill's brokers while it runs."""
    file = _announcements(configuration) / f"{os.getpid()}.json"
    with contextlib.suppress(OSError):  # only `czt feed replay` without --port misses it
        file.parent.mkdir(parents=True, exist_ok=True)
        said = {
            "endpoints": json.loads(endpoints_json(endpoints)),
            "time": dict(time),
            "door": {"port": door.port, "token": door.token},
        }
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(json.dumps(said), "utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def seat_beside(configuration: Configuration, city: CityCode) -> Iterator[int]:
    """A digit for a desk in the running drill that no other console here has: 2 to 9, while it sits there.

    Desk 1 is the console that began the drill. DispatchError when all are taken.
    """
    folder = _announcements(configuration) / "desks"
    folder.mkdir(parents=True, exist_ok=True)
    for desk in range(2, 10):
        file = folder / f"{city}-{desk}"
        if _taken(file):
            continue
        file.write_text(str(os.getpid()), "utf-8")
        try:
            yield desk
        finally:
            file.unlink(missing_ok=True)
        return
    raise DispatchError(_("nine consoles of {city} sit in this drill already", city=city))


def _taken(file: Path) -> bool:
    """Whether the console that sat there still runs."""
    try:
        os.kill(int(file.read_text("utf-8")), 0)
    except (OSError, ValueError):
        return False
    return True


def endpoints_json(endpoints: Mapping[CityCode, Endpoint]) -> str:
    """The brokers as the programs of a drill are told them."""
    return json.dumps({city: {"host": e.host, "port": e.port} for city, e in endpoints.items()})


def _announcements(configuration: Configuration) -> Path:
    """The folder with one file for each running drill, named by its process."""
    return configuration.settings.data_dir / "running"
