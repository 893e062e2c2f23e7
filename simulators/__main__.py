"""`python -m simulators`: the cities of a drill as a process of their own, or load for a bench."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dispatch.causes import cause
from dispatch.clock import Clock, DrillClock
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Connect, Endpoint, Transport, endpoint_of
from dispatch.language import LANGUAGES, _, use
from dispatch.settings import Configuration, load
from simulators.assumptions import load_assumptions
from simulators.load import run_load
from simulators.publisher import run_simulators
from simulators.scenarios import load_scenario, scenario_files
from simulators.summary import Summary

PARENT_CHECK_S = 1.0
_Way = Callable[[str], Endpoint]
"""Name of a program -> how it reaches one city's broker."""
READY = "ready"


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the last line on standard output is a summary in JSON."""
    options = _parser().parse_args(arguments)
    use(options.language)
    try:
        configuration = load(options.config)
        endpoints = _endpoints(options.endpoints, configuration)
        clock = DrillClock(options.origin, options.started, options.speed, options.pace)
        work = _work(options, configuration, endpoints, clock)
        asyncio.run(_until_told(work, with_parent=options.with_parent))
    except DispatchError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--endpoints", required=True, type=json.loads, metavar="JSON",
                        help='city -> {"host", "port", "username", "password"}')  # fmt: skip
    parser.add_argument("--scenario", help="a scenario file, or the name of one in config/drills")
    parser.add_argument("--seed", type=int, help="default: the scenario's own")
    parser.add_argument("--origin", type=_moment, required=True, help="first moment of drill time, ISO 8601")
    parser.add_argument(
        "--started", type=_moment, required=True, help="machine time at that moment, ISO 8601"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="drill seconds per second")
    parser.add_argument("--pace", type=Path, help="the file that tells when the drill stands or runs faster")
    parser.add_argument(
        "--steered", action="store_true", help="take events from standard input, lines of JSON"
    )
    parser.add_argument("--config", type=Path, help="your configuration folder")
    parser.add_argument("--staffed", help="the city whose calls wait for a human first")
    parser.add_argument("--minutes", type=float, help="end after so much drill time")
    parser.add_argument("--language", choices=LANGUAGES, default="zh_CN", help="of reasons and refusals")
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this one is gone"
    )
    parser.add_argument("--units", type=int, help="load instead of a scenario: so many units on circles")
    parser.add_argument("--rate", type=float, default=1.0, metavar="HZ", help="positions per unit and second")
    return parser


def _moment(text: str) -> datetime:
    """An aware time; argparse turns the ValueError into a sentence."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("name the time zone")
    return moment.astimezone(UTC)


def _endpoints(given: Mapping[str, Mapping[str, object]], known: Configuration) -> dict[CityCode, _Way]:
    """The way to each city's broker, by program; DispatchError where a city has none or it cannot be read."""
    ways: dict[CityCode, _Way] = {}
    for city in known.cities:
        raw = given.get(city.code)
        if raw is None:
            raise DispatchError(
                _("no broker is given for {city}; name one under --endpoints", city=city.code)
            )
        try:
            endpoint_of(raw, "")
        except (ValueError, TypeError) as error:
            raise DispatchError(_("--endpoints cannot be read: {error}", error=cause(error))) from error
        ways[city.code] = partial(endpoint_of, raw)
    return ways


def _work(
    options: argparse.Namespace,
    configuration: Configuration,
    endpoints: dict[CityCode, _Way],
    clock: Clock,
) -> Coroutine[object, object, object]:
    """What this process is for, by its options."""

    def connect(city: CityCode, client_id: str) -> Transport:
        return MqttTransport(endpoints[city](client_id), client_id, clock)

    if options.units:
        return _load(options, configuration, clock, connect)
    path = scenario_files(options.config).get(options.scenario or "quiet-shift", Path(options.scenario or ""))
    scenario = load_scenario(path, configuration)
    return run_simulators(
        configuration,
        scenario,
        seed=scenario.seed if options.seed is None else options.seed,
        origin=options.origin,
        clock=clock,
        connect=connect,
        staffed=None if options.staffed is None else CityCode(options.staffed),
        minutes=options.minutes,
        report_every_s=1 / options.rate,
        language=options.language,
        pace=options.speed,
        assumptions=load_assumptions(options.config),
        on_begin=_say_ready,
        on_end=_say_summary,
        steered=options.steered,
    )


async def _load(
    options: argparse.Namespace, configuration: Configuration, clock: Clock, connect: Connect
) -> None:
    sent: dict[str, int] = {}
    try:
        await run_load(
            configuration.cities,
            options.units,
            rate_hz=options.rate,
            seed=options.seed or 0,
            clock=clock,
            connect=connect,
            sent=sent,
            until=None if options.minutes is None else options.origin + timedelta(minutes=options.minutes),
        )
    finally:
        sys.stdout.write(json.dumps({"synthetic": True, "units": options.units, "positions": sent}) + "\n")


async def _until_told(work: Coroutine[object, object, object], *, with_parent: bool) -> None:
    """Run until the work ends, a signal asks for a clean end, or (`with_parent`) the parent dies."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    parent = os.getppid()
    while not task.done():
        await asyncio.wait((task,), timeout=PARENT_CHECK_S)
        if with_parent and os.getppid() != parent:
            task.cancel()
    if not task.cancelled():
        task.result()


def _say_ready() -> None:
    """The first line: every city was heard and has been told everything."""
    sys.stdout.write(READY + "\n")
    sys.stdout.flush()


def _say_summary(summary: Summary) -> None:
    sys.stdout.write(summary.line() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
