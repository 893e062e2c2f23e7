"""Everything an operator can do, without a screen: record the intent, tell the city, record the outcome.

The console, the headless drill and tests act through this one class. A write to the audit log that
fails stops the action it belongs to: AuditUnavailable leaves the caller with nothing sent.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone

from dispatch.audit.log import AuditLog
from dispatch.clock import Clock
from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking, rank_blood
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest, rank_hospitals
from dispatch.decide.record import record
from dispatch.desk_records import blood_request, incident_detail, incident_record, unit_order
from dispatch.domain.alarms import AlarmId
from dispatch.domain.datum import to_wgs84
from dispatch.domain.errors import DispatchError, MissingField, UnknownName
from dispatch.domain.geography import CityCode, Datum, Position, great_circle_km
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, UnitId
from dispatch.feed import payloads
from dispatch.feed.link import LinkState
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.quarantine import Quarantine
from dispatch.language import _, current
from dispatch.picture.cities import Sight
from dispatch.picture.find import Found, find
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.text import safe_text

CHINA = timezone(timedelta(hours=8))
ANSWER_WITHIN_S = 10.0
TOLD_FOR_S = 60.0
OFFERED = 5
"""How many of the best candidates a row of the audit log names; the others are counted."""
FIRST_NUMBER = 9001
"""Incidents opened at a console count from here; a city's own count from 0001, so they never meet."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An order on its way: for which incident, sent when (the clock's steady seconds)."""

    incident: IncidentId
    at_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action, in a sentence of the language in use."""

    ok: bool
    message: str


