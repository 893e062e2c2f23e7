"""Incidents, their timelines, and the commands about them, between the domain and the wire."""

from collections.abc import Iterable

from dispatch.centre.messages import ChangeIncident, OpenIncident
from dispatch.centre.wire_parts import by, by_payload, facts_payload, needs, position, words
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.orders import Asker
from dispatch.domain.timeline import Entry
from dispatch.domain.units import UnitId
from dispatch.feed import payloads


def incident_payload(incident: Incident) -> payloads.IncidentRecord:
    """An incident as its city's centre says it."""
    return payloads.IncidentRecord(
        incident=incident.id,
        state=incident.state.value,
        priority=incident.priority.value,
        lat=incident.position.lat,
        lon=incident.position.lon,
        datum="wgs84",
        place=incident.place[:400],
        opened_at=epoch_ms(incident.opened_at),
        patients=incident.patients,
        needs=sorted(need.value for need in incident.needs),
        chief_complaint=incident.chief_complaint[:400],
        units=[str(unit) for unit in incident.units[:256]],
        telephoned=[str(unit) for unit in incident.telephoned[:256]],
        acceptances=incident.acceptances,
        chases=incident.chases,
        none_free=incident.none_free,
        carried=incident.carried,
        reinforcements=incident.reinforcements,
        held_until=None if incident.held_until is None else epoch_ms(incident.held_until),
        waiting_since=None if incident.waiting_since is None else epoch_ms(incident.waiting_since),
        reason=incident.reason[:400],
        ending=None if incident.ending is None else incident.ending.value,
        origin=incident.origin,
        moved_to=incident.moved_to,
    )


def incident(city: CityCode, data: payloads.IncidentRecord, *, drill: bool) -> Incident:
    """An incident as it was said; Refused when it cannot be one."""
    return Incident(
        id=IncidentId(data.incident),
        city=city,
        position=position(data.lat, data.lon, data.datum),
        place=words(data.place),
        priority=Priority(data.priority),
        patients=data.patients,
        needs=needs(data.needs),
        chief_complaint=words(data.chief_complaint),
        opened_at=from_epoch_ms(data.opened_at),
        state=IncidentState(data.state),
        units=tuple(map(UnitId, data.units)),
        telephoned=tuple(map(UnitId, data.telephoned)),
        drill=drill,
        acceptances=max(data.acceptances, 1),
        chases=data.chases,
        none_free=data.none_free,
        carried=data.carried,
        reinforcements=data.reinforcements,
        held_until=None if data.held_until is None else from_epoch_ms(data.held_until),
        waiting_since=None if data.waiting_since is None else from_epoch_ms(data.waiting_since),
        reason=words(data.reason),
        ending=None if data.ending is None else Ending(data.ending),
        origin=None if data.origin is None else IncidentId(data.origin),
        moved_to=None if data.moved_to is None else IncidentId(data.moved_to),
    )


def timeline_payload(number: IncidentId, entries: Iterable[Entry]) -> payloads.IncidentTimeline:
    """The newest lines, oldest first."""
    lines = [
        payloads.TimelineEntry(
            number=entry.number,
            at=epoch_ms(entry.at),
            code=entry.code,
            by=entry.by[:400],
            facts=facts_payload(entry.facts),
        )
        for entry in entries
    ]
    return payloads.IncidentTimeline(number, lines[-300:])


def opening(
    data: payloads.IncidentOpen, key: str, asker: Asker, city: CityCode, *, drill: bool
) -> OpenIncident:
    """A command to open an incident."""
    return OpenIncident(key, asker, by(data.by), incident(city, data.incident, drill=drill))


def opening_payload(said: OpenIncident) -> payloads.IncidentOpen:
    return payloads.IncidentOpen(incident_payload(said.incident), by_payload(said.by))


def change(data: payloads.IncidentChange, key: str, asker: Asker) -> ChangeIncident:
    """Something done to an open incident."""
    place = None
    if data.lat is not None and data.lon is not None:
        place = position(data.lat, data.lon, data.datum)
    return ChangeIncident(
        key,
        asker,
        by(data.by),
        incident=IncidentId(data.incident),
        act=Act(data.act),
        text=words(data.text),
        reason=words(data.reason),
        until_ms=data.until,
        count=data.count,
        priority=None if data.priority is None else Priority(data.priority),
        patients=data.patients,
        needs=None if data.needs is None else needs(data.needs),
        chief_complaint=None if data.chief_complaint is None else words(data.chief_complaint),
        place=None if data.place is None else words(data.place),
        position=place,
        ending=None if data.ending is None else Ending(data.ending),
    )


def change_payload(said: ChangeIncident) -> payloads.IncidentChange:
    return payloads.IncidentChange(
        incident=said.incident,
        act=said.act.value,
        by=by_payload(said.by),
        text=said.text,
        reason=said.reason,
        until=said.until_ms,
        count=said.count,
        priority=None if said.priority is None else said.priority.value,
        patients=said.patients,
        needs=None if said.needs is None else sorted(need.value for need in said.needs),
        chief_complaint=said.chief_complaint,
        place=said.place,
        lat=None if said.position is None else said.position.lat,
        lon=None if said.position is None else said.position.lon,
        ending=None if said.ending is None else said.ending.value,
    )
