"""Calls about incidents. Who called stays in this console's own file and goes nowhere else."""

from collections.abc import Sequence

from dispatch.calls import Call
from dispatch.desk.changes import Changes
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part
from dispatch.desk.records import sayable
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import Act, IncidentId
from dispatch.domain.operators import Right
from dispatch.language import _

NO_WORDS = "-"
"""A caller who said nothing new: the record demands a text."""


class DeskCalls(Part):
    """Another call about the same, and who made it."""

    def __init__(self, kit: Kit, changes: Changes) -> None:
        super().__init__(kit)
        self.changes = changes

    async def join(
        self, incident_id: IncidentId, act: Act, text: str, number: str = "", name: str = ""
    ) -> Outcome:
        """Another call about an open incident: REPEAT, or CHASE. The caller stays here, the text goes."""
        if act not in (Act.REPEAT, Act.CHASE):
            raise DispatchError(_("a call about an incident is a repeated one or a chase"))
        incident = self.changes.open_one(incident_id)
        self.demand(Right.INCIDENT)
        if number.strip() or name.strip():
            await self.note(incident.id, number, name, text)
        done = _("{incident}: the call is written down", incident=incident.id)
        return await self.changes.change(incident.id, act, done, text=sayable(text) or NO_WORDS)

    async def note(self, incident_id: IncidentId, number: str, name: str, text: str) -> None:
        """Keep a caller at this console; DispatchError when the number is none."""
        self.demand(Right.INCIDENT)
        await self.kit.calls.note(incident_id, self.clock.now(), number, name, text)

    def of(self, incident_id: IncidentId) -> Sequence[Call]:
        """The calls about an incident, masked."""
        return self.kit.calls.of(incident_id)

    async def erase(self, incident_id: IncidentId, reason: str) -> Outcome:
        """Delete the calls about an incident for good, for a role that may see them."""
        erased = await self.kit.calls.erase(incident_id, self.by, self.may, reason)
        return Outcome(
            ok=True, message=_("{incident}: {count} calls erased", incident=incident_id, count=erased)
        )

    async def unmasked(self, incident_id: IncidentId) -> Sequence[Call]:
        """The same in full, for a role that may; the look itself stands in the log."""
        return await self.kit.calls.unmasked(incident_id, self.by, self.may)
