#!/usr/bin/env python3
"""Measure, and write docs/performance.md: `make bench`, or `python -m tools.bench --only NAME`.

A missed target is written down and fails nothing; a bench that breaks ends with exit code 1.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from dispatch import __version__
from dispatch.clock import SystemClock
from dispatch.feed.broker import find_program
from tests.performance import (
    bench_audit,
    bench_boards,
    bench_burst,
    bench_console,
    bench_decide,
    bench_decode,
    bench_intake,
    bench_memory,
    bench_moves,
    bench_nearest,
    bench_orders,
    bench_roads,
    bench_stock,
    bench_study,
)
from tests.performance.figures import Line, Say, Section
from tests.performance.peer_servers import NotHere, find, postgres_folders
from tools.bench_texts import INTRODUCTION, REASONS, remains

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
LIBRARIES = (
    *("textual", "aiomqtt", "paho-mqtt", "msgspec", "pydantic", "numpy", "haversine"),
    *("sqlite-utils", "simpy"),
)
BUSY = 0.25
"""Load per core before the start, above which the figures are of little use."""

DECIDE = """\
Units of all cities ranked for one incident, with the first 20 candidates and exclusions explained as a
screen shows them, against a plain loop that calls the haversine package for every unit and sorts: the
loop knows nothing of state, age, capability, lending, cover, bridges or rivers. The blood plans
choose among 60 banks with 20,000 lots: every bank judged, up to six whole plans with their trades, and why
the others are not needed. The loop beside them only filters and sorts the lots of the component."""


def decide(say: Say) -> Section:
    """The section of the recommendations."""
    section = Section("decide", "Recommendations", DECIDE)
    say("ranking units and blood")
    found = bench_decide.measure()
    for units in (200, 10_000):
        for share in ("p50", "p99"):
            loop = found[f"haversine_loop_{units}_{share}_ms"]
            ranked = found[f"rank_units_{units}_{share}_ms"]
            line = Line(f"{units:,} units, {share}", ranked, "ms", f"haversine loop, {share}", loop)
            section.lines.append(line)
    for share in ("p50", "p99"):
        for name, what in (("", "blood plans"), ("_one_component", "blood plans, all lots of one component")):
            plan = found[f"rank_blood_60_banks_20000_lots{name}_{share}_ms"]
            loop = found[f"first_expired_loop_20000_lots{name}_{share}_ms"]
            most = 100 if share == "p99" else None
            against = f"first-expired loop, {share}"
            section.lines.append(Line(f"{what}, {share}", plan, "ms", against, loop, at_most=most))
    full = found["full_collection_one_component_ms"]
    section.notes.append(
        "The garbage collector is the console's: what stands is set aside, full collections wait for a pause "
        "of the operator (dispatch/console/collector.py). One after all plans of one component took "
        f"{full:.1f} ms."
    )
    return section


ROADS = """\
One new incident by road on a synthetic graph of three cities (60,000 junctions before the part that hangs
together is taken): one Dijkstra from the incident on the reversed graph, then the ranking with the first 20
candidates and exclusions explained. The plain Dijkstra is a heap and lists in Python. Where units are was
looked up before, as it is when a position comes in."""


def roads(say: Say) -> Section:
    """The section of the road times."""
    section = Section("roads", "Driving times by road", ROADS)
    say("building a graph and ranking on it")
    found = bench_roads.measure()
    plain = found["plain_dijkstra_p50_ms"]
    incident = found["incident_200_p50_ms"]
    few, many = found["times_200_p50_ms"], found["times_10000_p50_ms"]
    by_law, by_road = found["law_10000_p50_ms"], found["incident_10000_p50_ms"]
    slow = found["incident_200_p99_ms"]
    section.lines += [
        Line("incident, 200 units, p50", incident, "ms", "plain Dijkstra alone, p50", plain, at_most=10.0),
        Line("incident, 200 units, p99", slow, "ms", "plain Dijkstra alone, p50", plain),
        Line("times of 10,000 units, p50", many, "ms", "of 200 units, p50", few),
        Line("incident, 10,000 units, p50", by_road, "ms", "by the law, p50", by_law),
    ]
    return section


MOVES = """\
One look for moves of blood before it outdates, for every bank, component and group: expected outdates,
journeys, and the best other bank for each shelf that is in danger. It runs nightly and on demand, on a thread
of its own. The plain pass only adds up what expires within two days."""


def moves(say: Say) -> Section:
    """The section of moves before outdate."""
    section = Section("moves", "Moves of blood before it outdates", MOVES)
    say("looking for moves at 60 banks")
    found = bench_moves.measure()
    line = Line("60 banks, 20,000 lots", found["moves_ms"], "ms", "a pass over the lots", found["pass_ms"])
    section.lines.append(line)
    section.notes.append(f"{found['proposals']:.0f} moves were proposed.")
    return section


BENCHES: Mapping[str, Callable[[Say], Section]] = {
    "intake": bench_intake.measure,
    "decode": bench_decode.measure,
    "nearest": bench_nearest.measure,
    "decide": decide,
    "roads": roads,
    "moves": moves,
    "console": bench_console.measure,
    "burst": bench_burst.measure,
    "audit": bench_audit.measure,
    "orders": bench_orders.measure,
    "boards": bench_boards.measure,
    "stock": bench_stock.measure,
    "study": bench_study.measure,
    "memory": bench_memory.measure,
}


def main() -> int:
    """Run the benches that were asked for; all of them write the document."""
    options = _parser().parse_args()
    about = _machine()
    sections, broken = [], False
    for name, bench in BENCHES.items():
        if options.only and name not in options.only:
            continue
        section, failed = _run(name, bench)
        sections.append(section)
        broken = broken or failed
        _tell(f"\n{section.title}\n{section.skipped or section.table()}\n" + "\n".join(section.notes) + "\n")
    if options.json:
        figures = {"about": about, "sections": [_as_json(section) for section in sections]}
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if not options.only and not broken:
        DOCUMENT.write_text(_document(about, sections), "utf-8")
        _tell(f"written to docs/{DOCUMENT.name}\n")
    return int(broken)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description="Measure, and write docs/performance.md."
    )
    parser.add_argument(
        "--only", nargs="+", choices=tuple(BENCHES), help="run these only; nothing is written to docs/"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    return parser


def _run(name: str, bench: Callable[[Say], Section]) -> tuple[Section, bool]:
    """One bench; what breaks it is said in its section, and the others go on."""
    begun, failed = time.perf_counter(), False
    try:
        section = bench(lambda text: _tell(f"[{name}] {text}\n"))
    except Exception as error:  # noqa: BLE001 - the next bench can still be run
        section, failed = Section(name, name, "", skipped=f"broken: {type(error).__name__}: {error}"), True
    section.took_s = time.perf_counter() - begun
    return section, failed


def _machine() -> dict[str, str]:
    """What the figures were measured on, and when."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    busy = (
        f"; the machine was busy with other things (load {load:.1f} a core): measure again"
        if load > BUSY
        else ""
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return {
        "Date": f"{SystemClock().now():%Y-%m-%d %H:%M} UTC{busy}",
        "Machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "Versions": f"czt {__version__}, Python {platform.python_version()}, {libraries}, {_mosquitto()}",
        "Peers": ", ".join(_peers()),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _mosquitto() -> str:
    program = find_program("mosquitto")
    if program is None or shutil.which("mosquitto_sub") is None:
        return "no mosquitto"
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False, timeout=10).stdout
    return said.partition("\n")[0].replace(" version", "")


