"""Answering other cities, and using what they lent.

A unit of another city is never ordered before that city has named it. Once it has, the console that asked
orders it by itself, once for each unit of a request: which units those are is read from the requests on the
disk, so that a restart neither forgets one nor orders it twice.
"""

from collections.abc import Sequence

from dispatch.desk.changes import SILENT, by_of, demand_text
from dispatch.desk.errands import Errand
from dispatch.desk.lending import NAMED, Lending
from dispatch.desk.orders import Orders
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import WAIT_S, Kit, Part, outcome_detail
from dispatch.desk.records import by_payload, sayable
from dispatch.domain.aid import Aid, AidAct, AidId, AidKind, AidState
from dispatch.domain.errors import DispatchError, MissingField, UnknownName
from dispatch.domain.incidents import Incident
from dispatch.domain.operators import By, Right, Role
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import N_, _

ANSWER = "aid.answer"
_DONE = {
    AidAct.CLAIM: N_("the request of {city} is yours to answer"),
    AidAct.UNCLAIM: N_("the request of {city} may be answered by any desk"),
    AidAct.ACCEPT: N_("accepted: {city} is told that help comes"),
    AidAct.DECLINE: N_("declined: {city} is told why"),
    AidAct.COMMIT: N_("{units} named for {city}"),
    AidAct.CANCEL: N_("the request to {city} is taken back"),
    AidAct.RELEASE: N_("the loan between us and {city} is ended"),
}
_TAKEN_OVER = N_("taken over: it is ours from now on, and {city} is told its number here")
_RINGS = {AidState.DECLINED: "aid_declined", AidState.EXPIRED: "aid_expired"}


class Helping(Part):
    """What becomes of requests for help at this desk."""

    def __init__(self, kit: Kit, orders: Orders, lending: Lending) -> None:
        super().__init__(kit)
        self.orders, self.lending = orders, lending
        kit.followers[ANSWER] = self._answer_heard
        self._states: dict[AidId, AidState] = {}
        self._given_up: set[AidId] = set()

    async def answer(
        self, aid_id: AidId, act: AidAct, units: Sequence[UnitId] = (), reason: str = ""
    ) -> Outcome:
        """Do something to a request: as its lender, or (cancel, release) as the one who asked."""
        aid = self.picture.aids.get(aid_id)
        if aid is None:
            raise UnknownName(_("request for help"), aid_id)
        ours = aid.lender == self.home_city
        by = self.demand(Right.AID_ANSWER if ours else Right.AID_ASK)
        if act is AidAct.DECLINE:
            demand_text(_("reason"), reason, _("a city is told why it is not helped"))
        if act is AidAct.COMMIT and not units:
            raise MissingField(_("units"), _("name the units that go"))
        other = self.city_name(aid.borrower if ours else aid.lender)
        taken_over = act is AidAct.ACCEPT and aid.kind is AidKind.INCIDENT
        done = _(
            _TAKEN_OVER if taken_over else _DONE[act],
            **({"city": other, "units": _(", ").join(units)} if act is AidAct.COMMIT else {"city": other}),
        )
        silent = _("{city} has not answered", city=self.city_name(aid.lender))
        order = payloads.AidAnswer(
            aid=aid.id, act=act.value, by=by_payload(by), units=list(units), reason=sayable(reason)
        )
        await self._write_down(aid, act, units, reason, by)
        if act is AidAct.CANCEL:  # it must arrive, behind the request itself
            errand = await self.kit.errands.give(aid.lender, ANSWER, order, subject=aid.id)
            return outcome_of(
                self.configuration, await self.kit.errands.settled(errand.key, WAIT_S) or SILENT, done, silent
            )
        result = await self.command(aid.lender, ANSWER, order, "aid.told", aid.incident, aid=aid.id)
        return outcome_of(self.configuration, result, done, silent)

    async def _write_down(self, aid: Aid, act: AidAct, units: Sequence[UnitId], reason: str, by: By) -> None:
        detail: dict[str, object] = {"aid": aid.id, "act": act.value, "lender": aid.lender}
        detail |= {"borrower": aid.borrower, "units": list(units), "reason": sayable(reason)}
        await self.record("aid.answered", aid.incident, detail, by)

    async def _answer_heard(self, errand: Errand, result: CommandResult) -> None:
        data = errand.data
        if isinstance(data, payloads.AidAnswer):
            detail = outcome_detail(errand.city, errand.kind, result) | {"aid": data.aid}
            await self.record("aid.told", data.aid, detail, by_of(data.by))

    # --- using what was lent -------------------------------------------------------------------

    async def follow(self) -> None:
        """Order the units that were named for this desk, and tell the operator of a no."""
        for aid in [one for one in self.picture.aids.values() if self.lending.is_ours(one)]:
            before = self._states.get(aid.id)
            self._states[aid.id] = aid.state
            if before not in (None, aid.state) and aid.state in _RINGS:
                facts: dict[str, str | int | float] = {"city": aid.lender, "incident": aid.incident}
                self.ring(_RINGS[aid.state], aid.id, facts | {"reason": aid.reason})
            if aid.kind is AidKind.UNITS and aid.state in NAMED:
                await self._use(aid)

    async def _use(self, aid: Aid) -> None:
        asked = self.kit.requester.under_aid
        fresh = [u for u in aid.out if u not in aid.used and (aid.id, u) not in asked]
        if not fresh:
            return
        incident = self.picture.incidents.get(aid.incident)
        by = await self._asker(aid)
        if incident is None or not incident.state.open:
            await self._give_up(aid, by)
            return
        for unit in fresh:
            await self._use_one(aid, incident, unit, by)

    async def _use_one(self, aid: Aid, incident: Incident, unit: UnitId, by: By) -> None:
        if unit not in self.picture.fleet or self.orders.open_order(unit) is not None:
            return
        detail: dict[str, object] = {"unit": unit, "aid": aid.id, "lender": aid.lender}
        await self.record("aid.used", incident.id, detail, by)
        await self.orders.order(incident, self.picture.fleet.view(unit), by, aid=aid.id, wait_s=0.0)

    async def _give_up(self, aid: Aid, by: By) -> None:
        """The incident is over: the units are nobody's need any more."""
        if aid.id in self._given_up or aid.used or self.kit.errands.waiting(aid.id):
            return
        self._given_up.add(aid.id)
        order = payloads.AidAnswer(aid=aid.id, act="cancel", by=by_payload(by), reason="incident_over")
        await self._write_down(aid, AidAct.CANCEL, (), "incident_over", by)
        await self.kit.errands.give(aid.lender, ANSWER, order, subject=aid.id)

    async def _asker(self, aid: Aid) -> By:
        """Who decided to ask, as it was written down then."""
        try:
            data = await self.kit.errands.given(aid.id)
        except DispatchError:
            data = None
        if isinstance(data, payloads.AidRequest):
            return by_of(data.by)
        return By(operator=aid.operator, role=Role.DISPATCHER)
