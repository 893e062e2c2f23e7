"""What a case came to: the judges of tests/chaos/cities, and what only hosts can show.

- stopped: a city whose own programs all lived, and that dispatched nothing while cables were cut
- refused: consoles put messages aside for reasons that no cut and no wrong clock explains
- report: `czt report` over every log does not tell the same orders, ends and cuts as the files of the centres
- not resolved: also a bank's stock that some console shows otherwise than the blood centre's own table
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from dispatch.report.logs import read_logs
from dispatch.report.make import make
from dispatch.report.model import Report
from dispatch.settings import load
from tests.chaos.cities.delays import percentile
from tests.chaos.cities.evidence import Evidence, collect
from tests.chaos.cities.journal import Line
from tests.chaos.cities.small_cities import CITIES
from tests.chaos.cities.verdict import FINAL, KINDS, Violation, judge
from tests.chaos.hosts.cases import Case
from tests.chaos.hosts.host import console_name
from tests.chaos.hosts.site import CONSOLES

STOPPED_S = 30.0
"""An undisturbed city whose crews heard nothing for so long stood still: its desks decide every second."""
NOTICED_S = 25.0
"""A cut of so many seconds must stand in the report: a link notices it within 8 s."""
EXPLAINED = frozenset({"expired", "future", "older_epoch", "replayed"})
"""Reasons for which a message may be put aside here."""
ALL_KINDS = (*KINDS, "stopped", "refused", "report")
ENDINGS = {"done": ("completed", "nobody_to_carry", "crew_refused", "done")}


@dataclass(frozen=True, slots=True)
class Span:
    begun_ms: int
    ended_ms: int

    @property
    def seconds(self) -> float:
        return (self.ended_ms - self.begun_ms) / 1000


def judged(case: Case, folder: Path) -> dict[str, Any]:
    """The result of a case, as it is kept: plain values."""
    found = collect(folder)
    phases = {line["name"]: line["ms"] for line in found.happened if line["did"] == "phase"}
    trouble = Span(phases["trouble"], phases["healed"])
    gave_up = next((line for line in found.happened if line.get("name") == "gave up"), None)
    found.left = sorted({*found.left, *(gave_up["left"] if gave_up else ())})
    report = _report(folder)
    not_taken = _not_taken(report)
    violations = [*judge(found), *_stopped(found, trouble), *_misreported(found, report)]
    violations += [
        Violation("refused", f"{times} messages: {reason}")
        for reason, times in not_taken.items()
        if reason not in EXPLAINED
    ]
    counts = Counter(one.kind for one in violations)
    local = {city: _confirmed(found, city, trouble) for city in CITIES}
    resolved = phases.get("resolved")
    return {
        "case": case.name,
        "lasts_s": round(trouble.seconds, 1),
        "cut_s": [round(cut.for_s, 1) for cut in case.cuts],
        "one_way": sum(len(cut.ways) == 1 for cut in case.cuts),
        "killed": dict(Counter(line["what"] for line in found.happened if line["did"] == "down")),
        "clocks": next(line["clocks"] for line in found.happened if line["did"] == "began"),
        "orders": len(found.orders),
        "done": sum(order.state == "done" for order in found.orders.values()),
        "to_other_cities": sum(order.asker != order.centre for order in found.orders.values()),
        "by_console": {node: _asked(found, node) for node in CONSOLES},
        "local_while_cut": {city: len(times) for city, times in local.items()},
        "local_p50_ms": percentile([one for times in local.values() for one in times], 0.5),
        "local_p99_ms": percentile([one for times in local.values() for one in times], 0.99),
        "not_taken": not_taken,
        "resolved_s": None if resolved is None else round((resolved - phases["healed"]) / 1000, 1),
        "violations": {kind: counts[kind] for kind in ALL_KINDS if counts[kind]},
        "told": [f"{one.kind}: {one.what}" for one in violations],
    }


def _asked(found: Evidence, node: str) -> int:
    return sum(len(found.asked.get(console_name(city, node), {})) for city in CITIES)


# --- local dispatch -------------------------------------------------------------------------------


def _confirmed(found: Evidence, city: str, within: Span) -> list[int]:
    """Milliseconds from the order to the crew's yes on the console: own units, ordered while cut."""
    times = []
    for node in CONSOLES:
        begun: dict[str, int] = {}
        for line in found.shown[console_name(city, node)]:
            if line["did"] != "shows" or line["city"] != city:
                continue
            first = line["request"] not in begun
            begun.setdefault(line["request"], line["ms"] if first else 0)
            asked = begun[line["request"]]
            if "acked" in line["steps"] and asked and within.begun_ms <= asked <= within.ended_ms:
                times.append(line["ms"] - asked)
                begun[line["request"]] = 0
    return times


