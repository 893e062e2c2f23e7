"""The alarms of a city, one list for all its desks: raised, acknowledged, put aside, escalated, gone.

UNACKNOWLEDGED -> ACKNOWLEDGED -> (cause gone) CLEARED, or UNACKNOWLEDGED -> (cause gone) RETURNED ->
(acknowledged) CLEARED. Some are answered by the very act that ends their cause: they clear by themselves.
"""

from datetime import timedelta

from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import ActOnAlarm, AlarmDeed
from dispatch.centre.watch import Wanted, wanted
from dispatch.clock import from_epoch_ms
from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.incidents import IncidentId, IncidentState

_UNSEEN, _SEEN, _GONE, _OVER = (
    AlarmState.UNACKNOWLEDGED,
    AlarmState.ACKNOWLEDGED,
    AlarmState.RETURNED,
    AlarmState.CLEARED,
)
ANSWERED_BY_THE_ACT = frozenset(
    {
        "aid_received",
        "aid_unanswered",
        "handed_over",
        "held_over",
        "blood_unanswered",
        "blood_unchecked",
        "blood_quarantined",
    }
)
"""Their cause ends only when a person does what the alarm asks for."""
UNTIL_SEEN = frozenset(
    {
        *("conflict", "aid_lost", "unit_arranged", "blood_short", "blood_recalled", "blood_expired"),
        *("history_conflict", "history_disputed", "history_broken", "history_unproven", "log_unwitnessed"),
    }
)
"""Events: somebody must have read them, and nothing else ends them."""
WHILE_WAITING = frozenset({"unit_refused", "waiting_again"})
"""Events about an incident: they stand until a unit is sent again, and a refusal until it was read."""
_RANK = {Severity.ADVISORY: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


def tick(draft: Draft) -> None:
    """Raise what should stand, end what should not, escalate, and bring back what was put aside."""
    should = wanted(draft)
    standing = {alarm.id: alarm for alarm in draft.open_alarms()}
    for alarm in standing.values():
        if alarm.id not in should and not _stands_by_itself(draft, alarm):
            _cause_gone(draft, alarm)
        else:
            _tend(draft, alarm, should.get(alarm.id))
    for number, one in should.items():
        if number not in standing:
            _raise(draft, one)


def decide(draft: Draft, said: ActOnAlarm) -> None:
    """Acknowledge an alarm or put it aside, or raise Refusal; another city's desks may only look."""
    if said.asker.city != draft.city:
        raise Refusal("aid_not_yours", city=draft.city)
    alarm = draft.alarm(said.alarm)
    if alarm is None or alarm.state is _OVER:
        raise Refusal("unknown_alarm")
    match said.act:
        case AlarmDeed.ACKNOWLEDGE:
            after = _acknowledged(alarm, who(said))
        case AlarmDeed.SHELVE:
            after = _shelved(draft, alarm, said)
        case AlarmDeed.UNSHELVE:
            after = alarm.model_copy(update={"shelved_until": None})
    if after != alarm:
        draft.put_alarm(after)
        action = {AlarmDeed.ACKNOWLEDGE: "acknowledged", AlarmDeed.SHELVE: "shelved"}.get(
            said.act, "unshelved"
        )
        draft.note(f"alarm.{action}", said.by, alarm.id, reason=said.reason, until_ms=said.until_ms or 0)
    draft.accept(said, alarm=alarm.id, state=after.state.value)


def _acknowledged(alarm: Alarm, by: str) -> Alarm:
    if alarm.state is _SEEN:
        return alarm
    over = alarm.state is _GONE or alarm.code in UNTIL_SEEN
    return alarm.model_copy(update={"state": _OVER if over else _SEEN, "acknowledged_by": by})


def _shelved(draft: Draft, alarm: Alarm, said: ActOnAlarm) -> Alarm:
    most_min = draft.rules.alarms.shelve_most_min
    if said.until_ms is None or not draft.now_ms < said.until_ms <= draft.now_ms + most_min * 60_000:
        raise Refusal("no_limit", most_min=most_min)
    if not said.reason.strip():
        raise Refusal("missing", field="reason")
    return alarm.model_copy(update={"shelved_until": from_epoch_ms(said.until_ms)})


# --- what the tick does to one alarm --------------------------------------------------------------


def _raise(draft: Draft, one: Wanted) -> None:
    draft.raise_alarm(
        Alarm(
            id=one.id,
            severity=one.severity,
            code=one.code,
            facts=_facts(one),
            city=draft.city,
            raised_at=draft.now,
            subject=one.subject,
            shared=True,
        )
    )


def _facts(one: Wanted) -> dict[str, str | int | float]:
    return {**one.facts, "again": one.again} if one.again else one.facts


def _stands_by_itself(draft: Draft, alarm: Alarm) -> bool:
    """Whether the cause of an event still stands."""
    if alarm.code in UNTIL_SEEN:
        return True
    if alarm.code not in WHILE_WAITING:
        return False
    incident = draft.incident(IncidentId(str(alarm.facts.get("incident", ""))))
    unread = alarm.code == "unit_refused" and alarm.state is _UNSEEN
    if incident is None:
        return unread  # of another city: told until somebody has read it
    return incident.state is IncidentState.WAITING or (unread and incident.state.open)


def _cause_gone(draft: Draft, alarm: Alarm) -> None:
    seen = alarm.state is _SEEN or alarm.code in ANSWERED_BY_THE_ACT
    if alarm.state is _GONE:
        kept = timedelta(hours=draft.rules.alarms.returned_kept_h)
        if draft.now - alarm.raised_at < kept:
            return
        seen = True
    draft.put_alarm(alarm.model_copy(update={"state": _OVER if seen else _GONE, "shelved_until": None}))
    draft.note("alarm.cleared" if seen else "alarm.returned", None, alarm.id, code=alarm.code)


def _tend(draft: Draft, alarm: Alarm, one: Wanted | None) -> None:
    """An alarm whose cause stands: louder, rung anew, back from the shelf, or escalated."""
    if one is not None and _rings_anew(alarm, one):
        _raise(draft, one)
        return
    after = alarm
    if one is not None and (alarm.severity is not one.severity or alarm.facts != _facts(one)):
        after = after.model_copy(update={"facts": _facts(one), "severity": one.severity})
    if alarm.shelved_until is not None and not alarm.shelved(draft.now):
        back = {"shelved_until": None, "state": _UNSEEN, "raised_at": draft.now, "escalated": False}
        after = after.model_copy(update=back)
    elif _escalates(draft, alarm):
        after = after.model_copy(update={"escalated": True})
        draft.note("alarm.escalated", None, alarm.id, code=alarm.code)
    if after is not alarm:
        draft.put_alarm(after)


def _rings_anew(alarm: Alarm, one: Wanted) -> bool:
    """Its cause is back, it became more severe, or what it counts has grown."""
    louder = _RANK[one.severity] > _RANK[alarm.severity]
    more = one.again > int(alarm.facts.get("again", 0))
    return alarm.state is _GONE or louder or more


def _escalates(draft: Draft, alarm: Alarm) -> bool:
    loud = alarm.state is _UNSEEN and alarm.severity is Severity.CRITICAL
    if not loud or alarm.escalated or alarm.shelved(draft.now):
        return False
    return draft.now - alarm.raised_at >= timedelta(seconds=draft.rules.alarms.escalate_s)
