"""A plain simulation of its own: no agenda, no shared code; at every step it looks for what comes next."""

from dataclasses import dataclass, field

Matrix = list[list[float]]
NEVER = float("inf")


@dataclass
class Unit:
    name: str
    base: int
    at: int
    free_from: float = -NEVER
    home_from: float = -NEVER
    busy: bool = False
    jobs: int = 0
    worked: float = 0.0
    sent_as: int = 0


@dataclass
class Call:
    name: str
    time: float
    node: int
    priority: int
    scene: float
    hospital: int | None
    handover: float


@dataclass
class Answer:
    unit: str | None = None
    dispatched: float | None = None
    arrival: float | None = None
    at_hospital: float | None = None
    free: float | None = None


@dataclass
class Plain:
    times: Matrix
    units: list[Unit]
    calls: list[Call]
    rule: str = "idle-or-returning"
    tie: str = "file"
    queue: str = "fifo"
    queue_at: str = "free"
    returning: str = "linear"
    turnout: float = 0.0
    turnout_road: float | None = None
    calls_first: bool = False
    waiting: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    orders: int = 0

    def run(self) -> list[Answer]:
        self.answers = [Answer() for _ in self.calls]
        todo = sorted(range(len(self.calls)), key=lambda n: self.calls[n].time)
        homing: set[str] = set()
        while True:
            ringing = self.calls[todo[0]].time if todo else NEVER
            freeing = [(u.free_from, u.sent_as, u) for u in self.units if u.busy]
            coming = [(u.home_from, u.sent_as, u) for u in self.units if not u.busy and u.name in homing]
            soonest = min((f[0] for f in freeing), default=NEVER)
            home = min((c[0] for c in coming), default=NEVER)
            now = min(ringing, soonest, home)
            if now == NEVER:
                return self.answers
            if ringing == now and (self.calls_first or now not in (soonest, home)):
                self.ring(todo.pop(0), now, homing)
            elif soonest == now:
                unit = min((f for f in freeing if f[0] == now), key=lambda f: f[1])[2]
                unit.busy = False
                if self.queue_at == "base" and unit.home_from > now:
                    homing.add(unit.name)
                else:
                    self.serve(unit, now, homing)
            else:
                unit = min((c for c in coming if c[0] == now), key=lambda c: c[1])[2]
                homing.discard(unit.name)
                self.serve(unit, now, homing)

    def way(self, unit: Unit, node: int, now: float) -> float:
        """Minutes from a free unit to a node."""
        if now >= unit.home_from:
            here = unit.base if unit.jobs else unit.at
            return self.times[here][node]
        left, base = self.times[unit.at][node], self.times[unit.base][node]
        part = (now - unit.free_from) / (unit.home_from - unit.free_from)
        match self.returning:
            case "base":
                return base
            case "last":
                return left
            case "linear":
                return (1 - part) * left + part * base
            case "nearest-end":
                return left if part < 0.5 else base
            case "via-base":
                return (unit.home_from - now) + base
            case other:
                raise ValueError(other)

    def ring(self, number: int, now: float, homing: set[str]) -> None:
        call = self.calls[number]
        free = [u for u in self.units if not u.busy]
        resting = [u for u in free if now >= u.home_from]
        candidates = {"idle": resting, "idle-or-returning": free}.get(self.rule, resting or free)
        if candidates:
            self.send(number, self.nearest(call, candidates, now), now, homing)
        elif self.queue != "none":
            self.waiting.append(number)

    def nearest(self, call: Call, candidates: list[Unit], now: float) -> Unit:
        least = min(self.way(u, call.node, now) for u in candidates)
        tied = [u for u in candidates if self.way(u, call.node, now) == least]
        match self.tie:
            case "unit-id":
                return min(tied, key=lambda u: int(u.name))
            case "unit-id-last":
                return max(tied, key=lambda u: int(u.name))
            case "file-last":
                return tied[-1]
            case "least-busy":
                return min(tied, key=lambda u: u.worked)
            case "longest-idle":
                return min(tied, key=lambda u: u.free_from)
            case "last-idle":
                return max(tied, key=lambda u: u.free_from)
            case "least-used":
                return min(tied, key=lambda u: u.jobs)
            case "idle-first":
                return min(tied, key=lambda u: now < u.home_from)
            case _:
                return tied[0]

    def serve(self, unit: Unit, now: float, homing: set[str]) -> None:
        if not self.waiting:
            return
        match self.queue:
            case "priority":
                number = min(self.waiting, key=lambda n: (self.calls[n].priority, self.calls[n].time))
            case "nearest":
                by_time = sorted(self.waiting, key=lambda n: self.calls[n].time)
                number = min(by_time, key=lambda n: self.way(unit, self.calls[n].node, now))
            case _:
                number = min(self.waiting, key=lambda n: self.calls[n].time)
        self.waiting.remove(number)
        self.send(number, unit, now, homing)

    def send(self, number: int, unit: Unit, now: float, homing: set[str]) -> None:
        call, answer = self.calls[number], self.answers[number]
        on_road = now < unit.home_from
        slow = self.turnout_road if on_road and self.turnout_road is not None else self.turnout
        answer.unit, answer.dispatched = unit.name, now
        answer.arrival = now + slow + self.way(unit, call.node, now)
        done, last = answer.arrival + call.scene, call.node
        if call.hospital is not None:
            answer.at_hospital = done + self.times[call.node][call.hospital]
            done, last = answer.at_hospital + call.handover, call.hospital
        answer.free = done
        unit.worked += done - now
        self.orders += 1
        unit.sent_as, unit.busy, unit.at, unit.jobs = self.orders, True, last, unit.jobs + 1
        unit.free_from, unit.home_from = done, done + self.times[last][unit.base]
        homing.discard(unit.name)
