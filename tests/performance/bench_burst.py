"""3,000 units at 1 Hz on one console, and 10,000 messages a second for a while; asked from outside all along.

The console is the real one on a pseudo terminal, its brokers and load are processes of their own, and so is
whoever asks it: a line goes to its socket, is answered by the event loop that serves the operator, and the
wait counts from outside. Afterwards its counters must tell what became of every message.
"""

import asyncio
import json
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.domain.geography import CityCode
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.settings import load
from tests.performance.bench_console import FIRST_PAINT_S, WARM_UP_S, Operator, announce, share_of
from tests.performance.figures import Line, Say, Section, percentile
from tests.performance.processes import ROOT, ended, python
from tests.performance.terminal import Terminal

UNITS = 3_000
CITY = CityCode("changsha")
PER_S, BURST_S = 10_000, 8.0
SHARE_S = 10.0
SHARE_AT_MOST = 50.0
RANKED_AT_MOST_MS = 20.0
ASK_EVERY_S = 0.05
SETTLE_S = 2.0
KEYS = 30
_DOWN = b"\x1b[B"
SCREENS = ("units", "incidents", "map")


class Asker:
    """Asks the console from outside, again and again, on a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._reading = self._socket.makefile("rb")
        self.waits_ms: list[float] = []
        self.within_ms: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)

    def ask(self, line: str) -> dict[str, float]:
        """One question."""
        self._socket.sendall(line.encode() + b"\n")
        said: dict[str, float] = json.loads(self._reading.readline())
        return said

    def begin(self) -> None:
        """Ask for rankings until `end`."""
        self._thread.start()

    def _ask_on(self) -> None:
        while not self._stop.wait(ASK_EVERY_S):
            begun = time.perf_counter()
            said = self.ask("rank")
            self.waits_ms.append((time.perf_counter() - begun) * 1000)
            self.within_ms.append(said["ms"])

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def close(self) -> None:
        self._reading.close()
        self._socket.close()


@dataclass(slots=True)
class Findings:
    """Shares are per cent of a core; waits are milliseconds, from outside and within."""

    shares: dict[str, float] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=dict)
    within: dict[str, list[float]] = field(default_factory=dict)
    keys_ms: list[float] = field(default_factory=list)
    counted: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)


def measure(say: Say) -> Section:
    """The section of the burst; skipped where there is no /proc or no mosquitto."""
    section = Section("burst", "3,000 units, and a burst", ABOUT)
    if not Path("/proc/self/stat").exists() or find_program("mosquitto") is None:
        section.skipped = "it needs /proc, which only Linux has, and mosquitto"
        return section
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as folder:
        _fill(section, asyncio.run(_with_brokers(Path(folder), say)))
    return section


async def _with_brokers(folder: Path, say: Say) -> Findings:
    configuration = load()
    brokers = {city.code: EmbeddedBroker("mosquitto", folder / city.code) for city in configuration.cities}
    try:
        ports = {code: (await broker.start()).port for code, broker in brokers.items()}
        shares = dict.fromkeys(ports, UNITS // len(ports))
        announce(configuration, ports, shares)
        return await asyncio.to_thread(_sit_down, ports, folder, say)
    finally:
        await asyncio.gather(*(broker.stop() for broker in brokers.values()))


def _sit_down(ports: Mapping[CityCode, int], folder: Path, say: Say) -> Findings:
    found, there = Findings(), folder / "ask"
    (folder / "console").mkdir()
    command = python(
        "tests.performance.console_child", json.dumps(ports), str(folder / "console"), "--ask", str(there)
    )
    terminal = Terminal(command)
    with ended(terminal.process, signal.SIGKILL), ExitStack() as stack:
        operator = Operator(terminal)
        if not operator.sees("incidents", FIRST_PAINT_S):
            raise RuntimeError("the console did not show its main screen")
        loads: dict[CityCode, ExitStack] = {}
        for code, port in ports.items():
            loads[code] = stack.enter_context(ExitStack())
            said = python("tests.performance.load", code, str(port), str(UNITS // len(ports)))
            loads[code].enter_context(ended(subprocess.Popen(said)))
        terminal.watch(WARM_UP_S)
        _at_one_hertz(operator, found, there, say)
        loads[CITY].close()
        terminal.watch(SETTLE_S)
        _burst(operator, found, there, ports[CITY], say)
    terminal.close()
    return found


def _at_one_hertz(operator: Operator, found: Findings, there: Path, say: Say) -> None:
    for screen in SCREENS:
        operator.go_to(screen)
        say(f"{UNITS:,} units at 1 Hz on the {screen} screen, {SHARE_S:.0f} s")
        found.shares[screen] = share_of(operator.terminal, SHARE_S)
    operator.go_to("units")
    asker = Asker(there)
    asker.begin()
    operator.terminal.watch(SHARE_S)
    asker.end()
    asker.close()
    found.waits["at 1 Hz"], found.within["at 1 Hz"] = asker.waits_ms, asker.within_ms


def _burst(operator: Operator, found: Findings, there: Path, port: int, say: Say) -> None:
    say(f"{PER_S:,} messages a second for {BURST_S:.0f} s")
    asker = Asker(there)
    before = asker.ask(f"count {CITY}")
    command = python(
        "tests.performance.burst_child", CITY, str(port), str(UNITS // 3), str(PER_S), str(BURST_S)
    )
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)) as child:
        asker.begin()
        operator.terminal.watch(1.0)
        found.keys_ms = operator.move([_DOWN] * KEYS)
        found.shares["burst"] = share_of(operator.terminal, 1.0)
        assert child.stdout is not None
        while child.poll() is None:
            operator.terminal.watch(0.2)
        found.sent = json.loads(child.stdout.read())
    operator.terminal.watch(SETTLE_S)
    asker.end()
    after = asker.ask(f"count {CITY}")
    asker.close()
    found.waits["in the burst"], found.within["in the burst"] = asker.waits_ms, asker.within_ms
    found.counted = {name: after[name] - before[name] for name in after}


def _fill(section: Section, found: Findings) -> None:
    for screen in SCREENS:
        what = f"share of one core, {UNITS:,} units at 1 Hz, {screen} screen"
        section.lines.append(Line(what, found.shares[screen], "%", at_most=SHARE_AT_MOST))
    section.lines.append(Line("share of one core, units screen in the burst", found.shares["burst"], "%"))
    for when, waits in found.waits.items():
        for share, word, most in ((0.5, "p50", None), (0.99, "p99", RANKED_AT_MOST_MS)):
            what = f"a recommendation asked from outside, {when}, {word}"
            ranking = percentile(found.within[when], share)
            line = Line(what, percentile(waits, share), "ms", "of it the ranking", ranking, at_most=most)
            section.lines.append(line)
    slow = percentile(found.keys_ms, 0.95)
    section.lines.append(Line("key to paint in the burst, arrow, p95", slow, "ms"))
    sent, counted = found.sent, found.counted
    rate, lost = sent["sent"] / sent["seconds"], max(0.0, sent["sent"] - counted["of_the_city"])
    section.lines += [
        Line("messages a second in the burst", rate, "/s", "asked for", float(PER_S)),
        Line("older fixes dropped and counted", counted["late"], "fixes", "sent", sent["older"]),
        Line("messages of the burst not heard", lost, "messages", at_most=1),
    ]
    section.notes.append(
        f"Of {sent['sent']:,.0f} messages {sent['older']:,.0f} held a fix older than the one before; the "
        f"console counted {counted['late']:,.0f} older, {counted['missed']:,.0f} missed and "
        f"{counted['refused']:,.0f} refused. {len(found.waits['in the burst'])} recommendations were asked "
        "for meanwhile."
    )


ABOUT = f"""\
{UNITS:,} units at 1 Hz, a third in each city, each city over a broker of its own, on the real console on a
pseudo terminal. Then {PER_S:,} messages a second for {BURST_S:.0f} s come from one city instead: ten fixes
a second of each of its units, every fifth older than the one before, while the other cities go on. The
console puts every fix into its picture, the newest by its own time stands, and four times a second it
paints what differs. A recommendation is asked for from outside every {ASK_EVERY_S * 1000:.0f} ms through a
socket that the console's own event loop answers: the wait holds whatever the loop was doing, the ranking
and its first twenty explained."""
