"""Requests for help as far as the rows tell them."""

from datetime import timedelta

from dispatch.audit.entry import AuditRow
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidId, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.picture.live import Picture
from dispatch.report.fields import number, text
from dispatch.text import safe_text

_NEXT = {
    "aid.accept": AidState.ACCEPTED,
    "aid.commit": AidState.COMMITTED,
    "aid.lent_by_rule": AidState.COMMITTED,
    "aid.decline": AidState.DECLINED,
    "aid.cancel": AidState.CANCELLED,
    "aid.release": AidState.RELEASED,
    "aid.expired": AidState.EXPIRED,
}
_ANSWER = timedelta(minutes=5)  # the row does not hold the deadline; it is only shown


def apply_aid(picture: Picture, row: AuditRow) -> None:
    """A row of the lender's centre about one request; those of consoles say the same and are left out."""
    if row.console != "centre" or row.city not in picture.cities:
        return
    if row.action == "aid.received":
        _receive(picture, row)
        return
    held, state = picture.aids.get(AidId(row.target)), _NEXT.get(row.action)
    if held is None or state is None:
        return
    named = tuple(UnitId(one) for one in text(row, "units").replace(",", " ").split())
    units = tuple(dict.fromkeys((*held.units, *named))) if state is AidState.COMMITTED else held.units
    changes = {"state": state, "changed_at": from_epoch_ms(row.ts), "units": units, "answered_by": row.actor}
    picture.aids[held.id] = held.model_copy(update=changes | {"reason": safe_text(text(row, "reason"))})
    picture.changes.mark("aid", held.id)


def _receive(picture: Picture, row: AuditRow) -> None:
    incident = picture.incidents.get(IncidentId(text(row, "incident")))
    borrower = text(row, "borrower")
    if incident is None or borrower not in picture.cities:
        return
    at = from_epoch_ms(row.ts)
    picture.aids[AidId(row.target)] = Aid(
        id=AidId(row.target),
        lender=CityCode(row.city),
        borrower=CityCode(borrower),
        node="",
        operator=row.actor,
        incident=incident.id,
        priority=incident.priority,
        position=incident.position,
        place=incident.place,
        patients=incident.patients,
        count=min(max(number(row, "count") or 1, 1), 99),
        needs=incident.needs,
        asked_at=at,
        answer_by=at + _ANSWER,
        changed_at=at,
    )
    picture.changes.mark("aid", row.target)
