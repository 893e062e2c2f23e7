"""Opening an incident and everything that is done about it by a person (受理)."""

from datetime import timedelta, timezone

from dispatch.centre import borrowing
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.life import close, follow_order, follow_unit, join_at_opening, settle, tick
from dispatch.centre.messages import ChangeIncident, ForeignAid, OpenIncident
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.aid import Aid
from dispatch.domain.geography import Position
from dispatch.domain.incidents import ACCEPTANCES, Act, Ending, Incident, IncidentId, IncidentState

__all__ = ["decide", "follow_order", "follow_unit", "opened_detail", "take_over", "tick"]

CHINA = timezone(timedelta(hours=8))
_FRESH: dict[str, object] = {
    "state": IncidentState.WAITING,
    "units": (),
    "telephoned": (),
    "acceptances": 1,
    "chases": 0,
    "none_free": 0,
    "carried": 0,
    "reinforcements": 0,
    "held_until": None,
    "reason": "",
    "ending": None,
    "origin": None,
    "moved_to": None,
}
"""What an opening does not say, whatever it claims."""
_ANYBODYS = frozenset({Act.REPEAT, Act.CHASE, Act.NOTE})
"""What any city's desk may do: whoever is called writes down what the caller said."""


def decide(draft: Draft, said: OpenIncident | ChangeIncident | ForeignAid) -> None:
    """Carry out one command, or raise Refusal; a neighbour's word about help is followed."""
    match said:
        case OpenIncident():
            _open(draft, said)
        case ChangeIncident():
            _change(draft, said)
        case ForeignAid():
            borrowing.follow(draft, said.aid)


def _open(draft: Draft, said: OpenIncident) -> None:
    number = said.incident.id
    if draft.incident(number) is not None:
        raise Refusal("incident_exists", incident=number)
    if not number.startswith(f"{draft.prefix}-"):
        raise Refusal("wrong_number", incident=number, prefix=draft.prefix)
    fresh = {**_FRESH, "city": draft.city, "waiting_since": draft.now, "drill": draft.state.drill}
    incident = said.incident.model_copy(update=fresh)
    if incident.opened_at > draft.now:
        incident = incident.model_copy(update={"opened_at": draft.now})
    _put_opened(draft, incident, who(said))
    draft.note("incident.opened", said.by, number, **opened_detail(incident))
    draft.accept(said, incident=number)


def opened_detail(incident: Incident) -> dict[str, str | int]:
    """What the audit row keeps of an opened incident; coordinates in WGS-84, millionths of a degree."""
    return {
        "priority": int(incident.priority),
        "place": incident.place,
        "patients": incident.patients,
        "needs": " ".join(sorted(incident.needs)),
        "lat_microdeg": round(incident.position.lat * 1_000_000),
        "lon_microdeg": round(incident.position.lon * 1_000_000),
        "opened_ms": epoch_ms(incident.opened_at),
    }


def take_over(draft: Draft, aid: Aid, by: str) -> Incident:
    """Open an incident that another centre hands over, under this city's own next number (转分中心)."""
    incident = Incident(
        id=_next_number(draft),
        city=draft.city,
        position=aid.position,
        place=aid.place,
        priority=aid.priority,
        patients=aid.patients,
        needs=aid.needs,
        chief_complaint=aid.chief_complaint,
        opened_at=draft.now,
        waiting_since=draft.now,
        origin=aid.incident,
        drill=draft.state.drill,
    )
    _put_opened(draft, incident, by)
    draft.line(incident.id, "taken_over", by, city=aid.borrower, incident=aid.incident)
    return incident


def _put_opened(draft: Draft, incident: Incident, by: str) -> None:
    draft.put_incident(incident)
    draft.line(incident.id, "opened", by, place=incident.place, priority=int(incident.priority))
    join_at_opening(draft, incident)


def _next_number(draft: Draft) -> IncidentId:
    """Counted down from 0999: outside sources count the same digit up, so the two seldom meet."""
    day = f"{draft.prefix}-{draft.now.astimezone(CHINA):%m%d}"
    number = 999
    while draft.incident(IncidentId(f"{day}-0{number:03}")) is not None:
        number = number - 1 if 1 < number <= 999 else max(number, 999) + 1
    return IncidentId(f"{day}-0{number:03}")


# --- what is done to it ---------------------------------------------------------------------------


def _change(draft: Draft, said: ChangeIncident) -> None:
    incident = draft.incident(said.incident)
    if incident is None:
        raise Refusal("unknown_incident", city=draft.city, incident=said.incident)
    if said.asker.city != draft.city and said.act not in _ANYBODYS:
        raise Refusal("incident_not_yours", city=draft.city, incident=incident.id)
    if (
        not incident.state.open and said.act is not Act.NOTE
    ):  # what is learned later may still be written down
        raise Refusal("incident_closed", incident=incident.id)
    if said.act in ACCEPTANCES:
        incident = incident.model_copy(update={"acceptances": incident.acceptances + 1})
    _ACTS[said.act](draft, incident, said)
    draft.note(f"incident.{said.act.value}", said.by, incident.id, **_detail(said))
    draft.accept(said, incident=incident.id)


