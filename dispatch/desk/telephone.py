"""Break-glass: a unit of a city that cannot be reached was arranged by telephone.

It is written down at once and told to the incident's own centre, so that no desk thinks that nobody was sent.
The unit's city is told when it can be reached again: what it then says against it is told to the incident's
own centre, and rings at every desk of it; that it has compared is said quietly.
"""

import msgspec

from dispatch.desk.alarm_sentences import SENTENCES
from dispatch.desk.changes import Changes, by_of, demand_text
from dispatch.desk.errands import Errand
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part, outcome_detail
from dispatch.desk.records import by_payload, sayable
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.alarms import Severity
from dispatch.domain.incidents import Act, IncidentId
from dispatch.domain.operators import Right
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _

TELEPHONED = "unit.telephoned"


class Telephone(Part):
    """The way that is left when nothing else is."""

    def __init__(self, kit: Kit, changes: Changes) -> None:
        super().__init__(kit)
        self.changes = changes
        kit.followers[TELEPHONED] = self._reported

    async def arrange(self, unit_id: UnitId, incident_id: IncidentId, reason: str, spoke_to: str) -> Outcome:
        """Write down that a unit was arranged by telephone; only while its city cannot be reached."""
        by = self.demand(Right.ORDER)
        view, incident = self.unit(unit_id), self.changes.open_one(incident_id)
        city = self.city_name(view.unit.city)
        if self.reachable(view.unit.city):
            return Outcome(
                ok=False, message=_("{city} can be reached: send {unit} by an order", city=city, unit=unit_id)
            )
        demand_text(_("reason"), reason, _("what is arranged by telephone is written down with one"))
        detail: dict[str, object] = {
            "unit": view.unit.id,
            "city": view.unit.city,
            "reason": sayable(reason),
            "spoke_to": sayable(spoke_to),
        }
        await self.record("unit.telephoned", incident.id, detail, by)
        report = payloads.UnitTelephoned(
            unit=view.unit.id,
            incident=incident.id,
            at=self.now_ms(),
            by=by_payload(by),
            reason=sayable(reason),
            spoke_to=sayable(spoke_to),
        )
        for told in dict.fromkeys((incident.city, view.unit.city)):
            # its own centre hears of the incident first; the unit's city must not wait for that
            subject = incident.id if told == incident.city else f"telephoned:{view.unit.id}:{told}"
            await self.kit.errands.give(told, TELEPHONED, report, subject=subject)
        facts = {"unit": view.unit.id, "incident": incident.id, "city": city}
        return Outcome(
            ok=True,
            message=_(
                "{unit} arranged for {incident} by telephone; {city} is told when it can be reached", **facts
            ),
        )

    async def _reported(self, errand: Errand, result: CommandResult) -> None:
        """The city is back and has compared: a disagreement is an alarm, and a row of the log."""
        data = errand.data
        if not isinstance(data, payloads.UnitTelephoned):
            return
        by = by_of(data.by)
        detail = outcome_detail(errand.city, errand.kind, result) | {"unit": data.unit}
        await self.record("unit.told", data.incident, detail, by)
        facts: dict[str, str | int | float] = {"unit": data.unit, "incident": data.incident}
        if not result.accepted:
            why = refusal_text(self.configuration, result.code, result.facts, result.reason)
            self.ring("telephone_refused", errand.key, facts | {"reason": why})
        elif data.other or errand.city != self.unit(UnitId(data.unit)).unit.city:
            return  # the incident's own centre has written it down
        elif result.facts.get("conflict"):
            other = str(result.facts.get("other", ""))
            await self.record("conflict.reported", data.incident, {**facts, "other": other}, by)
            told = self.incident(data.incident).city
            if told == errand.city:
                return  # it has found the conflict itself, and rings
            found = msgspec.structs.replace(data, other=other or "unknown")
            await self.kit.errands.give(told, TELEPHONED, found, subject=data.incident)
        else:
            facts["city"] = errand.city
            self.ring("telephone_compared", errand.key, facts, Severity.ADVISORY)
            said = _(SENTENCES["telephone_compared"], **facts | {"city": self.city_name(errand.city)})
            await self.changes.give(self.incident(data.incident), Act.NOTE, by, text=said)
