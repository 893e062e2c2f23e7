"""Units: their states as the centre holds them, as vehicles say them and as desks set them."""

from collections.abc import Iterable
from typing import NamedTuple

from dispatch.centre.messages import ForeignUnit, HeardStates, SetUnit, TakeTo, Telephoned, UnitSaid
from dispatch.centre.state import Duty
from dispatch.centre.wire_parts import Refused, by, by_payload, words
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import Asker, RequestId
from dispatch.domain.units import Instead, StateSource, UnitId, UnitState, UnitStatus
from dispatch.feed import payloads


class Seen(NamedTuple):
    """Where a unit was last seen: as it was said, and when the fix was."""

    lat: float
    lon: float
    datum: payloads.DatumCode
    fixed_ms: int
    seq: int = 0


def status_payload(duty: Duty) -> payloads.UnitStatus:
    """The state of a unit as its centre says it."""
    status = duty.status
    return payloads.UnitStatus(
        unit=duty.unit.id,
        state=status.state.value,
        since=epoch_ms(status.since),
        source=status.source.value,
        incident=status.incident,
        destination=status.destination,
        reason=status.reason,
        task=status.task,
        instead=[payloads.Instead(one.incident, one.other, one.called_ms) for one in duty.instead],
    )


def foreign(city: CityCode, data: payloads.UnitStatus) -> ForeignUnit:
    """What a neighbour's centre says of its unit."""
    instead = (
        Instead(incident=one.incident, other=one.other, called_ms=one.called_at) for one in data.instead
    )
    return ForeignUnit(city, UnitId(data.unit), status(data), tuple(instead))


def status(data: payloads.UnitStatus | payloads.UnitSnapshot) -> UnitStatus:
    """The same, heard."""
    return UnitStatus(
        state=UnitState(data.state),
        since=from_epoch_ms(data.since),
        source=StateSource(data.source),
        incident=data.incident,
        task=data.task,
        destination=data.destination,
        reason=None if data.reason is None else words(data.reason),
    )


def units_payload(duties: Iterable[Duty], seen: dict[UnitId, Seen]) -> payloads.UnitsSnapshot:
    """Every unit of a city, with where it was last seen."""
    return payloads.UnitsSnapshot([_unit_payload(duty, seen.get(duty.unit.id)) for duty in duties])


def _unit_payload(duty: Duty, seen: Seen | None) -> payloads.UnitSnapshot:
    unit, status = duty.unit, duty.status
    return payloads.UnitSnapshot(
        unit=unit.id,
        capabilities=sorted(one.value for one in unit.capabilities),
        state=status.state.value,
        since=epoch_ms(status.since),
        station=unit.station,
        source=status.source.value,
        incident=status.incident,
        destination=status.destination,
        reason=status.reason,
        task=status.task,
        lat=None if seen is None else seen.lat,
        lon=None if seen is None else seen.lon,
        datum="wgs84" if seen is None else seen.datum,
        fixed_at=None if seen is None else seen.fixed_ms,
        seq=0 if seen is None else seen.seq,
    )


def unit_said(data: payloads.UnitState, subject: str) -> UnitSaid:
    """A vehicle's word about its state; Refused when it speaks for another."""
    if data.unit != subject:
        raise Refused("wrong_subject")
    return UnitSaid(
        unit=UnitId(data.unit),
        number=data.number,
        state=UnitState(data.state),
        at_ms=data.at,
        source=StateSource(data.source),
        request=None if data.request is None else RequestId(data.request),
        destination=data.destination,
        reason=None if data.reason is None else words(data.reason),
        patients=data.patients,
    )


def unit_said_payload(said: UnitSaid) -> payloads.UnitState:
    return payloads.UnitState(
        unit=said.unit,
        number=said.number,
        state=said.state.value,
        at=said.at_ms,
        source="geofence" if said.source is StateSource.GEOFENCE else "terminal",
        request=said.request,
        destination=said.destination,
        reason=said.reason,
        patients=said.patients,
    )


def heard(data: payloads.UnitHeard) -> HeardStates:
    return HeardStates(UnitId(data.unit), data.number)


def heard_payload(said: HeardStates) -> payloads.UnitHeard:
    return payloads.UnitHeard(said.unit, said.number)


def setting(data: payloads.UnitSet, key: str, asker: Asker) -> SetUnit:
    """The desk sets a unit's state."""
    reason = None if data.reason is None else words(data.reason)
    unit, state = UnitId(data.unit), UnitState(data.state)
    request = None if data.request is None else RequestId(data.request)
    return SetUnit(key, asker, by(data.by), unit, state, data.at, data.destination, reason, request)


def setting_payload(said: SetUnit) -> payloads.UnitSet:
    return payloads.UnitSet(
        said.unit,
        said.state.value,
        by_payload(said.by),
        said.at_ms,
        said.destination,
        said.reason,
        said.request,
    )


def taking(data: payloads.UnitTakeTo, key: str, asker: Asker) -> TakeTo:
    """The desk names a hospital."""
    where = IncidentId(data.incident), HospitalId(data.hospital)
    return TakeTo(key, asker, by(data.by), UnitId(data.unit), *where)


def taking_payload(said: TakeTo) -> payloads.UnitTakeTo:
    return payloads.UnitTakeTo(said.unit, said.incident, said.hospital, by_payload(said.by))


def telephoned(data: payloads.UnitTelephoned, key: str, asker: Asker) -> Telephoned:
    """A unit was arranged by telephone."""
    about = UnitId(data.unit), IncidentId(data.incident), data.at, words(data.reason), words(data.spoke_to)
    return Telephoned(key, asker, by(data.by), *about, other=data.other or "")


def telephoned_payload(said: Telephoned) -> payloads.UnitTelephoned:
    return payloads.UnitTelephoned(
        said.unit,
        said.incident,
        said.at_ms,
        by_payload(said.by),
        said.reason,
        said.spoke_to,
        said.other or None,
    )
