"""Asking another city for help: for units, for one unit by name, or to take a whole incident over."""

from datetime import timedelta

from dispatch.audit.entry import uuid7
from dispatch.desk.changes import SILENT, Changes, by_of, demand_text
from dispatch.desk.errands import Errand
from dispatch.desk.looking import Looking
from dispatch.desk.orders import Orders
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import WAIT_S, Kit, Part, outcome_detail
from dispatch.desk.records import aid_record, by_payload, sayable
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.aid import Aid, AidId, AidKind, AidState
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.operators import By, Right
from dispatch.domain.units import Capability, UnitId
from dispatch.feed import payloads
from dispatch.feed.news_aid import aid_of
from dispatch.feed.outbox import CommandResult
from dispatch.language import _
from dispatch.picture.fleet import UnitView
from dispatch.text import safe_text

ASK = "aid.request"
NAMED = (AidState.COMMITTED, AidState.DEPLOYED)
_WAITING = (AidState.REQUESTED, AidState.RECEIVED, AidState.ACCEPTED)


class Lending(Part):
    """Asks; the lender's centre alone keeps the record, and until it has one this desk shows its own."""

    def __init__(self, kit: Kit, looking: Looking, orders: Orders, changes: Changes) -> None:
        super().__init__(kit)
        self.looking, self.orders, self.changes = looking, orders, changes
        kit.followers[ASK] = self._asked
        for errand in kit.errands.open_ones.values():
            if isinstance(errand.data, payloads.AidRequest):
                self._show(aid_of(errand.city, errand.data.aid))

    # --- asking --------------------------------------------------------------------------------

    async def ask(
        self,
        incident_id: IncidentId,
        lender: CityCode,
        count: int,
        needs: frozenset[Capability],
        text: str = "",
    ) -> Outcome:
        """Ask another city for units; the best of its units that are free are named as wanted."""
        by = self.demand(Right.AID_ASK)
        incident = self._borrowing_for(incident_id, lender)
        wanted = self._best_of(lender, incident)[:count]
        aid = self._aid(incident, lender, by, count=count, needs=needs, wanted=wanted, text=text)
        return await self._ask(aid, by)

    def _best_of(self, lender: CityCode, incident: Incident) -> tuple[UnitId, ...]:
        """A city's able units, best first: those the rules of lending allow, then the others by minutes."""
        ranking = self.looking.rank_units(incident.id)
        allowed = [one.unit for one in ranking.candidates if one.city == lender]
        able = [one for one in ranking.excluded if one.city == lender and one.minutes is not None]
        return (*allowed, *(one.unit for one in sorted(able, key=lambda one: one.minutes or 0.0)))

    def check(self, incident: Incident, view: UnitView) -> None:
        """DispatchError says why one unit of another city can be neither ordered nor asked for now."""
        if self._lent(incident, view.unit.id) is None:
            self._borrowing_for(incident.id, view.unit.city)

    async def borrow(self, incident: Incident, view: UnitView, by: By) -> Outcome:
        """Ask for one unit by name. One that its city has named for this incident is ordered at once."""
        lent = self._lent(incident, view.unit.id)
        if lent is not None:
            return await self.orders.order(incident, view, by, aid=lent.id)
        self._borrowing_for(incident.id, view.unit.city)
        aid = self._aid(incident, view.unit.city, by, count=1, needs=incident.needs, wanted=(view.unit.id,))
        return await self._ask(aid, by)

    async def hand_over(self, incident_id: IncidentId, to: CityCode, reason: str) -> Outcome:
        """Ask another city to take an incident over; this one answers for it until a person there did."""
        by = self.demand(Right.AID_ASK)
        demand_text(_("reason"), reason, _("an incident is handed over with one"))
        incident = self._borrowing_for(incident_id, to)
        if incident.units:
            facts = {"incident": incident.id, "units": _(", ").join(incident.units)}
            raise DispatchError(_("{units} is on {incident}: call it back before it is handed over", **facts))
        aid = self._aid(incident, to, by, kind=AidKind.INCIDENT, needs=incident.needs, reason=reason)
        return await self._ask(aid, by)

    def waits_for(self, unit: UnitId) -> Aid | None:
        """The request of this desk that names a unit and is not answered yet."""
        for aid in self.picture.aids.values():
            if aid.state in _WAITING and unit in aid.wanted and self.is_ours(aid):
                return aid
        return None

    def is_ours(self, aid: Aid) -> bool:
        """Whether this console asked for it."""
        return (aid.borrower, aid.node) == (self.home_city, self.node)

    def _lent(self, incident: Incident, unit: UnitId) -> Aid | None:
        """The request for an incident that a unit was named under and not yet ordered."""
        for aid in self.picture.aids.values():
            for_it = aid.incident == incident.id and aid.state in NAMED and self.is_ours(aid)
            if for_it and unit in aid.out and unit not in aid.used:
                return aid
        return None

    def _borrowing_for(self, incident_id: str, lender: CityCode) -> Incident:
        """The incident, where its city may ask `lender` now; DispatchError says why not."""
        incident = self.changes.open_one(incident_id)
        if lender not in self.picture.cities:
            raise UnknownName(_("city"), lender)
        if lender == self.home_city:
            raise DispatchError(_("a city does not borrow from itself: send the unit"))
        if incident.city != self.home_city:
            facts = {"incident": incident.id, "city": self.city_name(incident.city)}
            raise DispatchError(_("{incident} belongs to {city}: only its own desk asks for help", **facts))
        if not self.reachable(lender):
            city = self.city_name(lender)
            raise DispatchError(_("{city} cannot be reached: ask by telephone", city=city))
        return incident

    def _aid(
        self,
        incident: Incident,
        lender: CityCode,
        by: By,
        *,
        needs: frozenset[Capability],
        kind: AidKind = AidKind.UNITS,
        count: int = 1,
        wanted: tuple[UnitId, ...] = (),
        text: str = "",
        reason: str = "",
    ) -> Aid:
        now = self.clock.now()
        answer_s = self.configuration.centre_rules.lending.answer_s
        told = _("; ").join(part for part in (incident.chief_complaint, sayable(text)) if part)
        return Aid(
            id=AidId(uuid7(self.now_ms())),
            kind=kind,
            lender=lender,
            borrower=self.home_city,
            node=self.node,
            operator=by.operator,
            incident=incident.id,
            priority=incident.priority,
            position=incident.position,
            place=incident.place,
            patients=incident.patients,
            count=count,
            needs=needs,
            chief_complaint=safe_text(told, 400),
            wanted=wanted,
            asked_at=now,
            answer_by=now + timedelta(seconds=answer_s),
            state=AidState.REQUESTED,
            changed_at=now,
            reason=sayable(reason),
        )

    async def _ask(self, aid: Aid, by: By) -> Outcome:
        """Written down, shown as asked, sent until it is answered or its time is over."""
        detail: dict[str, object] = {
            "aid": aid.id,
            "lender": aid.lender,
            "kind": aid.kind.value,
            "count": aid.count,
            "wanted": list(aid.wanted),
        }
        await self.record("aid.asked", aid.incident, detail, by)
        order = payloads.AidRequest(aid=aid_record(aid), by=by_payload(by))
        until_ms = round(aid.answer_by.timestamp() * 1000)
        errand = await self.kit.errands.give(
            aid.lender, ASK, order, subject=aid.id, key=aid.id, until_ms=until_ms
        )
        self._show(aid)
        result = await self.kit.errands.settled(errand.key, WAIT_S)
        city = self.city_name(aid.lender)
        done = _("{city} has received the request: it waits for an answer", city=city)
        silent = _("{city} has not received the request yet: it is sent again", city=city)
        return outcome_of(self.configuration, result or SILENT, done, silent)

    def _show(self, aid: Aid) -> None:
        """As asked, until its lender says more of it."""
        if aid.id not in self.picture.aids:
            self.picture.aids[aid.id] = aid
            self.picture.changes.mark("aid", aid.id)

    async def _asked(self, errand: Errand, result: CommandResult) -> None:
        data = errand.data
        if not isinstance(data, payloads.AidRequest):
            return
        detail = outcome_detail(errand.city, errand.kind, result) | {"aid": errand.key}
        await self.record("aid.told", data.aid.incident, detail, by_of(data.by))
        held = self.picture.aids.get(AidId(errand.key))
        if result.accepted or held is None or held.state is not AidState.REQUESTED:
            return
        over = AidState.DECLINED if result.answered else AidState.EXPIRED
        reason = (
            refusal_text(self.configuration, result.code, result.facts, result.reason)
            if result.answered
            else ""
        )
        self.picture.aids[held.id] = held.model_copy(
            update={"state": over, "reason": reason, "changed_at": self.clock.now()}
        )
        self.picture.changes.mark("aid", held.id)
