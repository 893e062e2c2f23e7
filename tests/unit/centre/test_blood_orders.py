"""Blood held at a bank of the city: granted from its count, answered by its people, followed to its end."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.order_rules import AutomaticRule, BloodOrderRules, Limits
from dispatch.centre.memory import MemoryCentre
from dispatch.centre.messages import (
    ActOnBlood,
    AskCount,
    HoldBlood,
    Input,
    Reply,
    StockChanged,
    StockCounted,
    Tick,
)
from dispatch.centre.protocol import Effect
from dispatch.domain.alarms import AlarmId
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.blood_orders import (
    BLOOD_NEXT,
    Bag,
    BloodAct,
    BloodLine,
    BloodOrder,
    BloodOrderId,
    BloodState,
    ShelfLot,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.orders import Asker
from dispatch.domain.units import Unit, UnitId
from tests.unit.centre.centre_world import CHANGSHA, START_MS, ZHUZHOU, rules

BANK, RED, HOSPITAL = BankId("CS-B-1"), ComponentCode("red_cells"), HospitalId("CS-H-1")
PLASMA = ComponentCode("plasma")
HERE, THERE = Asker(CHANGSHA, "console-1"), Asker(ZHUZHOU, "console-1")
LI, WANG = By(operator="li", role=Role.DISPATCHER), By(operator="wang", role=Role.BLOOD_STAFF)
HOUR_MS = 3_600_000
BLOOD = BloodOrderRules(
    edition="test", soft_hold_min=10, stock_max_age_min=60, counted_after_min=10, unanswered_warn_s=60,
    unanswered_alarm_s=180, unchecked_alarm_min=30, limits=(Limits(component=RED, low_c=2, high_c=10),),
)  # fmt: skip
RIGHTS = Rights(
    edition="test",
    roles={
        Role.DISPATCHER: frozenset({Right.BLOOD}),
        Role.BLOOD_STAFF: frozenset({Right.BLOOD, Right.BLOOD_BANK}),
    },
)


class Blood:
    """A centre with one bank, and what is said to it."""

    def __init__(self, blood: BloodOrderRules = BLOOD) -> None:
        in_force = rules().model_copy(update={"blood": blood, "banks": {BANK: CHANGSHA}, "rights": RIGHTS})
        fleet = [Unit(id=UnitId("CS-001"), city=CHANGSHA)]
        self.centre = MemoryCentre(CHANGSHA, fleet, in_force, now_ms=START_MS)
        self.now_ms, self._keys = START_MS, 0

    def say(self, said: Input) -> list[Effect]:
        return self.centre.take([said], self.now_ms)

    def count(self, *lots: ShelfLot, seq: int = 1, without: frozenset[str] = frozenset()) -> list[Effect]:
        return self.say(StockCounted(BANK, seq, self.now_ms, lots, without))

    def change(
        self, seq: int, *put: ShelfLot, removed: tuple[str, ...] = (), without: str = ""
    ) -> list[Effect]:
        named = frozenset({without} - {""})
        gone = tuple(map(LotId, removed))
        return self.say(StockChanged(BANK, seq, self.now_ms, put, gone, named))

    def hold(
        self, order: str, quantity: int, *, asker: Asker = THERE, key: str = "", **changes: object
    ) -> Reply:
        line = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=quantity)
        said = HoldBlood(
            key or f"key-{order}", asker, LI, BloodOrderId(order), BANK, HOSPITAL, (line,),
            START_MS + HOUR_MS, expires_ms=START_MS + 24 * HOUR_MS,
        )  # fmt: skip
        return reply_in(self.say(replace(said, **changes)))  # type: ignore[arg-type]

    def act(self, order: str, act: BloodAct, *, asker: Asker = HERE, by: By = WANG, **facts: object) -> Reply:
        self._keys += 1
        said = ActOnBlood(f"act-{self._keys}", asker, by, BloodOrderId(order), act)
        return reply_in(self.say(replace(said, **facts)))  # type: ignore[arg-type]

    def order(self, order: str) -> BloodOrder:
        return self.centre.state.blood[BloodOrderId(order)]

    def to_hospital(self, order: str) -> None:
        """Confirmed, packed, carried and handed over."""
        for act in (BloodAct.CONFIRM, BloodAct.PACK, BloodAct.PACKED):
            assert self.act(order, act).accepted
        assert self.act(order, BloodAct.HAND, courier="Zhou").accepted
        assert self.act(order, BloodAct.DELIVER).accepted


def reply_in(effects: list[Effect]) -> Reply:
    return next(one for one in effects if isinstance(one, Reply))


def lot(number: str, quantity: int, hours: float = 100, **changes: object) -> ShelfLot:
    expires = START_MS + round(hours * HOUR_MS)
    made = ShelfLot(LotId(number), RED, BloodGroup.O_POS, quantity, expires)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def blood() -> Blood:
    return Blood()


# --- granted and denied ---------------------------------------------------------------------------


def test_the_first_to_expire_is_held_first_and_what_expires_on_the_way_never(blood: Blood) -> None:
    blood.count(lot("LATE", 5, 90), lot("SOON", 3, 20), lot("TOO-SOON", 9, 0.9))
    assert blood.hold("B-1", 4).accepted
    assert [(one.lot, one.quantity) for one in blood.order("B-1").taken] == [("SOON", 3), ("LATE", 1)]


def test_what_is_held_is_nobody_elses(blood: Blood) -> None:
    blood.count(lot("L", 5))
    assert blood.hold("B-1", 3).accepted
    refused = blood.hold("B-2", 3)
    assert (refused.accepted, refused.code, refused.facts["free"]) == (False, "blood_not_on_hand", 2)
    assert blood.order("B-2").state is BloodState.DENIED
    assert blood.hold("B-3", 2).accepted


def test_a_repeat_is_told_the_same_and_holds_nothing_more(blood: Blood) -> None:
    blood.count(lot("L", 5))
    first = blood.hold("B-1", 3)
    assert blood.hold("B-1", 3) == first
    assert blood.hold("B-1", 3, key="another").accepted
    assert blood.hold("B-2", 2).accepted
    denied = blood.hold("B-3", 1)
    blood.count(lot("L", 50), seq=2)
    assert blood.hold("B-3", 1) == denied
    assert not blood.hold("B-3", 1, key="a third").accepted, "one decision has one answer"


def test_one_number_is_not_used_for_two_decisions(blood: Blood) -> None:
    blood.count(lot("L", 50))
    assert blood.hold("B-1", 3).accepted
    assert blood.hold("B-1", 4, key="another").code == "blood_order_exists"
    assert blood.order("B-1").quantity(0) == 3


@pytest.mark.parametrize(
    "state", [LotState.RESERVED, LotState.QUARANTINED, LotState.RECALLED, LotState.ISSUED]
)
def test_only_what_is_available_is_held(blood: Blood, state: LotState) -> None:
    blood.count(lot("L", 5, state=state))
    assert blood.hold("B-1", 1).code == "blood_not_on_hand"


def test_special_units_are_held_from_lots_that_are_so_and_named_lots_from_these(blood: Blood) -> None:
    blood.count(lot("PLAIN", 5, 10), lot("IRR", 2, 90, attributes=frozenset({"irradiated"})))
    line = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=2, attributes=frozenset({"irradiated"}))
    assert blood.hold("B-1", 0 + 1, lines=(line,)).accepted
    assert [one.lot for one in blood.order("B-1").taken] == ["IRR"]
    named = BloodLine(component=RED, group=BloodGroup.O_POS, quantity=1, lots=(LotId("IRR"),))
    assert not blood.hold("B-2", 1, lines=(named,)).accepted


def test_a_bank_that_was_never_heard_or_is_stale_or_missed_a_difference_grants_nothing(blood: Blood) -> None:
    effects = blood.say(
        HoldBlood("k", THERE, LI, BloodOrderId("B-0"), BANK, HOSPITAL,
                  (BloodLine(component=RED, group=BloodGroup.O_POS, quantity=1),), START_MS)
    )  # fmt: skip
    assert reply_in(effects).code == "blood_stock_unknown"
    assert AskCount(BANK) in effects
    blood.count(lot("L", 5))
    assert AskCount(BANK) in blood.change(3, lot("L", 4))
    assert blood.hold("B-1", 1).code == "blood_stock_unsure"
    blood.count(lot("L", 5), seq=3)
    assert blood.hold("B-2", 1).accepted
    blood.now_ms += 61 * 60_000
    assert blood.hold("B-3", 1).code == "blood_stock_unsure"


def test_a_bank_of_another_city_and_a_role_that_may_not_are_refused(blood: Blood) -> None:
    blood.count(lot("L", 5))
    assert blood.hold("B-1", 1, bank=BankId("ZZ-B-1")).code == "unknown_bank"
    assert blood.hold("B-2", 1, by=By(operator="x", role=Role.OBSERVER)).code == "not_allowed"
    assert not blood.centre.state.blood


def test_a_rule_of_the_bank_confirms_at_once_what_stays_within_it() -> None:
    rule = AutomaticRule(bank=BANK, components=(RED,), most=2)
    blood = Blood(BLOOD.model_copy(update={"automatic": (rule,), "signed_by": ("a", "b")}))
    blood.count(lot("L", 9))
    assert blood.hold("B-1", 2).facts["state"] == "confirmed"
    assert blood.hold("B-2", 3).facts["state"] == "held"


# --- answered, or not -----------------------------------------------------------------------------


def test_a_hold_that_nobody_answers_is_loud_and_then_returns_to_stock(blood: Blood) -> None:
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    blood.now_ms += 61_000
    blood.say(Tick())
    assert AlarmId("blood_unanswered:B-1") in blood.centre.state.alarms
    blood.now_ms = START_MS + 10 * 60_000
    assert blood.act("B-1", BloodAct.CONFIRM).code == "blood_hold_over"
    blood.say(Tick())
    assert blood.order("B-1").state is BloodState.EXPIRED
    assert AlarmId("blood_unanswered:B-1") not in blood.centre.state.alarms
    assert AlarmId("blood_expired:B-1") in blood.centre.state.alarms
    assert blood.hold("B-2", 5).accepted


def test_what_was_confirmed_no_clock_ends(blood: Blood) -> None:
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    assert blood.act("B-1", BloodAct.CONFIRM).accepted
    blood.now_ms += 40 * 60_000
    blood.say(Tick())
    assert blood.order("B-1").state is BloodState.CONFIRMED
    assert blood.hold("B-2", 1).code == "blood_not_on_hand"


def test_only_the_banks_city_answers_only_the_asker_takes_back_and_a_no_has_a_reason(blood: Blood) -> None:
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    assert blood.act("B-1", BloodAct.CONFIRM, asker=THERE).code == "blood_not_yours"
    assert blood.act("B-1", BloodAct.CONFIRM, by=LI).code == "not_allowed"
    assert blood.act("B-1", BloodAct.CANCEL, by=LI).code == "blood_not_yours"
    assert blood.act("B-1", BloodAct.DECLINE).code == "missing"
    assert blood.act("B-1", BloodAct.DECLINE, reason="broken").accepted
    assert blood.hold("B-2", 5).accepted, "what is declined is free again"
    assert blood.act("B-2", BloodAct.CANCEL, asker=THERE, by=LI).accepted
    stranger = Asker(CityCode("xiangtan"), "console-1")
    blood.hold("B-3", 5)
    assert blood.act("B-3", BloodAct.VOID, asker=stranger, reason="x").code == "blood_not_yours"


@pytest.mark.parametrize("state", BloodState)
def test_an_illegal_step_names_the_legal_ones(state: BloodState) -> None:
    blood = Blood()
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    order = blood.order("B-1")
    stands = order.steps[0].model_copy(update={"state": state})
    blood.centre.state.blood[order.id] = order.model_copy(update={"steps": (stands,)})
    for act in BloodAct:
        said = blood.act("B-1", act, asker=HERE, reason="r", person="p", courier="c", temperature_tenths=40)
        if said.code == "blood_illegal":
            legal = str(said.facts["legal"])
            assert legal == (", ".join(sorted(one.value for one in BLOOD_NEXT[state])) or "-")
        blood.centre.state.blood[order.id] = order.model_copy(update={"steps": (stands,)})
    assert bool(BLOOD_NEXT[state]) or blood.act("B-1", BloodAct.VOID, reason="r").code == "blood_illegal"


# --- packed, carried, measured --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tenths", "state"),
    [(20, "received"), (100, "received"), (19, "quarantined"), (101, "quarantined"), (-50, "quarantined")],
)
def test_the_temperature_decides_what_is_received(blood: Blood, tenths: int, state: str) -> None:
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    blood.to_hospital("B-1")
    assert blood.act("B-1", BloodAct.RECEIVE).code == "missing"
    assert blood.act("B-1", BloodAct.RECEIVE, temperature_tenths=tenths).facts["state"] == state


def test_a_component_without_limits_is_set_aside_and_a_named_person_decides() -> None:
    blood = Blood(BLOOD.model_copy(update={"limits": ()}))
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    blood.to_hospital("B-1")
    assert blood.act("B-1", BloodAct.RECEIVE, temperature_tenths=40).facts["state"] == "quarantined"
    assert blood.act("B-1", BloodAct.RELEASE, reason="measured again").code == "missing"
    assert blood.act("B-1", BloodAct.RECEIVE, temperature_tenths=40).code == "blood_illegal"
    assert blood.act("B-1", BloodAct.RELEASE, reason="measured again", person="Dr Chen").accepted
    assert blood.order("B-1").steps[-1].facts == {"person": "Dr Chen"}


def test_a_bag_of_another_lot_and_two_carriers_and_none_are_refused(blood: Blood) -> None:
    blood.count(lot("L", 5))
    blood.hold("B-1", 5)
    blood.act("B-1", BloodAct.CONFIRM)
    blood.act("B-1", BloodAct.PACK)
    wrong = (Bag(din="G123426000001", lot=LotId("M")),)
    assert blood.act("B-1", BloodAct.PACKED, bags=wrong).code == "blood_wrong_bag"
    assert blood.act("B-1", BloodAct.PACKED, bags=(Bag(din="G123426000001", lot=LotId("L")),)).accepted
    assert blood.act("B-1", BloodAct.HAND).code == "missing"
    assert blood.act("B-1", BloodAct.HAND, unit="CS-001", courier="Zhou").code == "missing"
    assert blood.act("B-1", BloodAct.HAND, unit="CS-999").code == "unknown_unit"
    assert blood.act("B-1", BloodAct.HAND, unit="CS-001").accepted


BAG = Bag(din="G123426000001", lot=LotId("L"))


def packed(blood: Blood, order: str, *bags: Bag) -> Reply:
    """Held, confirmed and packed with these bags."""
    blood.hold(order, 1)
    for act in (BloodAct.CONFIRM, BloodAct.PACK):
        assert blood.act(order, act).accepted
    return blood.act(order, BloodAct.PACKED, bags=bags)


_OPEN = ((), (BloodAct.HAND,))


@pytest.mark.parametrize(
    ("then", "free"),
    [
        ((), False),
        ((BloodAct.DECLINE,), True),
        ((BloodAct.HAND,), False),
        ((BloodAct.HAND, BloodAct.RETURN), True),
        ((BloodAct.HAND, BloodAct.DELIVER, BloodAct.RECEIVE), False),
        ((BloodAct.HAND, BloodAct.DELIVER, BloodAct.RECEIVE, BloodAct.DISCARD), False),
        ((BloodAct.HAND, BloodAct.DELIVER, BloodAct.RECEIVE, BloodAct.RETURN), True),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_a_bag_goes_out_again_only_when_it_came_back(
    blood: Blood, then: tuple[BloodAct, ...], free: bool, later: bool
) -> None:
    blood.count(lot("L", 5, 1000))
    assert packed(blood, "B-1", BAG).accepted
    facts: dict[BloodAct, dict[str, Any]] = {
        BloodAct.DECLINE: {"reason": "broken"}, BloodAct.HAND: {"courier": "Zhou"},
        BloodAct.RECEIVE: {"temperature_tenths": 40},
        BloodAct.DISCARD: {"reason": "warm", "person": "Dr Chen"},
    }  # fmt: skip
    for act in then:
        assert blood.act("B-1", act, **facts.get(act, {})).accepted
    if later:  # the order is over for so long that it is no longer before the centre's eyes
        blood.now_ms += 3 * HOUR_MS
        blood.count(lot("L", 5, 1000), seq=2)
        blood.say(Tick())
        blood.centre.mind.forget(blood.now_ms)
        assert (BloodOrderId("B-1") in blood.centre.state.blood) is (then in _OPEN)
    reply = packed(blood, "B-2", BAG)
    assert (reply.accepted, reply.code) == (free, "" if free else "blood_bag_out")
    if not free:
        assert reply.facts == {"bag": BAG.din, "order": "B-1"}


def test_one_donation_is_several_bags_of_different_components_and_one_of_each(blood: Blood) -> None:
    blood.count(lot("L", 5), lot("P", 500, component=PLASMA))
    lines = tuple(
        BloodLine(component=of, group=BloodGroup.O_POS, quantity=quantity)
        for of, quantity in ((RED, 1), (PLASMA, 100))
    )
    blood.hold("B-1", 1, lines=lines)
    for act in (BloodAct.CONFIRM, BloodAct.PACK):
        assert blood.act("B-1", act).accepted
    plasma = Bag(din=BAG.din, lot=LotId("P"))
    assert blood.act("B-1", BloodAct.PACKED, bags=(BAG, plasma, BAG)).code == "blood_wrong_bag"
    assert blood.act("B-1", BloodAct.PACKED, bags=(BAG, plasma)).accepted


def test_what_expired_before_it_was_handed_over_does_not_leave(blood: Blood) -> None:
    blood.count(lot("L", 5, 2))
    blood.hold("B-1", 5)
    for act in (BloodAct.CONFIRM, BloodAct.PACK, BloodAct.PACKED):
        blood.act("B-1", act)
    blood.now_ms += 2 * HOUR_MS
    assert blood.act("B-1", BloodAct.HAND, courier="Zhou").code == "blood_expired_lot"


# --- the stock falls ------------------------------------------------------------------------------


def test_a_soft_hold_takes_other_lots_when_its_own_are_gone_or_ends(
    blood: Blood,
) -> None:
    blood.count(lot("A", 4, 10), lot("B", 4, 20))
    blood.hold("B-1", 4)
    blood.change(2, removed=("A",))
    assert [(one.lot, one.quantity) for one in blood.order("B-1").taken] == [("B", 4)]
    blood.change(3, removed=("B",))
    assert blood.order("B-1").state is BloodState.UNFULFILLED


def test_a_confirmed_order_goes_short_loudly_and_soft_holds_give_way_before_it(blood: Blood) -> None:
    blood.count(lot("L", 6))
    blood.hold("B-1", 3)
    blood.act("B-1", BloodAct.CONFIRM)
    blood.hold("B-2", 3)
    blood.change(2, lot("L", 3))
    assert blood.order("B-1").short(0) == 0
    assert blood.order("B-2").state is BloodState.UNFULFILLED
    blood.change(3, lot("L", 1))
    assert (blood.order("B-1").state, blood.order("B-1").short(0)) == (BloodState.CONFIRMED, 2)
    assert AlarmId("blood_short:B-1") in blood.centre.state.alarms
    assert blood.act("B-1", BloodAct.PACK, seen=2).code == "blood_changed"


def test_what_has_left_stays_off_the_shelf_until_the_bank_counts_it_off(blood: Blood) -> None:
    blood.count(lot("L", 6))
    blood.hold("B-1", 4)
    blood.to_hospital("B-1")
    blood.count(lot("L", 6), seq=1)
    assert blood.hold("B-2", 3).code == "blood_not_on_hand"
    blood.change(2, lot("L", 2), without="B-1")
    assert blood.order("B-1").on_count == 0
    assert blood.hold("B-3", 2).accepted
    assert not blood.hold("B-4", 1).accepted


def test_a_bank_that_cannot_name_orders_is_understood_by_a_later_count_or_by_the_fall(blood: Blood) -> None:
    blood.count(lot("L", 6))
    blood.hold("B-1", 4)
    blood.to_hospital("B-1")
    blood.change(2, lot("L", 2))
    assert (blood.order("B-1").on_count, blood.order("B-1").short(0)) == (2, 0)
    blood.now_ms += 11 * 60_000
    blood.count(lot("L", 2), seq=3)
    assert blood.order("B-1").on_count == 0


def test_a_lot_recalled_after_some_of_it_left_is_loud(blood: Blood) -> None:
    blood.count(lot("L", 6))
    blood.hold("B-1", 4)
    blood.to_hospital("B-1")
    blood.change(2, lot("L", 2, state=LotState.RECALLED), without="B-1")
    assert AlarmId("blood_recalled:B-1:L") in blood.centre.state.alarms


def test_a_difference_heard_twice_and_an_older_count_change_nothing(blood: Blood) -> None:
    blood.count(lot("L", 6))
    blood.change(2, lot("L", 3))
    blood.change(2, lot("L", 9))
    blood.say(StockCounted(BANK, 1, START_MS - 1, (lot("L", 9),)))
    assert blood.centre.state.shelves[BANK].on_hand(LotId("L")) == 3


# --- conservation ---------------------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("hold"), st.integers(1, 6)),
    st.tuples(st.just("act"), st.integers(0, 30), st.sampled_from(list(BloodAct))),
    st.tuples(st.just("change"), st.sampled_from("ABC"), st.integers(0, 8), st.booleans()),
    st.tuples(st.just("count"), st.integers(0, 8), st.integers(0, 8)),
    st.tuples(st.just("pass"), st.integers(1, 700)),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=40))
def test_whatever_is_said_never_more_is_taken_of_a_lot_than_is_on_hand(
    steps: list[tuple[object, ...]],
) -> None:
    blood, seq, orders = Blood(), 1, 0
    blood.count(lot("A", 5, 30), lot("B", 3, 40))
    for step in steps:
        match step:
            case ("hold", int(quantity)):
                orders += 1
                blood.hold(f"B-{orders}", quantity)
            case ("act", int(number), BloodAct() as act) if orders:
                facts: dict[str, object] = {"reason": "r", "person": "p", "temperature_tenths": 40}
                facts |= {"courier": "c"} if act is BloodAct.HAND else {}
                asker = THERE if act is BloodAct.CANCEL else HERE
                blood.act(f"B-{number % orders + 1}", act, asker=asker, by=WANG, **facts)
            case ("change", str(name), int(quantity), bool(named)):
                seq += 1
                without = f"B-{orders}" if named and orders else ""
                blood.change(seq, lot(name, quantity), without=without)
            case ("count", int(first), int(second)):
                seq += 1
                blood.count(lot("A", first), lot("B", second), seq=seq)
            case ("pass", int(seconds)):
                blood.now_ms += seconds * 1000
                blood.say(Tick())
        _conserved(blood)


def _conserved(blood: Blood) -> None:
    shelf = blood.centre.state.shelves[BANK]
    taken: dict[LotId, int] = {}
    for order in blood.centre.state.blood.values():
        for line, wanted in enumerate(order.lines):
            assert order.quantity(line) <= wanted.quantity
        for one in order.taken if order.state.holds or order.state.issued else ():
            assert 0 <= one.off <= one.quantity
            taken[one.lot] = taken.get(one.lot, 0) + one.on_count
    for number, quantity in taken.items():
        assert quantity <= shelf.on_hand(number)


# --- moves between banks ---------------------------------------------------------------------------


def test_blood_may_be_held_for_another_bank_and_for_no_place_that_is_unknown() -> None:
    in_force = rules().model_copy(
        update={
            "blood": BLOOD,
            "banks": {BANK: CHANGSHA, BankId("ZZ-B-1"): ZHUZHOU},
            "rights": RIGHTS,
            "known_hospitals": frozenset({"CS-H-1"}),
        }
    )
    blood = Blood()
    blood.centre = MemoryCentre(
        CHANGSHA, [Unit(id=UnitId("CS-001"), city=CHANGSHA)], in_force, now_ms=START_MS
    )
    blood.count(lot("OLD", 3, 20), lot("NEW", 3, 90))
    named = (BloodLine(component=RED, group=BloodGroup.O_POS, quantity=2, lots=(LotId("NEW"),)),)
    moved = blood.hold("B-1", 2, hospital=HospitalId("ZZ-B-1"), lines=named)
    assert moved.accepted
    assert [(one.lot, one.quantity) for one in blood.order("B-1").taken] == [("NEW", 2)]
    nowhere = blood.hold("B-2", 2, hospital=HospitalId("ZZ-B-9"))
    assert (nowhere.accepted, nowhere.code) == (False, "unknown_hospital")
