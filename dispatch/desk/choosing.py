"""What is chosen from a ranking; what was recommended and what was chosen is written down first."""

from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.decide.record import record
from dispatch.desk.blood_orders import DeskBlood
from dispatch.desk.changes import Changes
from dispatch.desk.lending import Lending
from dispatch.desk.orders import Orders
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import Kit, Part
from dispatch.desk.recalls import Recalls
from dispatch.desk.records import blood_detail, blood_hold, by_payload
from dispatch.domain.errors import MissingField, UnknownName
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.operators import By, Right
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.language import _
from dispatch.picture.fleet import UnitView
from dispatch.text import safe_text

OFFERED = 5
"""How many of the best candidates a row of the audit log names; the others are counted."""


class Choosing(Part):
    """Units, hospitals and banks. Anything but the first of a ranking needs a reason: MissingField."""

    def __init__(
        self,
        kit: Kit,
        orders: Orders,
        recalls: Recalls,
        changes: Changes,
        lending: Lending,
        blood: DeskBlood,
    ) -> None:
        super().__init__(kit)
        self.orders, self.recalls, self.changes, self.lending = orders, recalls, changes, lending
        self.blood = blood

    async def unit_for(
        self, incident_id: IncidentId, unit_id: UnitId, ranking: UnitRanking, override_reason: str | None
    ) -> Outcome:
        """Order a unit of this city, or ask another city for one of its own.

        A unit that cannot be sent any more gives an Outcome that is not ok, with nothing sent.
        """
        by = self.demand(Right.ORDER)
        incident, view = self.changes.open_one(incident_id), self.unit(unit_id)
        if not ranking.nothing_better_than({unit_id}):
            _demand_reason(0, override_reason)
        refusal = self._cannot_choose(view)
        if refusal:
            return Outcome(ok=False, message=refusal)
        if view.unit.city != self.home_city:
            self.demand(Right.AID_ASK)
            self.lending.check(incident, view)
        with self.orders.deciding(view.unit.id):
            await self._write_choice(incident, view.unit.id, ranking, override_reason, by)
            if view.unit.city == self.home_city:
                return await self.orders.order(incident, view, by)
            return await self.lending.borrow(incident, view, by)

    async def other_incident(
        self, unit_id: UnitId, incident_id: IncidentId, ranking: UnitRanking, override_reason: str | None
    ) -> Outcome:
        """Call a unit back from its task and send it to another incident once it is free.

        A unit on a task is in no ranking, so that this always needs a reason.
        """
        by = self.demand(Right.ORDER)
        incident, view = self.changes.open_one(incident_id), self.unit(unit_id)
        _demand_reason(_rank(ranking, unit_id), override_reason)
        if view.unit.city != self.home_city:
            facts = {"unit": view.unit.id, "city": self.city_name(view.unit.city)}
            problem = _("{unit} belongs to {city}: call it back, and ask for it anew", **facts)
            return Outcome(ok=False, message=problem)
        await self._write_choice(incident, view.unit.id, ranking, override_reason, by)
        return await self.recalls.send_next(view, incident, override_reason or "", by)

    async def hospital_for(
        self,
        incident_id: IncidentId,
        unit_id: UnitId,
        hospital_id: HospitalId,
        ranking: HospitalRanking,
        override_reason: str | None,
    ) -> Outcome:
        """Name the hospital that a unit takes its patients to."""
        by = self.demand(Right.ORDER)
        incident, view = self.incident(incident_id), self.unit(unit_id)
        hospital = self.picture.hospitals.get(HospitalId(hospital_id))
        if hospital is None:
            raise UnknownName(_("hospital"), hospital_id)
        rank = next((c.rank for c in ranking.candidates if c.hospital == hospital.id), 0)
        _demand_reason(rank, override_reason)
        if view.status is None or view.status.incident != incident.id or not view.status.state.on_task:
            problem = _("{unit} is not on {incident}: send it first", unit=unit_id, incident=incident.id)
            return Outcome(ok=False, message=problem)
        await self.record("hospital.recommended", incident.id, record(ranking, OFFERED), by)
        chosen = {"hospital": hospital.id, "unit": view.unit.id, "rank": rank}
        reason = {"override_reason": safe_text(override_reason or "")}
        await self.record("hospital.chosen", incident.id, chosen | reason, by)
        order = payloads.UnitTakeTo(
            unit=view.unit.id, incident=incident.id, hospital=hospital.id, by=by_payload(by)
        )
        about = {"unit": view.unit.id, "hospital": hospital.id}
        result = await self.command(view.unit.city, "unit.take_to", order, "unit.told", incident.id, **about)
        facts = {"unit": view.unit.id, "hospital": self.said(hospital.name)}
        done = _("{unit} takes its patients to {hospital}", **facts)
        return outcome_of(self.configuration, result, done, _("no answer: call by radio or telephone"))

    async def bank_for(
        self, need: BloodNeed, plan: BankPlan, ranking: BloodRanking, override_reason: str | None
    ) -> Outcome:
        """Hold blood at a bank: its staff then confirms it."""
        by = self.demand(Right.BLOOD)
        _demand_reason(plan.rank, override_reason)
        if need.hospital is None:
            raise MissingField(_("hospital"), _("a bank sends blood to a hospital only"))
        request = self.blood.next_number()
        offered = record(ranking, OFFERED) | {"need": blood_detail(need)}
        await self.record("blood.recommended", request, offered, by)
        chosen = {"bank": plan.bank, "rank": plan.rank, "quantity": plan.quantity}
        reason = {"override_reason": safe_text(override_reason or "")}
        await self.record("blood.chosen", request, chosen | reason, by)
        order = blood_hold(request, need, need.hospital, plan, by)
        return await self.blood.hold(order, by)

    # --- within --------------------------------------------------------------------------------

    def _cannot_choose(self, view: UnitView) -> str:
        """Why a unit cannot be chosen now; empty when it can."""
        waiting = self.lending.waits_for(view.unit.id)
        if waiting is not None:
            facts = {
                "unit": view.unit.id,
                "city": self.city_name(waiting.lender),
                "incident": waiting.incident,
            }
            return _(
                "{city} was asked for {unit} for {incident}: wait for its answer, or take it back", **facts
            )
        return self.orders.cannot_send(view)

    async def _write_choice(
        self,
        incident: Incident,
        unit: UnitId,
        ranking: UnitRanking,
        override_reason: str | None,
        by: By,
    ) -> None:
        await self.record("unit.recommended", incident.id, record(ranking, OFFERED), by)
        chosen = {
            "unit": unit,
            "rank": _rank(ranking, unit),
            "override_reason": safe_text(override_reason or ""),
            "best": ranking.nothing_better_than({unit}),
        }
        await self.record("unit.chosen", incident.id, chosen, by)


def _rank(ranking: UnitRanking, unit: str) -> int:
    """Its place in the ranking; 0: it was not offered."""
    return next((candidate.rank for candidate in ranking.candidates if candidate.unit == unit), 0)


def _demand_reason(rank: int, override_reason: str | None) -> None:
    """Anything but the first of the ranking needs a reason from the dispatcher."""
    if rank != 1 and not (override_reason or "").strip():
        raise MissingField(_("reason"), _("a choice that is not rank 1 needs one"))
