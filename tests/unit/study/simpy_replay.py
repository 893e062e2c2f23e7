"""The closest idle or returning unit, first come, first served, as a SimPy model in its usual style."""

from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from tests.unit.study.plain_replay import Call, Matrix

Steps = Generator[simpy.Event, None, None]


@dataclass
class Ambulance:
    name: str
    base: int
    last: int
    free_at: float = -1.0
    home_at: float = -1.0
    busy: bool = False


@dataclass
class City:
    """Returning units are counted on the straight line in time between last place and base."""

    env: simpy.Environment
    times: Matrix
    fleet: list[Ambulance]
    waiting: list[tuple[int, Call]] = field(default_factory=list)
    served: dict[int, tuple[str, float, float]] = field(default_factory=dict)

    def way(self, unit: Ambulance, node: int) -> float:
        now = self.env.now
        base = self.times[unit.base][node]
        if now >= unit.home_at:
            return base
        part = (now - unit.free_at) / (unit.home_at - unit.free_at)
        return (1 - part) * self.times[unit.last][node] + part * base

    def source(self, calls: list[Call]) -> Steps:
        for number, call in enumerate(calls):
            yield self.env.timeout(call.time - self.env.now)
            free = [unit for unit in self.fleet if not unit.busy]
            if free:
                nearest = min(free, key=lambda unit: self.way(unit, call.node))
                self.start(nearest, number, call)
            else:
                self.waiting.append((number, call))

    def start(self, unit: Ambulance, number: int, call: Call) -> None:
        unit.busy = True
        self.env.process(self.mission(unit, number, call, self.way(unit, call.node)))

    def mission(self, unit: Ambulance, number: int, call: Call, drive: float) -> Steps:
        dispatched = self.env.now
        yield self.env.timeout(drive)
        self.served[number] = (unit.name, dispatched, self.env.now)
        yield self.env.timeout(call.scene)
        unit.last = call.node
        if call.hospital is not None:
            yield self.env.timeout(self.times[call.node][call.hospital])
            yield self.env.timeout(call.handover)
            unit.last = call.hospital
        unit.busy, unit.free_at = False, self.env.now
        unit.home_at = self.env.now + self.times[unit.last][unit.base]
        if self.waiting:
            self.start(unit, *self.waiting.pop(0))


def simpy_replay(times: Matrix, bases: list[int], calls: list[Call]) -> dict[int, tuple[str, float, float]]:
    """Unit, dispatch and arrival by call."""
    env = simpy.Environment()
    city = City(env, times, [Ambulance(str(n + 1), base, base) for n, base in enumerate(bases)])
    env.process(city.source(calls))
    env.run()
    return city.served
