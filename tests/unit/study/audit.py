"""A finished run judged from its trips alone: what could not have been, and which loans broke a bound."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, isnan

import numpy as np

from dispatch.decide.rules import DispatchRules
from simulators.study.geography import Geography, Pace
from simulators.study.model import StudyCall, StudyUnit, Trip
from tests.unit.decide.decide_world import DISPATCH_RULES

SAME_MIN = 1e-7


def impossible(calls: Sequence[StudyCall], units: Sequence[StudyUnit], trips: Sequence[Trip]) -> list[str]:
    """One outcome a call, stamps in order, no unit at two places."""
    found = []
    if [trip.call for trip in trips] != list(range(len(calls))):
        found.append("calls and outcomes differ")
    by_unit: dict[int, list[Trip]] = {}
    for trip in trips:
        if trip.unit < 0:
            found.append(f"call {trip.call} was never served")
            continue
        by_unit.setdefault(trip.unit, []).append(trip)
        stamps = [calls[trip.call].at_min, trip.dispatched, trip.departed, trip.arrived, trip.left_scene]
        stamps += [] if isnan(trip.at_hospital) else [trip.at_hospital]
        stamps.append(trip.free)
        if any(later < earlier for earlier, later in pairwise(stamps)):
            found.append(f"call {trip.call}: stamps out of order")
    for unit, own in by_unit.items():
        own.sort(key=lambda trip: trip.dispatched)
        for before, after in pairwise(own):
            if after.dispatched < before.free:
                found.append(f"{units[unit].id} was at two places")
    return found


def little(calls: Sequence[StudyCall], trips: Sequence[Trip], since: float, until: float) -> float:
    """Relative gap of Little's law: mean number in the system by a sweep, against rate x mean stay."""
    steps = [(calls[t.call].at_min, 1) for t in trips] + [(t.free, -1) for t in trips]
    inside, last, area = 0, since, 0.0
    for moment, change in sorted(steps):
        clipped = min(max(moment, since), until)
        area += inside * (clipped - last)
        inside, last = inside + change, clipped
    stays = [t.free - calls[t.call].at_min for t in trips if since <= calls[t.call].at_min < until]
    return abs(area / (until - since) / (len(stays) / (until - since) * float(np.mean(stays))) - 1)


def fastest_kmh(
    geography: Geography, rules: DispatchRules, run_calls: Sequence[StudyCall], trips: Sequence[Trip]
) -> float:
    """The greatest road speed of a drive from a base that a unit had reached (straight x detour)."""
    best, home = 0.0, dict[int, float]()
    for trip in sorted(trips, key=lambda trip: trip.step):
        unit = geography.units[trip.unit]
        if home.get(trip.unit, -1.0) <= trip.dispatched and trip.origin_min > 0:
            km = float(geography.km[unit.base, run_calls[trip.call].node]) * rules.travel.detour
            best = max(best, km / trip.origin_min * 60)
        home[trip.unit] = trip.free + 24 * 60
    return best


class Bounds:
    """Every loan of a run against cap, reserve and gain, and every choice against the slack."""

    def __init__(
        self, geography: Geography, calls: Sequence[StudyCall], trips: Sequence[Trip], where: object
    ) -> None:
        self.rules, self.geography, self.calls = DISPATCH_RULES, geography, calls
        self.trips = sorted((t for t in trips if t.unit >= 0), key=lambda t: t.step)
        self._pace = Pace(self.rules)
        self.loans = self.pulled_loans = 0

    def violations(self) -> list[str]:
        """Replays the dispatches in order, with its own idea of who is free and where."""
        rules, units = self.rules.units, self.geography.units
        fleet = np.bincount([u.city for u in units])
        ends: list[tuple[float, float, int] | None] = [None] * len(units)  # free, home, last node
        found = []
        for trip in self.trips:
            now, call, sent = trip.dispatched, self.calls[trip.call], units[trip.unit]
            free = [n for n, end in enumerate(ends) if end is None or end[0] <= now]
            minutes = {n: self._eta(n, ends[n], call, now) for n in free}
            level = call.priority - 1
            own = [minutes[n] for n in free if units[n].city == call.city]
            if sent.city != call.city:
                self.loans += 1
                self.pulled_loans += trip.pulled
                left = sum(units[n].city == sent.city for n in free) - 1
                if left < ceil(rules.lending_reserve[level] * fleet[sent.city] - 1e-9):
                    found.append(f"{call.id}: reserve")
                if minutes[trip.unit] > rules.lending_cap_min[level] + SAME_MIN:
                    found.append(f"{call.id}: cap")
                if own and min(own) - minutes[trip.unit] < rules.lending_gain_min[level] - SAME_MIN:
                    found.append(f"{call.id}: gain")
            if own and minutes[trip.unit] > min(own) + rules.slack_min[level] + SAME_MIN:
                found.append(f"{call.id}: slack")
            self._send(trip, ends)
        return found

    def _send(self, trip: Trip, ends: list[tuple[float, float, int] | None]) -> None:
        call, unit = self.calls[trip.call], self.geography.units[trip.unit]
        last = call.node if call.hospital is None else call.hospital
        km = float(self.geography.km[last, unit.base])
        home = trip.free + self._law(km) * self._pace.plain(trip.free)
        ends[trip.unit] = (trip.free, home, last)

    def _law(self, km: float) -> float:
        travel = self.rules.travel
        road, d0 = km * travel.detour, travel.crossover_km
        return (2 * (d0 * road) ** 0.5 if road <= d0 else d0 + road) * 60 / travel.cruise_kmh

    def _eta(self, unit: int, end: tuple[float, float, int] | None, call: StudyCall, now: float) -> float:
        rules, at = self.rules.units, self.geography.units[unit]
        node, turnout = at.base, rules.turnout.at_station.p50
        if end is not None and now < end[1]:
            part = (int((now - end[0]) / (end[1] - end[0]) * 64) + 0.5) / 64
            lat = self.geography.lat[end[2]] + part * (
                self.geography.lat[at.base] - self.geography.lat[end[2]]
            )
            lon = self.geography.lon[end[2]] + part * (
                self.geography.lon[at.base] - self.geography.lon[end[2]]
            )
            flat = np.cos(np.radians(self.geography.lat.mean()))
            away = ((self.geography.lon - lon) * flat) ** 2 + (self.geography.lat - lat) ** 2
            node, turnout = int(np.argmin(away)), rules.turnout.on_road.p50
        drive = self._law(float(self.geography.km[node, call.node])) * self._pace.of(now, call.priority)
        accept = rules.acceptance_min.p50 if at.city != call.city else 0.0
        return drive + turnout + accept
