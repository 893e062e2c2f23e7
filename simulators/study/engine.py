"""The engine of a study: calls come, units go, work, and come home; the same input gives the same bytes.

Nothing interrupts a trip, so all its moments are known when it begins: only calls and units that
become free are events (and units that come home, where `Timing.wakes_at_base` asks for it). In one
moment units become free, units come home, each in the order in which they were sent, and calls come
in their order; `Timing.calls_first` puts calls before units.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

from simulators.study.model import Ground, StudyCall, StudyUnit, Trip

FREE, HOME, CALL = 1, 2, 3
Waiting = list[tuple[float, float, int]]
"""(rank, call time, call number), least first."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take that no call says, and what comes first in one moment."""

    turnout_base_min: float = 0.0
    turnout_road_min: float | None = 0.0
    """Of a unit that is not at home; None: as at its base."""
    calls_first: bool = False
    queue: bool = True
    ranked: bool = False
    """The queue goes by priority, then by call time; else by call time."""
    wakes_at_base: bool = False
    """A unit that is back at its base is asked for the queue, not one that becomes free."""


class Policy(Protocol):
    """Chooses a unit for a call, and a waiting call when a unit becomes free."""

    def choose(self, run: "Run", call: StudyCall) -> int | None:
        """The unit for a new call, or None: it waits."""
        ...

    def pull(self, run: "Run", unit: int) -> tuple[int, int] | None:
        """(waiting call, unit) to go now that `unit` is free, or None. Asked until it says None."""
        ...


