"""The console in a terminal while 2,000 units report every second: its share of a core, and key to paint.

One broker and one publisher a city, each a process of its own; the console is the one a person sees,
on a pseudo terminal. The same console stands idle first: same units, same brokers, nobody speaks.
"""

import asyncio
import json
import random
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.clock import SystemClock, epoch_ms
from dispatch.console.theme import DEFAULT_THEME, look
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import EmbeddedBroker
from dispatch.settings import Configuration, load
from tests.performance.figures import Line, Say, Section, percentile
from tests.performance.load import LoadedCity, Publisher
from tests.performance.processes import cpu_seconds, ended, python
from tests.performance.terminal import COLUMNS, LINES, NEVER, Terminal

UNITS = 2_000
ALARMS = 300
WALL = (240, 67)
SHARE_AT_MOST = 35.0
PAINT_AT_MOST_MS = 50.0
PICTURE_AT_MOST_S = 1.5
START_AT_MOST_S = 10.0
FIRST_PAINT_S = 60.0
IDLE_S, WARM_UP_S, LOADED_S, OTHER_SCREEN_S = 8.0, 6.0, 20.0, 8.0
WALL_ARROWS = 40
IDLE_ARROWS, ARROWS, PAGES, INCIDENTS, ROUNDS = 20, 80, 30, 15, 6
SETTLE_S = 0.5
PAUSE_S = (0.06, 0.22)
"""Between two keys, at random, so that keys and frames do not keep step."""

_DOWN, _PAGE_DOWN, _PAGE_UP = b"\x1b[B", b"\x1b[6~", b"\x1b[5~"
_SCREENS = {
    "incidents": (b"\x1bOQ", b"F2"),
    "units": (b"\x1bOR", b"F3"),
    "blood": (b"\x1bOS", b"F4"),
    "map": (b"\x1b[15~", b"F5"),
    "alarms": (b"\x1b[17~", b"F6"),
}
"""Screen -> what a terminal sends for its key, and the key."""


KEYS = {
    "arrows": "arrow on the units board",
    "pages": "page up and down on the units board",
    "incidents": "arrow on the incidents board, which ranks anew",
    "screens": "change of screen",
    "first visits": "first visit of a screen",
}


@dataclass(slots=True)
class Findings:
    """Shares are per cent of one core; waits are milliseconds from key to paint."""

    picture_s: float = 0.0
    first_paint_s: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=dict)
    painted_per_s: float = 0.0
    on_the_wall: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    """The waits under load, each without the time in line for a core that other programs used."""


