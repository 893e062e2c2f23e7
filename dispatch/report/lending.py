"""What lending gave and what it took: unit-hours for each pair, and a ledger of harm.

The ledger replays each loan without it. What it won: the best own unit of that moment against the lent one.
What it cost: each call of the lender that was opened while the unit was away, against that unit at its base.
Both are estimates: nobody can drive a trip that was not driven.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dispatch.clock import from_epoch_ms
from dispatch.decide.rules import DispatchRules
from dispatch.decide.travel import travel_minutes
from dispatch.domain.geography import Bridge, Position
from dispatch.domain.units import UNIT_CAPABILITIES, Unit, UnitState
from dispatch.report.facts import Call, Facts, Mission, Option
from dispatch.report.model import Cost, Ledger, Loan, Pair
from dispatch.report.statistics import quantile

_LONGEST_MS = 86_400_000
_NEVER_OUT = ("denied", "expired", "cancelled")
_FREE = frozenset(state.name for state in UnitState if state.dispatchable)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an estimate goes by: where units are based, what they can do, and the law of travel."""

    units: dict[str, Unit]
    bases: dict[str, Position]
    """Unit -> its station."""
    bridges: tuple[Bridge, ...]
    rules: DispatchRules
    known_s: dict[tuple[float, float, str, int], float] = field(default_factory=dict)
    """(lat, lon, call, time) -> seconds: many units stand at one station."""

    def estimate_s(self, unit: str, call: Call, at_ms: int) -> float | None:
        """Turnout and drive from the base, at the median; None: base, place or need is not known."""
        base, place = self.bases.get(unit), position_of(call)
        if base is None or place is None or not self.can(unit, call):
            return None
        key = (base.lat, base.lon, call.number, at_ms)
        if key not in self.known_s:
            minutes = self.rules.units.turnout.at_station.p50 + self._drive_min(base, place, call, at_ms)
            self.known_s[key] = 60 * minutes
        return self.known_s[key]

    def _drive_min(self, base: Position, place: Position, call: Call, at_ms: int) -> float:
        light = self.rules.units.blue_light[min(max(call.priority_sent, 1), 3) - 1]
        lat, lon, now = np.array([base.lat]), np.array([base.lon]), from_epoch_ms(at_ms)
        drive = travel_minutes(self.bridges, self.rules.travel, lat, lon, place, now, blue_light=light)
        return float(drive.minutes[0])

    def can(self, unit: str, call: Call) -> bool:
        """Whether a unit is fitted for what a call needs of a unit; other needs are its hospital's."""
        known = self.units.get(unit)
        if known is None:
            return False
        able = {str(one) for one in known.capabilities}
        for one in known.capabilities:
            able |= {str(other) for other in self.rules.units.covers.get(one, ())}
        return {one for one in call.needs if one in UNIT_CAPABILITIES} <= able


def position_of(call: Call) -> Position | None:
    """Where a call is, when it was written down and is a place on the earth."""
    if call.lat_microdeg is None or call.lon_microdeg is None:
        return None
    lat, lon = call.lat_microdeg / 1e6, call.lon_microdeg / 1e6
    on_earth = abs(lat) <= 90 and abs(lon) <= 180
    return Position(lat=lat, lon=lon) if on_earth else None


def loans(facts: Facts) -> list[tuple[Call, Mission]]:
    """Orders for a call of another city than the unit's that got the unit."""
    every = ((call, one) for call in facts.calls.values() for one in call.missions)
    return [(call, one) for call, one in every if one.unit_city != call.city and one.ending not in _NEVER_OUT]


def pairs(facts: Facts) -> list[Pair]:
    """Unit-hours lent, from the reservation to the end of the order."""
    by_pair: dict[tuple[str, str], list[Mission]] = {}
    for call, mission in loans(facts):
        by_pair.setdefault((mission.unit_city, call.city), []).append(mission)
    return [_pair(facts, *names, missions) for names, missions in sorted(by_pair.items())]


