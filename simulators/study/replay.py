"""Another simulator's trace, call by call: who goes, and when, by rules that are named exactly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf
from re import findall

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from simulators.study.engine import Run, Timing
from simulators.study.model import Ground, StudyCall, StudyUnit, Trip
from simulators.study.returning import WAYS, Where
from simulators.study.trace_times import Times

RULES = ("idle", "idle-or-returning", "idle-then-returning")
QUEUES = ("fifo", "priority", "nearest", "none")
TIES = (
    "file",
    "file-last",
    "unit-id",
    "unit-id-last",
    "longest-idle",
    "last-idle",
    "least-used",
    "least-busy",
    "idle-first",
)
ROUNDINGS = ("none", "nearest", "up", "down")
HOURS = 24


@dataclass(frozen=True)
class Options:
    """Everything a trace leaves open; docs/studies.md says what each word means."""

    rule: str = "idle-or-returning"
    ties: tuple[str, ...] = ("file",)
    tie_within_min: float = 0.0
    queue: str = "fifo"
    queue_at: str | None = None
    returning: str = "linear"
    chosen_as: str | None = None
    closest_by: str = "travel"
    turnout_base_min: float = 0.0
    turnout_road_min: float | None = None
    same_moment: str = "free-first"
    hour_factor: tuple[float, ...] = ()
    start_hour: float = 0.0
    ways: dict[str, Where] = field(default_factory=lambda: dict(WAYS))

    @property
    def timing(self) -> Timing:
        """For the engine."""
        at = self.queue_at or ("base" if self.rule == "idle" else "free")
        return Timing(
            self.turnout_base_min,
            self.turnout_road_min,
            calls_first=self.same_moment == "calls-first",
            queue=self.queue != "none",
            ranked=self.queue == "priority",
            wakes_at_base=at == "base",
        )

    def pace(self, moment_min: float) -> float:
        """The factor of the hour in which a drive begins."""
        if not self.hour_factor:
            return 1.0
        return self.hour_factor[floor(moment_min / 60 + self.start_hour) % HOURS]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A2 before A10: figures compare as numbers."""
    parts = findall(r"\d+|\D+", name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


class ReplayPolicy:
    """The closest unit by a rule and its ties; a freed unit takes the head of the queue."""

    def __init__(self, options: Options, units: Sequence[StudyUnit]) -> None:
        self._options = options
        order = sorted(range(len(units)), key=lambda unit: natural(units[unit].id))
        self._id_rank = {unit: rank for rank, unit in enumerate(order)}
        self._by_travel = options.closest_by == "travel"
        self._seen_from = options.ways[options.chosen_as or options.returning]
        self._ties: list[Callable[[Run, int], float]] = [self._tie(name) for name in options.ties]

    def _tie(self, name: str) -> Callable[[Run, int], float]:
        return {
            "file": lambda _run, unit: unit,
            "file-last": lambda _run, unit: -unit,
            "unit-id": lambda _run, unit: self._id_rank[unit],
            "unit-id-last": lambda _run, unit: -self._id_rank[unit],
            "longest-idle": lambda run, unit: run.since[unit],
            "last-idle": lambda run, unit: -run.since[unit],
            "least-used": lambda run, unit: run.sent[unit],
            "least-busy": lambda run, unit: run.busy_min[unit],
            "idle-first": lambda run, unit: not run.at_home(unit),
        }[name]

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """The closest unit that the rule admits."""
        run.settle()
        stray = [
            (self._minutes(run, unit, call), unit) for unit in run.away if run.now < run.units[unit].until_min
        ]
        if self._options.rule == "idle-or-returning":
            return self._closest(run, call, stray)
        standing = [(minutes, unit) for minutes, unit in stray if run.at_home(unit)]
        if self._options.rule == "idle":
            return self._closest(run, call, standing)
        first = self._closest(run, call, standing)
        return first if first is not None else self._closest(run, call, stray)

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """The head of the queue that the freed unit can reach, or the waiting call nearest to it."""
        if not run.serves(unit):
            return None
        reachable = [
            (self._minutes(run, unit, run.calls[number]), number)
            for queue in run.waiting
            for _rank, _since, number in queue
        ]
        reachable = [entry for entry in reachable if entry[0] < inf]
        if not reachable:
            return None
        if self._options.queue == "nearest":
            least = min(minutes for minutes, _number in reachable)
            return next(number for minutes, number in reachable if minutes == least), unit
        return reachable[0][1], unit

    def _minutes(self, run: Run, unit: int, call: StudyCall) -> float:
        if run.now >= run.home_at[unit]:
            drive = run.ground.into[call.node][run.place[unit]]
        else:
            drive = self._seen_from(run, unit, call.node)
        if self._by_travel:
            return drive
        turnout = run.turnout(unit, call)
        return turnout + drive * run.ground.pace(run.now + turnout)

    def _closest(self, run: Run, call: StudyCall, stray: Sequence[tuple[float, int]]) -> int | None:
        """Of the units at their bases and those elsewhere (with their minutes)."""
        stray = [entry for entry in stray if entry[0] < inf]  # NaN and infinity are no ways
        least = min((minutes for minutes, _unit in stray), default=inf)
        tied: list[int] = []
        for minutes, unit in self._at_bases(run, call):
            if minutes > least + self._options.tie_within_min or minutes == inf:
                break
            if run.resting[unit] and run.now < run.units[unit].until_min:
                least = min(least, minutes)
                tied.append(unit)
        if least == inf:
            return None
        limit = least + self._options.tie_within_min
        tied += [unit for minutes, unit in stray if minutes <= limit]
        return tied[0] if len(tied) == 1 else min(tied, key=lambda unit: self._rank(run, unit))

    def _at_bases(self, run: Run, call: StudyCall) -> Sequence[tuple[float, int]]:
        """Every unit by its minutes from its base, which is where it counts if it rests."""
        if self._by_travel:
            return run.from_bases(call.node)
        return sorted(
            (self._minutes(run, unit, call), unit) for unit, rests in enumerate(run.resting) if rests
        )

    def _rank(self, run: Run, unit: int) -> tuple[float, ...]:
        return (*[tie(run, unit) for tie in self._ties], unit)


def rounded(minutes: Sequence[Sequence[float]], how: str, step_min: float) -> list[list[float]]:
    """Every time as a multiple of a step; halves go up."""
    if how == "none":
        return [list(row) for row in minutes]
    turn = {"nearest": lambda parts: floor(parts + 0.5), "up": ceil, "down": floor}[how]
    return [
        [value if value == inf else turn(value / step_min) * step_min for value in row] for row in minutes
    ]


def replay(
    calls: Sequence[StudyCall],
    units: Sequence[StudyUnit],
    times: Times,
    options: Options,
    transport: Times | None = None,
    home: Times | None = None,
) -> tuple[Run, list[Trip]]:
    """Run a trace; DispatchError where a patient or a unit would have no way."""
    carried, back = transport or times, home or times
    bases = {unit.base for unit in units}
    for call in calls:
        if call.hospital is not None:
            _demand_way(carried, call.node, call.hospital)
    for last in {call.node if call.hospital is None else call.hospital for call in calls}:
        for base in bases:
            _demand_way(back, last, base)
    ground = Ground(times.minutes, carried.minutes, back.minutes, options.pace, options.pace)
    policy = ReplayPolicy(options, units)
    run = Run(ground, units, calls, policy, options.timing, options.ways[options.returning])
    return run, run.go()


def _demand_way(times: Times, start: int, end: int) -> None:
    if times.minutes[start][end] == inf:
        pair = f"{times.names[start]} > {times.names[end]}"
        said = _("{file}: there is no time for {pair}", file=times.file, pair=pair)
        if times.minutes[end][start] < inf:
            said += _("; there is one for the way back: --symmetric lets a pair count in both directions")
        raise DispatchError(said)


COLUMNS = (
    "call",
    "unit",
    "outcome",
    "called",
    "dispatched",
    "departed",
    "arrival",
    "left_scene",
    "at_hospital",
    "free",
    "response",
    "waited",
)
"""Of the answer; moments and minutes in the unit asked for."""
MOMENTS = COLUMNS[3:]


def rows(run: Run, trips: Sequence[Trip]) -> list[dict[str, str | float | None]]:
    """One row a call, in the order of the file; None where nothing happened."""
    found: list[dict[str, str | float | None]] = []
    for trip in trips:
        call, served = run.calls[trip.call], trip.unit >= 0
        outcome = "served" if served else ("waiting" if run.timing.queue else "lost")
        moments = {
            "called": call.at_min,
            "dispatched": trip.dispatched,
            "departed": trip.departed,
            "arrival": trip.arrived,
            "left_scene": trip.left_scene,
            "at_hospital": trip.at_hospital,
            "free": trip.free,
            "response": trip.arrived - call.at_min,
            "waited": trip.dispatched - call.at_min,
        }
        unit = run.units[trip.unit].id if served else None
        row: dict[str, str | float | None] = {"call": call.id, "unit": unit, "outcome": outcome}
        found.append(row | {name: value if value == value else None for name, value in moments.items()})
    return found