class Operator:
    """Presses keys on the console in the terminal and waits for what they paint."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._rng = random.Random(7)
        cursor = look(DEFAULT_THEME)["selected"].bgcolor
        triplet = cursor.get_truecolor() if cursor else (0, 0, 0)
        lit = rb"\x1b\[[0-9;]*48;2;%d;%d;%d[0-9;]*m\s*" % tuple(triplet)
        self._row = re.compile(lit + rb"([A-Z]{2}-[L\d][\d-]*)")
        self._label = re.compile(lit + rb"(F\d+)\s")
        self._selected = b""

    def sees(self, screen: str, within_s: float) -> bool:
        """Whether a screen is shown by itself; its key is lit in the last line, which is painted last."""
        return self.terminal.show(self._lit(screen), within_s)

    def go_to(self, screen: str, within_s: float = 3.0) -> float:
        """Change the screen."""
        return self.terminal.press(_SCREENS[screen][0], self._lit(screen), within_s=within_s)[0]

    def _lit(self, screen: str) -> re.Pattern[bytes]:
        label = _SCREENS[screen][1]
        return re.compile(self._label.pattern.replace(rb"(F\d+)", b"(" + label + b")"))

    def move(self, keys: list[bytes]) -> list[float]:
        """Move the cursor on the board in view: each time another row lights up."""
        self.terminal.write(_DOWN)
        lit = self._row.findall(self.terminal.watch(SETTLE_S))
        self._selected = lit[-1] if lit else b""
        waits = []
        for key in keys:
            waited, self._selected = self.terminal.press(key, self._row, self._selected)
            waits.append(waited)
            self.terminal.watch(self._rng.uniform(*PAUSE_S))
        return waits

    def go_round(self) -> list[float]:
        """Visit every screen, the units screen last."""
        waits = []
        for screen in ("incidents", "map", "alarms", "blood", "units"):
            waits.append(self.go_to(screen))
            self.terminal.watch(self._rng.uniform(*PAUSE_S))
        return waits


def measure(say: Say) -> Section:
    """The section of the console under load; skipped where there is no /proc."""
    section = Section("console", "The console under load", ABOUT)
    if not Path("/proc/self/stat").exists():
        section.skipped = "processor shares are read from /proc, which only Linux has"
        return section
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as folder:
        findings = asyncio.run(_with_brokers(Path(folder), say))
    _fill(section, findings)
    return section


async def _with_brokers(folder: Path, say: Say) -> Findings:
    configuration = load()
    brokers = {city.code: EmbeddedBroker("auto", folder / city.code) for city in configuration.cities}
    try:
        ports = {code: (await broker.start()).port for code, broker in brokers.items()}
        shares = _shares(configuration)
        announce(configuration, ports, shares)
        return await asyncio.to_thread(_sit_down, ports, shares, folder, say)
    finally:
        await asyncio.gather(*(broker.stop() for broker in brokers.values()))


def _shares(configuration: Configuration) -> dict[CityCode, int]:
    """How many of the units each city has: the same number, give or take one."""
    codes = [city.code for city in configuration.cities]
    return {code: UNITS // len(codes) + (index < UNITS % len(codes)) for index, code in enumerate(codes)}


def announce(
    configuration: Configuration, ports: Mapping[CityCode, int], shares: Mapping[CityCode, int]
) -> None:
    """Leave with every broker what it keeps: units, incidents, stock."""
    now_ms = epoch_ms(SystemClock().now())
    for code, port in ports.items():
        city, publisher = (
            LoadedCity(configuration, code, shares[code], epoch=now_ms),
            Publisher(port, "announce"),
        )
        publisher.send(city.snapshot(now_ms) + city.incidents(now_ms) + city.stock(now_ms))
        if code == configuration.settings.home_city:
            publisher.send(city.alarms(now_ms, ALARMS))
        publisher.close()


def _sit_down(
    ports: Mapping[CityCode, int], shares: Mapping[CityCode, int], folder: Path, say: Say
) -> Findings:
    """Start the console, watch it idle, then under load; then another one on the wall."""
    findings = Findings()
    with ExitStack() as publishers:
        terminal = _console(ports, folder / "console")
        with ended(terminal.process, signal.SIGKILL):
            operator = _first_picture(terminal, findings)
            terminal.watch(WARM_UP_S)
            say(f"idle console, {IDLE_S:.0f} s")
            findings.shares["idle"] = share_of(terminal, IDLE_S)
            findings.waits["idle"] = operator.move([_DOWN] * IDLE_ARROWS)
            for code, port in ports.items():
                command = python("tests.performance.load", code, str(port), str(shares[code]))
                publishers.enter_context(ended(subprocess.Popen(command)))
            _under_load(operator, findings, say)
        terminal.close()
        terminal = _console(ports, folder / "wall", *WALL)
        with ended(terminal.process, signal.SIGKILL):
            _on_the_wall(Operator(terminal), findings, say)
        terminal.close()
    return findings


def _console(
    ports: Mapping[CityCode, int], folder: Path, columns: int = COLUMNS, lines: int = LINES
) -> Terminal:
    folder.mkdir()
    command = python("tests.performance.console_child", json.dumps(ports), str(folder))
    return Terminal(command, columns, lines)


def _first_picture(terminal: Terminal, findings: Findings) -> Operator:
    """From the start of the process to the main screen, and to the units screen one key later."""
    operator, begun = Operator(terminal), terminal.begun
    if not operator.sees("incidents", FIRST_PAINT_S):
        raise RuntimeError("the console did not show its main screen")
    findings.picture_s = time.perf_counter() - begun
    while operator.go_to("units", within_s=0.5) == NEVER:
        if time.perf_counter() - begun > FIRST_PAINT_S:
            raise RuntimeError("the console did not show its units screen")
    findings.first_paint_s = time.perf_counter() - begun
    return operator


def _on_the_wall(operator: Operator, findings: Findings, say: Say) -> None:
    columns, lines = WALL
    say(f"the main screen at {columns}x{lines}")
    if not operator.sees("incidents", FIRST_PAINT_S):
        raise RuntimeError("the console did not show its main screen on the wall")
    operator.terminal.watch(2 * WARM_UP_S)
    findings.shares["wall"] = share_of(operator.terminal, OTHER_SCREEN_S)
    findings.on_the_wall = operator.move([_DOWN] * WALL_ARROWS)


def _under_load(operator: Operator, findings: Findings, say: Say) -> None:
    terminal, waits = operator.terminal, findings.waits
    terminal.watch(WARM_UP_S)
    say(f"{UNITS:,} units at 1 Hz on the units board, {LOADED_S:.0f} s")
    before = terminal.painted_bytes
    findings.shares["units"] = share_of(terminal, LOADED_S)
    findings.painted_per_s = (terminal.painted_bytes - before) / LOADED_S
    say("pressing keys")
    terminal.alone_ms.clear()
    waits["arrows"] = operator.move([_DOWN] * ARROWS)
    waits["pages"] = operator.move([_PAGE_DOWN, _PAGE_DOWN, _PAGE_UP] * (PAGES // 3))
    waits["first visits"] = operator.go_round()
    waits["screens"] = [wait for _ in range(ROUNDS - 1) for wait in operator.go_round()]
    operator.go_to("incidents")
    waits["incidents"] = operator.move([_DOWN] * INCIDENTS)
    findings.alone = list(terminal.alone_ms)
    for screen in ("incidents", "map"):
        operator.go_to(screen)
        say(f"the same on the {screen} screen, {OTHER_SCREEN_S:.0f} s")
        findings.shares[screen] = share_of(terminal, OTHER_SCREEN_S)


def share_of(terminal: Terminal, seconds: float) -> float:
    """Per cent of one core that the console takes, with all its threads, over so many seconds."""
    pid = terminal.process.pid
    before, begun = cpu_seconds(pid), time.perf_counter()
    terminal.watch(seconds)
    return (cpu_seconds(pid) - before) / (time.perf_counter() - begun) * 100


def _fill(section: Section, found: Findings) -> None:
    quiet = found.shares["idle"]
    on_screens = {screen: f"{screen} screen" for screen in ("units", "incidents", "map")}
    for screen, words in {**on_screens, "wall": "incidents screen on the wall"}.items():
        share = found.shares[screen]
        what = f"share of one core, {words}"
        section.lines.append(Line(what, share, "%", "idle", quiet, at_most=SHARE_AT_MOST))
    idle = found.waits.pop("idle")
    loaded = [wait for waits in found.waits.values() for wait in waits]
    for name, share, target in (("p50", 0.5, None), ("p95", 0.95, PAINT_AT_MOST_MS), ("longest", 1.0, None)):
        wait, calm = percentile(loaded, share), percentile(idle, share)
        what = f"key to paint, all keys, {name}"
        section.lines.append(Line(what, wait, "ms", f"idle, arrow, {name}", calm, at_most=target))
    what = "key to paint, all keys, p95, without the wait for a core that others used"
    section.lines.append(Line(what, percentile(found.alone, 0.95), "ms"))
    for name, words in KEYS.items():
        section.lines.append(Line(f"key to paint, {words}, p95", percentile(found.waits[name], 0.95), "ms"))
    on_the_wall = percentile(found.on_the_wall, 0.95)
    what = "key to paint, arrow on the incidents board on the wall, p95"
    section.lines.append(Line(what, on_the_wall, "ms", at_most=PAINT_AT_MOST_MS))
    section.lines.append(Line("start to the first picture", found.picture_s, "s", at_most=PICTURE_AT_MOST_S))
    section.lines.append(Line("start to the units screen", found.first_paint_s, "s", at_most=START_AT_MOST_S))
    seen = [wait for wait in loaded if wait != NEVER]
    in_line = (1 - sum(found.alone) / sum(seen)) * 100 if seen else 0.0
    section.notes.append(
        f"{len(loaded)} keys under load, {len(loaded) - len(seen)} without an effect within 3 s; "
        f"{in_line:.0f} % of their waits was for a core that other programs used. "
        f"The units board sends the terminal {found.painted_per_s / 1000:,.0f} kB a second."
    )


ABOUT = f"""\
{UNITS:,} units at 1 Hz, a third in each city, from one publisher process and through one broker for each
city: a position of every unit each second, changes of state, the retained snapshot of all units each 10
s, besides 20 open incidents and every bank's stock for each city, and {ALARMS} open alarms that nobody has
seen. The console is the real one on a pseudo terminal of {COLUMNS}x{LINES}, on the wall of
{WALL[0]}x{WALL[1]}. Its share is the processor time of all its threads. Key to paint runs from
the write of the key to the output that shows its effect: another row lit on the board, or the lit key of
the new screen in the last line, which is painted last. Keys come at random moments. The first picture is the
main screen whole, from the start of the process. Idle is the same console with the same units before anybody
speaks."""
