"""What a run under load came to: the waits of the operators, what each program cost, what grew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tests.chaos.cities.journal import Line, read_journal
from tests.load.slope import Slope, slope_of
from tests.load.watch import FILE
from tests.load.wide_cities import CITIES
from tests.performance.figures import number, percentile

WARM_UP_SHARE, WARM_UP_AT_MOST_S = 0.4, 1_200.0
"""What a program loads in its first minutes is no leak, and neither is what it keeps up to a limit."""
MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of a thing may come over the time watched: a share of its level, and an amount."""

    unit: str
    scale: float
    share: float
    at_least: float


BOUNDS = {
    "rss": Bound("MB", MEGABYTE, 0.02, 2 * MEGABYTE),
    "blocks": Bound("blocks", 1, 0.02, 10_000),
    "fds": Bound("descriptors", 1, 0.0, 2),
    "threads": Bound("threads", 1, 0.0, 2),
    "wal": Bound("MB", MEGABYTE, 0.02, 1 * MEGABYTE),
    "largest_wal": Bound("MB", MEGABYTE, 0.02, 1 * MEGABYTE),
}
WORDS = {
    "rss": "resident memory",
    "blocks": "living blocks of Python",
    "fds": "file descriptors",
    "threads": "threads",
    "wal": "write-ahead logs, all",
    "largest_wal": "write-ahead log, the largest",
}


@dataclass(frozen=True, slots=True)
class Trend:
    """How one thing of one program went; None: too few samples to say."""

    program: str
    what: str
    slope: Slope | None

    @property
    def grows(self) -> bool:
        bound = BOUNDS[self.what]
        return self.slope is not None and self.slope.grows(bound.share, bound.at_least)

    def cells(self) -> tuple[str, ...]:
        bound = BOUNDS[self.what]
        if self.slope is None:
            return (self.program, WORDS[self.what], "", "", "too few samples")
        level = f"{number(self.slope.level / bound.scale)} {bound.unit}"
        hourly = [
            f"{one / bound.scale:+.2f}" for one in (self.slope.per_hour, self.slope.least, self.slope.most)
        ]
        said = f"{hourly[0]} ({hourly[1]} to {hourly[2]})"
        return (self.program, WORDS[self.what], level, said, "GROWS" if self.grows else "flat")


def trends(samples: Sequence[Line]) -> list[Trend]:
    """Every program's memory, descriptors and threads, and the logs of the databases, after a warm-up."""
    if not samples:
        return []
    begun, warm_ms = samples[0]["ms"], _warm_ms(samples)
    later = [one for one in samples if one["ms"] - begun >= warm_ms]
    seconds = [one["ms"] / 1000 for one in later]
    found = []
    for program in sorted(later[-1]["programs"]):
        for what in ("rss", "fds", "threads"):
            values = [one["programs"].get(program, {}).get(what) for one in later]
            found.append(_trend(program, what, seconds, values))
    logs = ("wal", "largest_wal")
    return found + [
        _trend("databases", what, seconds, [one["files"][what] for one in later]) for what in logs
    ]


def block_trends(lines_of: Mapping[str, Sequence[Line]], begun_ms: int) -> list[Trend]:
    """What each operator's console holds in Python itself, after a warm-up."""
    found = []
    for city, lines in lines_of.items():
        held = [one for one in lines if one["did"] == "holds" and one["ms"] >= begun_ms]
        warm_ms = _warm_ms(held)
        later = [one for one in held if one["ms"] - held[0]["ms"] >= warm_ms]
        seconds = [one["ms"] / 1000 for one in later]
        found.append(_trend(f"console {city}", "blocks", seconds, [float(one["blocks"]) for one in later]))
    return found


def _warm_ms(samples: Sequence[Line]) -> float:
    if not samples:
        return 0.0
    return float(min(WARM_UP_SHARE * (samples[-1]["ms"] - samples[0]["ms"]), WARM_UP_AT_MOST_S * 1000))


def _trend(program: str, what: str, seconds: Sequence[float], values: Sequence[float | None]) -> Trend:
    pairs = [(second, value) for second, value in zip(seconds, values, strict=True) if value is not None]
    try:
        slope = slope_of([second for second, _ in pairs], [value for _, value in pairs])
    except ValueError:
        slope = None
    return Trend(program, what, slope)


def shares(samples: Sequence[Line]) -> dict[str, float]:
    """Per cent of one core that each program took between its first and last sample."""
    found = {}
    for program in sorted(samples[-1]["programs"]) if samples else ():
        with_it = [one for one in samples if program in one["programs"]]
        spent = with_it[-1]["programs"][program]["cpu_s"] - with_it[0]["programs"][program]["cpu_s"]
        seconds = (with_it[-1]["ms"] - with_it[0]["ms"]) / 1000
        found[program] = spent / seconds * 100 if seconds else 0.0
    return found


@dataclass(frozen=True, slots=True)
class Orders:
    """What became of orders; waits are milliseconds from the choice until the crew's answer is in sight."""

    asked: int
    refused: int
    held_back: int
    """Calls that were not taken, because as many as one operator takes were under way."""
    late: int
    """So many were not answered while their operator waited, and went on by themselves."""
    confirmed: int
    settled: int
    waits_ms: tuple[float, ...]
    opening_ms: tuple[float, ...]
    ranking_ms: tuple[float, ...]
    reasons: tuple[str, ...]

    def wait(self, share: float) -> float:
        return percentile(self.waits_ms, share)