class Run:
    """One run and the state that policies may look at."""

    def __init__(
        self,
        ground: Ground,
        units: Sequence[StudyUnit],
        calls: Sequence[StudyCall],
        policy: Policy,
        timing: Timing,
        where: Callable[["Run", int, int], float],
    ) -> None:
        """`where(run, unit, node)` is the drive to a node of a free unit that is not yet home."""
        self.ground, self.units, self.calls = ground, units, calls
        self.timing, self._policy, self._where = timing, policy, where
        self.now = -inf
        self.place = [unit.base if unit.start is None else unit.start for unit in units]
        """Where a free unit stands or is going."""
        self.last = list(self.place)
        self.since = [unit.from_min for unit in units]
        """When a unit became free."""
        self.home_at = [unit.from_min for unit in units]
        self.free = [unit.from_min == -inf for unit in units]
        self.sent = [0] * len(units)
        self.busy_min = [0.0] * len(units)
        """Minutes from order to free of all trips so far."""
        self.resting = [
            free and at == unit.base for free, at, unit in zip(self.free, self.place, units, strict=True)
        ]
        """Free and at its base; `settle` brings it up to now."""
        self.away = [n for n, free in enumerate(self.free) if free and not self.resting[n]]
        """Free units that stand or drive elsewhere."""
        self._nearest: dict[int, tuple[tuple[float, int], ...]] = {}
        cities = 1 + max([unit.city for unit in units] + [call.city for call in calls], default=0)
        self.waiting: list[Waiting] = [[] for _city in range(cities)]
        self.free_in = [0] * cities
        self.fleet_in = [0] * cities
        for number, unit in enumerate(units):
            self.fleet_in[unit.city] += 1
            self.free_in[unit.city] += self.free[number]
        self.trips = [Trip(number) for number in range(len(calls))]
        self._steps = 0
        self._last_step = [number - len(units) for number in range(len(units))]
        self._call_kind = 0 if timing.calls_first else CALL
        self._agenda = self._first_events()

    def _first_events(self) -> list[tuple[float, int, int, int]]:
        agenda = [
            (call.at_min + call.delay_min, self._call_kind, number, number)
            for number, call in enumerate(self.calls)
        ]
        late = [(number, unit) for number, unit in enumerate(self.units) if not self.free[number]]
        agenda += [(unit.from_min, FREE, number - len(self.units), number) for number, unit in late]
        heapify(agenda)
        return agenda

    def go(self) -> list[Trip]:
        """Everything until nothing more happens; one trip a call, in the order of the calls."""
        agenda = self._agenda
        while agenda:
            self.now, kind, _order, number = heappop(agenda)
            if kind == FREE:
                self._becomes_free(number)
            elif kind == HOME:
                self._comes_home(number)
            else:
                self._rings(number)
        return self.trips

    # --- what policies ask

    def serves(self, unit: int) -> bool:
        """Whether a unit is free and in service now."""
        return self.free[unit] and self.now < self.units[unit].until_min

    def at_home(self, unit: int) -> bool:
        """Whether a free unit stands where it was going."""
        return self.now >= self.home_at[unit]

    def minutes(self, unit: int, node: int) -> float:
        """Driving minutes of a free unit to a node, before the pace of the hour."""
        if self.now >= self.home_at[unit]:
            return self.ground.into[node][self.place[unit]]
        return self._where(self, unit, node)

    def settle(self) -> None:
        """Let the units that have come home by now rest there."""
        now, home_at = self.now, self.home_at
        for unit in [unit for unit in self.away if home_at[unit] <= now]:
            if self.place[unit] == self.units[unit].base:
                self.away.remove(unit)
                self.resting[unit] = True

    def from_bases(self, node: int) -> tuple[tuple[float, int], ...]:
        """(minutes to a node from its base, unit) of every unit, nearest first, then by number."""
        if node not in self._nearest:
            column = self.ground.into[node]
            self._nearest[node] = tuple(
                sorted((column[unit.base], number) for number, unit in enumerate(self.units))
            )
        return self._nearest[node]

    # --- events

    def _rings(self, number: int) -> None:
        call = self.calls[number]
        unit = self._policy.choose(self, call)
        if unit is not None:
            self._send(number, unit)
        elif self.timing.queue:
            rank = float(call.priority) if self.timing.ranked else 0.0
            insort(self.waiting[call.city], (rank, call.at_min, number))

    def _becomes_free(self, unit: int) -> None:
        self.free[unit] = True
        self.away.append(unit)
        self.free_in[self.units[unit].city] += 1
        self.since[unit] = self.now
        if self.timing.wakes_at_base and self.home_at[unit] > self.now:
            heappush(self._agenda, (self.home_at[unit], HOME, self._last_step[unit], unit))
        else:
            self._pull(unit)

    def _comes_home(self, unit: int) -> None:
        if self.free[unit] and self.home_at[unit] == self.now:
            self._pull(unit)

    def _pull(self, unit: int) -> None:
        while any(self.waiting):
            pair = self._policy.pull(self, unit)
            if pair is None:
                return
            number, sent = pair
            queue = self.waiting[self.calls[number].city]
            del queue[next(place for place, entry in enumerate(queue) if entry[2] == number)]
            self._send(number, sent)
            self.trips[number].pulled = True

    def _send(self, number: int, unit: int) -> None:
        call, ground, trip = self.calls[number], self.ground, self.trips[number]
        drive = self.minutes(unit, call.node)
        trip.unit, trip.step, trip.dispatched = unit, self._steps, self.now
        trip.departed = self.now + self.turnout(unit, call)
        if self.units[unit].city != call.city:
            trip.departed += call.acceptance_min
        trip.origin_min = drive * ground.pace(trip.departed) * call.stretch
        trip.arrived = trip.departed + trip.origin_min
        trip.left_scene = trip.arrived + call.scene_min
        last, trip.free = call.node, trip.left_scene
        if call.hospital is not None:
            carried = ground.transport[call.node][call.hospital] * ground.slow_pace(trip.left_scene)
            trip.at_hospital = trip.left_scene + carried
            last, trip.free = call.hospital, trip.at_hospital + call.hospital_min
        self._leave(unit, last, trip.free)

    def _leave(self, unit: int, last: int, free: float) -> None:
        self.free[unit] = False
        if self.resting[unit]:
            self.resting[unit] = False
        else:
            self.away.remove(unit)
        self.free_in[self.units[unit].city] -= 1
        self.sent[unit] += 1
        self.busy_min[unit] += free - self.now
        self.last[unit], self.place[unit] = last, self.units[unit].base
        home = self.ground.home[last][self.place[unit]] * self.ground.slow_pace(free)
        self.home_at[unit] = free + home
        self._steps += 1
        self._last_step[unit] = self._steps
        heappush(self._agenda, (free, FREE, self._steps, unit))

    def turnout(self, unit: int, call: StudyCall) -> float:
        """Minutes from order to wheels rolling: the call's own, then the unit's, then the rule's."""
        if self.timing.turnout_road_min is not None and not self.at_home(unit):
            return self.timing.turnout_road_min
        if call.turnout_min is not None:
            return call.turnout_min
        own = self.units[unit].turnout_min
        return self.timing.turnout_base_min if own is None else own
