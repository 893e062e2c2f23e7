"""What an opened message says to a centre; the way back, for whoever asks one, stands here too."""

from collections.abc import Iterable
from dataclasses import replace

from dispatch.centre import wire, wire_aid, wire_alarms, wire_blood, wire_claims, wire_incidents, wire_units
from dispatch.centre.messages import (
    ActOnAlarm,
    ActOnBlood,
    AnswerAid,
    AskAid,
    ChangeIncident,
    ClaimSaid,
    ForeignAid,
    HoldBlood,
    Input,
    KeyedCommand,
    OpenIncident,
    SetUnit,
    TakeTo,
    Telephoned,
)
from dispatch.centre.wire import Opened
from dispatch.centre.wire_parts import Refused
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker
from dispatch.feed import payloads

KINDS: dict[type[KeyedCommand], str] = {
    OpenIncident: "incident.open",
    ChangeIncident: "incident.change",
    SetUnit: "unit.set",
    TakeTo: "unit.take_to",
    Telephoned: "unit.telephoned",
    AskAid: "aid.request",
    AnswerAid: "aid.answer",
    ActOnAlarm: "alarm.act",
    ClaimSaid: "claims.say",
    HoldBlood: "blood.hold",
    ActOnBlood: "blood.act",
}
"""Keyed command -> its kind on the wire, without "cmd."."""


def asker_of(opened: Opened) -> Asker:
    """Who sent a command, and so who is answered."""
    source = opened.envelope.src
    return Asker(CityCode(source.city), source.node)


def input_of(opened: Opened, city: CityCode) -> Input | None:
    """What a message says to the centre of `city`; None when it is not for a centre. Refused: a code."""
    if opened.topic.kind.startswith("cmd."):
        return wire.command(opened) or keyed(opened, city)
    data = opened.envelope.data
    if isinstance(data, payloads.UnitReport):
        return wire.report(opened)
    if isinstance(data, payloads.UnitState):
        return wire_units.unit_said(data, opened.topic.key)
    if isinstance(data, payloads.BankStock | payloads.BankChange):
        return wire_blood.stock(data, opened.topic.key)
    return None


def keyed(opened: Opened, city: CityCode) -> KeyedCommand | None:
    """A command that is answered by its key; None for one that is not a centre's. Refused without a key."""
    envelope = opened.envelope
    if not isinstance(envelope.data, _KEYED):
        return None
    if envelope.key is None:
        raise Refused("no_key")
    said = _keyed(envelope.data, envelope.key, asker_of(opened), city, drill=envelope.drill)
    return replace(said, expires_ms=envelope.expires_at)


_KEYED = (
    payloads.IncidentOpen,
    payloads.IncidentChange,
    payloads.UnitSet,
    payloads.UnitTakeTo,
    payloads.UnitTelephoned,
    payloads.AidRequest,
    payloads.AidAnswer,
    payloads.AlarmAct,
    payloads.ClaimsSay,
    payloads.BloodHold,
    payloads.BloodAct,
)
_Keyed = (
    payloads.IncidentOpen
    | payloads.IncidentChange
    | payloads.UnitSet
    | payloads.UnitTakeTo
    | payloads.UnitTelephoned
    | payloads.AidRequest
    | payloads.AidAnswer
    | payloads.AlarmAct
    | payloads.ClaimsSay
    | payloads.BloodHold
    | payloads.BloodAct
)


def _keyed(data: _Keyed, key: str, asker: Asker, city: CityCode, *, drill: bool) -> KeyedCommand:
    match data:
        case payloads.IncidentOpen():
            return wire_incidents.opening(data, key, asker, city, drill=drill)
        case payloads.IncidentChange():
            return wire_incidents.change(data, key, asker)
        case payloads.UnitSet():
            return wire_units.setting(data, key, asker)
        case payloads.UnitTakeTo():
            return wire_units.taking(data, key, asker)
        case payloads.UnitTelephoned():
            return wire_units.telephoned(data, key, asker)
        case payloads.AidRequest():
            return wire_aid.asking(data, key, asker, city)
        case payloads.AidAnswer():
            return wire_aid.answer(data, key, asker)
        case payloads.AlarmAct():
            return wire_alarms.acting(data, key, asker)
        case payloads.ClaimsSay():
            return wire_claims.said(data, key, asker)
        case payloads.BloodHold():
            return wire_blood.holding(data, key, asker)
        case payloads.BloodAct():
            return wire_blood.acting(data, key, asker)


def payload_of(said: KeyedCommand) -> payloads.Payload:
    """A keyed command on its way out."""
    match said:
        case OpenIncident():
            return wire_incidents.opening_payload(said)
        case ChangeIncident():
            return wire_incidents.change_payload(said)
        case SetUnit():
            return wire_units.setting_payload(said)
        case TakeTo():
            return wire_units.taking_payload(said)
        case Telephoned():
            return wire_units.telephoned_payload(said)
        case AskAid():
            return wire_aid.asking_payload(said)
        case AnswerAid():
            return wire_aid.answer_payload(said)
        case ActOnAlarm():
            return wire_alarms.acting_payload(said)
        case ClaimSaid():
            return wire_claims.said_payload(said)
        case HoldBlood():
            return wire_blood.holding_payload(said)
        case ActOnBlood():
            return wire_blood.acting_payload(said)


def foreign(opened: Opened, home: CityCode, city: CityCode) -> Iterable[Input]:
    """What another city's centre says of itself that concerns the centre of `home`."""
    data = opened.envelope.data
    if opened.topic.city != city:
        raise Refused("wrong_city")
    match data:
        case payloads.UnitStatus():
            if data.unit != opened.topic.key:
                raise Refused("wrong_subject")
            yield wire_units.foreign(city, data)
        case payloads.AidsSnapshot():
            for record in data.aids:
                if record.borrower == home:
                    yield ForeignAid(wire_aid.aid(city, record))
