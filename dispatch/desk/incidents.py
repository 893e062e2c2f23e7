"""Opening incidents, and what is done to an open one. Its city's centre decides and keeps the record.

An incident that is opened here stands here at once, so that a call can be served while its city cannot be
reached; its opening, and whatever is done to it later, is sent until the city has answered.
"""

from datetime import datetime

import msgspec

from dispatch.audit.entry import uuid7
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.desk.changes import Changes, by_of, demand_text
from dispatch.desk.errands import Errand
from dispatch.desk.looking import Looking
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import WAIT_S, Kit, Part
from dispatch.desk.records import by_payload, incident_detail, incident_record, priority_code, sayable
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.datum import to_wgs84
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.incidents import Act, Incident, IncidentId, Priority
from dispatch.domain.operators import Right
from dispatch.domain.units import Capability
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _

OPEN = "incident.open"


class Incidents(Part):
    """Opening incidents and accepting what is said about them."""

    def __init__(self, kit: Kit, looking: Looking, changes: Changes) -> None:
        super().__init__(kit)
        self.looking, self.changes = looking, changes
        kit.followers[OPEN] = self._opened
        self._show_unanswered()

    async def open(
        self,
        position: Position,
        datum: Datum,
        place: str,
        priority: Priority,
        patients: int = 1,
        needs: frozenset[Capability] = frozenset(),
        chief_complaint: str = "",
    ) -> IncidentId:
        """Open an incident; `position` holds the numbers as given, `datum` says what they are in.

        Its number is the one it has when the operator is answered: where the city says that a number is
        in use, the next one is taken.
        """
        by = self.demand(Right.INCIDENT)
        lat, lon = to_wgs84(position.lat, position.lon, datum)
        where = Position(lat=lat, lon=lon)
        city = self.looking.city_at(where)
        incident = Incident(
            id=self.kit.numbers.next(city, self.clock.now()),
            city=city,
            position=where,
            place=sayable(place) or f"{lat:.5f}, {lon:.5f}",
            priority=priority,
            patients=patients,
            needs=needs,
            chief_complaint=sayable(chief_complaint),
            opened_at=self.clock.now(),
            drill=self.drill,
        )
        await self.record("incident.opened", incident.id, incident_detail(incident, datum), by)
        order = payloads.IncidentOpen(incident=incident_record(incident), by=by_payload(by))
        errand = await self.kit.errands.give(city, OPEN, order, subject=incident.id)
        self._show(incident)
        result = await self.kit.errands.settled(errand.key, WAIT_S)
        if result is not None and not result.accepted:
            raise DispatchError(refusal_text(self.configuration, result.code, result.facts, result.reason))
        return IncidentId(self.kit.errands.subject_of(errand))

    # --- what comes of an opening -------------------------------------------------------------

    async def _opened(self, errand: Errand, result: CommandResult) -> Errand | None:
        """Accepted; or under the next number, where this one is in use; or refused, which must be seen."""
        data = errand.data
        if not isinstance(data, payloads.IncidentOpen):
            return None
        number = IncidentId(data.incident.incident)
        await self.changes.told(errand, result, number, data.by)
        if result.accepted:
            self.kit.numbers.accepted()
            return None
        if result.code == "incident_exists":
            return await self._renumber(errand, data)
        if self.kit.errands.waited_for(errand):
            self._take_away(errand)
        else:
            why = refusal_text(self.configuration, result.code, result.facts, result.reason)
            self.ring("incident_refused", number, {"incident": number, "reason": why})
        return None

    async def _renumber(self, errand: Errand, data: payloads.IncidentOpen) -> Errand:
        before, number = data.incident.incident, self.kit.numbers.after_clash(errand.city, self.clock.now())
        record = msgspec.structs.replace(data.incident, incident=number)
        after = Errand(
            uuid7(self.now_ms()),
            number,
            errand.city,
            errand.kind,
            msgspec.structs.replace(data, incident=record),
        )
        await self.record("incident.renumbered", number, {"before": before}, by_of(data.by))
        self._take_away(errand)
        self._show(_incident(after, drill=self.drill))
        if not self.kit.errands.waited_for(errand):
            self.ring("incident_renumbered", number, {"incident": number, "before": before})
        return after

    def _take_away(self, errand: Errand) -> None:
        """Out of the picture, unless its city has an incident of its own under this number there."""
        number = IncidentId(errand.subject)
        if self.picture.incidents.get(number) == _incident(errand, drill=self.drill):
            del self.picture.incidents[number]
            self.picture.changes.mark("incident", number)

    def _show(self, incident: Incident) -> None:
        """The one thing that stands in the picture before its city has said it."""
        if incident.id not in self.picture.incidents:
            self.picture.incidents[incident.id] = incident
            self.picture.changes.mark("incident", incident.id)

    def _show_unanswered(self) -> None:
        """At the start: incidents of this desk of which their cities have not heard yet."""
        for errand in self.kit.errands.open_ones.values():
            if errand.kind == OPEN:
                self._show(_incident(errand, drill=self.drill))

    # --- what is done to it --------------------------------------------------------------------

    async def hold(self, incident_id: IncidentId, reason: str, until: datetime | None) -> Outcome:
        """Put an incident off until a time, or until it is woken; MissingField without a reason."""
        demand_text(_("reason"), reason, _("holding needs one"))
        until_ms = None if until is None else epoch_ms(until)
        done = _("{incident} is held", incident=incident_id)
        return await self.changes.change(incident_id, Act.HOLD, done, reason=sayable(reason), until=until_ms)

    async def wake(self, incident_id: IncidentId) -> Outcome:
        """A held incident waits for a unit again."""
        return await self.changes.change(
            incident_id, Act.WAKE, _("{incident} waits for a unit again", incident=incident_id)
        )

    async def amend(
        self,
        incident_id: IncidentId,
        *,
        priority: Priority | None = None,
        patients: int | None = None,
        needs: frozenset[Capability] | None = None,
        chief_complaint: str | None = None,
    ) -> Outcome:
        """Change what is known of an incident; None leaves it as it is."""
        return await self.changes.change(
            incident_id,
            Act.AMEND,
            _("{incident} is changed", incident=incident_id),
            priority=None if priority is None else priority_code(priority),
            patients=patients,
            needs=None if needs is None else sorted(needs),
            chief_complaint=None if chief_complaint is None else sayable(chief_complaint),
        )

    async def note(self, incident_id: IncidentId, text: str) -> Outcome:
        """A line for its timeline; MissingField without a text."""
        demand_text(_("text"), text, _("a note needs one"))
        done = _("written down on {incident}", incident=incident_id)
        return await self.changes.change(incident_id, Act.NOTE, done, text=sayable(text))

    async def reinforce(self, incident_id: IncidentId, count: int, text: str) -> Outcome:
        """More units are wanted than were advised."""
        done = _("{incident}: {count} more units are wanted", incident=incident_id, count=count)
        return await self.changes.change(incident_id, Act.REINFORCE, done, count=count, text=sayable(text))

    async def none_free(self, incident_id: IncidentId) -> Outcome:
        """A unit was wanted and none was free: counted, for it is the moment to ask the neighbours."""
        done = _("{incident}: written down that no unit was free", incident=incident_id)
        return await self.changes.change(incident_id, Act.NONE_FREE, done)


def _incident(errand: Errand, *, drill: bool) -> Incident:
    """The incident that an errand opens, as it stands here until its city has answered."""
    data = errand.data
    if not isinstance(data, payloads.IncidentOpen):
        raise TypeError(errand.kind)
    said = data.incident
    return Incident(
        id=IncidentId(said.incident),
        city=CityCode(errand.city),
        position=Position(lat=said.lat, lon=said.lon),
        place=said.place,
        priority=Priority(said.priority),
        patients=said.patients,
        needs=frozenset(map(Capability, said.needs)),
        chief_complaint=said.chief_complaint,
        opened_at=from_epoch_ms(said.opened_at),
        drill=drill,
    )