def _stopped(found: Evidence, trouble: Span) -> Iterator[Violation]:
    """Cities of which nothing was killed: the longest time without an order to one of its crews."""
    disturbed = {line["city"] for line in found.happened if line["did"] == "down"}
    for city in CITIES:
        if city in disturbed:
            continue
        done = sorted(
            line["ms"]
            for line in found.did[f"sim-{city}"]
            if line["did"] in ("heard", "acknowledged", "finished")
            and trouble.begun_ms <= line["ms"] <= trouble.ended_ms
        )
        moments = [trouble.begun_ms, *done, trouble.ended_ms]
        longest_s = max(later - sooner for sooner, later in pairwise(moments)) / 1000
        if longest_s > STOPPED_S:
            yield Violation("stopped", f"{city}: its crews heard of nothing for {longest_s:.1f} s")


# --- the report -----------------------------------------------------------------------------------


def _report(folder: Path) -> Report:
    logs = [*sorted(folder.glob("consoles/*/audit.db")), *sorted(folder.glob("centres/*/centre.db"))]
    return make(read_logs(logs), load(folder / "config" / CITIES[0]), drill=False)


def _not_taken(report: Report) -> dict[str, int]:
    """Messages that consoles put aside, by reason; the report lists words of crews with them."""
    counts: Counter[str] = Counter()
    for one in report.refused:
        if not one.reason.startswith("unit."):
            counts[one.reason] += one.count
    return dict(counts)


def _misreported(found: Evidence, report: Report) -> Iterator[Violation]:
    told = {mission.request: mission for call in report.calls for mission in call.missions}
    for request in sorted(set(found.orders) ^ set(told)):
        where = "the report" if request in told else "the centres' files"
        yield Violation("report", f"{request} stands in {where} alone")
    for request in set(found.orders) & set(told):
        order, mission = found.orders[request], told[request]
        ends = ENDINGS.get(order.state, (order.state,))
        if order.unit != mission.unit or (order.state in FINAL and mission.ending not in ends):
            yield Violation("report", f"{request}: {order.unit} {order.state}, told as {mission.ending}")
    down = {(one.home, one.node, one.city): one.times for one in report.links}
    for one, other in sorted(_long_cuts(found.happened)):
        if not down.get((one, CONSOLES[0], other)):
            yield Violation("report", f"{one} did not reach {other} for long, and the report does not say so")


def _long_cuts(happened: list[Line]) -> set[tuple[str, str]]:
    """(home, other) of every cable that was cut, in any direction, for long enough to be noticed."""
    found = set()
    for number, line in enumerate(happened):
        if line["did"] != "cut":
            continue
        ended = next(
            other["ms"]
            for other in happened[number:]
            if other["did"] == "mended" and other["ways"] == line["ways"]
        )
        if Span(line["ms"], ended).seconds >= NOTICED_S:
            found |= {way for one, other in line["ways"] for way in ((one, other), (other, one))}
    disturbed = {line["city"] for line in happened if line["did"] == "down" and line["what"] in _MUTE}
    return {way for way in found if way[0] not in disturbed}


_MUTE = ("console", "host")
"""A console that was killed while its link was down wrote the rest of the story in its next life."""
