"""From an operator's decision to the acknowledgement of the crew on his console, by what stood in the way.

An order counts from the choice at the desk; one of a lent unit from the moment the console orders it by
itself. It counts as *cut or killed* when, between its order and its acknowledgement, something that it needs
was dead (the broker, the centre or the vehicles of the unit's city, the console), the way was cut, or a
connection it needs was silent; dead lasts until the program listens at its broker again. All others count as
*reachable*, with lost messages and resets.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from tests.chaos.cities.evidence import Evidence
from tests.chaos.cities.journal import Line

CHOSEN_BEFORE_MS = 5_000


@dataclass(frozen=True, slots=True)
class Way:
    """What one order needs."""

    console: str
    """Its city."""
    unit_city: str
    fleet: str

    @property
    def clients(self) -> frozenset[str]:
        """Names at the broker of the unit's city."""
        city = self.unit_city
        return frozenset({f"{self.console}-console-1", f"{city}-centre", f"{city}-{self.fleet}"})


@dataclass(frozen=True, slots=True)
class Spell:
    """A time during which something stood in the way of some orders."""

    begun_ms: int
    ended_ms: int
    hurts: Callable[[Way], bool]


@dataclass
class Delays:
    """Milliseconds of each group, and what became of orders that were never acknowledged."""

    calm: list[int] = field(default_factory=list)
    reachable: list[int] = field(default_factory=list)
    cut_or_killed: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    """Of orders given after the healing: of units that were lent before."""
    hands: list[int] = field(default_factory=list)
    """How long crews took to press the button."""
    lent: int = 0
    endings: Counter[str] = field(default_factory=Counter)

    @property
    def chaos(self) -> list[int]:
        return [*self.reachable, *self.cut_or_killed]

    @property
    def confirmed(self) -> int:
        return sum(map(len, (self.calm, self.reachable, self.cut_or_killed, self.after)))


def measure(found: Evidence) -> Delays:
    """The delays of every order that a desk gave."""
    delays, spells, fleets = Delays(), spells_of(found.happened), _fleets(found)
    phases = {line["name"]: line["ms"] for line in found.happened if line["did"] == "phase"}
    told = _first(found, "heard", "told"), _first(found, "acknowledged", "acknowledged")
    for console, records in found.asked.items():
        confirmed = _confirmed(found.shown[console])
        for request, record in records.items():
            if record["asker"] != [console, "console-1"] or record["asked_ms"] == record["expires_ms"]:
                continue  # only called back here
            way = Way(console, record["city"], fleets.get(record["unit"], ""))
            begun_ms, ended_ms = _begun(found.shown[console], record), confirmed.get(request)
            if ended_ms is None:
                delays.endings[_ending(record)] += 1
                continue
            delays.lent += record["aid"] is not None
            if request in told[0] and request in told[1]:
                delays.hands.append(told[1][request] - told[0][request])
            _group(delays, phases, spells, way, begun_ms, ended_ms).append(ended_ms - begun_ms)
    return delays


def _group(
    delays: Delays, phases: dict[str, int], spells: list[Spell], way: Way, begun_ms: int, ended_ms: int
) -> list[int]:
    """An order of the calm whose acknowledgement came in the chaos counts as one of the chaos."""
    hurt = any(one.begun_ms <= ended_ms and begun_ms <= one.ended_ms and one.hurts(way) for one in spells)
    if begun_ms >= phases.get("healed", begun_ms + 1):
        return delays.after
    if ended_ms < phases.get("chaos", ended_ms + 1):
        return delays.calm
    return delays.cut_or_killed if hurt else delays.reachable


def spells_of(happened: list[Line]) -> list[Spell]:
    """Every time something was dead, cut or silent; what never ended lasts to the end."""
    spells, last_ms = [], max((line["ms"] for line in happened), default=0)
    for number, line in enumerate(happened):
        if line["did"] in _UNTIL:
            until, same = _UNTIL[line["did"]]
            ends = [
                other["ms"]
                for other in happened[number:]
                if other["did"] == until and all(other.get(name) == line.get(name) for name in same)
            ]
            spells.append(Spell(line["ms"], ends[0] if ends else last_ms, _hurts(line)))
    return spells


_UNTIL = {
    "down": ("back", ("what", "city", "name")),
    "cut": ("mended", ("city",)),
    "silent": ("heard again", ("client", "broker")),
}


def _hurts(line: Line) -> Callable[[Way], bool]:
    """Which orders one thing that happened stands in the way of."""
    match line["did"], line.get("what"):
        case "cut", _:
            return lambda way: way.console != way.unit_city and line["city"] in (way.console, way.unit_city)
        case "silent", _:
            return lambda way: way.unit_city == line["broker"] and _is_of(line["client"], way)
        case _, "console":
            return lambda way: way.console == line["city"]
        case _, "vehicles":
            return lambda way: _is_of(line["client"], way)
        case _:
            return lambda way: way.unit_city == line["city"]


def _is_of(client: str, way: Way) -> bool:
    """A console's client id ends in a mark of its process."""
    return any(client == one or client.startswith(f"{one}-") for one in way.clients)


def percentile(values: list[int], share: float) -> int:
    """The nearest rank; 0 of nothing."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else 0


def _fleets(found: Evidence) -> dict[str, str]:
    """Unit -> the program that runs it."""
    return {line["unit"]: fleet for fleet, journal in found.did.items() for line in journal if "unit" in line}


def _first(found: Evidence, did: str, state: str) -> dict[str, int]:
    """Request -> when its crew first did something."""
    times: dict[str, int] = {}
    for line in (line for journal in found.did.values() for line in journal):
        if line["did"] == did and line["state"] == state:
            times.setdefault(line["request"], line["ms"])
    return times


def _confirmed(journal: list[Line]) -> dict[str, int]:
    """Request -> when the console first showed that its crew acknowledged."""
    times: dict[str, int] = {}
    for line in journal:
        if line["did"] == "shows" and "acked" in line["steps"]:
            times.setdefault(line["request"], line["ms"])
    return times


def _begun(journal: list[Line], record: dict[str, object]) -> int:
    """When the operator chose; of a unit that was ordered without a choice, when it was ordered."""
    asked_ms = record["asked_ms"]
    job = record["job"]
    assert isinstance(asked_ms, int)
    assert isinstance(job, dict)
    if record["aid"] is not None:
        return asked_ms
    chosen = [
        line["ms"]
        for line in journal
        if line["did"] == "chose"
        and (line["unit"], line["incident"]) == (record["unit"], job["incident"])
        and 0 <= asked_ms - line["ms"] <= CHOSEN_BEFORE_MS
    ]
    return int(max(chosen, default=asked_ms))


def _ending(record: dict[str, list[tuple[str, int, str]]]) -> str:
    """How an order without an acknowledgement ended."""
    if not record["steps"]:
        return "no end"
    state, _at_ms, reason = record["steps"][-1]
    return f"{state}: {reason}" if reason else state
