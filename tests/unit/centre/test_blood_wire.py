"""Orders of blood and what banks say as messages of the contract: nothing is lost or changed on the way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.centre import saying, wire_blood
from dispatch.centre.messages import ActOnBlood, AskCount, HoldBlood, StockChanged, StockCounted
from dispatch.centre.state import State
from dispatch.centre.wire_parts import Refused
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId
from dispatch.domain.blood_orders import (
    Bag,
    BloodAct,
    BloodLine,
    BloodOrder,
    BloodOrderId,
    BloodState,
    BloodStep,
    Taken,
)
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker
from dispatch.feed import payloads, topics
from dispatch.feed.news_blood import order_of
from tests.unit.centre.centre_world import CHANGSHA, ZHUZHOU

LI, ASKER, BANK = By(operator="li", role=Role.DISPATCHER), Asker(ZHUZHOU, "console-1"), BankId("CS-B-1")
codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,20}", fullmatch=True)
words = st.sampled_from(["", "破损", "broken", "x" * 60])
moments = st.integers(0, 4_000_000_000_000)
lines = st.builds(
    BloodLine,
    component=codes.map(ComponentCode),
    group=st.sampled_from(BloodGroup),
    quantity=st.integers(1, 100_000),
    attributes=st.frozensets(codes, max_size=3),
    lots=st.lists(codes.map(LotId), max_size=2).map(tuple),
)
bags = st.lists(st.builds(Bag, din=codes, lot=codes.map(LotId)), max_size=3).map(tuple)
steps = st.builds(
    BloodStep,
    state=st.sampled_from(BloodState),
    at_ms=moments,
    by=words,
    role=st.just("blood_staff"),
    place=st.just("changsha/console-1"),
    reason=words,
    facts=st.dictionaries(st.sampled_from(["free", "unit"]), st.integers(-5, 5) | words, max_size=2),
)
orders = st.builds(
    BloodOrder,
    id=codes.map(BloodOrderId),
    bank=st.just(BANK),
    hospital=codes.map(HospitalId),
    asker=st.just(ASKER),
    lines=st.lists(lines, min_size=1, max_size=3).map(tuple),
    need_by_ms=moments,
    mode=st.sampled_from(["stock", "ad_hoc", "emergency"]),
    until_ms=moments,
    taken=st.lists(
        st.builds(Taken, line=st.just(0), lot=codes.map(LotId), quantity=st.integers(5, 9),
                  expires_ms=moments, off=st.integers(0, 5)), max_size=3,
    ).map(tuple),
    bags=bags,
    unit=st.just("") | codes,
    courier=words,
    temperature_tenths=st.none() | st.integers(-2_000, 1_000),
    steps=st.lists(steps, min_size=1, max_size=4).map(tuple),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(orders)
def test_an_order_is_read_by_every_console_as_its_centre_wrote_it(order: BloodOrder) -> None:
    state = State(CHANGSHA)
    state.blood[order.id] = order
    said = saying.blood_orders(state)
    assert (said.topic, said.retain) == (topics.snapshot(CHANGSHA, "blood_orders"), True)
    assert isinstance(said.payload, payloads.BloodOrdersSnapshot)
    envelope = payloads.Envelope(
        v=1, type=said.kind, src=payloads.Source("changsha", "centre", 1), seq=1, ts_evt=0, ts_pub=0,
        drill=True, data=said.payload,
    )  # fmt: skip
    heard = payloads.decode(said.kind, payloads.encode(envelope)).data
    assert isinstance(heard, payloads.BloodOrdersSnapshot)
    assert [order_of(one) for one in heard.orders] == [order]


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=3).map(tuple), moments)
def test_a_hold_is_read_as_it_was_written(wanted: tuple[BloodLine, ...], need_by_ms: int) -> None:
    said = HoldBlood("k", ASKER, LI, BloodOrderId("B-1"), BANK, HospitalId("H"), wanted, need_by_ms)
    assert wire_blood.holding(wire_blood.holding_payload(said), "k", ASKER) == said


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BloodAct), bags, st.none() | st.integers(-2_000, 1_000), words)
def test_an_act_is_read_as_it_was_written(
    act: BloodAct, named: tuple[Bag, ...], tenths: int | None, reason: str
) -> None:
    said = ActOnBlood(
        "k", ASKER, LI, BloodOrderId("B-1"), act, reason=reason, unit="CS-001", temperature_tenths=tenths,
        person="陈静", bags=named, seen=3,
    )  # fmt: skip
    assert wire_blood.acting(wire_blood.acting_payload(said), "k", ASKER) == said


def test_telephone_numbers_of_couriers_and_in_reasons_are_masked() -> None:
    data = payloads.BloodAct(
        "B-1", "hand", payloads.By("li", "dispatcher"), courier="Zhou 13812345678", reason="call 073188888888"
    )
    said = wire_blood.acting(data, "k", ASKER)
    assert (said.courier, said.reason) == ("Zhou ***********", "call ************")


def lot(number: str) -> payloads.StockLot:
    return payloads.StockLot(number, "red_cells", "O+", 3, 9_000, attributes=["irradiated"])


def test_a_count_and_a_difference_are_heard_of_their_own_bank_only_and_name_a_lot_once() -> None:
    counted = wire_blood.stock(payloads.BankStock(BANK, 4, 77, [lot("L")], ["B-1"]), BANK)
    assert isinstance(counted, StockCounted)
    assert (counted.seq, counted.counted_ms, counted.without) == (4, 77, frozenset({"B-1"}))
    assert counted.lots[0].attributes == {"irradiated"}
    changed = wire_blood.stock(payloads.BankChange(BANK, 5, 78, [], ["L"]), BANK)
    assert isinstance(changed, StockChanged)
    assert changed.removed == ("L",)
    with pytest.raises(Refused):
        wire_blood.stock(payloads.BankStock(BANK, 4, 77, [lot("L")]), "CS-B-2")
    with pytest.raises(Refused):
        wire_blood.stock(payloads.BankStock(BANK, 4, 77, [lot("L"), lot("L")]), BANK)


def test_a_bank_is_asked_for_its_count_on_its_own_citys_broker() -> None:
    (said,) = saying.messages_of(AskCount(BANK), State(CHANGSHA))
    assert said.topic == "czt/v1/changsha/cmd/changsha/snapshot.request"
    assert said.payload == payloads.SnapshotRequest("stock", BANK)
