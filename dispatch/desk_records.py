"""What the desk writes: rows of the audit log (integers only) and payloads for the cities."""

from dispatch.clock import epoch_ms
from dispatch.decide.blood import BankPlan, BloodNeed
from dispatch.domain.geography import Datum
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident
from dispatch.domain.units import UnitId
from dispatch.feed import payloads

Detail = dict[str, object]


def micro_degrees(degrees: float) -> int:
    """Degrees as the log carries them: millionths, because it holds integers only."""
    return round(degrees * 1_000_000)


def incident_detail(incident: Incident, datum: Datum) -> Detail:
    """An opened incident; coordinates in WGS-84, `datum` tells what they were given in."""
    return {
        "city": incident.city,
        "priority": int(incident.priority),
        "patients": incident.patients,
        "needs": sorted(incident.needs),
        "place": incident.place,
        "lat_microdeg": micro_degrees(incident.position.lat),
        "lon_microdeg": micro_degrees(incident.position.lon),
        "given_in": datum.value,
    }


def blood_request(
    request: str, need: BloodNeed, hospital: HospitalId, plan: BankPlan
) -> payloads.BloodRequest:
    """What a bank is asked to pack: its lots joined by group."""
    amounts: dict[payloads.GroupCode, int] = {}
    for line in plan.lines:
        amounts[line.group.value] = amounts.get(line.group.value, 0) + line.quantity
    return payloads.BloodRequest(
        request=request,
        bank=plan.bank,
        hospital=hospital,
        component=need.component,
        lines=[payloads.BloodLine(group=group, quantity=n) for group, n in sorted(amounts.items())],
        need_by=epoch_ms(need.need_by),
    )


def incident_record(incident: Incident) -> payloads.IncidentRecord:
    """An incident as its city is told of it."""
    return payloads.IncidentRecord(
        incident=incident.id,
        state=incident.state.value,
        priority=_priority(incident),
        lat=incident.position.lat,
        lon=incident.position.lon,
        datum="wgs84",
        place=incident.place,
        opened_at=epoch_ms(incident.opened_at),
        patients=incident.patients,
        needs=sorted(incident.needs),
        chief_complaint=incident.chief_complaint,
        units=list(incident.units),
    )


def unit_order(incident: Incident, unit: UnitId, hospital: HospitalId | None = None) -> payloads.UnitDispatch:
    """What a unit is told: where to go, and with `hospital` where to take its patients."""
    return payloads.UnitDispatch(
        unit=unit,
        incident=incident.id,
        priority=_priority(incident),
        lat=incident.position.lat,
        lon=incident.position.lon,
        datum="wgs84",
        place=incident.place,
        hospital=hospital,
    )


def _priority(incident: Incident) -> payloads.PriorityCode:
    match int(incident.priority):
        case 1:
            return 1
        case 2:
            return 2
        case _:
            return 3