def _pair(facts: Facts, lender: str, borrower: str, missions: list[Mission]) -> Pair:
    known = [one for one in missions if one.reserved_ms is not None]
    spans = [_until(one, facts) - (one.reserved_ms or 0) for one in known]
    return Pair(
        lender=lender,
        borrower=borrower,
        orders=len(missions),
        unit_hours=sum(max(0, span) for span in spans) / 3_600_000,
        not_over=sum(one.over_ms is None for one in known),
        unknown=len(missions) - len(known),
    )


def _until(mission: Mission, facts: Facts) -> int:
    return facts.to_ms if mission.over_ms is None else mission.over_ms


# --- the ledger -----------------------------------------------------------------------------------------


def ledger(facts: Facts, ground: Ground) -> Ledger:
    """Every loan, what it won and what it cost, with what could not be estimated counted."""
    shift = _Shift(facts)
    entries = [_loan(shift, ground, call, mission) for call, mission in loans(facts)]
    entries.sort(key=lambda one: (one.from_ms, one.request))
    won = [one.won_s for one in entries if one.won_s is not None]
    worst: dict[tuple[str, str], float] = {}
    for entry in entries:
        for cost in entry.costs:
            key = (entry.lender, cost.incident)
            worst[key] = max(worst.get(key, 0.0), cost.saved_s)
    lenders = sorted({lender for lender, _incident in worst})
    costs = {lender: [saved for (one, _), saved in worst.items() if one == lender] for lender in lenders}
    return Ledger(
        loans=tuple(entries),
        won_min=sum(won) / 60,
        won_n=len(won),
        lost_by_loan_n=sum(value < 0 for value in won),
        not_estimated=len(entries) - len(won),
        cost_min={lender: sum(values) / 60 for lender, values in costs.items()},
        cost_calls={lender: len(values) for lender, values in costs.items()},
    )


def _loan(shift: "_Shift", ground: Ground, call: Call, mission: Mission) -> Loan:
    facts = shift.facts
    begun, until = mission.begun_ms or facts.from_ms, _until(mission, facts)
    from_ms = begun if mission.reserved_ms is None else mission.reserved_ms
    decided_ms = begun if mission.choice is None else mission.choice.at_ms
    own_s, own_unit, own_by = _best_own(shift, ground, call, mission, decided_ms)
    lent_s, lent_by = _lent(mission, decided_ms)
    costs, away, unknown = _costs(shift, ground, mission, from_ms, until)
    known = own_s is not None and lent_s is not None
    return Loan(
        request=mission.request,
        incident=call.number,
        priority=call.priority_sent,
        unit=mission.unit,
        lender=mission.unit_city,
        borrower=call.city,
        from_ms=from_ms,
        to_ms=until,
        over=mission.over_ms is not None,
        own_s=own_s,
        own_unit=own_unit,
        own_by=own_by,
        lent_s=lent_s,
        lent_by=lent_by,
        won_s=own_s - lent_s if own_s is not None and lent_s is not None else None,
        why_not="" if known else "no_own_unit" if own_s is None else "no_arrival",
        costs=tuple(costs),
        calls_away=away,
        not_estimated=unknown,
    )


def _lent(mission: Mission, decided_ms: int) -> tuple[float | None, Literal["", "actual", "predicted"]]:
    """From the choice to the scene; a unit that is not there yet counts as it was predicted."""
    if mission.on_scene_ms is not None and mission.on_scene_ms >= decided_ms:
        return (mission.on_scene_ms - decided_ms) / 1000, "actual"
    predicted = None if mission.choice is None else mission.choice.option(mission.unit)
    return (float(predicted.eta_s), "predicted") if predicted is not None else (None, "")


def _best_own(
    shift: "_Shift", ground: Ground, call: Call, mission: Mission, at_ms: int
) -> tuple[float | None, str, Literal["", "recommended", "travel_law"]]:
    """The best unit of the call's own city: as recommended then, else from idle bases by the law."""
    choice = mission.choice
    own = [one for one in choice.options if _is_own(one, ground, call)] if choice is not None else []
    if own:
        best = min(own, key=lambda one: one.eta_s)
        return float(best.eta_s), best.what, "recommended"
    found = [
        (seconds, unit)
        for unit in _idle(shift, ground, call.city, at_ms)
        if (seconds := ground.estimate_s(unit, call, at_ms)) is not None
    ]
    return (*min(found), "travel_law") if found else (None, "", "")


