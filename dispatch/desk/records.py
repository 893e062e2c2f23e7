"""What the desk writes: rows of the audit log (integers only) and payloads for the cities."""

from pydantic import ValidationError

from dispatch.calls import without_numbers
from dispatch.clock import epoch_ms
from dispatch.decide.blood import BankPlan, BloodNeed
from dispatch.domain.aid import Aid
from dispatch.domain.geography import Datum
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, Priority
from dispatch.domain.operators import By
from dispatch.domain.orders import Job
from dispatch.feed import payloads
from dispatch.text import safe_text

Detail = dict[str, object]
TEXT_LENGTH = 400


def sayable(text: str, limit: int = TEXT_LENGTH) -> str:
    """A free text as it may go on the wire: safe, not too long, and without telephone numbers."""
    return safe_text(without_numbers(text.strip()), limit)


def fault_text(error: BaseException) -> str:
    """A fault of the program in a line: its kind and words, without what was typed and without numbers."""
    if isinstance(error, ValidationError):  # its own words quote the input
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors(include_input=False)
        )
        return safe_text(f"{type(error).__name__}: {error.title}: {wrong}")
    return safe_text(without_numbers(f"{type(error).__name__}: {error}"))


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
        "opened_ms": epoch_ms(incident.opened_at),
    }


def by_payload(by: By) -> payloads.By:
    """Who does it, on the wire."""
    return payloads.By(operator=by.operator, role=by.role.value, break_glass=by.break_glass)


def blood_hold(
    order: str, need: BloodNeed, hospital: HospitalId, plan: BankPlan, by: By
) -> payloads.BloodHold:
    """What a bank's city is asked to hold: the plan's lots joined by group; the centre names them anew."""
    amounts: dict[payloads.GroupCode, int] = {}
    for line in plan.lines:
        amounts[line.group.value] = amounts.get(line.group.value, 0) + line.quantity
    attributes = sorted(plan.required)
    return payloads.BloodHold(
        order=order,
        bank=plan.bank,
        hospital=hospital,
        lines=[
            payloads.HoldLine(component=need.component, group=group, quantity=n, attributes=attributes)
            for group, n in sorted(amounts.items())
        ],
        need_by=epoch_ms(need.need_by),
        mode=need.mode,
        by=by_payload(by),
    )


def blood_detail(need: BloodNeed) -> Detail:
    """What was asked for and said of the patient, as the audit log keeps it; never who the patient is."""
    return {
        "component": need.component,
        "group": need.group.value if need.group is not None else "unknown",
        "wanted": need.quantity,
        "hospital": need.hospital or "",
        "need_by": need.need_by.isoformat(),
        "mode": need.mode,
        "recipient": need.recipient.value,
        "anti_d": need.anti_d,
        "antibodies": sorted(need.antibodies),
        "attributes": sorted(need.attributes),
        "on_word_of": safe_text(need.on_word_of or ""),
    }


def incident_record(incident: Incident) -> payloads.IncidentRecord:
    """An incident as its city is told of it when it is opened."""
    return payloads.IncidentRecord(
        incident=incident.id,
        state="waiting",
        priority=priority_code(incident.priority),
        lat=incident.position.lat,
        lon=incident.position.lon,
        datum="wgs84",
        place=incident.place,
        opened_at=epoch_ms(incident.opened_at),
        patients=incident.patients,
        needs=sorted(incident.needs),
        chief_complaint=incident.chief_complaint,
    )


def aid_record(aid: Aid) -> payloads.AidRecord:
    """A request for help as its lender is asked."""
    return payloads.AidRecord(
        aid=aid.id,
        kind=aid.kind.value,
        borrower=aid.borrower,
        node=aid.node,
        operator=aid.operator,
        incident=aid.incident,
        priority=priority_code(aid.priority),
        lat=aid.position.lat,
        lon=aid.position.lon,
        datum="wgs84",
        place=aid.place,
        asked_at=epoch_ms(aid.asked_at),
        answer_by=epoch_ms(aid.answer_by),
        state="requested",
        changed_at=epoch_ms(aid.changed_at),
        patients=aid.patients,
        count=aid.count,
        needs=sorted(aid.needs),
        chief_complaint=aid.chief_complaint,
        wanted=list(aid.wanted),
        reason=aid.reason,
    )


def job_of(incident: Incident) -> Job:
    """What a crew is told to do."""
    return Job(
        incident=incident.id,
        priority=incident.priority,
        position=incident.position,
        place=sayable(incident.place),
    )


def priority_code(priority: Priority) -> payloads.PriorityCode:
    match int(priority):
        case 1:
            return 1
        case 2:
            return 2
        case _:
            return 3
