"""Alarms that a centre holds for all its desks, between the domain and the wire."""

from collections.abc import Iterable

from dispatch.centre.messages import ActOnAlarm, AlarmDeed
from dispatch.centre.wire_parts import by, by_payload, facts_payload, words
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker
from dispatch.feed import payloads

MOST = 20_000
"""In one snapshot."""
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def alarm_payload(alarm: Alarm) -> payloads.AlarmRecord:
    """An alarm as its centre says it."""
    return payloads.AlarmRecord(
        alarm=alarm.id,
        code=alarm.code,
        severity=alarm.severity.value,
        raised_at=epoch_ms(alarm.raised_at),
        state=alarm.state.value,
        facts=facts_payload(
            {name: fact if isinstance(fact, str) else round(fact) for name, fact in alarm.facts.items()}
        ),
        subject=alarm.subject[:400],
        acknowledged_by=alarm.acknowledged_by[:400],
        shelved_until=None if alarm.shelved_until is None else epoch_ms(alarm.shelved_until),
        escalated=alarm.escalated,
    )


def alarm(city: CityCode, data: payloads.AlarmRecord) -> Alarm:
    """The same, heard."""
    return Alarm(
        id=AlarmId(data.alarm),
        severity=Severity(data.severity),
        code=data.code,
        facts={name: words(fact) if isinstance(fact, str) else fact for name, fact in data.facts.items()},
        city=city,
        raised_at=from_epoch_ms(data.raised_at),
        state=AlarmState(data.state),
        subject=words(data.subject),
        acknowledged_by=words(data.acknowledged_by),
        shelved_until=None if data.shelved_until is None else from_epoch_ms(data.shelved_until),
        escalated=data.escalated,
        shared=True,
    )


def alarms_payload(alarms: Iterable[Alarm]) -> payloads.AlarmsSnapshot:
    """The gravest first: what does not fit in one message is the least of it."""
    kept = [one for one in alarms if one.state is not AlarmState.CLEARED]
    kept.sort(key=lambda one: (_RANK[one.severity], one.raised_at))
    return payloads.AlarmsSnapshot([alarm_payload(one) for one in kept[:MOST]])


def acting(data: payloads.AlarmAct, key: str, asker: Asker) -> ActOnAlarm:
    """An alarm acknowledged, or put aside."""
    return ActOnAlarm(
        key, asker, by(data.by), AlarmId(data.alarm), AlarmDeed(data.act), data.until, words(data.reason)
    )


def acting_payload(said: ActOnAlarm) -> payloads.AlarmAct:
    return payloads.AlarmAct(said.alarm, said.act.value, by_payload(said.by), said.until_ms, said.reason)
