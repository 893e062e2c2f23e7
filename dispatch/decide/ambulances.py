"""Which unit to send: feasible, then least ETA, lending only within bounds, cover for lower priorities."""

from datetime import datetime
from math import ceil

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.coverage import LenderKeeps, bare_stations, coverage_loss, stations
from dispatch.decide.lazily import Lazily
from dispatch.decide.lending import Lending, judge
from dispatch.decide.reasons import Fact, Reason
from dispatch.decide.region import far_outside
from dispatch.decide.rules import DispatchRules
from dispatch.decide.survey import Survey, out_of_sight, survey
from dispatch.decide.travel import (
    Drive,
    Eta,
    Floats,
    Range,
    columns,
    pace,
    total_eta,
    travel_minutes,
)
from dispatch.decide.unit_models import (
    LEVEL_MIN,
    Nearer,
    UnitCandidate,
    UnitExclusion,
    UnitRanking,
    UnitRequest,
)
from dispatch.domain.geography import Bridge
from dispatch.domain.units import UnitState
from dispatch.picture.live import Picture


def rank_units(picture: Picture, request: UnitRequest, rules: DispatchRules, now: datetime) -> UnitRanking:
    """Rank every unit of every city for one request; pure, same picture same answer.

    UnknownName where the request's city is not one of the picture's.
    """
    return Weighing(picture, request, rules, now).result()


