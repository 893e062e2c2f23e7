"""Requests for help between cities, between the domain and the wire."""

from collections.abc import Iterable

from dispatch.centre.messages import AnswerAid, AskAid
from dispatch.centre.wire_parts import by, by_payload, needs, position, words
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId, AidKind, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker
from dispatch.domain.units import UnitId
from dispatch.feed import payloads

MOST = 5_000
"""In one snapshot."""


def aid_payload(aid: Aid) -> payloads.AidRecord:
    """A request for help as the lender's centre says it."""
    return payloads.AidRecord(
        aid=aid.id,
        kind=aid.kind.value,
        borrower=aid.borrower,
        node=aid.node,
        operator=aid.operator[:64],
        incident=aid.incident,
        priority=aid.priority.value,
        lat=aid.position.lat,
        lon=aid.position.lon,
        datum="wgs84",
        place=aid.place[:400],
        asked_at=epoch_ms(aid.asked_at),
        answer_by=epoch_ms(aid.answer_by),
        state=aid.state.value,
        changed_at=epoch_ms(aid.changed_at),
        patients=aid.patients,
        count=aid.count,
        needs=sorted(need.value for need in aid.needs),
        chief_complaint=aid.chief_complaint[:400],
        wanted=_codes(aid.wanted),
        good_until=None if aid.good_until is None else epoch_ms(aid.good_until),
        claimed_by=aid.claimed_by[:400],
        answered_by=aid.answered_by[:400],
        rule=aid.rule[:400],
        units=_codes(aid.units),
        used=_codes(aid.used),
        back=_codes(aid.back),
        lost=_codes(aid.lost),
        reason=aid.reason[:400],
        moved_to=aid.moved_to,
    )


def aid(lender: CityCode, data: payloads.AidRecord) -> Aid:
    """The same, heard of the lender; Refused when it cannot be one."""
    return Aid(
        id=AidId(data.aid),
        kind=AidKind(data.kind),
        lender=lender,
        borrower=CityCode(data.borrower),
        node=data.node,
        operator=words(data.operator, 64),
        incident=IncidentId(data.incident),
        priority=Priority(data.priority),
        position=position(data.lat, data.lon, data.datum),
        place=words(data.place),
        patients=data.patients,
        count=data.count,
        needs=needs(data.needs),
        chief_complaint=words(data.chief_complaint),
        wanted=tuple(map(UnitId, data.wanted)),
        asked_at=from_epoch_ms(data.asked_at),
        answer_by=from_epoch_ms(data.answer_by),
        good_until=None if data.good_until is None else from_epoch_ms(data.good_until),
        state=AidState(data.state),
        changed_at=from_epoch_ms(data.changed_at),
        claimed_by=words(data.claimed_by),
        answered_by=words(data.answered_by),
        rule=words(data.rule),
        units=tuple(map(UnitId, data.units)),
        used=tuple(map(UnitId, data.used)),
        back=tuple(map(UnitId, data.back)),
        lost=tuple(map(UnitId, data.lost)),
        reason=words(data.reason),
        moved_to=None if data.moved_to is None else IncidentId(data.moved_to),
    )


def _codes(units: tuple[UnitId, ...]) -> list[str]:
    return [str(unit) for unit in units[:99]]


def aids_payload(aids: Iterable[Aid]) -> payloads.AidsSnapshot:
    """Open ones first, then the newest: what does not fit in one message is over."""
    kept = sorted(aids, key=lambda one: (one.state.final, -epoch_ms(one.changed_at)))[:MOST]
    return payloads.AidsSnapshot([aid_payload(one) for one in kept])


def asking(data: payloads.AidRequest, key: str, asker: Asker, lender: CityCode) -> AskAid:
    """A request for help; what the lender alone may say of it is left out, and its asker is who sent it.

    Why an incident is handed over is the asker's word.
    """
    said = aid(lender, data.aid)
    reason = said.reason if said.kind is AidKind.INCIDENT else ""
    fresh = {
        "borrower": asker.city, "node": asker.node, "state": AidState.RECEIVED, "claimed_by": "",
        "answered_by": "", "rule": "", "units": (), "used": (), "back": (), "lost": (),
        "reason": reason, "good_until": None, "moved_to": None,
    }  # fmt: skip
    return AskAid(key, asker, by(data.by), said.model_copy(update=fresh))


def asking_payload(said: AskAid) -> payloads.AidRequest:
    return payloads.AidRequest(aid_payload(said.aid), by_payload(said.by))


def answer(data: payloads.AidAnswer, key: str, asker: Asker) -> AnswerAid:
    """Something done to a request for help."""
    units = tuple(map(UnitId, data.units))
    return AnswerAid(key, asker, by(data.by), AidId(data.aid), AidAct(data.act), units, words(data.reason))


def answer_payload(said: AnswerAid) -> payloads.AidAnswer:
    return payloads.AidAnswer(said.aid, said.act.value, by_payload(said.by), _codes(said.units), said.reason)
