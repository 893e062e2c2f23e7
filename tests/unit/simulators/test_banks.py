from collections import defaultdict

import msgspec

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.drills import BloodShortage
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from dispatch.feed.payloads.blood_orders import BloodStateCode
from dispatch.picture.stock import Stock
from simulators.banks import Banks
from simulators.engine import Agenda, Streams
from simulators.messages import Message
from simulators.shelves import SimulatedBank
from simulators.world import World
from tests.unit.simulators.simulated_world import ORIGIN, assumptions, configuration, live, scenario, world


def as_lots(lots: list[payloads.StockLot]) -> list[Lot]:
    return [
        Lot(
            id=LotId(lot.lot),
            component=ComponentCode(lot.component),
            group=BloodGroup(lot.group),
            quantity=lot.quantity,
            expires_at=from_epoch_ms(lot.expires_at),
        )
        for lot in lots
    ]


def follow(said: list[Message]) -> tuple[Stock, int, int]:
    """The stock as a console builds it from differences, and how many were applied and refused."""
    stock, applied, refused = Stock(), 0, 0
    for message in said:
        data, when = message.data, from_epoch_ms(message.ts_evt)
        if isinstance(data, payloads.BankStock):
            if BankId(data.bank) not in stock.banks:
                stock.apply_snapshot(BankId(data.bank), data.stock_seq, when, when, as_lots(data.lots))
        elif isinstance(data, payloads.BankChange):
            removed = [LotId(lot) for lot in data.removed]
            taken = stock.apply_difference(
                BankId(data.bank), data.stock_seq, when, when, as_lots(data.put), removed
            )
            applied, refused = applied + taken, refused + (not taken)
    return stock, applied, refused


def held(bank: SimulatedBank) -> dict[str, int]:
    return {lot.id: lot.quantity for lot in bank.lots.values()}


def banks_alone(hours: float) -> tuple[Banks, list[Message], dict[str, int]]:
    """Banks without the rest of a city, lived through; what they said, and what they began with."""
    agenda, said = Agenda(epoch_ms(ORIGIN)), list[Message]()
    banks = Banks(configuration(), assumptions().blood, agenda, Streams(3), said.append)
    before = totals(banks)
    for bank in banks.by_id.values():
        banks.say_count(bank)
    agenda.run_until(epoch_ms(ORIGIN) + round(hours * 3_600_000))
    return banks, said, before


def totals(banks: Banks) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for bank in banks.by_id.values():
        for lot in bank.lots.values():
            sums[lot.component] += lot.quantity
    return dict(sums)


def test_differences_chain_without_a_gap_and_lead_to_the_same_stock_as_a_count() -> None:
    banks, said, _ = banks_alone(72)
    stock, applied, refused = follow(said)
    assert applied > 1000
    assert refused == 0
    for name, bank in banks.by_id.items():
        assert {lot.id: lot.quantity for lot in stock.banks[name].lots.values()} == held(bank)
        assert all(quantity > 0 for quantity in held(bank).values())


def test_stock_adds_up_start_plus_collected_minus_issued_minus_expired() -> None:
    banks, _, before = banks_alone(72)
    after, tally = totals(banks), banks.tally
    assert set(tally.issued) & set(tally.collected) >= {"red_cells", "platelets", "fresh_frozen_plasma"}
    assert tally.expired
    for component in before:
        got = tally.collected.get(component, 0)
        gone = tally.issued.get(component, 0) + tally.expired.get(component, 0)
        assert after.get(component, 0) == before[component] + got - gone


def test_in_the_long_run_as_much_is_collected_as_is_used() -> None:
    banks, _, before = banks_alone(24 * 30)
    for component in ("red_cells", "red_cells_leucoreduced", "fresh_frozen_plasma"):
        assert 0.5 < totals(banks)[component] / before[component] < 1.7


def test_groups_are_as_frequent_as_assumed_and_rhesus_negative_is_rare() -> None:
    living = world()
    red = [
        lot for bank in living.banks.by_id.values() for lot in bank.lots.values() if "red" in lot.component
    ]
    total = sum(lot.quantity for lot in red)
    share = {
        abo: sum(lot.quantity for lot in red if lot.group.abo == abo) / total for abo in ("O", "A", "B", "AB")
    }
    assert abs(share["O"] - 0.34) < 0.04
    assert share["O"] > share["A"] > share["B"] > share["AB"]
    assert sum(lot.quantity for lot in red if not lot.group.rhd_positive) / total < 0.02


