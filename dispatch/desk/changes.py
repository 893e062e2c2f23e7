"""What is done to an incident, on its way to the city that keeps the record: sent until it is answered."""

import msgspec

from dispatch.desk.errands import Errand
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import WAIT_S, Kit, Part, outcome_detail
from dispatch.desk.records import by_payload
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.errors import DispatchError, MissingField
from dispatch.domain.incidents import Act, Incident, IncidentId
from dispatch.domain.operators import By, Right, Role
from dispatch.domain.refusals import SENTENCES
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _

CHANGE = "incident.change"
SILENT = CommandResult(answered=False, accepted=False, reason="")
Value = str | int | list[str]


class Changes(Part):
    """Writes an act down, sends it, and follows its answer whenever that comes."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        kit.followers[CHANGE] = self._changed

    async def change(
        self,
        incident_id: IncidentId,
        act: Act,
        done: str,
        *,
        by: By | None = None,
        **fields: Value | None,
    ) -> Outcome:
        """Have something done to an incident; it is kept and sent until its city has answered."""
        who = by or self.demand(Right.INCIDENT)
        incident = self.open_one(incident_id, act)
        errand = await self.give(incident, act, who, **fields)
        result = await self.kit.errands.settled(errand.key, WAIT_S)
        city = self.city_name(incident.city)
        kept = _("{city} has not answered yet: this is kept here and sent until it does", city=city)
        return outcome_of(self.configuration, result or SILENT, done, kept)

    async def give(self, incident: Incident, act: Act, by: By, **fields: Value | None) -> Errand:
        """Write it down and begin to send it."""
        said = {name: value for name, value in fields.items() if value is not None}
        await self.record(f"incident.{act.value}", incident.id, said, by)
        plain = {"incident": incident.id, "act": act.value, "by": msgspec.to_builtins(by_payload(by)), **said}
        order = msgspec.convert(plain, payloads.IncidentChange)
        return await self.kit.errands.give(incident.city, CHANGE, order, subject=incident.id)

    def open_one(self, incident_id: str, act: Act | None = None) -> Incident:
        """An incident that is not over; what is learned later may still be noted on one that is."""
        incident = self.incident(incident_id)
        if not incident.state.open and act is not Act.NOTE:
            raise DispatchError(_(SENTENCES["incident_closed"], incident=incident.id))
        return incident

    async def told(self, errand: Errand, result: CommandResult, incident: str, by: payloads.By) -> None:
        """The outcome, in the log, under the operator who gave the errand."""
        detail = outcome_detail(errand.city, errand.kind, result)
        await self.record("incident.told", incident, detail, by_of(by))

    async def _changed(self, errand: Errand, result: CommandResult) -> None:
        data = errand.data
        if not isinstance(data, payloads.IncidentChange):
            return
        await self.told(errand, result, data.incident, data.by)
        if not result.accepted and not self.kit.errands.waited_for(errand):
            why = refusal_text(self.configuration, result.code, result.facts, result.reason)
            facts: dict[str, str | int | float] = {"incident": data.incident, "act": data.act, "reason": why}
            self.ring("change_refused", errand.key, facts)


def demand_text(field: str, text: str, why: str) -> str:
    """A text that must be there; MissingField names it."""
    if not text.strip():
        raise MissingField(field, why)
    return text


def by_of(by: payloads.By) -> By:
    """Who did it, from the wire; a program counts as an observer."""
    role = Role(by.role) if by.role in set(Role) else Role.OBSERVER
    return By(operator=by.operator, role=role, break_glass=by.break_glass)
