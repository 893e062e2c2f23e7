"""Scores what was dispatched against the hindsight optimum, from the logs and the rules in force."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

import numpy as np

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.decide.travel import travel_minutes
from dispatch.domain.geography import Bridge, CityCode, Position
from dispatch.domain.units import UnitState
from dispatch.report.facts import Call, Facts, Mission
from dispatch.report.gather import gather
from dispatch.report.hindsight import Floats, Plan, Problem, best_found, bound, played, total
from dispatch.report.lending import position_of
from dispatch.report.logs import Log, chosen_kind, of_kind
from dispatch.report.make import ground_of
from dispatch.report.score_model import Better, Score, ScoreRow
from dispatch.report.within_rules import Lending, best_within, lending_of
from dispatch.settings.configuration import Configuration

USUAL_SERVICE_MIN = 60.0
"""From the scene until free, where no crew of the drill is through yet."""
SHOWN = 10
_OFF = frozenset({UnitState.OUT_OF_SERVICE.name, UnitState.PAUSED.name})
_Job = tuple[Call, Mission]


def score(logs: Sequence[Log], configuration: Configuration, *, drill: bool | None = None) -> Score:
    """The score of one kind of rows: drill or real; None: real rows if there are any, else the drill's."""
    drill = chosen_kind(logs, drill)
    facts = gather(of_kind(logs, drill=drill)[0], drill=drill)
    return _Scoring(facts, configuration).result()


