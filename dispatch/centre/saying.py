"""Every effect as the messages that are published for it: for the service and for simulators the same."""

from collections.abc import Iterable
from string import Formatter
from typing import NamedTuple

from dispatch.centre import wire, wire_aid, wire_alarms, wire_blood, wire_incidents, wire_units
from dispatch.centre.messages import Answer, AskCount, HeardStates, Publish, Reply, Subject, Tell
from dispatch.centre.protocol import Effect
from dispatch.centre.state import State
from dispatch.centre.wire_parts import facts_payload
from dispatch.centre.wire_units import Seen
from dispatch.domain.incidents import IncidentId
from dispatch.domain.refusals import SENTENCES
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.language import _


class Said(NamedTuple):
    """One message. No payload: a retained topic is cleared."""

    topic: str
    kind: str
    payload: payloads.Payload | None
    retain: bool = False
    key: str | None = None


def messages_of(effect: Effect, state: State) -> list[Said]:
    """What is published for one effect, with records as they stand now."""
    city = state.city
    match effect:
        case Answer():
            topic = topics.order_answer(city, *effect.to)
            return [Said(topic, "order.answer", wire.answer_payload(effect), key=effect.request)]
        case Tell():
            topic = topics.unit_order(city, effect.unit)
            return [Said(topic, "unit.order", wire.tell_payload(effect), key=effect.request)]
        case Reply():
            topic = topics.response(city, *effect.to)
            return [Said(topic, "response", response_payload(effect), key=effect.key)]
        case HeardStates():
            topic = topics.unit_heard(city, effect.unit)
            return [Said(topic, "unit.heard", wire_units.heard_payload(effect))]
        case AskCount():
            topic = topics.command(city, city, "snapshot.request")
            return [Said(topic, "cmd.snapshot.request", payloads.SnapshotRequest("stock", effect.bank))]
        case Publish():
            return list(_published(effect, state))


def _published(effect: Publish, state: State) -> Iterable[Said]:
    match effect.subject:
        case Subject.UNIT:
            return _unit(UnitId(effect.key), state)
        case Subject.INCIDENT:
            return _incident(IncidentId(effect.key), state)
        case Subject.AIDS:
            return [aids(state)]
        case Subject.ALARMS:
            return [alarms(state)]
        case Subject.BLOOD_ORDERS:
            return [blood_orders(state)]


def _unit(unit: UnitId, state: State) -> Iterable[Said]:
    duty = state.duties.get(unit)
    if duty is not None:
        payload = wire_units.status_payload(duty)
        yield Said(topics.status(state.city, unit), "unit.status", payload, retain=True)


def _incident(number: IncidentId, state: State) -> Iterable[Said]:
    """Its record and its timeline; both are cleared when it has left the memory."""
    incident = state.incidents.get(number)
    record = None if incident is None else wire_incidents.incident_payload(incident)
    lines = state.timelines.get(number)
    timeline = None if incident is None else wire_incidents.timeline_payload(number, lines or ())
    yield Said(topics.incident(state.city, number), "incident", record, retain=True)
    yield Said(topics.timeline(state.city, number), "incident.timeline", timeline, retain=True)


def aids(state: State) -> Said:
    """Every request for help that this city received."""
    payload = wire_aid.aids_payload(state.aids.values())
    return Said(topics.snapshot(state.city, "aids"), "snapshot.aids", payload, retain=True)


def alarms(state: State) -> Said:
    """Every alarm that is not cleared."""
    payload = wire_alarms.alarms_payload(state.alarms.values())
    return Said(topics.snapshot(state.city, "alarms"), "snapshot.alarms", payload, retain=True)


def blood_orders(state: State) -> Said:
    """Every order of blood that is open, or was a short while ago."""
    payload = wire_blood.orders_payload(state.blood.values())
    return Said(topics.snapshot(state.city, "blood_orders"), "snapshot.blood_orders", payload, retain=True)


def units(state: State, seen: dict[UnitId, Seen]) -> Said:
    """Every unit of the city, with where it was last seen."""
    payload = wire_units.units_payload(state.duties.values(), seen)
    return Said(topics.snapshot(state.city, "units"), "snapshot.units", payload, retain=True)


def everything(state: State, seen: dict[UnitId, Seen]) -> Iterable[Said]:
    """All that a centre keeps on its broker, said anew when the link comes up: the overview first."""
    yield units(state, seen)
    yield alarms(state)
    yield aids(state)
    yield blood_orders(state)
    for number in state.incidents:
        yield from _incident(number, state)
    for unit in state.duties:
        yield from _unit(unit, state)


def response_payload(said: Reply) -> payloads.Response:
    """The answer to a keyed command; its reason in the centre's own language beside the code."""
    facts = facts_payload(said.facts)
    return payloads.Response(said.key, said.accepted, reason_of(said)[:400], said.code or None, facts)


def reason_of(said: Reply) -> str:
    """Why not, as a sentence; empty when it was accepted."""
    if said.accepted:
        return ""
    sentence = SENTENCES.get(said.code, said.code)
    wanted = {name for _text, name, _format, _how in Formatter().parse(sentence) if name}
    if not wanted <= said.facts.keys():  # a code without its facts is still an answer
        return said.code
    return _(sentence, **said.facts)