def _peers() -> Iterator[str]:
    """Servers that are compared with, or that they are not here: their lines are then left out."""
    for name, program, folders in (
        ("Redis", "redis-server", ()),
        ("PostgreSQL", "postgres", postgres_folders()),
    ):
        try:
            found = find(program, *folders)
        except NotHere as error:
            yield f"{name} is not here: {error}"
            continue
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=10)
        yield " ".join(said.stdout.split()[:4]) if name == "Redis" else said.stdout.strip()


def _as_json(section: Section) -> dict[str, object]:
    lines = [asdict(line) | {"ratio": line.ratio, "met": line.met} for line in section.lines]
    return {
        "name": section.name,
        "skipped": section.skipped,
        "took_s": round(section.took_s, 1),
        "lines": lines,
    }


def _document(about: Mapping[str, str], sections: list[Section]) -> str:
    parts = [INTRODUCTION, "\n".join(f"- {what}: {said}" for what, said in about.items()) + "\n"]
    targets = [line.met for section in sections for line in section.lines if line.met is not None]
    seconds = sum(section.took_s for section in sections)
    parts.append(f"{sum(targets)} of {len(targets)} targets met. The whole run took {seconds:.0f} s.\n")
    for section in sections:
        parts.append(f"## {section.title}\n\n{section.about}\n")
        parts.append(f"Not measured: {section.skipped}.\n" if section.skipped else section.table() + "\n")
        parts += [f"{note}\n" for note in section.notes]
    return "\n".join([*parts, REASONS, remains()])


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
