"""The borrower's side of help: the lender's word about a request becomes lines, and a transfer an end."""

from dispatch.centre import events
from dispatch.centre.draft import Draft
from dispatch.centre.life import close, settle
from dispatch.clock import epoch_ms
from dispatch.domain.aid import Aid, AidKind, AidState
from dispatch.domain.incidents import Ending, Incident

_LINES = {
    AidState.ACCEPTED: "aid.accepted",
    AidState.DECLINED: "aid.declined",
    AidState.CANCELLED: "aid.cancelled",
    AidState.EXPIRED: "aid.expired",
    AidState.RELEASED: "aid.released",
}


def follow(draft: Draft, aid: Aid) -> None:
    """Take over a request of this city as its lender holds it; a word older than the one known is dropped."""
    if aid.borrower != draft.city:
        return
    known = draft.asked.get(aid.id) or draft.state.asked.get(aid.id)
    if known is not None and (aid == known or known.state.final or aid.changed_at < known.changed_at):
        return
    draft.put_asked(aid)
    incident = draft.incident(aid.incident)
    if incident is not None:
        _lines(draft, incident, known, aid)
    if incident is None or incident.state.open:
        for unit in aid.lost:
            if known is None or unit not in known.lost:
                events.aid_lost(draft, aid, unit)


def _lines(draft: Draft, incident: Incident, known: Aid | None, aid: Aid) -> None:
    at_ms, number = epoch_ms(aid.changed_at), incident.id
    if known is None:
        asked_ms = epoch_ms(aid.asked_at)
        code = "aid.asked" if aid.kind is AidKind.UNITS else "aid.asked_over"
        draft.line(number, code, aid.operator, asked_ms, city=aid.lender, count=aid.count)
    named = [unit for unit in aid.units if known is None or unit not in known.units]
    if named:
        facts = {"city": aid.lender, "units": ", ".join(named)}
        code = "aid.committed_by_rule" if aid.rule else "aid.committed"
        draft.line(number, code, aid.answered_by, at_ms, **facts)
    lost = [unit for unit in aid.lost if known is None or unit not in known.lost]
    if lost:
        draft.line(number, "aid.lost", "", at_ms, city=aid.lender, units=", ".join(lost))
    if aid.state in _LINES and (known is None or known.state is not aid.state):
        if aid.kind is AidKind.INCIDENT and aid.state is AidState.RELEASED:
            _moved(draft, incident, aid, at_ms)
        else:
            facts = {"city": aid.lender, "reason": aid.reason}
            draft.line(number, _LINES[aid.state], aid.answered_by, at_ms, **facts)


def _moved(draft: Draft, incident: Incident, aid: Aid, at_ms: int) -> None:
    """The other centre answers for it from now on; own units on it finish first."""
    if aid.moved_to is None or not incident.state.open:
        return
    facts = {"city": aid.lender, "incident": aid.moved_to}
    draft.line(incident.id, "moved", aid.answered_by, at_ms, **facts)
    draft.note("incident.moved", None, incident.id, **facts)
    moved = incident.model_copy(update={"moved_to": aid.moved_to})
    if moved.units:
        settle(draft, moved)
    else:
        close(draft, moved, Ending.TRANSFERRED, at_ms=at_ms)