def order_at(living: World, bank: SimulatedBank, quantity: int) -> payloads.BloodOrderRecord:
    """An order as the centre says it: the first lot to expire."""
    lot = bank.on_hand("red_cells", BloodGroup.O_POS, living.agenda.now_ms)[0]
    return payloads.BloodOrderRecord(
        order="CS-B-1", bank=bank.bank.id, hospital=configuration().hospitals[0].id, city="changsha",
        node="console-1", lines=[payloads.HoldLine("red_cells", "O+", quantity)], need_by=0,
        mode="emergency", until=0, steps=[payloads.BloodStepSaid("packing", 0, "wang", "blood_staff", "x")],
        taken=[payloads.TakenSaid(0, lot.id, quantity, lot.expires_ms)],
    )  # fmt: skip


def on_hand(living: World, bank: SimulatedBank) -> int:
    lots = bank.on_hand("red_cells", BloodGroup.O_POS, living.agenda.now_ms)
    return sum(lot.quantity for lot in lots)


def test_what_is_packed_leaves_the_count_and_the_difference_names_its_order() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    order, before = order_at(living, bank, 1), on_hand(living, bank)
    living.silent = False
    assert living.banks.box(bank, order)
    assert on_hand(living, bank) == before - 1
    change = next(m.data for m in living.advance(living.agenda.now_ms) if m.kind == "bank.change")
    assert isinstance(change, payloads.BankChange)
    assert change.without == ["CS-B-1"]
    assert bank.count(living.agenda.now_ms).without == ["CS-B-1"]


def test_packing_twice_takes_the_bags_once_and_an_order_that_is_over_gives_them_back() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    order, before = order_at(living, bank, 1), on_hand(living, bank)
    assert living.banks.box(bank, order)
    assert living.banks.box(bank, order)
    assert on_hand(living, bank) == before - 1
    living.banks.unbox(bank, "CS-B-1")
    living.banks.unbox(bank, "CS-B-1")
    assert on_hand(living, bank) == before


def test_more_than_stands_on_the_shelf_is_not_packed() -> None:
    living = world()
    bank = next(iter(living.banks.by_id.values()))
    before = held(bank)
    assert not living.banks.box(bank, order_at(living, bank, 90_000))
    assert held(bank) == before


def test_a_shortage_leaves_the_share_that_the_scenario_names() -> None:
    event = BloodShortage(
        kind="blood_shortage", at_min=1, city=CityCode("xiangtan"), component="red_cells",
        groups=frozenset({BloodGroup.O_POS}), leave=0.2,
    )  # fmt: skip
    living = world(scenario(event))
    bank = living.banks.of(CityCode("xiangtan"))[0]
    before = on_hand(living, bank)
    live(living, 1.1)
    assert on_hand(living, bank) <= 0.2 * before + 1
    assert before > 20


def test_a_bank_is_left_to_blood_centre_staff_who_sit_in_its_city_until_they_leave() -> None:
    living = world()
    staff, bank = living.blood_staff, next(iter(living.banks.by_id.values()))
    city, order = bank.bank.city, order_at(living, bank, 1)

    def hear(state: BloodStateCode) -> None:
        step = payloads.BloodStepSaid(state, 0, "li", "blood_staff", "x")
        said = payloads.BloodOrdersSnapshot([msgspec.structs.replace(order, steps=[*order.steps, step])])
        staff.hear(city, said)

    def acts_within(minutes: int) -> set[str]:
        sent = living.advance(living.agenda.now_ms + minutes * 60_000)  # an act is said until it is answered
        return {message.data.act for message in sent if isinstance(message.data, payloads.BloodAct)}

    living.silent = False
    staff.hear_desk(city, "console-2", ours=True)
    hear("held")
    assert acts_within(9) == set()
    before = on_hand(living, bank)
    hear("packed")
    assert on_hand(living, bank) == before - 1
    assert acts_within(30) == set()
    staff.hear_desk(city, "console-2", ours=False)
    assert acts_within(5) == {"hand"}
    staff.hear_desk(city, "console-2", ours=True)
    hear("delivered")
    assert acts_within(10) == {"receive"}
