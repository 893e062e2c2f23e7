"""What a centre, a console or a vehicle takes from the wire, and orders on their way out and in.

The other nouns have files of their own: wire_incidents, wire_units, wire_aid, wire_alarms.
"""

from typing import NamedTuple

import msgspec

from dispatch.centre.messages import Act, Answer, Cancel, Command, Commit, Query, Report, Request, Said, Tell
from dispatch.centre.wire_parts import Refused, position, words
from dispatch.domain.aid import AidId
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.topics import Topic
from dispatch.feed.transport import Received
from dispatch.text import safe_text

COMMAND_KINDS = {
    Request: "order.request",
    Commit: "order.commit",
    Cancel: "order.cancel",
    Query: "order.query",
}


__all__ = ["Opened", "Refused", "open_message"]


class Opened(NamedTuple):
    """A message that passed: its topic and its envelope."""

    topic: Topic
    envelope: payloads.Envelope[payloads.Payload]


def open_message(received: Received, *, drill: bool) -> Opened | None:
    """A message that a centre, a requester or a vehicle goes by; None for other subjects.

    Refused (a code) when it must not be believed. Only what a centre says of itself may be retained.
    """
    topic = topics.parse(received.topic)
    if topic is None or not (topic.kind.startswith("cmd.") or topic.kind in _HEARD or topic.kind in _KEPT):
        return None
    if topic.kind not in payloads.PAYLOADS:
        raise Refused("unknown_topic")
    if received.retained and topic.kind not in _KEPT:
        raise Refused("retained_command")
    if len(received.payload) > payloads.size_cap(topic.kind):
        raise Refused("too_large")
    try:
        envelope = payloads.decode(topic.kind, received.payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused("malformed") from error
    if envelope.type != topic.kind:
        raise Refused("wrong_type")
    if envelope.src.city != topic.city:
        raise Refused("wrong_city")
    if envelope.drill is not drill:
        raise Refused("drill_mismatch")
    return Opened(topic, envelope)


_HEARD = frozenset(
    {"order.answer", "unit.order", "unit.report", "unit.state", "unit.heard", "unit.position", "bank.change"}
)
_KEPT = frozenset({"unit.status", "snapshot.aids", "bank.stock"})
"""Of other cities' centres, and of the banks."""


def command(opened: Opened) -> Command | None:
    """The command in a message to a centre; its asker is who sent it."""
    data, source = opened.envelope.data, opened.envelope.src
    asker = Asker(CityCode(source.city), source.node)
    match data:
        case payloads.OrderRequest():
            aid = None if data.aid is None else AidId(data.aid)
            job, until = _job(data.job), data.good_until
            return Request(*_subject(data), asker, _operator(data), job, until, aid, data.role)
        case payloads.OrderCommit():
            return Commit(*_subject(data), asker, _operator(data), Token(data.epoch, data.counter), data.role)
        case payloads.OrderCancel():
            return Cancel(*_subject(data), asker, _operator(data), data.role)
        case payloads.OrderQuery():
            return Query(*_subject(data), asker)
    return None


def command_payload(said: Command) -> payloads.Payload:
    """The same, on its way out."""
    match said:
        case Request():
            job = _job_payload(said.job)
            subject = said.request, said.unit, said.operator
            return payloads.OrderRequest(*subject, job, said.expires_ms, said.aid, _role(said.role))
        case Commit():
            subject = said.request, said.unit, said.operator
            return payloads.OrderCommit(*subject, *said.token, _role(said.role))
        case Cancel():
            return payloads.OrderCancel(said.request, said.unit, said.operator, _role(said.role))
        case Query():
            return payloads.OrderQuery(said.request, said.unit)


def answer(data: payloads.OrderAnswer, to: Asker) -> Answer:
    """A history as a requester hears it."""
    steps = tuple(Step(OrderState(step.state), step.at, step.reason) for step in data.steps)
    return Answer(
        to, RequestId(data.request), UnitId(data.unit), steps, Token(data.epoch, data.counter), data.until
    )


def answer_payload(said: Answer) -> payloads.OrderAnswer:
    """The same, on its way out."""
    steps = [msgspec.convert({"state": s.state.value, "at": s.at_ms, "reason": s.reason}, payloads.OrderStep)
             for s in said.steps]  # fmt: skip
    return payloads.OrderAnswer(said.request, said.unit, steps, *said.token, said.until_ms)


def tell(data: payloads.UnitOrder) -> Tell:
    """An order as a vehicle hears it."""
    job = None if data.job is None else _job(data.job)
    return Tell(
        UnitId(data.unit), RequestId(data.request), Token(data.epoch, data.counter), Act(data.act), job
    )


def tell_payload(said: Tell) -> payloads.UnitOrder:
    """The same, on its way out."""
    job = None if said.job is None else _job_payload(said.job)
    return payloads.UnitOrder(said.unit, said.request, *said.token, said.act.value, job)


def report(opened: Opened) -> Report | None:
    """What a vehicle says; Refused when it speaks for another."""
    data = opened.envelope.data
    if not isinstance(data, payloads.UnitReport):
        return None
    if data.unit != opened.topic.key:
        raise Refused("wrong_subject")
    token = Token(data.epoch, data.counter)
    subject = UnitId(data.unit), RequestId(data.request), token
    return Report(*subject, Said(data.said), data.ending or "", data.hospital or "")


def report_payload(said: Report) -> payloads.UnitReport:
    """The same, on its way out."""
    subject = said.unit, said.request, *said.token
    return payloads.UnitReport(*subject, said.said.value, said.ending or None, said.hospital or None)


def _subject(
    data: payloads.OrderRequest | payloads.OrderCommit | payloads.OrderCancel | payloads.OrderQuery,
) -> tuple[RequestId, UnitId]:
    return RequestId(data.request), UnitId(data.unit)


def _operator(data: payloads.OrderRequest | payloads.OrderCommit | payloads.OrderCancel) -> str:
    return safe_text(data.operator, 64)


def _role(role: str) -> payloads.RoleCode:
    code: payloads.RoleCode = msgspec.convert(role, payloads.RoleCode)
    return code


def _job(data: payloads.OrderJob) -> Job:
    return Job(
        incident=IncidentId(data.incident),
        priority=Priority(data.priority),
        position=position(data.lat, data.lon, data.datum),
        place=words(data.place, 200),
        hospital=data.hospital,
    )


def _job_payload(job: Job) -> payloads.OrderJob:
    return payloads.OrderJob(
        incident=job.incident,
        priority=job.priority.value,
        lat=job.position.lat,
        lon=job.position.lon,
        datum="wgs84",
        place=job.place,
        hospital=job.hospital,
    )