class _Scoring:
    """The jobs of a shift as a problem, and what three plans for them come to."""

    def __init__(self, facts: Facts, configuration: Configuration) -> None:
        self.facts, self.ground = facts, ground_of(configuration)
        self.rules = configuration.dispatch_rules
        self.weights = tuple(float(one) for one in self.rules.units.mass_casualty.weights)
        self.hospitals = {str(one.id): one.position for one in configuration.hospitals}
        self.bridges: tuple[Bridge, ...] = configuration.bridges
        self.units = [one for one in self.ground.units if one in self.ground.bases]
        self.excluded: Counter[str] = Counter()
        self.carried: list[Mission] = []
        self.jobs = sorted(self._jobs(), key=lambda job: (job[0].opened_ms, job[1].request))
        known = [self._service(one) for _call, one in self.jobs if one.over_ms is not None]
        self.usual_min = median(known) if known else USUAL_SERVICE_MIN

    def _jobs(self) -> list[_Job]:
        """Crews that came to a call of this shift; everything else is counted with its reason."""
        jobs = []
        for call in self.facts.calls.values():
            before = call.opened_ms < self.facts.from_ms
            for one in call.missions:
                why = "before" if before else self._why_not(call, one)
                if before and one.over_ms is not None:
                    self.carried.append(one)
                if why:
                    self.excluded[why] += 1
                else:
                    jobs.append((call, one))
            if not call.missions:
                self.excluded["before" if before else "no_unit"] += 1
        return jobs

    def _why_not(self, call: Call, one: Mission) -> str:
        if one.on_scene_ms is None:
            return "not_arrived" if not one.ending else "called_back"
        if one.on_scene_ms < call.opened_ms:
            return "times"
        if position_of(call) is None:
            return "no_place"
        return "" if one.unit in self.units else "no_base"

    @staticmethod
    def _service(one: Mission) -> float:
        return max(0.0, ((one.over_ms or 0) - (one.on_scene_ms or 0)) / 60_000)

    # --- the problem

    def problem(self) -> Problem:
        """In minutes since the first row of the logs."""
        rows = {unit: row for row, unit in enumerate(self.units)}
        places = [_place(call) for call, _one in self.jobs]
        ends = [self.hospitals.get(one.hospital, _place(call)) for call, one in self.jobs]
        bases = [self.ground.bases[unit] for unit in self.units]
        moments = [from_epoch_ms(call.opened_ms) for call, _one in self.jobs]
        lights = [self.rules.units.blue_light[call.priority_sent - 1] for call, _one in self.jobs]
        fast = list(zip(places, moments, lights, strict=True))
        slow = [(end, moment, False) for end, moment in zip(ends, moments, strict=True)]
        return Problem(
            called=np.array([self._minute(call.opened_ms) for call, _one in self.jobs]),
            service=np.array(
                [self.usual_min if one.over_ms is None else self._service(one) for _call, one in self.jobs]
            ),
            weight=np.array([self.weights[call.priority_sent - 1] for call, _one in self.jobs]),
            from_base=self._drives(bases, fast),
            from_job=self._drives(ends, fast),
            home=self._drives(bases, slow).T,
            extra=np.array([[self._extra(unit, call) for call, _one in self.jobs] for unit in self.units]),
            may=np.array([[self.ground.can(unit, call) for call, _one in self.jobs] for unit in self.units]),
            away=[self._away(unit) for unit in self.units],
            allowed=frozenset((rows[one.unit], job) for job, (_call, one) in enumerate(self.jobs)),
            turnout_base=self.rules.units.turnout.at_station.p50,
            turnout_road=self.rules.units.turnout.on_road.p50,
        )

    def _drives(self, starts: Sequence[Position], to: Sequence[tuple[Position, datetime, bool]]) -> Floats:
        """Minutes from every start (rows) to every place at its moment (columns)."""
        lat, lon = np.array([one.lat for one in starts]), np.array([one.lon for one in starts])
        rules = self.rules.travel
        return np.column_stack(
            [
                travel_minutes(
                    self._bridges_at(moment), rules, lat, lon, place, moment, blue_light=light
                ).minutes
                for place, moment, light in to
            ]
        )

    def _bridges_at(self, moment: datetime) -> tuple[Bridge, ...]:
        """With those closed that consoles knew to be closed then."""
        closed = self.facts.closed_at(epoch_ms(moment))
        return tuple(one.model_copy(update={"closed": one.id in closed}) for one in self.bridges)

    def _extra(self, unit: str, call: Call) -> float:
        city = self.ground.units[unit].city
        return 0.0 if city == call.city else self.rules.units.acceptance(CityCode(call.city), city).p50

    def _away(self, unit: str) -> list[tuple[float, float]]:
        """When it was off duty, or on a task from before the shift, as the logs say."""
        said = [*self.facts.unit_states.get(unit, []), (self.facts.to_ms, "")]
        spans = [(at, later) for (at, state), (later, _next) in pairwise(said) if state in _OFF]
        spans += [(self.facts.from_ms, one.over_ms or 0) for one in self.carried if one.unit == unit]
        return sorted((self._minute(start), self._minute(end)) for start, end in spans)

    def _minute(self, moment_ms: int) -> float:
        return (moment_ms - self.facts.from_ms) / 60_000

    # --- the answer

    def result(self) -> Score:
        """Nothing was dispatched: nothing is scored."""
        if not self.jobs:
            return self._document((), (), 0.0, 0.0, 0.0, 0.0)
        problem = self.problem()
        dispatched = self._dispatched()
        best = best_within(problem, self._lending(), dispatched)
        free = best_found(problem, dispatched, best)
        was, could = played(problem, dispatched), played(problem, best)
        weight = problem.weight
        return self._document(
            self._rows(was, could),
            self._better(best, was, could, weight),
            float((was * weight).sum()),
            float((could * weight).sum()),
            total(problem, free),
            bound(problem),
        )

    def _lending(self) -> Lending:
        return lending_of(
            self.rules.units,
            [str(self.ground.units[unit].city) for unit in self.units],
            [str(call.city) for call, _one in self.jobs],
            [call.priority_sent for call, _one in self.jobs],
        )

    def _dispatched(self) -> Plan:
        """What was done: each unit's jobs in the order in which it came to them."""
        plan: Plan = []
        for unit in self.units:
            mine = [job for job, (_call, one) in enumerate(self.jobs) if one.unit == unit]
            plan.append(sorted(mine, key=lambda job: self.jobs[job][1].on_scene_ms or 0))
        return plan

    def _rows(self, was: Floats, could: Floats) -> tuple[ScoreRow, ...]:
        observed = np.array([((one.on_scene_ms or 0) - call.opened_ms) / 60_000 for call, one in self.jobs])
        priorities = np.array([call.priority_sent for call, _one in self.jobs])
        rows = []
        for priority in (0, *sorted(set(priorities.tolist()))):
            among = priorities > 0 if priority == 0 else priorities == priority
            rows.append(
                ScoreRow(
                    priority=priority,
                    n=int(among.sum()),
                    observed_min=float(observed[among].mean()),
                    dispatched_min=float(was[among].mean()),
                    best_min=float(could[among].mean()),
                )
            )
        return tuple(rows)

    def _better(self, best: Plan, was: Floats, could: Floats, weight: Floats) -> tuple[Better, ...]:
        """Where hindsight wins most, in weighted minutes."""
        unit_of = {job: self.units[unit] for unit, jobs in enumerate(best) for job in jobs}
        order = np.argsort(-(was - could) * weight, kind="stable")
        return tuple(
            Better(
                incident=self.jobs[job][0].number,
                priority=self.jobs[job][0].priority_sent,
                unit=self.jobs[job][1].unit,
                other=unit_of[job],
                dispatched_min=float(was[job]),
                best_min=float(could[job]),
            )
            for job in order.tolist()[:SHOWN]
            if was[job] - could[job] > 0.05
        )

    def _document(
        self,
        rows: tuple[ScoreRow, ...],
        better: tuple[Better, ...],
        dispatched_min: float,
        best_min: float,
        free_min: float,
        bound_min: float,
    ) -> Score:
        return Score(
            drill=self.facts.drill,
            from_ms=self.facts.from_ms,
            to_ms=self.facts.to_ms,
            n=len(self.jobs),
            calls=len({call.number for call, _one in self.jobs}),
            units=len(self.units),
            excluded=dict(sorted(self.excluded.items())),
            assumed_service=sum(one.over_ms is None for _call, one in self.jobs),
            weights=self.weights,
            rows=rows,
            dispatched_min=dispatched_min,
            best_min=best_min,
            free_min=free_min,
            bound_min=bound_min,
            crossings=tuple(sorted(self.facts.crossings)),
            better=better,
        )


def _place(call: Call) -> Position:
    place = position_of(call)
    if place is None:
        raise ValueError(f"{call.number} has no place")  # such jobs were left out
    return place