def _is_own(option: Option, ground: Ground, call: Call) -> bool:
    unit = ground.units.get(option.what)
    return unit.city == call.city if unit is not None else not option.cross_city


def _idle(shift: "_Shift", ground: Ground, city: str, at_ms: int) -> Iterable[str]:
    """Units of a city that no order held and that had not said to be out of service."""
    held = shift.held_at(at_ms)
    for unit in ground.units.values():
        if unit.city == city and unit.id not in held:
            state = shift.state_at(unit.id, at_ms)
            if not state or state in _FREE or state == UnitState.AT_HOSPITAL.name:
                yield unit.id


def _costs(
    shift: "_Shift", ground: Ground, mission: Mission, from_ms: int, until_ms: int
) -> tuple[list[Cost], int, int]:
    """Calls of the lender while the unit was away: reached earlier by it, all, not estimated."""
    costs, away, unknown = [], 0, 0
    for call in shift.calls_between(mission.unit_city, from_ms, until_ms):
        away += 1
        actual = shift.actual_s(call)
        estimate = None if actual is None else ground.estimate_s(mission.unit, call, call.opened_ms)
        if estimate is None or actual is None:
            unknown += 1
        elif actual > estimate:
            costs.append(
                Cost(
                    incident=call.number,
                    priority=call.priority_sent,
                    estimate_s=estimate,
                    actual_s=actual,
                    saved_s=actual - estimate,
                )
            )
    return costs, away, unknown


class _Shift:
    """The facts in the orders that the ledger looks them up by."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._begun = sorted(
            (one for one in facts.missions.values() if one.begun_ms is not None),
            key=lambda one: one.begun_ms or 0,
        )
        self._calls: dict[str, list[Call]] = {}
        for call in sorted(facts.calls.values(), key=lambda one: one.opened_ms):
            self._calls.setdefault(call.city, []).append(call)
        self.usual_s = {city: self._usual_s(calls) for city, calls in self._calls.items()}

    @staticmethod
    def _usual_s(calls: list[Call]) -> float:
        """The median from call to first order, in one city: what any unit would have had to wait for."""
        waits = [(one.ordered_ms - one.opened_ms) / 1000 for one in calls if one.ordered_ms is not None]
        return max(0.0, quantile(waits, 0.5) or 0.0)

    def calls_between(self, city: str, from_ms: int, until_ms: int) -> list[Call]:
        calls = self._calls.get(city, [])
        first = bisect_left(calls, from_ms, key=lambda one: one.opened_ms)
        return calls[first : bisect_left(calls, until_ms, key=lambda one: one.opened_ms)]

    def actual_s(self, call: Call) -> float | None:
        """From the first order to the scene, and what the call waited for that order beyond the usual."""
        if call.ordered_ms is None or call.on_scene_ms is None or call.on_scene_ms < call.ordered_ms:
            return None
        waited_s = (call.ordered_ms - call.opened_ms) / 1000 - self.usual_s[call.city]
        return (call.on_scene_ms - call.ordered_ms) / 1000 + max(0.0, waited_s)

    def held_at(self, at_ms: int) -> set[str]:
        """Units on an order that began in the day before: none lasts longer."""
        first = bisect_left(self._begun, at_ms - _LONGEST_MS, key=lambda one: one.begun_ms or 0)
        last = bisect_right(self._begun, at_ms, key=lambda one: one.begun_ms or 0)
        return {one.unit for one in self._begun[first:last] if at_ms < _until(one, self.facts)}

    def state_at(self, unit: str, at_ms: int) -> str:
        """What a unit had last said; empty: nothing in these logs."""
        said = self.facts.unit_states.get(unit, [])
        place = bisect_right(said, at_ms, key=lambda one: one[0])
        return said[place - 1][1] if place else ""