class Desk:
    """One operator's desk in one city, looking at all of them."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        picture: Picture,
        clock: Clock,
        audit: AuditLog,
        outbox: Outbox,
        links: Mapping[CityCode, LinkState],
        quarantine: Quarantine,
        drill: bool,
        incidents_opened: int = 0,
    ) -> None:
        """`incidents_opened`: how many the audit log says this console opened today already."""
        self.configuration = configuration
        self.picture = picture
        self.clock = clock
        self.audit = audit
        self.links = links
        self.quarantine = quarantine
        self.operator = configuration.settings.operator
        self.home_city = configuration.settings.home_city
        self.drill = drill
        self._outbox = outbox
        self._opened = incidents_opened
        self._requests = 0
        self._told: dict[UnitId, _Told] = {}

    # --- looking -------------------------------------------------------------------------------

    def find(self, query: str, limit: int = 20, kinds: frozenset[str] | None = None) -> list[Found]:
        """Units, incidents, hospitals, banks and sites by number, name or pinyin, best first."""
        return find(self.picture, query, limit, kinds)

    def incident(self, incident_id: str) -> Incident:
        """An incident of the picture; UnknownName when there is none."""
        try:
            return self.picture.incidents[IncidentId(incident_id)]
        except KeyError:
            raise UnknownName(_("incident"), incident_id) from None

    def rank_units(self, incident_id: str) -> UnitRanking:
        """Every unit of every city for one incident: ranked, or left out with its reasons."""
        incident = self.incident(incident_id)
        request = UnitRequest(
            position=incident.position,
            city=incident.city,
            priority=incident.priority,
            patients=incident.patients,
            needs=incident.needs,
            incident=incident.id,
        )
        rules = self.configuration.dispatch_rules
        return rank_units(self.picture, request, rules, self.clock.now())

    def rank_hospitals(self, incident_id: str) -> HospitalRanking:
        """Every hospital for the patients of one incident."""
        incident = self.incident(incident_id)
        request = HospitalRequest(
            position=incident.position,
            city=incident.city,
            needs=incident.needs,
            priority=incident.priority,
        )
        rules = self.configuration.dispatch_rules
        return rank_hospitals(self.picture, request, rules, self.clock.now())

    def rank_blood(self, need: BloodNeed) -> BloodRanking:
        """Every bank for one need of blood."""
        return rank_blood(self.picture, need, self.configuration.blood_rules, self.clock.now())

    def city_at(self, position: Position) -> CityCode:
        """The city whose district holds a point, or the city with the nearest centre outside all."""
        inside = self.configuration.city_of(position)
        if inside is not None:
            return inside
        cities = self.picture.cities.values()
        return min(cities, key=lambda city: great_circle_km(city.centre, position)).code

    # --- acting --------------------------------------------------------------------------------

    async def open_incident(
        self,
        position: Position,
        datum: Datum,
        place: str,
        priority: Priority,
        patients: int = 1,
        needs: frozenset[Capability] = frozenset(),
        chief_complaint: str = "",
    ) -> IncidentId:
        """Open an incident; it stands on this console at once, and its city is told.

        `position` holds the numbers as given and `datum` says what they are in. An incident whose
        city does not answer stays open here: the audit log and the result line say so.
        """
        lat, lon = to_wgs84(position.lat, position.lon, datum)
        where = Position(lat=lat, lon=lon)
        city = self.city_at(where)
        incident = Incident(
            id=self._next_number(city),
            city=city,
            position=where,
            place=safe_text(place) or f"{lat:.5f}, {lon:.5f}",
            priority=priority,
            patients=patients,
            needs=needs,
            chief_complaint=safe_text(chief_complaint),
            opened_at=self.clock.now(),
            drill=self.drill,
        )
        await self._record("incident.opened", incident.id, incident_detail(incident, datum))
        self.picture.incidents[incident.id] = incident
        self.picture.changes.mark("incident", incident.id)
        order = payloads.IncidentOpen(incident=incident_record(incident))
        await self._tell(city, "incident.open", order, "incident.told", incident.id)
        return incident.id

    async def choose_unit(
        self, incident_id: str, unit_id: str, ranking: UnitRanking, override_reason: str | None = None
    ) -> Outcome:
        """Record which unit is sent and why, then tell it. Anything but rank 1 needs a reason.

        MissingField without that reason; a unit that can no longer be sent gives an Outcome that is
        not ok, with nothing sent.
        """
        incident = self.incident(incident_id)
        unit = UnitId(unit_id)
        rank = next((c.rank for c in ranking.candidates if c.unit == unit), 0)
        _demand_reason(rank, override_reason)
        refusal = self._cannot_send(unit)
        if refusal is not None:
            return Outcome(ok=False, message=refusal)
        self._told[unit] = _Told(incident.id, self.clock.monotonic())
        sent = False
        try:
            await self._record("unit.recommended", incident.id, record(ranking, OFFERED))
            chosen = {"unit": unit, "rank": rank, "override_reason": safe_text(override_reason or "")}
            await self._record("unit.chosen", incident.id, chosen)
            sent = True
            order = unit_order(incident, unit)
            result = await self._tell(
                self._unit_city(unit), "unit.dispatch", order, "unit.told", incident.id, {"unit": unit}
            )
        finally:
            if not sent:
                del self._told[unit]
        if result.answered and not result.accepted:
            del self._told[unit]
        return _outcome(result, _("{unit} sent to {incident}", unit=unit, incident=incident.id))

    async def choose_hospital(
        self,
        incident_id: str,
        unit_id: str,
        hospital_id: str,
        ranking: HospitalRanking,
        override_reason: str | None = None,
    ) -> Outcome:
        """Record where a unit takes its patients and why, then tell it. Not rank 1: needs a reason."""
        incident, unit, hospital = self.incident(incident_id), UnitId(unit_id), HospitalId(hospital_id)
        if hospital not in self.picture.hospitals:
            raise UnknownName(_("hospital"), hospital_id)
        rank = next((c.rank for c in ranking.candidates if c.hospital == hospital), 0)
        _demand_reason(rank, override_reason)
        city = self._unit_city(unit)
        if not self._on_incident(unit, incident.id):
            problem = _("{unit} is not on {incident}: send it first", unit=unit, incident=incident.id)
            return Outcome(ok=False, message=problem)
        await self._record("hospital.recommended", incident.id, record(ranking, OFFERED))
        chosen = {"hospital": hospital, "unit": unit, "rank": rank}
        reason = {"override_reason": safe_text(override_reason or "")}
        await self._record("hospital.chosen", incident.id, chosen | reason)
        order = unit_order(incident, unit, hospital)
        about = {"unit": unit, "hospital": hospital}
        result = await self._tell(city, "unit.dispatch", order, "unit.told", incident.id, about)
        name = self.picture.hospitals[hospital].name
        return _outcome(
            result, _("{unit} takes its patients to {hospital}", unit=unit, hospital=self._said(name))
        )

    async def choose_bank(
        self, need: BloodNeed, plan: BankPlan, ranking: BloodRanking, override_reason: str | None = None
    ) -> Outcome:
        """Record which bank is asked for blood and why, then ask it. Not rank 1: needs a reason."""
        _demand_reason(plan.rank, override_reason)
        if need.hospital is None:
            raise MissingField(_("hospital"), _("a bank sends blood to a hospital only"))
        request = self._next_request()
        await self._record("blood.recommended", request, record(ranking, OFFERED))
        chosen = {"bank": plan.bank, "rank": plan.rank, "quantity": plan.quantity}
        reason = {"override_reason": safe_text(override_reason or "")}
        await self._record("blood.chosen", request, chosen | reason)
        order = blood_request(request, need, need.hospital, plan)
        result = await self._tell(plan.city, "blood.request", order, "blood.told", request)
        bank = self._said(self.picture.banks[plan.bank].name)
        return _outcome(result, _("{bank} has taken on {request}", bank=bank, request=request))

    async def acknowledge(self, alarm_id: AlarmId) -> Outcome:
        """Somebody at this desk has seen an alarm."""
        await self._record("alarm.acknowledged", alarm_id, {})
        seen = self.picture.alarms.acknowledge(alarm_id)
        self.picture.changes.mark("alarm", alarm_id)
        return Outcome(seen, _("acknowledged") if seen else _("this alarm is acknowledged already"))

    def note_fault(self, where: str, error: str) -> None:
        """Write a fault of the console itself into the audit log; never raises."""
        with contextlib.suppress(DispatchError):
            detail = {"error": safe_text(error)}
            self.audit.append_soon("console.fault", actor=self.operator, target=where, detail=detail)

    # --- within --------------------------------------------------------------------------------

    def _next_number(self, city: CityCode) -> IncidentId:
        day = self.clock.now().astimezone(CHINA)
        number = IncidentId(f"{self.picture.city(city).prefix}-{day:%m%d}-{FIRST_NUMBER + self._opened}")
        self._opened += 1
        return number

    def _next_request(self) -> str:
        """Numbers of blood requests: unique by console and moment, speakable in their last part."""
        now = self.clock.now().astimezone(CHINA)
        prefix = self.picture.city(self.home_city).prefix
        self._requests += 1
        return f"{prefix}-B-{now:%m%d-%H%M%S}-{self._requests}"

    def _cannot_send(self, unit: UnitId) -> str | None:
        """Why a unit cannot be sent at this moment, whatever the ranking said; None when it can."""
        if unit not in self.picture.fleet:
            raise UnknownName(_("unit"), unit)
        if (told := self._still_told(unit)) is not None:
            return _("{unit} was told to go to {incident} a moment ago", unit=unit, incident=told.incident)
        view = self.picture.fleet.view(unit)
        city = self.picture.sight[view.unit.city]
        name = self._said(self.picture.city(view.unit.city).name)
        if city.sight is not Sight.LIVE:
            return _("{city} cannot be reached: arrange {unit} by telephone", city=name, unit=unit)
        if view.status is None or not view.status.state.dispatchable:
            return _("{unit} is no longer free: look at the ranking again", unit=unit)
        return None

    def told(self, incident: IncidentId) -> set[UnitId]:
        """Units this desk told to go to an incident and whose city has not shown it yet."""
        return {unit for unit in list(self._told) if (t := self._still_told(unit)) and t.incident == incident}

    def _still_told(self, unit: UnitId) -> "_Told | None":
        """An order stands until the city shows the unit on a task, or `TOLD_FOR_S` have passed.

        An order without an answer may have arrived: the unit is spoken for as long.
        """
        told = self._told.get(unit)
        if told is None:
            return None
        status = self.picture.fleet.view(unit).status
        shown = status is not None and status.state.on_task
        if shown or self.clock.monotonic() - told.at_s > TOLD_FOR_S:
            del self._told[unit]
            return None
        return told

    def _on_incident(self, unit: UnitId, incident: IncidentId) -> bool:
        status = self.picture.fleet.view(unit).status
        return status is not None and status.incident == incident and status.state.on_task

    def _unit_city(self, unit: UnitId) -> CityCode:
        if unit not in self.picture.fleet:
            raise UnknownName(_("unit"), unit)
        return self.picture.fleet.view(unit).unit.city

    def _said(self, name: Name) -> str:
        return safe_text(name.text(current()))

    async def _record(self, action: str, target: str, detail: Mapping[str, object]) -> None:
        await self.audit.append(action, actor=self.operator, target=target, detail=detail)

    async def _tell(
        self,
        city: CityCode,
        kind: str,
        order: payloads.Payload,
        action: str,
        target: str,
        about: Mapping[str, object] | None = None,
    ) -> CommandResult:
        """Send one command and write its outcome down; what cannot be written is shown as an alarm."""
        result = await self._outbox.send(city, kind, order, expires_s=ANSWER_WITHIN_S)
        detail = {
            "city": city,
            "kind": kind,
            "answered": result.answered,
            "accepted": result.accepted,
            "reason": safe_text(result.reason),
            **(about or {}),
        }
        await self._record(action, target, detail)
        return result


def _demand_reason(rank: int, override_reason: str | None) -> None:
    """Anything but the first of the ranking needs a reason from the dispatcher."""
    if rank != 1 and not (override_reason or "").strip():
        raise MissingField(_("reason"), _("a choice that is not rank 1 needs one"))


def _outcome(result: CommandResult, done: str) -> Outcome:
    if result.answered and result.accepted:
        return Outcome(ok=True, message=done)
    if result.answered:
        return Outcome(ok=False, message=_("refused: {reason}", reason=safe_text(result.reason)))
    return Outcome(ok=False, message=_("no answer: call by radio or telephone"))