def _repeat(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    draft.line(incident.id, "repeat", who(said), text=_demand("text", said.text))
    draft.put_incident(incident)


def _chase(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    draft.line(incident.id, "chase", who(said), text=_demand("text", said.text))
    draft.put_incident(incident.model_copy(update={"chases": incident.chases + 1}))


def _hold(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    reason = _demand("reason", said.reason)
    if incident.state is IncidentState.HELD:
        raise Refusal("already_held", incident=incident.id)
    _refuse_at_work(draft, incident)
    if said.until_ms is not None and said.until_ms <= draft.now_ms:
        raise Refusal("in_the_past")
    until = None if said.until_ms is None else from_epoch_ms(said.until_ms)
    held = {"state": IncidentState.HELD, "reason": reason, "held_until": until, "waiting_since": None}
    draft.put_incident(incident.model_copy(update=held))
    facts = {} if said.until_ms is None else {"until_ms": said.until_ms}
    draft.line(incident.id, "hold", who(said), reason=reason, **facts)


def _wake(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    if incident.state is not IncidentState.HELD and not incident.telephoned:
        raise Refusal("not_held", incident=incident.id)
    woken: dict[str, object] = {"telephoned": ()}
    if incident.state is IncidentState.HELD:
        woken |= {"state": IncidentState.WAITING, "reason": "", "held_until": None}
    settle(draft, incident.model_copy(update=woken))
    draft.line(incident.id, "wake", who(said))


def _reinforce(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    if said.count is None or said.count < 1:
        raise Refusal("missing", field="count")
    more = incident.reinforcements + said.count
    draft.put_incident(incident.model_copy(update={"reinforcements": more}))
    draft.line(incident.id, "reinforce", who(said), text=said.text, count=said.count)


def _none_free(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    draft.put_incident(incident.model_copy(update={"none_free": incident.none_free + 1}))
    draft.line(incident.id, "none_free", who(said))


def _amend(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    if (said.place is None) != (said.position is None):
        raise Refusal("missing", field="place" if said.place is None else "position")
    wanted = {
        "priority": said.priority,
        "patients": said.patients,
        "needs": said.needs,
        "chief_complaint": said.chief_complaint,
        "place": said.place,
        "position": said.position,
    }
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(incident, name)
    }
    if not changes:
        raise Refusal("nothing_changed")
    facts: dict[str, str | int] = {"what": " ".join(changes)}
    for name, value in changes.items():
        facts |= {f"{name}_before": _told(getattr(incident, name)), name: _told(value)}
    draft.put_incident(incident.model_copy(update=changes))
    draft.line(incident.id, "amend", who(said), None, **facts)


def _note(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    draft.line(incident.id, "note", who(said), text=_demand("text", said.text))


def _close(draft: Draft, incident: Incident, said: ChangeIncident) -> None:
    if said.ending is None:
        raise Refusal("missing", field="ending")
    agreed = said.ending in (Ending.COMPLETED, Ending.DUPLICATE)  # they say why by themselves
    reason = said.reason.strip() if agreed else _demand("reason", said.reason)
    _refuse_at_work(draft, incident)
    close(draft, incident, said.ending, reason, who(said))


_ACTS = {
    Act.REPEAT: _repeat,
    Act.CHASE: _chase,
    Act.HOLD: _hold,
    Act.WAKE: _wake,
    Act.REINFORCE: _reinforce,
    Act.NONE_FREE: _none_free,
    Act.AMEND: _amend,
    Act.NOTE: _note,
    Act.CLOSE: _close,
}


def _demand(field: str, text: str) -> str:
    if not text.strip():
        raise Refusal("missing", field=field)
    return text.strip()


def _refuse_at_work(draft: Draft, incident: Incident) -> None:
    """Units on it, and those an order of this city holds for it at this moment."""
    held = [
        order.unit for order in draft.held() if order.job is not None and order.job.incident == incident.id
    ]
    units = list(dict.fromkeys((*incident.units, *held)))
    if units:
        raise Refusal("units_at_work", units=", ".join(units))


def _told(value: object) -> str | int:
    """A value of an incident as a fact of a line."""
    match value:
        case int():
            return int(value)
        case frozenset():
            return " ".join(sorted(str(one) for one in value))
        case Position(lat=lat, lon=lon):
            return f"{lat:.5f} {lon:.5f}"
    return str(value)


def _detail(said: ChangeIncident) -> dict[str, str | int]:
    """What the audit row keeps of a command."""
    given = {"text": said.text, "reason": said.reason, "until_ms": said.until_ms, "count": said.count}
    given |= {"priority": said.priority and int(said.priority), "patients": said.patients}
    given |= {"place": said.place, "ending": said.ending and said.ending.value}
    if said.position is not None:
        given |= {"lat_microdeg": round(said.position.lat * 1_000_000)}
        given |= {"lon_microdeg": round(said.position.lon * 1_000_000)}
    if said.needs is not None:
        given |= {"needs": " ".join(sorted(said.needs))}
    return {name: value for name, value in given.items() if value not in (None, "")}
