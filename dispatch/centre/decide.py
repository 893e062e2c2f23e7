"""The one entry of a centre: what a message changes, decided into a draft. Pure, as the order protocol is.

Orders go through the protocol, and everything else follows from them. A keyed command is decided once: its
answer is stored with what it changed, and a repeat is given that answer.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dispatch.centre import (
    alarms,
    blood_orders,
    blood_stock,
    claims_desk,
    evidence_rules,
    follow,
    incidents,
    lending,
    protocol,
    telephoned,
    unit_words,
    units,
)
from dispatch.centre.draft import Draft, Refusal
from dispatch.centre.messages import (
    ActOnAlarm,
    ActOnBlood,
    AnswerAid,
    AskAid,
    Cancel,
    ChangeIncident,
    ClaimAnswered,
    ClaimSaid,
    Commit,
    ForeignAid,
    ForeignUnit,
    HoldBlood,
    Input,
    KeyedCommand,
    Noticed,
    OpenIncident,
    Query,
    Radioed,
    Reply,
    Report,
    Request,
    Said,
    SetUnit,
    StockChanged,
    StockCounted,
    TakeTo,
    Telephoned,
    Tick,
    UnitSaid,
)
from dispatch.centre.protocol import Note
from dispatch.centre.rights import right_of
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Right, Rights, Role
from dispatch.domain.orders import Order, RequestId, Token
from dispatch.domain.units import UnitId

_journal = logging.getLogger(__name__)


def decide(draft: Draft, said: Input) -> None:
    """What a centre does about one message, or about the time."""
    match said:
        case Tick():
            _tick(draft)
        case Report(said=Said.TAKING_TO):
            unit_words.hear_taking_to(draft, said)
        case Request() | Commit() | Cancel() | Query() | Report() | Radioed():
            _order(draft, said)
        case UnitSaid() | ForeignUnit():
            units.decide(draft, said)
        case ForeignAid():
            incidents.decide(draft, said)
        case Noticed():
            evidence_rules.hear(draft, said)
        case ClaimAnswered():
            claims_desk.hear_answer(draft, said)
        case StockCounted() | StockChanged():
            blood_stock.hear(draft, said)
        case _:
            _keyed(draft, said)


# --- orders ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the order protocol knows: the orders as they stand in the draft, and whom a unit is refused."""

    draft: Draft

    @property
    def city(self) -> CityCode:
        return self.draft.city

    @property
    def last_token(self) -> Token:
        given = [one.token for one in self.draft.decisions if one.token is not None]
        return given[-1] if given else self.draft.ledger.last_token

    def order(self, request: RequestId) -> Order | None:
        return self.draft.order(request)

    def holder(self, unit: UnitId) -> Order | None:
        return self.draft.holder(unit)

    def held(self) -> Iterable[Order]:
        return self.draft.held()

    def refusal(self, said: Request) -> str:
        return _refusal(self.draft, said)


def _refusal(draft: Draft, said: Request) -> str:
    """Why a unit that nobody holds is not given to a request: unknown, not free, not lent, or not allowed."""
    unknown = draft.ledger.refusal(said)
    if unknown:
        return unknown
    duty = draft.duty(said.unit)
    if duty is None:
        return "unit_unknown"
    if not _may_order(draft, said.role):
        return "not_allowed"
    return lending.refusal(draft, said) or ("" if duty.status.state.dispatchable else "unit_not_free")


def _may_order(draft: Draft, role: str) -> bool:
    return role in set(Role) and _rights(draft).may(Role(role), Right.ORDER)


def _order(draft: Draft, said: Request | Commit | Cancel | Query | Report | Radioed | Tick) -> None:
    if isinstance(said, Commit | Cancel) and not _may_order(draft, said.role):
        why: dict[str, str | int] = {"code": "not_allowed", "unit": said.unit}
        draft.notes.append(Note("command.refused", said.operator, said.role, said.request, why))
        said = Query(said.request, said.unit, said.asker, said.operator)  # how it stands, and nothing changes
    decision = protocol.decide(_Ledger(draft), said, draft.now_ms, draft.lease_ms)
    follow.orders(draft, decision)


def _tick(draft: Draft) -> None:
    """Each part by itself: a fault in one must not keep the others from their time."""
    parts: tuple[tuple[str, Callable[[Draft], None]], ...] = (
        ("orders", lambda draft: _order(draft, Tick())),
        ("incidents", incidents.tick),
        ("lending", lending.tick),
        ("blood", blood_orders.tick),
        ("alarms", alarms.tick),
    )
    for name, part in parts:
        mark = draft.mark()
        try:
            part(draft)
        except Exception:  # noqa: BLE001 - whatever it is, leases and alarms go on
            _journal.exception("the %s of the centre of %s failed at their tick", name, draft.city)
            draft.back_to(mark)


# --- keyed commands -------------------------------------------------------------------------------


def _keyed(draft: Draft, said: KeyedCommand) -> None:
    """Once for each key: the stored answer, or a decision with its answer."""
    known = draft.answered(said.key)
    if known is not None:
        draft.say(replace(known, to=said.asker))
        return
    mark = draft.mark()
    try:
        _check(draft, said)
        _room(draft, said)
    except Refusal as refusal:
        draft.back_to(mark)
        _refuse(draft, said, refusal)


def _room(draft: Draft, said: KeyedCommand) -> None:
    match said:
        case OpenIncident() | ChangeIncident():
            incidents.decide(draft, said)
        case SetUnit() | TakeTo():
            units.decide(draft, said)
        case AskAid() | AnswerAid():
            lending.decide(draft, said)
        case ActOnAlarm():
            alarms.decide(draft, said)
        case Telephoned():
            telephoned.decide(draft, said)
        case ClaimSaid():
            claims_desk.decide(draft, said)
        case HoldBlood():
            blood_orders.hold(draft, said)
        case ActOnBlood():
            blood_orders.act(draft, said)


def _check(draft: Draft, said: KeyedCommand) -> None:
    """Refusal when it came too late, or when the role of whoever asks may not do it."""
    if said.expires_ms is not None and draft.now_ms > said.expires_ms:
        raise Refusal("expired")
    right = right_of(said, draft.city)
    if not _rights(draft).allows(said.by, right):
        raise Refusal("not_allowed", role=said.by.role.value, right=right.value)


def _rights(draft: Draft) -> Rights:
    return draft.rules.rights.in_force(drill=draft.state.drill)


def _refuse(draft: Draft, said: KeyedCommand, refusal: Refusal) -> None:
    """Nothing of the command is kept but its answer and a row of the audit log."""
    draft.reply(Reply(said.asker, said.key, accepted=False, code=refusal.code, facts=refusal.facts))
    detail: dict[str, str | int] = {
        "command": type(said).__name__,
        "code": refusal.code,
        "city": said.asker.city,
        "console": said.asker.node,
    }
    detail |= {f"fact.{name}": fact for name, fact in refusal.facts.items()}
    if said.by.break_glass:
        detail["break_glass"] = 1
    draft.notes.append(Note("command.refused", said.by.operator, said.by.role.value, _subject(said), detail))


def _subject(said: KeyedCommand) -> str:
    match said:
        case OpenIncident():
            return said.incident.id
        case AskAid():
            return said.aid.id
        case ChangeIncident():
            return said.incident
        case SetUnit() | TakeTo() | Telephoned():
            return said.unit
        case AnswerAid():
            return said.aid
        case ActOnAlarm():
            return said.alarm
        case ClaimSaid():
            return said.said.say
        case HoldBlood() | ActOnBlood():
            return said.order
