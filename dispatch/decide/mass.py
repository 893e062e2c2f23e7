"""Many hurt at once: which unit for which patients, what stays uncovered, and where they are taken."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import numpy as np

from dispatch.decide.ambulances import Weighing
from dispatch.decide.hospitals import HospitalRequest, rank_hospitals
from dispatch.decide.mass_hospitals import Carried, Spreading
from dispatch.decide.mass_models import (
    MassLender,
    MassPlace,
    MassPlan,
    MassRequest,
    MassTask,
    Receiving,
    Uncovered,
    Unused,
    Waiting,
)
from dispatch.decide.next_task import missing_units
from dispatch.decide.reasons import Reason
from dispatch.decide.rules import DispatchRules
from dispatch.decide.sharing import NOBODY, Sharing, one_by_one, share_out
from dispatch.decide.unit_models import UnitRequest
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.picture.live import Picture


def lately(picture: Picture, city: CityCode | None, rules: DispatchRules, now: datetime) -> list[Incident]:
    """Incidents of the last `window_min` (of one city) that want units, in the order they were opened."""
    since = now - timedelta(minutes=rules.units.mass_casualty.window_min)
    found = [
        one
        for one in picture.open_incidents()
        if one.opened_at >= since and city in (None, one.city) and missing_units(one, rules.units)
    ]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


def places_of(picture: Picture, incidents: Iterable[IncidentId]) -> tuple[MassPlace, ...]:
    """Incidents as places: nobody has triaged, so all patients are of the priority of their incident.

    UnknownName where the picture has no such incident.
    """
    found = []
    for name in incidents:
        incident = picture.incidents.get(name)
        if incident is None:
            raise UnknownName("incident", name)
        patients = [0, 0, 0]
        patients[int(incident.priority) - 1] = max(0, incident.patients - incident.carried)
        found.append(
            MassPlace(
                id=incident.id,
                position=incident.position,
                city=incident.city,
                patients=(patients[0], patients[1], patients[2]),
                needs=incident.needs,
                incident=incident.id,
                sent=len(incident.sent),
            )
        )
    return tuple(found)


def plan_mass(picture: Picture, request: MassRequest, rules: DispatchRules, now: datetime) -> MassPlan:
    """Share all units out among all patients; pure, same picture same answer.

    UnknownName where the city of a place is not one of the picture's.
    """
    return _Planning(picture, request, rules, now).plan()


@dataclass(frozen=True, slots=True)
class _Job:
    """Patients of one urgency at one place that one unit takes."""

    place: MassPlace
    urgency: int
    patients: int
    weighing: Weighing

    @property
    def priority(self) -> Priority:
        return Priority(self.urgency + 1)


class _Planning:
    """One plan: jobs, units, the assignment, and what is said of all of them."""

    def __init__(self, picture: Picture, request: MassRequest, rules: DispatchRules, now: datetime) -> None:
        self.picture, self.request, self.rules, self.now = picture, request, rules, now
        self.cities = tuple(picture.cities)
        self.jobs = [job for place in request.places for job in self._jobs(place)]
        self.rows, self.sharing = self._sharing()
        self.chosen = share_out(self.sharing)
        self.used = {self.rows[unit]: job for job, unit in enumerate(self.chosen) if unit != NOBODY}

    def _jobs(self, place: MassPlace) -> Iterator[_Job]:
        """The patients of a place by unit, the gravest first, without those the units sent before take."""
        waits = place.sent
        for urgency, patients in enumerate(place.patients):
            each = self.rules.units.patients_per_unit[urgency]
            loads = [min(each, patients - start) for start in range(0, patients, each)]
            here, waits = loads[waits:], max(0, waits - len(loads))
            if here:
                weighing = Weighing(self.picture, self._asked(place, urgency), self.rules, self.now)
                yield from (_Job(place, urgency, load, weighing) for load in here)

    def _asked(self, place: MassPlace, urgency: int) -> UnitRequest:
        return UnitRequest(
            position=place.position,
            city=place.city,
            priority=Priority(urgency + 1),
            needs=place.needs,
            incident=place.incident,
        )

    def _sharing(self) -> tuple[list[int], Sharing]:
        """The rows of the fleet that can do something, by unit id, and the problem in numbers."""
        jobs, units = self.jobs, self.rules.units
        count = len(self.picture.fleet)
        weighed = {id(job.weighing): job.weighing for job in jobs}.values()
        spare = np.ones(count, np.bool_)
        for one in weighed:
            spare &= one.seen.free
        able = np.zeros(count, np.bool_)
        for one in weighed:
            able |= one.seen.able & spare
        fleet = self.picture.fleet.units
        rows = sorted(np.flatnonzero(able).tolist(), key=lambda row: fleet[row].id)
        shape = (len(rows), len(jobs))
        columns = [np.where(job.weighing.seen.able[rows], job.weighing.minutes[rows], np.nan) for job in jobs]
        city_of = [self.cities.index(unit.city) for unit in fleet]
        whole = [city_of.count(city) for city in range(len(self.cities))]
        free = [int(spare[np.array(city_of, np.int64) == city].sum()) for city in range(len(self.cities))]
        share = units.lending_reserve
        return rows, Sharing(
            minutes=np.column_stack(columns) if jobs else np.zeros(shape),
            unit_city=np.array([city_of[row] for row in rows], np.int64),
            job_city=np.array([self.cities.index(job.place.city) for job in jobs], np.int64),
            urgency=np.array([job.urgency for job in jobs], np.int64),
            patients=np.array([job.patients for job in jobs], np.int64),
            weight=np.array([units.mass_casualty.weights[job.urgency] for job in jobs], np.int64),
            free=tuple(free),
            reserve=tuple(
                (ceil(share[0] * all_ - 1e-9), ceil(share[1] * all_ - 1e-9), ceil(share[2] * all_ - 1e-9))
                for all_ in whole
            ),
            cap_min=units.lending_cap_min,
            gain_min=units.lending_gain_min,
        )

    def plan(self) -> MassPlan:
        """The whole answer."""
        units, travel, hospitals = self.rules.units, self.rules.travel, self.rules.hospitals
        goes, receiving = self._destinations()
        given = list(range(len(self.jobs)))
        graver = sorted(given, key=lambda job: self.jobs[job].urgency)
        return MassPlan(
            as_of=self.now,
            edition=f"units {units.edition}; travel {travel.edition}; hospitals {hospitals.edition}",
            request=self.request,
            tasks=tuple(self._task(job, goes[job]) for job in graver if self.chosen[job] != NOBODY),
            uncovered=tuple(self._uncovered(goes)),
            unused=tuple(self._unused(row) for row in self._by_id() if row not in self.used),
            lenders=tuple(self._lenders()),
            receiving=receiving,
            optimal=self._waiting(self.chosen),
            in_triage_order=self._waiting(one_by_one(self.sharing, graver)),
            in_order_given=self._waiting(one_by_one(self.sharing, given)),
            advice=tuple(self._advice()),
        )

    # --- who goes, and to which hospital

    def _task(self, number: int, hospital: HospitalId | None) -> MassTask:
        job, row = self.jobs[number], self.rows[self.chosen[number]]
        unit = self.picture.fleet.units[row]
        return MassTask(
            unit=unit.id,
            city=unit.city,
            place=job.place.id,
            priority=job.priority,
            patients=job.patients,
            eta=job.weighing.eta(row),
            cross_city=unit.city != job.place.city,
            hospital=hospital,
        )

    def _destinations(self) -> tuple[list[HospitalId | None], tuple[Receiving, ...]]:
        rules = self.rules.hospitals
        spreading = Spreading(self.rules.units.mass_casualty.per_hospital, rules.slack_min)
        rankings = {
            id(job.weighing): rank_hospitals(self.picture, self._patient(job), self.rules, self.now)
            for job in {id(job.weighing): job for job in self.jobs}.values()
        }
        goes: list[HospitalId | None] = [None] * len(self.jobs)
        for number in sorted(range(len(self.jobs)), key=lambda each: self.jobs[each].urgency):
            job = self.jobs[number]
            goes[number] = spreading.deal(Carried(job.urgency, job.patients, rankings[id(job.weighing)]))
        return goes, spreading.receiving()

    def _patient(self, job: _Job) -> HospitalRequest:
        place = job.place
        return HospitalRequest(
            position=place.position, city=place.city, priority=job.priority, needs=place.needs
        )

    # --- what is left, and why

    def _uncovered(self, goes: Sequence[HospitalId | None]) -> Iterator[Uncovered]:
        """Alike patients are told as one, the gravest first."""
        groups: dict[tuple[int, str], list[int]] = {}
        for number, job in enumerate(self.jobs):
            if self.chosen[number] == NOBODY:
                groups.setdefault((job.urgency, job.place.id), []).append(number)
        for _key, numbers in sorted(groups.items(), key=lambda one: one[0][0]):
            job = self.jobs[numbers[0]]
            patients = sum(self.jobs[number].patients for number in numbers)
            reasons = tuple(self._why_uncovered(numbers[0]))
            yield Uncovered(job.place.id, job.priority, patients, goes[numbers[0]], reasons)

    def _why_uncovered(self, number: int) -> Iterator[Reason]:
        minutes = self.sharing.minutes[:, number]
        able = np.flatnonzero(np.isfinite(minutes))
        unused = [unit for unit in able.tolist() if self.rows[unit] not in self.used]
        if not able.size:
            yield Reason(code="mass_none_free")
        elif not unused:
            yield Reason(code="mass_all_used", facts={"units": int(able.size)})
        for city, code in enumerate(self.cities):
            here = [unit for unit in unused if self.sharing.unit_city[unit] == city]
            near = [unit for unit in here if self.sharing.within_cap[unit, number]]
            if near:
                yield self._why_kept(city, number)
            elif here:
                cap = self.sharing.cap_min[self.jobs[number].urgency]
                eta = float(minutes[here].min())
                yield Reason(
                    code="mass_over_cap",
                    facts={"lender": code, "units": len(here), "eta_min": eta, "cap_min": cap},
                )

    def _why_kept(self, city: int, number: int) -> Reason:
        """Why a city's unused unit is not lent to a job that it could do: what the city keeps."""
        lent = [self.jobs[job].urgency for job, unit in self._loans() if self.sharing.unit_city[unit] == city]
        urgency = min([*lent, self.jobs[number].urgency], key=lambda each: self.sharing.spare(city, each))
        own = (self.sharing.job_city == city) & (self.sharing.urgency <= urgency)
        return Reason(
            code="mass_reserve",
            facts={
                "lender": self.cities[city],
                "free": self.sharing.free[city],
                "fleet": self._fleet(city),
                "lent": len(lent),
                "own": int(own.sum()),
                "reserve": self.sharing.reserve[city][urgency],
                "priority": urgency + 1,
            },
        )

    def _unused(self, row: int) -> Unused:
        unit = self.picture.fleet.units[row]
        return Unused(unit.id, unit.city, self._why_unused(row))

    def _why_unused(self, row: int) -> tuple[Reason, ...]:
        if row not in self.rows:
            why = (job.weighing.seen.why_not(row) for job in self.jobs)
            return next((reasons for reasons in why if reasons), (Reason(code="mass_not_needed"),))
        unit = self.rows.index(row)
        minutes = self.sharing.minutes[unit]
        could = self.sharing.within_cap[unit]
        if not could.any():
            soonest = int(np.nanargmin(minutes))
            cap = self.sharing.cap_min[self.jobs[soonest].urgency]
            facts = {"eta_min": float(minutes[soonest]), "cap_min": cap}
            return (Reason(code="mass_all_far", facts=dict(facts)),)
        open_ = [job for job in np.flatnonzero(could).tolist() if self.chosen[job] == NOBODY]
        if open_:
            return (self._why_kept(int(self.sharing.unit_city[unit]), open_[0]),)
        return (Reason(code="mass_not_needed"),)

    # --- what the cities keep, and how long patients wait

    def _loans(self) -> list[tuple[int, int]]:
        return [
            (job, unit)
            for job, unit in enumerate(self.chosen)
            if unit != NOBODY and self.sharing.loan[unit, job]
        ]

    def _lenders(self) -> Iterator[MassLender]:
        for city, code in enumerate(self.cities):
            lent = [self.jobs[job].urgency for job, u in self._loans() if self.sharing.unit_city[u] == city]
            if lent:
                urgency = min(lent, key=lambda each: self.sharing.spare(city, each))
                reserve, free = self.sharing.reserve[city][urgency], self.sharing.free[city]
                own = (self.sharing.job_city == city) & (self.sharing.urgency <= urgency)
                yield MassLender(code, len(lent), int(own.sum()), free, self._fleet(city), reserve)

    def _fleet(self, city: int) -> int:
        return sum(unit.city == self.cities[city] for unit in self.picture.fleet.units)

    def _waiting(self, chosen: Sequence[int]) -> tuple[Waiting, ...]:
        found = []
        for urgency in sorted({job.urgency for job in self.jobs}):
            numbers = [number for number, job in enumerate(self.jobs) if job.urgency == urgency]
            waits = [
                float(self.sharing.minutes[chosen[number], number])
                for number in numbers
                if chosen[number] != NOBODY
                for _patient in range(self.jobs[number].patients)
            ]
            patients = sum(self.jobs[number].patients for number in numbers)
            mean = sum(waits) / len(waits) if waits else None
            found.append(Waiting(Priority(urgency + 1), patients, len(waits), mean, max(waits, default=None)))
        return tuple(found)

    def _by_id(self) -> list[int]:
        units = self.picture.fleet.units
        return sorted(range(len(units)), key=lambda row: units[row].id)

    def _advice(self) -> Iterator[Reason]:
        patients = sum(sum(place.patients) for place in self.request.places)
        needed = self.rules.units.mass_casualty_patients
        if patients < needed:
            yield Reason(code="mass_small", facts={"patients": patients, "needed": needed})
        else:
            yield Reason(code="mass_casualty", facts={"patients": patients})
        said = {reason.code: reason for job in self.jobs for reason in self._doubts(job.weighing)}
        yield from said.values()

    def _doubts(self, weighing: Weighing) -> list[Reason]:
        far = [weighing.far] if weighing.far is not None else []
        return [*far, *weighing.drive.notes]