class Weighing:
    """The arrays of one ranking; results are made from them when somebody looks.

    `minutes` until every unit (row of the fleet) is there, `order` the rows that may be sent, best first.
    """

    def __init__(self, picture: Picture, request: UnitRequest, rules: DispatchRules, now: datetime) -> None:
        picture.city(request.city)
        self.request, self.rules, self.now = request, rules, now
        self.urgency = int(request.priority) - 1
        self.bridges: tuple[Bridge, ...] = picture.bridges
        self.stations = {
            city: columns(site.position for site in stations(picture, city)) for city in picture.cities
        }
        self.seen: Survey = survey(picture, request.needs, request.incident, rules.units, now)
        self.drive: Drive = travel_minutes(
            picture.bridges,
            rules.travel,
            self.seen.lat,
            self.seen.lon,
            request.position,
            now,
            blue_light=rules.units.blue_light[self.urgency],
            beyond=rules.beyond,
        )
        self.minutes = self.drive.minutes + self._turnout() + self._acceptance()
        self.advised = ceil(request.patients / rules.units.patients_per_unit[self.urgency])
        sent = len(self.seen.assigned) if request.sent is None else request.sent
        wanted = max(1, self.advised - sent)
        self.lending: Lending = judge(
            self.seen, self.minutes, request.city, rules.units, self.urgency, wanted
        )
        self.far: Reason | None = far_outside(picture, request.position, rules.travel)
        self.order = self._order(picture)
        left_out = np.ones(len(self.seen.units), np.bool_)
        left_out[self.order] = False
        self.left_out = self._by(self.drive.straight_km, np.flatnonzero(left_out))
        self.least = float(self.minutes[self.order].min()) if self.order.size else np.nan

    def result(self) -> UnitRanking:
        units, travel = self.rules.units.edition, self.rules.travel.edition
        return UnitRanking(
            as_of=self.now,
            edition=f"units {units}; travel {travel}",
            request=self.request,
            candidates=Lazily(len(self.order), self._candidate),
            excluded=Lazily(len(self.left_out), lambda i: self._exclusion(int(self.left_out[i]))),
            why_not_nearer=tuple(self._nearer(row) for row in self._rows_to_explain()),
            units_advised=self.advised,
            advice=tuple(self._advice(self.advised)),
        )

    def verdict(self, row: int) -> UnitCandidate | UnitExclusion:
        """What the ranking says of one unit, by its row."""
        place = np.flatnonzero(self.order == row)
        return self._candidate(int(place[0])) if place.size else self._exclusion(row)

    # --- minutes of every unit

    def _turnout(self) -> Floats:
        turnout = self.rules.units.turnout
        at_station = self.seen.state == UnitState.AVAILABLE_AT_STATION
        return np.where(at_station, turnout.at_station.p50, turnout.on_road.p50)

    def _acceptance(self) -> Floats:
        asking = self.request.city
        per_city = [
            0.0 if city == asking else self.rules.units.acceptance(asking, city).p50
            for city in self.seen.cities
        ]
        return np.array(per_city)[self.seen.city]

    # --- order

    def _order(self, picture: Picture) -> NDArray[np.int64]:
        rows = self._by(self.minutes, np.flatnonzero(self.lending.allowed))
        slack = self.rules.units.slack_min[self.urgency]
        if not rows.size or slack == 0:
            return rows
        best, target = self.minutes[rows[0]], self.rules.units.target_min[self.urgency]
        latest = min(best + slack, target) if best <= target else best + slack
        inside = int(np.searchsorted(self.minutes[rows], latest, side="right"))
        window = rows[:inside]
        loss = coverage_loss(picture, self.seen, window, self.rules, self.now)
        keep = np.argsort(np.round(loss, 9), kind="stable")
        return np.concatenate((window[keep], rows[inside:]))

    def _by(self, values: Floats, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows by value, unknown last, ties by unit id."""
        key = np.where(np.isnan(values[rows]), np.inf, values[rows])
        by_value = np.argsort(key)
        rows, key = rows[by_value], key[by_value]
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))[: len(rows)])
        ends = np.append(starts[1:], len(rows))
        for run in np.flatnonzero(ends - starts > 1):
            tied = slice(starts[run], ends[run])
            rows[tied] = sorted(rows[tied].tolist(), key=lambda row: self.seen.units[row].id)
        return rows

    # --- results

    def _candidate(self, index: int) -> UnitCandidate:
        row = int(self.order[index])
        unit = self.seen.units[row]
        cross = unit.city != self.request.city
        return UnitCandidate(
            rank=index + 1,
            unit=unit.id,
            city=unit.city,
            station=unit.station,
            eta=self.eta(row),
            distance_km=float(self.drive.straight_km[row]),
            position_age_s=float(self.seen.age_s[row]),
            cross_city=cross,
            lender=self._keeps(row) if cross else None,
            reasons=tuple(self._reasons(row, index)),
        )

    def eta(self, row: int) -> Eta:
        """Until one unit is there, as a range with its parts."""
        rules, unit = self.rules.units, self.seen.units[row]
        at_station = self.seen.state[row] == UnitState.AVAILABLE_AT_STATION
        turnout = rules.turnout.at_station if at_station else rules.turnout.on_road
        parts = {
            "turnout": Range(turnout.p10, turnout.p50, turnout.p90),
            "travel": self.drive.range(row),
        }
        if unit.city != self.request.city:
            wait = rules.acceptance(self.request.city, unit.city)
            parts["acceptance"] = Range(wait.p10, wait.p50, wait.p90)
        return total_eta(
            parts,
            self.drive.method(row),
            later_min=self._hidden(row),
            learned_factor=float(self.drive.learned[row]),
        )

    def _hidden(self, row: int) -> float:
        """Minutes that an old position may hide: the way it may have gone since, to be driven back."""
        speed = float(self.seen.speed_kmh[row])
        if np.isnan(speed):
            parked = self.seen.state[row] == UnitState.AVAILABLE_AT_STATION
            speed = 0.0 if parked else self.rules.units.assumed_speed_kmh
        speed = min(max(speed, 0.0), self.rules.units.fastest_kmh)  # whatever a terminal claims
        light = self.rules.units.blue_light[self.urgency]
        away_km = speed * float(self.seen.age_s[row]) / 3600
        return (
            away_km / self.rules.travel.cruise_kmh * 60 * pace(self.rules.travel, self.now, blue_light=light)
        )

    def _reasons(self, row: int, index: int) -> list[Reason]:
        later = float(self.minutes[row]) - self.least
        found = []
        if later <= 0:
            found.append(Reason(code="fastest"))
        elif index == 0:
            slack = self.rules.units.slack_min[self.urgency]
            found.append(Reason(code="keeps_cover", facts={"slack_min": slack}))
        elif later < LEVEL_MIN:
            found.append(Reason(code="level"))
        else:
            found.append(Reason(code="slower", facts={"later_min": later}))
        if self.seen.units[row].city != self.request.city:
            found.append(self.lending.why_lent(row))
        if (bridge := int(self.drive.bridge[row])) >= 0:
            found.append(Reason(code="via_bridge", facts={"bridge": self.bridges[bridge].id}))
        found.extend(self.drive.reasons(row))
        age = int(self.seen.age_s[row])
        if age > self.rules.units.stale_age_s:
            found.append(Reason(code="position_old", facts={"age_s": age}))
        elif age > self.rules.units.warn_age_s:
            found.append(Reason(code="position_ageing", facts={"age_s": age}))
        return found

    def _keeps(self, row: int) -> LenderKeeps:
        city = self.seen.units[row].city
        lat, lon = self.stations[city]
        loan = self.lending.loans[city]
        bare = bare_stations(self.seen, row, lat, lon, self.rules.units.coverage.bare_station_km)
        return LenderKeeps(city, loan.free - 1, loan.fleet, loan.reserve, bare, len(lat))

    def _exclusion(self, row: int) -> UnitExclusion:
        unit = self.seen.units[row]
        able = bool(self.seen.able[row])
        reasons = self.lending.why_not(row) if able else self.seen.why_not(row)
        minutes = float(self.minutes[row]) if able else None
        return UnitExclusion(unit.id, unit.city, reasons, _known(self.drive.straight_km[row]), minutes)

    def _rows_to_explain(self) -> list[int]:
        """The units nearest in a straight line that are not rank 1, and the fastest where it is not."""
        km, limit = self.drive.straight_km, self.rules.units.explain_nearer
        bound = km[self.order[0]] if self.order.size else np.inf
        nearer = [int(row) for row in self._by(km, np.flatnonzero(km < bound))[:limit]]
        if self.order.size:
            fastest = int(self.order[int(np.argmin(self.minutes[self.order]))])
            if fastest not in (int(self.order[0]), *nearer):
                nearer.append(fastest)
        return nearer

    def _nearer(self, row: int) -> Nearer:
        unit, km = self.seen.units[row], float(self.drive.straight_km[row])
        if not self.lending.allowed[row]:
            left_out = self._exclusion(row)
            return Nearer(unit.id, unit.city, km, left_out.minutes, left_out.reasons)
        later = float(self.minutes[row] - self.minutes[self.order[0]])
        if later > 0:
            reason = Reason(code="nearer_but_later", facts={"later_min": later})
        else:
            reason = Reason(code="sooner_less_cover", facts={"sooner_min": -later})
        return Nearer(unit.id, unit.city, km, float(self.minutes[row]), (reason,))

    def _advice(self, advised: int) -> list[Reason]:
        patients, found = self.request.patients, list[Reason]()
        if self.far is not None:
            found.append(self.far)
        found.extend(self.drive.notes)
        if not self.order.size:
            found.append(Reason(code="no_unit"))
        elif not self.lending.own_able:
            found.append(Reason(code="no_own_unit", facts={"city": self.request.city}))
        if advised > 1:
            found.append(Reason(code="units_advised", facts={"patients": patients, "units": advised}))
        if patients >= self.rules.units.mass_casualty_patients:
            found.append(Reason(code="mass_casualty", facts={"patients": patients}))
        for index, view in enumerate(self.seen.sight):
            unseen = int(((self.seen.city == index) & ~self.seen.seen).sum())
            if unseen:
                reason = out_of_sight(view, "_left_out")
                count: dict[str, Fact] = {"count": unseen}
                found.append(Reason(code=reason.code, facts=reason.facts | count))
        return found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


__all__ = [
    "LenderKeeps",
    "Nearer",
    "UnitCandidate",
    "UnitExclusion",
    "UnitRanking",
    "UnitRequest",
    "Weighing",
    "rank_units",
]
