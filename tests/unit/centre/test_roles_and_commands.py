"""Every role x every command to a centre, with the rights as shipped: what is taken and what is refused.

The table is written from docs/operations.md, not from roles.toml: a change of either has to be meant.
"""

from itertools import product

import pytest

from dispatch.centre.messages import (
    ActOnAlarm,
    ActOnBlood,
    AlarmDeed,
    AnswerAid,
    AskAid,
    Cancel,
    ChangeIncident,
    ClaimSaid,
    Commit,
    HoldBlood,
    KeyedCommand,
    OpenIncident,
    Reply,
    Request,
    SetUnit,
    TakeTo,
    Telephoned,
)
from dispatch.claims.deeds import LookAtClaims
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.blood_orders import BloodAct, BloodLine, BloodOrderId
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, Job, OrderState, RequestId
from dispatch.domain.units import UnitId, UnitState
from dispatch.settings import load_rights
from tests.unit.centre.centre_world import CHANGSHA, HERE, START_MS, ZHUZHOU, City, rules

HERE_ASKER, ABROAD = Asker(CHANGSHA, "console-1"), Asker(ZHUZHOU, "console-1")
NUMBER, UNIT, BANK = IncidentId("CS-1124-1001"), UnitId("CS-001"), BankId("CS-B-1")

DISPATCHING = {
    "open", "change", "close", "set", "take_to", "telephoned", "ask", "take_back", "answer", "acknowledge",
    "hold", "cancel",
}  # fmt: skip
EVERYTHING = DISPATCHING | {"shelve", "confirm", "claims"}
MAY: dict[Role, set[str]] = {
    Role.DISPATCHER: DISPATCHING,
    Role.SUPERVISOR: EVERYTHING,
    Role.BLOOD_STAFF: {"hold", "cancel", "confirm"},
    Role.CLAIMS_STAFF: {"claims"},
    Role.DRILL_LEADER: set(),
    Role.OBSERVER: set(),
}
MAY_IN_A_DRILL = MAY | {Role.DRILL_LEADER: EVERYTHING}


def incident(number: IncidentId = NUMBER) -> Incident:
    return Incident(
        id=number, city=CHANGSHA, position=HERE, place="Wuyi Square", priority=Priority.URGENT,
        opened_at=from_epoch_ms(START_MS),
    )  # fmt: skip


def commands(by: By) -> dict[str, KeyedCommand]:
    """One command of each kind; whether it can be carried out does not matter here."""
    head = ("key", HERE_ASKER, by)
    now = from_epoch_ms(START_MS)
    aid = Aid(
        id=AidId("ZZ-1"), incident=NUMBER, borrower=CHANGSHA, lender=ZHUZHOU, node="console-1", operator="x",
        priority=Priority.URGENT, position=HERE, place="x", asked_at=now, changed_at=now,
        answer_by=from_epoch_ms(START_MS + 60_000),
    )  # fmt: skip
    lines = (BloodLine(component=ComponentCode("red_cells"), group=BloodGroup.A_POS, quantity=1),)
    order = BloodOrderId("CS-B-1124-1")
    return {
        "open": OpenIncident(*head, incident()),
        "change": ChangeIncident(*head, NUMBER, Act.NOTE, text="x"),
        "close": ChangeIncident(*head, NUMBER, Act.CLOSE, ending=Ending.DUPLICATE),
        "set": SetUnit(*head, UNIT, UnitState.OUT_OF_SERVICE, START_MS, reason="x"),
        "take_to": TakeTo(*head, UNIT, NUMBER, HospitalId("CS-H-1")),
        "telephoned": Telephoned(*head, UNIT, NUMBER, START_MS, "x"),
        "ask": AskAid(*head, aid),
        "answer": AnswerAid(*head, AidId("ZZ-1"), AidAct.DECLINE, reason="x"),
        "take_back": AnswerAid("key", ABROAD, by, AidId("ZZ-1"), AidAct.CANCEL),
        "acknowledge": ActOnAlarm(*head, AlarmId("x"), AlarmDeed.ACKNOWLEDGE),
        "shelve": ActOnAlarm(*head, AlarmId("x"), AlarmDeed.SHELVE, START_MS + 60_000, "x"),
        "claims": ClaimSaid(*head, LookAtClaims()),
        "hold": HoldBlood(*head, order, BANK, HospitalId("CS-H-1"), lines, START_MS + 3_600_000),
        "cancel": ActOnBlood(*head, order, BloodAct.CANCEL, "x"),
        "confirm": ActOnBlood(*head, order, BloodAct.CONFIRM),
    }


KINDS = tuple(commands(By(operator="x", role=Role.OBSERVER)))


@pytest.fixture
def city() -> City:
    return City(centre_rules=rules().model_copy(update={"rights": load_rights()}))


@pytest.mark.parametrize(
    ("role", "kind", "drill", "break_glass"),
    product(Role, KINDS, (False, True), (False, True)),
)
def test_a_centre_takes_from_a_role_what_it_may_and_nothing_else(
    city: City, role: Role, kind: str, drill: bool, break_glass: bool
) -> None:
    city.state.drill = drill
    said = commands(By(operator="somebody", role=role, break_glass=break_glass))[kind]
    (reply,) = [one for one in city.centre.take([said], city.now_ms) if isinstance(one, Reply)]
    table = MAY_IN_A_DRILL if drill else MAY
    may = kind in table[Role.DISPATCHER if break_glass else role]
    assert (reply.code != "not_allowed") is may, reply


@pytest.mark.parametrize(("role", "drill"), product(Role, (False, True)))
def test_a_unit_is_ordered_committed_and_called_back_by_those_who_may_order(
    city: City, role: Role, drill: bool
) -> None:
    city.state.drill = drill
    may = role in (Role.DISPATCHER, Role.SUPERVISOR) or (drill and role is Role.DRILL_LEADER)
    city.centre.take(
        [OpenIncident("k", HERE_ASKER, By(operator="li", role=Role.DISPATCHER), incident())], city.now_ms
    )
    job = Job(incident=NUMBER, position=HERE, place="Wuyi Square", priority=Priority.URGENT)
    asked = Request(RequestId("r-1"), UNIT, HERE_ASKER, "x", job, city.now_ms + 60_000, role=role.value)
    city.centre.take([asked], city.now_ms)
    assert (city.order(asked.request).state is OrderState.RESERVED) is may

    by_li = Request(RequestId("r-2"), UnitId("CS-002"), HERE_ASKER, "li", job, city.now_ms + 60_000)
    city.centre.take([by_li], city.now_ms)
    token = city.order(by_li.request).token
    commit = Commit(by_li.request, by_li.unit, HERE_ASKER, "x", token, role.value)
    city.centre.take([commit], city.now_ms)
    assert (city.order(by_li.request).state is OrderState.ORDERED) is may

    city.centre.take([Commit(by_li.request, by_li.unit, HERE_ASKER, "li", token)], city.now_ms)
    assert city.order(by_li.request).state is OrderState.ORDERED
    city.centre.take([Cancel(by_li.request, by_li.unit, HERE_ASKER, "x", role.value)], city.now_ms)
    assert (city.order(by_li.request).state is not OrderState.ORDERED) is may
    refused = [
        note.action for note in city.mind.notes if note.action == "command.refused" and note.actor == "x"
    ]
    assert len(refused) == (0 if may else 2)