def orders_of(lines: Sequence[Line], begun_ms: int = 0, ended_ms: int | None = None) -> Orders:
    """Of all operators, of what was noted in a stretch of time."""
    within = [one for one in lines if begun_ms <= one["ms"] and (ended_ms is None or one["ms"] < ended_ms)]
    chosen = [one for one in within if one["did"] == "chose"]
    refused = [one for one in within if one["did"] == "was refused"]
    confirmed = [one for one in within if one["did"] == "confirmed"]
    return Orders(
        sum(one["did"] == "asked" for one in within),
        len(refused),
        sum(one["did"] == "held back" for one in within),
        sum(not one["ok"] for one in chosen),
        len(confirmed),
        sum(one["did"] == "settled" for one in within),
        tuple(float(one["wait_ms"]) for one in confirmed),
        tuple(float(one["opening_ms"]) for one in chosen),
        tuple(float(one["ranking_ms"]) for one in chosen),
        tuple(sorted({str(one["why"]) for one in refused})),
    )


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as its folder tells it."""

    began: Mapping[str, Any]
    minutes: float
    orders: Orders
    in_flood: Orders | None
    flood: Mapping[str, Any] | None
    intake: tuple[Line, ...]
    shares: Mapping[str, float]
    trends: tuple[Trend, ...]
    dead: tuple[str, ...]
    databases_mb: float

    @property
    def lost(self) -> int:
        """Orders that were given and had no end when the run was over."""
        return self.orders.asked - self.orders.settled


def read_run(folder: Path) -> Run:
    """What the rig, the operators and the watch wrote down."""
    happened = read_journal(folder / "happened.jsonl")
    lines_of = {city: read_journal(folder / "consoles" / city / "waits.jsonl") for city in CITIES}
    lines = list(chain.from_iterable(lines_of.values()))
    samples = read_journal(folder / FILE)
    said = {line["did"]: line for line in happened}
    flood, over = said.get("flood"), said.get("flood over")
    in_flood = orders_of(lines, flood["ms"], over["ms"]) if flood and over else None
    began, ended = said["began"], said.get("draining", samples[-1] if samples else said["began"])
    dead = [*said.get("ended", {}).get("dead", ()), *(["the screen"] if "the screen ended" in said else ())]
    return Run(
        began,
        (ended["ms"] - began["ms"]) / 60_000,
        orders_of(lines),
        in_flood,
        over,
        tuple(line for line in lines if line["did"] == "ended"),
        shares(samples),
        (*trends(samples), *block_trends(lines_of, began["ms"])),
        tuple(dead),
        (samples[-1]["files"]["databases"] / MEGABYTE) if samples else 0.0,
    )


def text_of(run: Run, *, with_trends: bool = True) -> str:
    """The report as Markdown."""
    parts = [_load_words(run), "", *_order_lines(run), "", *_share_lines(run)]
    if with_trends:
        parts += ["", *_trend_lines(run)]
    return "\n".join(parts) + "\n"


def _load_words(run: Run) -> str:
    units, banks = run.began["units"] * len(CITIES), run.began["banks"] * len(CITIES)
    return (
        f"{units:,} units at 1 Hz and {banks} banks in three cities, {run.began['orders_per_s']:g} orders a "
        f"second were asked for, {run.minutes:.1f} min."
    )


def _order_lines(run: Run) -> list[str]:
    rows = [("in all", run.orders)]
    if run.in_flood is not None and run.flood is not None:
        rate = run.flood["sent"] / run.flood["took_s"]
        rows.append(
            (f"during the flood of {rate:,.0f} messages/s for {run.flood['took_s']:.0f} s", run.in_flood)
        )
    lines = [
        "| orders | given | refused | answered after 2 s | confirmed | p50 | p99 | longest |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for what, found in rows:
        waits = " | ".join(f"{found.wait(share):,.0f} ms" for share in (0.5, 0.99, 1.0))
        lines.append(
            f"| {what} | {found.asked:,} | {found.refused} | {found.late} | {found.confirmed:,} | {waits} |"
        )
    ranked, opened = run.orders.ranking_ms, run.orders.opening_ms
    lines += [
        "",
        f"Without an end when the run was over: {run.lost}. Calls not taken, because each operator had "
        f"as many as he takes at once: {run.orders.held_back}. "
        f"Opening an incident took {percentile(opened, 0.5):.0f} ms (p99 {percentile(opened, 0.99):.0f}), "
        f"ranking all units {percentile(ranked, 0.5):.0f} ms (p99 {percentile(ranked, 0.99):.0f}).",
    ]
    if run.orders.reasons:
        lines.append("Refused: " + "; ".join(run.orders.reasons[:5]))
    if run.intake:
        heard = {name: sum(one[name] for one in run.intake) for name in _COUNTED}
        lines.append(
            "The three consoles: " + ", ".join(f"{heard[one]:,} {words}" for one, words in _COUNTED.items())
        )
    if run.dead:
        lines.append("Ended by themselves: " + ", ".join(run.dead))
    return lines


_COUNTED = {
    "messages": "messages",
    "applied": "applied",
    "late": "older than what was held",
    "duplicates": "heard before",
    "refused": "refused with their reasons",
    "missed": "missed",
}


def _share_lines(run: Run) -> list[str]:
    lines = ["| program | of one core |", "|---|---:|"]
    return lines + [f"| {name} | {share:.1f} % |" for name, share in run.shares.items()]


def _trend_lines(run: Run) -> list[str]:
    lines = ["| program | what | level at the end | an hour (95 %) | |", "|---|---|---:|---:|---|"]
    lines += [f"| {' | '.join(trend.cells())} |" for trend in run.trends]
    return [
        *lines,
        "",
        f"All databases together: {run.databases_mb:,.0f} MB (they keep what happened, and grow).",
    ]
