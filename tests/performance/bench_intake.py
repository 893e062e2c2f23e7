"""How many positions a second the console takes from a broker, against mosquitto_sub on the same stream.

The stream is encoded beforehand and played by a bare socket to each receiver in turn through one
mosquitto. All share the machine's cores, so processor seconds are the fair measure. The publisher
waits while a receiver is `WINDOW` messages behind: a broker's queue would otherwise overflow silently.
"""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dispatch.clock import SystemClock, epoch_ms
from dispatch.feed import payloads, topics
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.settings import load
from tests.performance.figures import Line, Say, Section, median
from tests.performance.intake_child import CITY
from tests.performance.load import LoadedCity, Publisher
from tests.performance.processes import ROOT, cpu_seconds, ended, python

UNITS = 2_000
MESSAGES = 200_000
BARE_MESSAGES = 40_000
"""The libraries' own loops are slow: a part of the stream tells enough."""
BARE = ("paho", "aiomqtt")
ROUNDS = 3
AT_LEAST_PER_S = 5 * UNITS
"""Five times what the whole fleet says at 1 Hz: an overloaded feed must not pile up."""
WINDOW = 30_000
PIECE = 500
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One receiver over the stream: seconds of processor time, and of the clock from first to last."""

    messages: int
    cpu_s: float
    broker_cpu_s: float
    wall_s: float
    apply_s: float = 0.0
    lost: int = 0

    @property
    def per_s(self) -> float:
        return self.messages / self.wall_s

    def per_100k(self, cpu_s: float) -> float:
        return cpu_s / self.messages * 100_000


class Stream:
    """`MESSAGES` positions of `UNITS` units, in packets; no two alike."""

    def __init__(self) -> None:
        begin_ms = epoch_ms(SystemClock().now()) - 3_600_000
        city = LoadedCity(load(), CITY, UNITS, epoch=begin_ms)
        self.announcement = city.snapshot(begin_ms)
        packets = [
            city.position(index % UNITS, begin_ms + index // UNITS * 1_000, index // UNITS)
            for index in range(MESSAGES)
        ]
        self.pieces = [b"".join(packets[at : at + PIECE]) for at in range(0, MESSAGES, PIECE)]
        self.payloads = [sent[sent.index(b"{") :] for sent in packets[: 5 * UNITS]]


class Receiver:
    """A child that receives; a thread of ours follows how far it is."""

    def __init__(self, process: subprocess.Popen[bytes], lines_are_messages: bool) -> None:
        self.taken = 0
        self.last_words = b""
        self.ready, self.finished = threading.Event(), threading.Event()
        self._process, self._lines_are_messages = process, lines_are_messages
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        if self._lines_are_messages:
            while piece := os.read(output.fileno(), 65_536):
                self.taken += piece.count(b"\n")
                self.ready.set()
        else:
            for line in output:
                self.last_words = line
                if line.strip().isdigit():
                    self.taken = int(line)
                self.ready.set()
        self.finished.set()


def measure(say: Say) -> Section:
    """The section of the intake; skipped without mosquitto and its client."""
    section = Section("intake", "Intake of positions", ABOUT)
    if find_program("mosquitto") is None or shutil.which("mosquitto_sub") is None:
        section.skipped = "mosquitto and mosquitto_sub are not installed"
        return section
    say(f"encoding {MESSAGES:,} positions of {UNITS:,} units")
    stream = Stream()
    runs: dict[str, list[Run]] = {"mosquitto_sub": [], "console": [], **{how: [] for how in BARE}}
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as folder:
        for number in range(ROUNDS):
            for how, so_far in runs.items():
                if how in BARE and number:
                    continue
                so_far.append(asyncio.run(_one_run(how, stream, Path(folder))))
                run = so_far[-1]
                say(f"{how}: {run.per_s:,.0f} messages/s, {run.per_100k(run.cpu_s):.2f} CPU s per 100,000")
    _fill(section, runs, _decoding_s(stream))
    return section


async def _one_run(how: str, stream: Stream, folder: Path) -> Run:
    broker = EmbeddedBroker("mosquitto", folder / "broker")
    endpoint = await broker.start()
    try:
        return await asyncio.to_thread(_play, how, stream, endpoint.port, broker.pid or 0)
    finally:
        await broker.stop()


def _play(how: str, stream: Stream, port: int, broker_pid: int) -> Run:
    """Play the stream to one receiver; RuntimeError when it does not take it in time."""
    count = BARE_MESSAGES if how in BARE else MESSAGES
    publisher = Publisher(port, "bench-publisher")
    publisher.send(stream.announcement)
    child = subprocess.Popen(_command(how, port, count), stdout=subprocess.PIPE, cwd=ROOT)
    with ended(child):
        receiver = Receiver(child, lines_are_messages=how == "mosquitto_sub")
        if not receiver.ready.wait(WITHIN_S):
            raise RuntimeError(f"{how} did not start")
        broker_before, begun = cpu_seconds(broker_pid), time.perf_counter()
        for number, piece in enumerate(stream.pieces[: count // PIECE]):
            publisher.send(piece)
            while (number + 1) * PIECE - receiver.taken > WINDOW and not receiver.finished.is_set():
                time.sleep(0.0005)
        if not receiver.finished.wait(WITHIN_S):
            raise RuntimeError(f"{how} took {receiver.taken:,} of {count:,} messages and no more")
        wall_s, broker_s = time.perf_counter() - begun, cpu_seconds(broker_pid) - broker_before
        publisher.close()
        if how == "mosquitto_sub":
            _pid, _status, used = os.wait4(child.pid, 0)
            child.returncode = 0
            return Run(count, used.ru_utime + used.ru_stime, broker_s, wall_s)
    figures = json.loads(receiver.last_words)
    lost = count - round(figures["applied"]) + UNITS if "applied" in figures else 0
    return Run(count, figures["cpu_s"], broker_s, wall_s, figures.get("apply_s", 0.0), lost)


def _command(how: str, port: int, count: int) -> list[str]:
    if how == "mosquitto_sub":
        topic = topics.everything_of(CITY)
        return [
            "mosquitto_sub",
            "-p",
            str(port),
            "-t",
            topic,
            "-C",
            str(count + 1),
        ]  # one is the retained snapshot
    return [*python("tests.performance.intake_child", how, str(port), str(count), str(UNITS))]


def _decoding_s(stream: Stream) -> dict[str, float]:
    """Processor seconds per 100,000 messages of decoding alone: strictly typed, and as json.loads does."""
    ways: dict[str, Callable[[bytes], object]] = {
        "typed": lambda raw: payloads.decode("unit.position", raw),
        "json.loads": json.loads,
    }
    spent = {}
    for name, decode in ways.items():
        begun = time.process_time()
        for raw in stream.payloads:
            decode(raw)
        spent[name] = (time.process_time() - begun) / len(stream.payloads) * 100_000
    return spent


def _fill(section: Section, runs: dict[str, list[Run]], decoding_s: dict[str, float]) -> None:
    rate = {how: median([run.per_s for run in runs[how]]) for how in runs}
    cpu = {how: median([run.per_100k(run.cpu_s) for run in runs[how]]) for how in runs}
    apply_s = median([run.per_100k(run.apply_s) for run in runs["console"]])
    broker = {how: median([run.per_100k(run.broker_cpu_s) for run in runs[how]]) for how in runs}
    floor = "mosquitto_sub"
    section.lines += [
        Line(
            "console: validate and apply, sustained",
            *(rate["console"], "messages/s"),
            *(floor, rate[floor]),
            at_least=AT_LEAST_PER_S,
        ),
        Line("console: processor time", cpu["console"], "CPU s", floor, cpu[floor]),
        Line("of it validate and apply", apply_s, "CPU s", floor, cpu[floor]),
        Line("the broker's own time meanwhile", broker["console"], "CPU s", f"with {floor}", broker[floor]),
        Line("paho's own loop, nothing decoded", cpu["paho"], "CPU s", floor, cpu[floor]),
        Line("aiomqtt's own loop, nothing decoded", cpu["aiomqtt"], "CPU s", floor, cpu[floor]),
        Line(
            "strict typed decoding alone",
            decoding_s["typed"],
            "CPU s",
            "json.loads",
            decoding_s["json.loads"],
        ),
    ]
    lost = sum(run.lost for run in runs["console"])
    section.notes.append(f"Of {MESSAGES * ROUNDS:,} messages the console applied all but {lost:,}.")


ABOUT = f"""\
{MESSAGES:,} positions of {UNITS:,} units, each with a sequence number and a fix time of its own, are
written by a bare socket into mosquitto as fast as the receiver takes them (QoS 0), to one receiver after
the other. The console's receiver is its real path: link, transport, intake (size, typed decoding, topic
against payload, dates, sequence, datum, jumps) and picture. Processor time is per 100,000 messages;
broker, publisher and receiver share the machine's cores, so it is the fairer figure. Medians of {ROUNDS}
rounds."""
